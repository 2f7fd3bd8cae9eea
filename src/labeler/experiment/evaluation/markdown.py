"""A Markdown table (pure)."""

from collections.abc import Iterable, Sequence


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Iterable[int] = ()) -> str:
    """A column of `numbers` is aligned right. Cells may hold anything: a bar would end them."""
    right = set(numbers)
    rule = ["---:" if column in right else "---" for column in range(len(head))]
    lines = [head, rule, *([cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
