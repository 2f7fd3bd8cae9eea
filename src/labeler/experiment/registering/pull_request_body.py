"""The report as a pull request's text: no longer than GitHub takes, and with a marker that identifies it (pure)."""

import hashlib

MAX_BODY = 65_536
"""Characters; GitHub refuses more."""


def pull_request_body(report: str, report_url: str) -> str:
    """The whole report, or cut between two paragraphs when it is too long, with a link to all of it."""
    marker = _marker(report)
    if len(report) + len(marker) + 2 <= MAX_BODY:
        return f"{report}\n\n{marker}"
    end = f"\n\n_The report is longer than GitHub allows here: [all of it]({report_url})._\n\n{marker}"
    closing = "\n```\n" + "</details>" * 20
    kept = report[: MAX_BODY - len(end) - len(closing)]
    kept = kept[: kept.rfind("\n\n")] if "\n\n" in kept else kept
    fence = "\n```" if kept.count("\n```") % 2 else ""
    details = "\n</details>" * min(20, kept.count("<details") - kept.count("</details"))
    return kept + fence + details + end


def marker_in(body: str) -> str:
    """Its last line: the text is written again when the report changes, not when a person added a line to it."""
    return body.rsplit("\n", 1)[-1]


def _marker(report: str) -> str:
    return f"<!-- labeler report {hashlib.sha256(report.encode()).hexdigest()[:16]} -->"
