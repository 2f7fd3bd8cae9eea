"""What the registry's versions say: listed, described, and two of them side by side."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from labeler.errors import ChampionMissingError
from labeler.models import versions
from labeler.models.registry import CHAMPION, FEATURES_DIGEST_TAG, connect
from labeler.transactions import task
from tests.champion import MODEL, add_version

if TYPE_CHECKING:
    from tests.champion import TrainedChampion


@pytest.fixture
def registry(champion: "TrainedChampion", tmp_path: Path) -> str:
    """The champion, and a second version that no run made."""
    uri = champion.copied_to(tmp_path / "registry")
    add_version(uri, champion, tmp_path / "second")
    return uri


def test_versions_are_listed_newest_first_with_their_aliases(registry: str) -> None:
    found = versions.list_versions(registry, MODEL)

    assert [(one.version, one.aliases) for one in found] == [("2", ()), ("1", (CHAMPION,))]
    assert found[1].tags[FEATURES_DIGEST_TAG] == task.features_digest()
    assert found[1].created_at.utcoffset() is not None
    assert versions.list_versions(registry, MODEL, last=1) == found[:1]


def test_more_versions_than_a_page_are_all_listed(registry: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "PAGE", 1)

    assert [one.version for one in versions.list_versions(registry, MODEL)] == ["2", "1"]


@pytest.mark.parametrize("wanted", ["1", CHAMPION])
def test_a_version_is_described_with_what_its_run_says(registry: str, wanted: str) -> None:
    found = versions.describe(registry, MODEL, wanted)

    assert found.version == "1"
    assert found.metrics.keys() >= {"later_accuracy", "later_macro_f1"}
    assert "classifier" in found.parameters
    assert found.datasets


def test_a_version_without_a_run_says_what_its_tags_say(registry: str) -> None:
    found = versions.describe(registry, MODEL, "2")

    assert (found.run_id, found.metrics, found.parameters) == (None, {}, {})
    assert found.tags[FEATURES_DIGEST_TAG] == task.features_digest()


def test_a_version_whose_run_was_deleted_for_good_still_says_its_tags(registry: str) -> None:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(registry.removeprefix("sqlite:///"))) as database, database:
        database.execute("update model_versions set run_id = 'gone' where version = 1")

    found = versions.describe(registry, MODEL, "1")

    assert found.metrics == {}
    assert found.tags[FEATURES_DIGEST_TAG] == task.features_digest()


def test_two_versions_are_compared_by_the_metrics_of_their_runs(registry: str) -> None:
    client = connect(registry)
    run = client.create_run(client.get_experiment_by_name("labeler").experiment_id)
    client.log_metric(run.info.run_id, "later_accuracy", 0.75)
    client.log_param(run.info.run_id, "rows", 7)
    source = client.get_model_version(MODEL, "2").source
    client.create_model_version(MODEL, source=source, run_id=run.info.run_id)

    found = versions.compare(registry, MODEL, CHAMPION, "3")

    lines = {line.metric: line for line in found.metrics}
    champion = found.first.metrics["later_accuracy"]
    assert lines["later_accuracy"].difference == pytest.approx(0.75 - champion)
    assert (lines["later_macro_f1"].second, lines["later_macro_f1"].difference) == (None, None)
    assert found.parameters["rows"] == (found.first.parameters["rows"], "7")


def test_latest_is_the_newest_version_as_everywhere_in_mlflow(registry: str) -> None:
    assert versions.describe(registry, MODEL, "latest").version == "2"


@pytest.mark.parametrize(
    ("name", "wanted", "said"),
    [
        ("unheard-of", "1", "no model unheard-of with version 1"),
        (MODEL, "99", f"no model {MODEL} with version 99"),
        (MODEL, "nobody", f"no model {MODEL} with the alias nobody"),
        (MODEL, "no such/alias", f"no model {MODEL} with the alias no such/alias"),
    ],
)
def test_missing_statements_are_named(registry: str, name: str, wanted: str, said: str) -> None:
    with pytest.raises(ChampionMissingError, match=said):
        versions.describe(registry, name, wanted)


def test_a_model_that_nobody_registered_has_no_versions(registry: str) -> None:
    with pytest.raises(ChampionMissingError, match="unheard-of"):
        versions.list_versions(registry, "unheard-of")
