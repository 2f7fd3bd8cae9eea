"""How many workers: as many as the forecast says, and by the queue's depth while there is no forecast."""

from datetime import time

from cdk.cluster.objects import Manifest, manifest
from cdk.run import worker_objects as worker
from cdk.run.schedule import PREWARM_MINUTES, daily
from labeler.telemetry import NAMESPACE as METRICS
from labeler.telemetry import Metric

POLL_INTERVAL_S = 15
COOLDOWN_S = 300
FORECAST_SERVICE = "labeler-completion"
"""The `service` that functions/completion emits its metrics under."""
AUTHENTICATION = "keda-operator"


def units_per_worker(*, deadline_s: int, files_per_second: float, unit_max_files: int) -> int:
    """Queued units for which one worker is enough: so many it ends within a deadline, at the assumed pace.

    The forecast asks for more as soon as it knows better; KEDA takes the larger answer.
    """
    return max(int(deadline_s * files_per_second / unit_max_files), 1)


def scaling_manifests(
    *, region: str, queue_url: str, units_per_worker: int, max_workers: int, prewarmed: int, opens_at: time
) -> list[Manifest]:
    triggers = [_by_forecast(region), _by_depth(region, queue_url, units_per_worker)]
    if prewarmed:
        triggers.append(_before_the_run(opens_at, prewarmed))
    # the operator's own role, by Pod Identity: least privilege is written there
    authentication = manifest(
        "TriggerAuthentication",
        "keda.sh/v1alpha1",
        AUTHENTICATION,
        worker.NAMESPACE,
        spec={"podIdentity": {"provider": "aws"}},
    )
    return [authentication, _scaled_object(triggers, max_workers=max_workers, prewarmed=prewarmed)]


def _scaled_object(triggers: list[Manifest], *, max_workers: int, prewarmed: int) -> Manifest:
    spec = {
        "scaleTargetRef": {"name": worker.NAME},
        "pollingInterval": POLL_INTERVAL_S,
        "cooldownPeriod": COOLDOWN_S,
        "minReplicaCount": 0,
        "maxReplicaCount": max_workers,
        # when neither CloudWatch nor SQS answers: what is there stays
        "fallback": {
            "failureThreshold": 3,
            "replicas": max(prewarmed, 1),
            "behavior": "currentReplicasIfHigher",
        },
        "advanced": {"horizontalPodAutoscalerConfig": {"behavior": _behavior(max_workers)}},
        "triggers": triggers,
    }
    return manifest("ScaledObject", "keda.sh/v1alpha1", worker.NAME, worker.NAMESPACE, spec=spec)


def _by_forecast(region: str) -> Manifest:
    """One pod for each worker that completion's forecast needs; no run, no metric, no pod."""
    return {
        "type": "aws-cloudwatch",
        "name": "workers-needed",
        "authenticationRef": {"name": AUTHENTICATION},
        "metadata": {
            "namespace": METRICS,
            "metricName": Metric.WORKERS_NEEDED.value,
            "dimensionName": "service",
            "dimensionValue": FORECAST_SERVICE,
            "metricStat": "Maximum",
            "metricStatPeriod": "60",
            # a tick a minute, and CloudWatch shows a metric up to two minutes late
            "metricCollectionTime": "300",
            "targetMetricValue": "1",
            "minMetricValue": "0",
            "ignoreNullValues": "true",
            "awsRegion": region,
        },
    }


def _by_depth(region: str, queue_url: str, units_per_worker: int) -> Manifest:
    """Units in hand count: without them the last workers would be scaled away in the middle of their units."""
    return {
        "type": "aws-sqs-queue",
        "name": "queue-depth",
        "authenticationRef": {"name": AUTHENTICATION},
        "metadata": {
            "queueURL": queue_url,
            "queueLength": str(units_per_worker),
            "scaleOnInFlight": "true",
            "scaleOnDelayed": "true",
            "awsRegion": region,
        },
    }


def _before_the_run(opens_at: time, workers: int) -> Manifest:
    return {
        "type": "cron",
        "name": "before-the-run",
        "metadata": {
            "timezone": "Etc/UTC",
            "start": daily(opens_at, minutes=-PREWARM_MINUTES),
            "end": daily(opens_at, minutes=PREWARM_MINUTES),
            "desiredReplicas": str(workers),
        },
    }


def _behavior(max_workers: int) -> Manifest:
    """Up at once: Kubernetes' own rule doubles every 15 seconds. Down only after five quiet minutes: it cannot choose
    an idle pod, so it should seldom choose."""
    return {
        "scaleUp": {
            "stabilizationWindowSeconds": 0,
            "policies": [{"type": "Pods", "value": max_workers, "periodSeconds": 15}],
        },
        "scaleDown": {
            "stabilizationWindowSeconds": COOLDOWN_S,
            "policies": [{"type": "Percent", "value": 100, "periodSeconds": 60}],
        },
    }
