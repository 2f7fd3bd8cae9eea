"""`labeler experiment run`: from labeled files to versions, a verdict and a report, in one go."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from labeler.models.registry import CHALLENGER, SHA256_TAG, connect
from tests.architecture.source import ROOT
from tests.champion import MODEL
from tests.integration.cli.conftest import Command

if TYPE_CHECKING:
    from tests.champion import TrainedChampion


@pytest.fixture
def registry(champion: "TrainedChampion", tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    uri = champion.copied_to(tmp_path / "registry")
    monkeypatch.setenv("LABELER_REGISTRY_URI", uri)
    return uri


@pytest.mark.parametrize("is_easy", [True, False], ids=["something passes", "nothing passes"])
def test_quick_experiment_registers_versions_writes_a_report_and_exits_like_the_gate(
    labeler: Command, registry: str, tmp_path: Path, *, is_easy: bool
) -> None:
    criteria = (ROOT / "gate.yaml").read_text(encoding="utf-8")
    for bound, easy in (("0.08", "-1"), ("0.20", "0"), ("0.75", "0"), ("0.10", "1"), ("2.0", "50"), ("-0.05", "-1"),
                        ("0.02", "1"), ("0.03", "1"), ("{SERVIÇO: 0.4, RESTAURANTE: 0.3}", "{}"), ("5.0", "5000")):  # fmt: skip
        criteria = criteria.replace(f": {bound}", f": {easy}") if is_easy else criteria
    criteria = criteria if is_easy else criteria.replace("min_macro_f1: 0.20", "min_macro_f1: 1.0")
    (tmp_path / "gate.yaml").write_text(criteria, encoding="utf-8")
    (tmp_path / "params.yaml").write_text((ROOT / "params.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    generated = labeler("statements", "generate", "made", "--files", 60, "--labels")
    assert generated.code == 0, generated.err

    result = labeler("experiment", "run", "--statements", "made", "--quick", "--json")

    assert result.code == (0 if result.json["verdict"]["winner"] else 3), result.err
    names = [one["candidate"] for one in result.json["verdict"]["verdicts"]]
    assert names == ["quick_trees_1"]
    assert (result.json["verdict"]["winner"] is not None) == is_easy, result.json["verdict"]
    require_registered(result.json["registration"], registry, names)
    text = Path(result.json["report"]).read_text(encoding="utf-8")
    assert ("**quick_trees_1** wins" in text, "**Nothing passes.**" in text) == (is_easy, not is_easy)
    for picture in ("speed", "coverage", "calibration", "confusion_quick_trees_1"):
        assert f"](evaluation/{picture}.png)" in text
        assert (tmp_path / f"build/experiment/evaluation/{picture}.png").stat().st_size > 1000
    evaluation = json.loads((tmp_path / "build/experiment/evaluation/evaluation.json").read_bytes())
    assert evaluation["champion"]["version"] == "1", "the session's, judged on the same rows"


def require_registered(registration: dict[str, object], registry: str, names: list[str]) -> None:
    """Byte for byte what was judged; the winner is the challenger."""
    client, versions = connect(registry), registration["versions"]
    assert isinstance(versions, list)
    assert [one["candidate"] for one in versions] == names
    for one in versions:
        assert client.get_model_version(MODEL, one["version"]).tags[SHA256_TAG] == one["sha256"]
    if registration["challenger"]:
        assert str(client.get_model_version_by_alias(MODEL, CHALLENGER).version) == registration["challenger"]
    else:
        assert CHALLENGER not in client.get_registered_model(MODEL).aliases
