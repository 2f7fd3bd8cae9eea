"""A settled run becomes a generation that readers see.

    evidence -> reconciled -> lost attempts' objects deleted -> generations/000N.json, once -> catalog -> summary.json
             -> ledger closed

The generation object is written once and everything after it is derived from it, so a crash between any two steps
is finished by the next call, and of racing publishers all say the same. A receipt that beats its unit's dead letter
meanwhile moves the ledger to generation N + 1 (see `Ledger`): this one is then no longer closed, the next is
published.
"""

from labeler import layout
from labeler.aws import Aws
from labeler.completion.evidence import Evidence, read_evidence
from labeler.completion.reconcile import mismatches, orphans, stray_samples
from labeler.completion.summarise import summarise
from labeler.completion.summary_and_catalog import register_partition, write_summary
from labeler.errors import LabelerError
from labeler.ledger import Ledger, RunRecord
from labeler.published import PublishedGeneration, RunSummary
from labeler.settings import CompletionSettings
from labeler.storage import Bucket, find_message
from labeler.telemetry import get_logger


def publish_settled(run_id: str, *, settings: CompletionSettings, aws: Aws) -> RunSummary | None:
    """Publishes the run when all of its units are settled; the summary, when this call is the one that closed it."""
    ledger = Ledger(aws, settings.ledger_table)
    run = ledger.run(run_id)
    if not run.is_settled:
        return None
    generation = _find_generation(run, settings, aws) or _write_generation(run, ledger, settings, aws)
    if generation is None:
        return None
    summary = generation.summary
    register_partition(summary, settings=settings, aws=aws)
    write_summary(summary, settings=settings, aws=aws)
    if not ledger.close(run, summary.state, summary.finished_at):
        return None
    get_logger("completion").info(
        "run published",
        run_id=run_id,
        state=summary.state.value,
        generation=summary.generation,
        rows_labeled=summary.rows_labeled,
        reasons=summary.reasons,
    )
    return summary


def _find_generation(run: RunRecord, settings: CompletionSettings, aws: Aws) -> PublishedGeneration | None:
    """What an earlier publisher of this generation wrote before it died or while it still works."""
    runs = Bucket(aws, settings.runs_bucket)
    return find_message(runs, layout.generation_key(run.run_id, run.generation), PublishedGeneration)


def _write_generation(
    run: RunRecord, ledger: Ledger, settings: CompletionSettings, aws: Aws
) -> PublishedGeneration | None:
    """None when the run changed while its evidence was read."""
    runs, labels = Bucket(aws, settings.runs_bucket), Bucket(aws, settings.labels_bucket)
    evidence = read_evidence(run, ledger=ledger, runs=runs, labels=labels)
    if ledger.run(run.run_id) != run:
        return None
    faults = mismatches(evidence)
    if not faults:  # else the objects are needed to find out what happened
        labels.delete(orphans(evidence))
        _delete_stray_samples(evidence, runs)
    generation = summarise(
        evidence,
        faults,
        failure_tolerance=settings.failure_tolerance,
        min_coverage=settings.min_coverage,
        labels_url=labels.url(layout.output_prefix(layout.LABELS, run.run_date, run.run_id)),
        quarantine_url=labels.url(layout.output_prefix(layout.QUARANTINE, run.run_date, run.run_id)),
    )
    body = generation.model_dump_json(indent=2).encode()
    if runs.put_once(layout.generation_key(run.run_id, run.generation), body, "application/json"):
        return generation
    return _find_generation(run, settings, aws)


def _delete_stray_samples(evidence: Evidence, runs: Bucket) -> None:
    """Not being able to costs no publication: they are named by no receipt, so monitoring never reads them."""
    try:
        runs.delete(stray_samples(evidence))
    except LabelerError as error:
        get_logger("completion").warning("stray samples stay", run_id=evidence.run.run_id, error=str(error))
