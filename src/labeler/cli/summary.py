"""A published run for people."""

from collections.abc import Sequence

from rich.markup import escape
from rich.text import Text

from labeler.cli.console import out, print_table
from labeler.formatting import duration, number, percent
from labeler.messages import RunState
from labeler.monitoring.reports import DriftReport, DriftVerdict
from labeler.published import RunSummary

COLOURS = {RunState.COMPLETE: "green", RunState.COMPLETE_WITH_FAILURES: "yellow", RunState.FAILED: "red"}
TOP_CATEGORIES = 6
SHOWN_UNITS = 20


DRIFT_COLOURS = {DriftVerdict.STABLE: "green", DriftVerdict.DRIFTED: "yellow", DriftVerdict.UNJUDGED: "dim"}


def show_summary(summary: RunSummary, drift: DriftReport | None = None) -> None:
    colour = COLOURS[summary.state]
    rows: list[tuple[str, object]] = [
        ("state", Text(f"{summary.state} (generation {summary.generation})", style=f"bold {colour}")),
        ("model", f"{summary.model_name} version {summary.model_version}"),
        ("files", f"{number(summary.files)}, {number(summary.files_rejected)} rejected as a whole"),
        ("rows", number(summary.rows_in)),
        ("labels", f"{number(summary.rows_labeled)} ({percent(summary.coverage)} of the rows)"),
        ("quarantined", number(summary.rows_quarantined)),
        ("took", f"{duration(summary.elapsed_s)}, {number(round(summary.files_per_second))} files/s"),
        ("slack", f"{duration(abs(summary.slack_s))} {'before' if summary.slack_s >= 0 else 'AFTER'} the deadline"),
        ("labels lie at", summary.labels),
        ("quarantine lies at", summary.quarantine),
    ]
    if drift:
        rows.append(("drift", drift_line(drift, summary.generation)))
    if summary.units_failed:
        rows.insert(2, ("failed units", f"{summary.units_failed} of {summary.units}: `labeler run redrive`"))
    print_table(summary.run_id, ("", ""), rows)
    for reason in summary.reasons:
        out.print(f"[{colour}]because:[/] {escape(reason)}", soft_wrap=True)
    show_failed([(unit.unit_id, unit.reason) for unit in summary.failed_units])
    if summary.rejects:
        lost = summary.rejected_rows
        by_cost = sorted(summary.rejects, key=lambda reason: (-lost.get(reason, 0), -summary.rejects[reason]))
        rejects = [(reason, lost.get(reason, 0), summary.rejects[reason]) for reason in by_cost]
        print_table("rejects", ("reason", "rows", "records"), rejects)
    if summary.label_counts:
        by_count = sorted(summary.label_counts.items(), key=lambda item: -item[1])[:TOP_CATEGORIES]
        shares = [(name, count, percent(count / summary.rows_labeled)) for name, count in by_count]
        print_table("most frequent labels", ("category", "rows", "share"), shares)


def show_failed(units: Sequence[tuple[int, str]]) -> None:
    """Each with its reason; nothing when no unit failed."""
    if units:
        print_table("failed units", ("unit", "reason"), units[:SHOWN_UNITS])
    if len(units) > SHOWN_UNITS:
        out.print(f"and {len(units) - SHOWN_UNITS} more units: `labeler run status --json` has all of them")


def drift_line(drift: DriftReport, generation: int) -> Text:
    of_older = f" (of generation {drift.generation})" if drift.generation != generation else ""
    why = drift.reason or "; ".join(drift.flags[:2]) or f"{drift.rows_sampled:,} rows look like the reference"
    more = f"; and {len(drift.flags) - 2} more" if len(drift.flags) > 2 else ""
    return Text.assemble((drift.verdict.value, DRIFT_COLOURS[drift.verdict]), f"{of_older}: {why}{more}")
