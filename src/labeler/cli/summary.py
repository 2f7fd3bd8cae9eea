"""A published run for people."""

from rich.markup import escape
from rich.text import Text

from labeler.cli.console import duration, number, out, print_table
from labeler.messages import RunState, RunSummary

COLOURS = {RunState.COMPLETE: "green", RunState.COMPLETE_WITH_FAILURES: "yellow", RunState.FAILED: "red"}
TOP_CATEGORIES = 6


def show_summary(summary: RunSummary) -> None:
    colour = COLOURS[summary.state]
    rows: list[tuple[str, object]] = [
        ("state", Text(f"{summary.state} (generation {summary.generation})", style=f"bold {colour}")),
        ("model", f"{summary.model_name} version {summary.model_version}"),
        ("files", f"{number(summary.files)}, {number(summary.files_rejected)} rejected as a whole"),
        ("rows", number(summary.rows_in)),
        ("labels", f"{number(summary.rows_labeled)} ({summary.coverage:.2%} of the rows)"),
        ("quarantined", number(summary.rows_quarantined)),
        ("took", f"{duration(summary.elapsed_s)}, {number(round(summary.files_per_second))} files/s"),
        ("slack", f"{duration(abs(summary.slack_s))} {'before' if summary.slack_s >= 0 else 'AFTER'} the deadline"),
        ("labels lie at", summary.labels),
        ("quarantine lies at", summary.quarantine),
    ]
    if summary.units_failed:
        rows.insert(2, ("failed units", f"{summary.units_failed} of {summary.units}: `labeler run redrive`"))
    print_table(summary.run_id, ("", ""), rows)
    for reason in summary.reasons:
        out.print(f"[{colour}]because:[/] {escape(reason)}", soft_wrap=True)
    if summary.rejects:
        by_count = sorted(summary.rejects.items(), key=lambda item: -item[1])
        print_table("rejects", ("reason", "rows or files"), by_count)
    if summary.label_counts:
        by_count = sorted(summary.label_counts.items(), key=lambda item: -item[1])[:TOP_CATEGORIES]
        shares = [(name, count, f"{count / summary.rows_labeled:.1%}") for name, count in by_count]
        print_table("most frequent labels", ("category", "rows", "share"), shares)
