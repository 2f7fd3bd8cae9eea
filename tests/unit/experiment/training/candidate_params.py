"""params.yaml with candidates of a test, and everything else as small as it may be."""

from typing import Any

import pytest

from labeler.errors import InputInvalidError
from labeler.experiment.params import Params
from labeler.experiment.training.candidates import expand

PREPARATIONS = {"plain": {}, "bare": {"groups": {"codes": "drop"}}}


def params(seed: int = 1, **candidates: dict[str, Any]) -> Params:
    completed = {name: {"family": "extra_trees", "preparation": ["plain"]} | own for name, own in candidates.items()}
    return Params.model_validate(
        {
            "validation": {"max_reject_share": 0.1},
            "split": {"later_share": 0.3, "unseen_share": 0.2, "seed": 1},
            "training": {"seed": seed, "max_rows": 1000},
            "preparations": PREPARATIONS,
            "candidates": completed,
            "evaluation": {
                "coverage_shares": [0.3],
                "confidence_thresholds": [0.5],
                "bootstrap_samples": 100,
                "confidence_level": 0.95,
                "seed": 1,
            },
        }
    )


def refusal(**candidate: Any) -> str:
    with pytest.raises(InputInvalidError) as refused:
        expand(params(trees=candidate))
    return str(refused.value)
