"""Who was the champion, and who before: a log that is only added to, and the order that follows from it.

A promotion puts a version on top, a rollback takes the top away: several rollbacks in a row go back further and
further, and never forward to the version that somebody fled from. The alias decides who is the champion; the log
only says who was. So a promotion whose log entry was lost, or an alias that was moved by other means, costs nothing:
a champion that was one before is a step back to it, any other one is a step forward.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict, ValidationError

from labeler.errors import PermanentError

TAG = "labeler.promotion."
"""Of a registered model; one for each change of its champion."""


class Promotion(BaseModel):
    """One change of the champion."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    sequence: int
    version: str
    replaced: str | None
    is_rollback: bool = False
    by: str
    at: datetime
    reason: str | None = None

    @property
    def tag(self) -> str:
        """Two that happen at once get the same number, and both are kept unless they promote the same version."""
        return f"{TAG}{self.sequence:06d}.{self.version}"


def read_promotions(tags: Mapping[str, str]) -> tuple[Promotion, ...]:
    """Of a registered model's tags, oldest first. Raises PermanentError when one is not ours."""
    promotions = []
    for name, value in tags.items():
        if not name.startswith(TAG):
            continue
        try:
            promotions.append(Promotion.model_validate(json.loads(value)))
        except (ValueError, ValidationError) as error:
            raise PermanentError(
                f"the registry's tag {name} does not say a promotion", hint="remove it in MLflow"
            ) from error
    return tuple(sorted(promotions, key=lambda promotion: (promotion.sequence, promotion.at, promotion.version)))


def next_sequence(promotions: Iterable[Promotion]) -> int:
    return max((promotion.sequence for promotion in promotions), default=0) + 1


def champion_history(promotions: Sequence[Promotion], champion: str | None) -> tuple[str, ...]:
    """Versions, each with the one that it replaced before it; the last is the present champion, if there is one."""
    history: tuple[str, ...] = ()
    for promotion in promotions:
        history = _ending_with(promotion.replaced, history)
        version, is_rollback = promotion.version, promotion.is_rollback
        history = _ending_with(version, history) if is_rollback else (*history, version)
    return _ending_with(champion, history)


def _ending_with(champion: str | None, history: tuple[str, ...]) -> tuple[str, ...]:
    """Cut after the champion's last turn, or with the champion at the end when it had none."""
    if champion is None:
        return history
    if champion not in history:
        return (*history, champion)
    return history[: len(history) - history[::-1].index(champion)]
