"""What a make target of a stage refuses, and what it leaves undone when a step fails."""

from pathlib import Path

import pytest

from tests.integration.delivery.conftest import RELEASE, Make, Programs
from tests.integration.delivery.stage_calls import CALLS, NOTE


@pytest.mark.parametrize("target", [target for target in (*CALLS, "rollback") if target != "deploy-dags"])
def test_an_empty_or_unknown_stage_is_refused(make: Make, target: str) -> None:
    for stage in ("STAGE=", "STAGE=production"):
        refused = make(target, stage)
        assert (refused.code, "say which stage" in refused.err, refused.calls) == (2, True, [])


def test_deploy_dags_is_refused_without_an_airflow_folder(make: Make) -> None:
    refused = make("deploy-dags", "DAGS_URI=")
    assert (refused.code, "say where Airflow reads" in refused.err, refused.calls) == (2, True, [])


def test_a_failed_deployment_is_noted_before_and_not_after(make: Make, programs: Programs) -> None:
    programs.add("cdk", "exit 1")
    failed = make("deploy")
    assert (failed.code, failed.calls[0], len(failed.calls)) == (2, NOTE, 2)


def test_deploy_is_refused_without_a_build(make: Make, tmp_path: Path) -> None:
    (tmp_path / RELEASE).unlink()
    refused = make("deploy")
    assert (refused.code, "make images" in refused.out, refused.calls) == (2, True, [])
