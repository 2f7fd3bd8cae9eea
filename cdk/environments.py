"""The stages as data. Every difference between them is a field: no construct asks which stage it is in.

environment.py says what the fields mean.
"""

from dataclasses import replace

from cdk.environment import Datadog, Environment, Platform, Retention, Run

GITHUB_REPOSITORY = "your-organisation/labeler"
"""Where an experiment proposes its winner."""

GITHUB_SUBJECT = "repo:your-organisation/labeler"
"""The only repository whose workflows may deploy, as GitHub's tokens name it: `repo:owner@123/labeler@456`, or without the
numbers when it is older than July 2026. GitHub says which: docs/delivery.md, "What GitHub has to be told"."""

GITHUB_TOKEN_SECRET = "labeler/github-token"  # noqa: S105 - a name
"""In Secrets Manager, put there by a person: an experiment opens its pull request with it."""

SMALL = Platform(
    cidr="10.40.0.0/16",
    zones=2,
    nat_gateways=1,
    capacity_types=("spot", "on-demand"),
    database_class="t4g.small",
    is_database_multi_zone=False,
    database_backup_days=7,
    mlflow_replicas=1,
    is_volume_backed_up=False,
)
"""Outside production: what a lost zone or a reclaimed node takes is waited for."""

DEV = Environment(
    name="dev",
    region="eu-west-1",
    run=Run(max_workers=20, prewarmed_workers=1),
    retention=Retention(logs=14, raw=30, runs=60, is_kept=False),
    platform=SMALL,
)

STAGING = Environment(
    name="staging",
    region="eu-west-1",
    run=Run(max_workers=100, prewarmed_workers=2),
    retention=Retention(logs=30, raw=60, runs=120, is_kept=True),
    platform=replace(SMALL, cidr="10.41.0.0/16"),
    alarm_email="labeler-staging@example.com",
    datadog=Datadog(site="datadoghq.eu"),
)

PROD = Environment(
    name="prod",
    region="eu-west-1",
    run=Run(max_workers=200, prewarmed_workers=5),
    retention=Retention(logs=365, raw=400, runs=400, is_kept=True),
    platform=Platform(
        cidr="10.42.0.0/16",
        zones=3,
        nat_gateways=3,
        # a reclaimed node costs its unit's time again: not inside thirty minutes that others wait for
        capacity_types=("on-demand",),
        database_class="m7g.large",
        is_database_multi_zone=True,
        database_backup_days=35,
        mlflow_replicas=2,
        is_volume_backed_up=True,
    ),
    alarm_email="labeler-on-call@example.com",
    datadog=Datadog(site="datadoghq.eu"),
)

LOCAL = Environment(
    # an emulator: what moto carries, with a registry that is a file
    name="local",
    region="eu-west-1",
    # small units: the few files of a local deployment reach several workers
    run=Run(max_workers=2, prewarmed_workers=0, unit_max_files=50),
    retention=Retention(logs=1, raw=1, runs=1, is_kept=False),
    platform=None,
    registry_uri="sqlite:///build/deploy-local/mlflow.db",
)

STAGES = (DEV, STAGING, PROD)
"""What `make synth` and the proofs go over."""
ENVIRONMENTS = {environment.name: environment for environment in (*STAGES, LOCAL)}
