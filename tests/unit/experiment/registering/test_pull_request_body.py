"""The text of a pull request: whole when it fits, and cut where a reader expects it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from labeler.experiment.registering.pull_request_body import MAX_BODY, pull_request_body

FULL = "https://github.example/acme/labels/blob/experiment-report/abc/report.md"


def test_a_short_report_is_the_whole_body() -> None:
    body = pull_request_body("# Report\n\ntext", FULL)

    assert body.startswith("# Report\n\ntext\n\n<!-- labeler report ")
    assert FULL not in body


def test_a_long_report_is_cut_between_paragraphs_and_linked() -> None:
    paragraph = "word " * 50
    body = pull_request_body("\n\n".join([paragraph] * 400), FULL)

    text, _, end = body.partition("\n\n_The report is longer")
    assert len(body) <= MAX_BODY
    assert len(body) > MAX_BODY - 2 * len(paragraph) - 500
    assert set(text.split("\n\n")) == {paragraph}
    assert FULL in end


def test_open_code_blocks_and_details_are_closed_at_the_cut() -> None:
    lines = "\n\n".join(["line"] * 20_000)
    body = pull_request_body(f"<details><summary>a</summary>\n\n```\n{lines}\n```\n\n</details>", FULL)

    assert body.count("\n```") == 2
    assert body.count("<details>") == body.count("</details>") == 1
    assert body.index("\n```\n</details>") < body.index("_The report is longer")


PIECES = st.sampled_from(
    ["word ", "\n\n", "\n```\n", "<details>\n\n", "</details>\n\n", "ção", "x" * 3000, "\n\n" + "y" * 900]
)


@settings(deadline=None)  # of time, on a busy machine
@given(st.lists(PIECES, min_size=1, max_size=60), st.integers(1, 20))
def test_any_report_stays_within_github_s_limit(pieces: list[str], times: int) -> None:
    report = "".join(pieces) * times
    body = pull_request_body(report, FULL)

    assert len(body) <= MAX_BODY
    assert (FULL in body) == (len(report) > MAX_BODY - 60) or abs(len(report) - MAX_BODY) < 60
    assert body.count("<!-- labeler report ") == 1


def test_a_report_around_the_limit_stays_within_it() -> None:
    bodies = [pull_request_body("x" * (MAX_BODY - below), FULL) for below in range(-5, 100)]

    assert max(map(len, bodies)) <= MAX_BODY
    assert FULL not in bodies[-1]


def test_different_reports_have_different_markers() -> None:
    markers = {pull_request_body(report, FULL).rsplit("\n", 1)[1] for report in ("a", "b", "a" * 70_000, "a" * 70_001)}

    assert len(markers) == 4
