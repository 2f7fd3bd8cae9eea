"""A change of the champion: who asks for it, and how it is printed."""

import getpass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from labeler.cli.console import out, print_json

if TYPE_CHECKING:
    from labeler.models.promotion import ChampionChange, PromotionRequest


def promotion_request(by: str | None, reason: str | None = None) -> "PromotionRequest":
    from labeler.models.promotion import PromotionRequest

    return PromotionRequest(by=by or getpass.getuser(), at=datetime.now(UTC), reason=reason)


def show_change(change: "ChampionChange", *, as_json: bool = False) -> None:
    if as_json:
        print_json(change)
        return
    if not change.is_new:
        out.print(f"{change.model_name} version {change.version} is the champion already")
        return
    before = f", before it was version {change.replaced}" if change.replaced else ", the first one"
    out.print(f"[bold]{change.model_name} version {change.version}[/] is the champion{before}")
