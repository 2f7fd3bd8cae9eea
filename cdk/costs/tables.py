"""The tables of costs as Markdown, as docs/deploy.md has them."""

from collections.abc import Callable

from cdk.costs.monthly import monthly
from cdk.costs.per_million import per_million
from cdk.costs.prices import Line
from cdk.environment import Environment
from cdk.environments import STAGES


def costs() -> str:
    return f"{_table('USD a month', monthly)}\n\n{_table('USD per million files', per_million)}"


def _table(title: str, lines_of: Callable[[Environment], list[Line]]) -> str:
    names = [environment.name for environment in STAGES]
    columns = [lines_of(environment) for environment in STAGES]
    rows = [
        f"| {lines[0].what} | {' | '.join(_rounded(line.usd) for line in lines)} | {lines[-1].how} |"
        for lines in zip(*columns, strict=True)
    ]
    total = " | ".join(f"**{sum(line.usd for line in column):,.2f}**" for column in columns)
    head = f"| {title} | {' | '.join(names)} | of what ({names[-1]}) |\n|---|{'---:|' * len(names)}---|"
    return "\n".join([head, *rows, f"| **sum** | {total} | |"])


def _rounded(price: float) -> str:
    return f"{price:,.2f}" if price >= 0.005 else "under 0.01"
