"""What the registry's versions say: listed, described, and two of them side by side."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from labeler.errors import ChampionMissingError
from labeler.models import versions
from labeler.models.comparison import compare, describe
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
    listed = versions.list_versions(registry, MODEL)

    assert [(one.version, one.aliases) for one in listed] == [("2", ()), ("1", (CHAMPION,))]
    assert listed[1].tags[FEATURES_DIGEST_TAG] == task.features_digest()
    assert listed[1].created_at.utcoffset() is not None
    assert versions.list_versions(registry, MODEL, last=1) == listed[:1]


def test_versions_beyond_one_page_are_all_listed(registry: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "PAGE", 1)

    assert [one.version for one in versions.list_versions(registry, MODEL)] == ["2", "1"]


@pytest.mark.parametrize("version_or_alias", ["1", CHAMPION])
def test_describe_shows_metrics_parameters_and_datasets_of_the_run(registry: str, version_or_alias: str) -> None:
    details = describe(registry, MODEL, version_or_alias)

    assert details.version == "1"
    assert details.metrics.keys() >= {"later_accuracy", "later_macro_f1"}
    assert "classifier" in details.parameters
    assert details.datasets


def test_describe_shows_only_tags_of_a_version_without_a_run(registry: str) -> None:
    details = describe(registry, MODEL, "2")

    assert (details.run_id, details.metrics, details.parameters) == (None, {}, {})
    assert details.tags[FEATURES_DIGEST_TAG] == task.features_digest()


def test_describe_shows_only_tags_of_a_version_whose_run_was_deleted(registry: str) -> None:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(registry.removeprefix("sqlite:///"))) as database, database:
        database.execute("update model_versions set run_id = 'gone' where version = 1")

    details = describe(registry, MODEL, "1")

    assert details.metrics == {}
    assert details.tags[FEATURES_DIGEST_TAG] == task.features_digest()


def test_compare_shows_metric_differences_and_differing_parameters(registry: str) -> None:
    client = connect(registry)
    run = client.create_run(client.get_experiment_by_name("labeler").experiment_id)
    client.log_metric(run.info.run_id, "later_accuracy", 0.75)
    client.log_param(run.info.run_id, "rows", 7)
    source = client.get_model_version(MODEL, "2").source
    client.create_model_version(MODEL, source=source, run_id=run.info.run_id)

    comparison = compare(registry, MODEL, CHAMPION, "3")

    lines = {line.metric: line for line in comparison.metrics}
    champion = comparison.first.metrics["later_accuracy"]
    assert lines["later_accuracy"].difference == pytest.approx(0.75 - champion)
    assert (lines["later_macro_f1"].second, lines["later_macro_f1"].difference) == (None, None)
    assert comparison.parameters["rows"] == (comparison.first.parameters["rows"], "7")


def test_latest_means_the_newest_version_as_in_mlflow(registry: str) -> None:
    assert describe(registry, MODEL, "latest").version == "2"


@pytest.mark.parametrize(
    ("name", "version_or_alias", "message"),
    [
        ("unheard-of", "1", "no model unheard-of with version 1"),
        (MODEL, "99", f"no model {MODEL} with version 99"),
        (MODEL, "nobody", f"no model {MODEL} with the alias nobody"),
        (MODEL, "no such/alias", f"no model {MODEL} with the alias no such/alias"),
    ],
)
def test_describe_names_a_model_version_or_alias_that_does_not_exist(
    registry: str, name: str, version_or_alias: str, message: str
) -> None:
    with pytest.raises(ChampionMissingError, match=message):
        describe(registry, name, version_or_alias)


def test_listing_an_unregistered_model_is_refused_by_its_name(registry: str) -> None:
    with pytest.raises(ChampionMissingError, match="unheard-of"):
        versions.list_versions(registry, "unheard-of")
