"""Documents that name what exists: links, paths, words and code."""

import re
from collections import Counter
from pathlib import Path

import pytest

from labeler.telemetry import Metric
from tests.architecture.source import ROOT, name, python_files
from tests.architecture.workflows import MAKEFILES

PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("tests/README.md"), *ROOT.glob("cdk/README.md")]
)
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
PACKAGES = (ROOT / "src/labeler", ROOT / "src/labeler_local")
QUOTED = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
IN_REPOSITORY = re.compile(
    r"(?:src|functions|tests|docs|benchmarks|containers|cdk|dags|notebooks|\.github)/[\w./-]*\w/?(?:::\w+)?"
)
OWN_TASK = ROOT / "tests/integration/own_task"


def prose(page: Path) -> str:
    return FENCED.sub("", page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_target_exists(page: Path) -> None:
    links = [link for link in LINK.findall(prose(page)) if not link.startswith(("http://", "https://", "mailto:"))]
    assert [link for link in links if not (page.parent / link).exists()] == []
    assert [link for link in links if link.startswith("/")] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_anchor_exists(page: Path) -> None:
    anchors = re.findall(r"\]\(([^)#\s:]*)#([^)\s]+)\)", prose(page))
    assert [
        (link, anchor) for link, anchor in anchors if anchor not in headings(page.parent / link if link else page)
    ] == []


def headings(page: Path) -> set[str]:
    """As links name them."""
    titles = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_path_in_a_page_exists(page: Path) -> None:
    named = [quoted for quoted in QUOTED.findall(prose(page)) if IN_REPOSITORY.fullmatch(quoted)]
    files = {path: path.partition("::")[0] for path in named}
    assert [
        path for path, file in files.items() if not (ROOT / file).exists() and not (page.parent / file).exists()
    ] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_test_in_a_page_exists(page: Path) -> None:
    tests = "\n".join(path.read_text(encoding="utf-8") for path in ROOT.glob("tests/**/test_*.py"))
    defined = set(re.findall(r"def (test_\w+)", tests)) | {path.stem for path in ROOT.glob("tests/**/test_*.py")}
    named = {word for quoted in QUOTED.findall(prose(page)) for word in re.findall(r"\btest_\w+", quoted)}
    assert named - defined == set()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_make_target_in_a_page_exists(page: Path) -> None:
    makefiles = "\n".join(path.read_text(encoding="utf-8") for path in MAKEFILES)
    targets = set(re.findall(r"^([a-z-]+):", makefiles, re.MULTILINE))
    text = page.read_text(encoding="utf-8")
    named = set(re.findall(r"(?:`|^)make ([a-z][a-z-]*)", text, re.MULTILINE))
    assert named - targets == set()


def test_pages_describe_make_test_as_its_help_does() -> None:
    help_of_test = re.findall(r"^test: .*## (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)[0]
    for page in ("CONTRIBUTING.md", "tests/README.md"):
        assert help_of_test in " ".join((ROOT / page).read_text(encoding="utf-8").replace("`", "").split()), page
    assert help_of_test.partition(":")[0] in (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_place_in_the_glossary_exists() -> None:
    """`word` in code, and a file that really says it."""
    rows = re.findall(r"^\| \*\*(.+?)\*\*.* \| (.+?) \|$", (ROOT / "docs/glossary.md").read_text(), re.MULTILINE)
    assert len(rows) > 30
    wrong = []
    for word, places in rows:
        for place in QUOTED.findall(places):
            path, _, symbol = place.partition(":")
            file = next((file for file in (package / path for package in PACKAGES) if file.exists()), None)
            if file is None or (symbol and not re.search(rf"\b{re.escape(symbol)}\b", file.read_text())):
                wrong.append((word, place))
    assert wrong == []


def test_no_glossary_entry_is_defined_twice() -> None:
    """As in **stage** (a model) and **stage** (of a unit's time)."""
    words = re.findall(r"^\| (\*\*.+?) \|", (ROOT / "docs/glossary.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert [word for word, times in Counter(words).items() if times > 1] == []


def test_the_glossary_lists_every_metric() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/glossary.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(metric.value for metric in Metric)


def test_every_glossary_word_is_used() -> None:
    """A word that neither code nor documents say is nobody's word."""
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES if page.name != "glossary.md")
    text += "\n".join(path.read_text(encoding="utf-8") for path in python_files("src"))
    searched = text.lower().replace("_", " ").replace("-", " ")
    words = re.findall(r"^\| \*\*(.+?)\*\*", (ROOT / "docs/glossary.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert [word for word in words if word.lower().replace("_", " ").replace("-", " ") not in searched] == []


def test_code_in_the_own_task_page_is_tested_code() -> None:
    tested = "\n".join(path.read_text(encoding="utf-8") for path in sorted(OWN_TASK.glob("*.py")))
    blocks = [
        code for language, code in FENCED.findall((ROOT / "docs/own-task.md").read_text()) if language == "python"
    ]
    assert len(blocks) >= 8
    assert [block for block in blocks if block not in tested] == []


def test_every_adr_is_one_page_with_the_same_headings() -> None:
    pages = sorted(path for path in (ROOT / "docs/adr").glob("*.md") if path.name != "README.md")
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 60, name(page)
        headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
        assert headings == ["Context", "Decision", "Why not the others", "Consequences"], name(page)
        assert page.name in (ROOT / "docs/adr/README.md").read_text(encoding="utf-8")
