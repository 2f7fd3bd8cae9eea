"""How many workers there are: by the forecast, by the queue's depth, and warm before the run."""

import json
from typing import Any

import pytest

from cdk.environments import ENVIRONMENTS
from labeler.telemetry import Measure, Metric, emit
from tests.infra.objects import minute_of_the_day, scaled_object, scaling_trigger
from tests.infra.templates import STAGES

pytestmark = pytest.mark.parametrize("stage", STAGES)


def test_values_of_a_trigger_are_text(stacks: Any, stage: str) -> None:
    for trigger in scaled_object(stacks, stage)["triggers"]:
        assert all(isinstance(value, str) for value in trigger["metadata"].values()), trigger["name"]


def test_workers_follow_the_metric_that_completion_emits(
    stacks: Any, stage: str, capsys: pytest.CaptureFixture[str]
) -> None:

    emit("completion", [Measure(Metric.WORKERS_NEEDED, 7)])
    line = json.loads(capsys.readouterr().out)
    (emitted,) = line["_aws"]["CloudWatchMetrics"]
    watched = scaling_trigger(stacks, stage, "workers-needed")["metadata"]
    assert watched["namespace"] == emitted["Namespace"]
    assert watched["metricName"] in {metric["Name"] for metric in emitted["Metrics"]}
    assert emitted["Dimensions"] == [[watched["dimensionName"]]]
    assert line[watched["dimensionName"]] == watched["dimensionValue"]
    assert watched["targetMetricValue"] == "1"
    assert watched["minMetricValue"] == "0"


def test_queue_depth_trigger_counts_units_in_flight(stacks: Any, stage: str) -> None:
    metadata = scaling_trigger(stacks, stage, "queue-depth")["metadata"]
    assert metadata["scaleOnInFlight"] == "true"
    assert "Work" in metadata["queueURL"]
    assert int(metadata["queueLength"]) == 450  # 1,800 s at 500 files a second, 2,000 files a unit


def test_workers_are_warm_before_the_run_and_scale_to_zero_after_it(stacks: Any, stage: str) -> None:
    run = ENVIRONMENTS[stage].run
    metadata = scaling_trigger(stacks, stage, "before-the-run")["metadata"]
    assert metadata["desiredReplicas"] == str(run.prewarmed_workers)
    before, after = (minute_of_the_day(metadata[edge]) for edge in ("start", "end"))
    opens = 60 * run.opens_at.hour + run.opens_at.minute
    # a node takes a minute, an image and a model another
    assert before <= opens - 5
    assert after > opens
    assert scaled_object(stacks, stage)["minReplicaCount"] == 0
    assert scaled_object(stacks, stage)["maxReplicaCount"] == run.max_workers


def test_workers_scale_up_at_once_and_down_slowly(stacks: Any, stage: str) -> None:
    behavior = scaled_object(stacks, stage)["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    assert behavior["scaleUp"]["policies"] == [
        {"type": "Pods", "value": scaled_object(stacks, stage)["maxReplicaCount"], "periodSeconds": 15}
    ]
    assert behavior["scaleDown"]["stabilizationWindowSeconds"] >= 300
    assert scaled_object(stacks, stage)["cooldownPeriod"] >= 300
