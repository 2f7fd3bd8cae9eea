"""The stages as data. Every difference between them is a field here: no construct asks which stage it is in.

A stage is an account, or at least a region of its own: the metrics of two stages in one region would mix, because
their only dimension is the service (labeler/telemetry.py says why). Of the stages of one account, one trusts GitHub for
all of them: `has_github_provider`.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

GITHUB_REPOSITORY = "your-organisation/labeler"
"""Where an experiment proposes its winner."""

GITHUB_SUBJECT = "repo:your-organisation/labeler"
"""The only repository whose workflows may deploy, as GitHub's tokens name it: `repo:owner@123/labeler@456`, or without the
numbers when it is older than July 2026. GitHub says which: docs/delivery.md, "What GitHub has to be told"."""

GITHUB_TOKEN_SECRET = "labeler/github-token"  # noqa: S105 - a name
"""In Secrets Manager, put there by a person: an experiment opens its pull request with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The daily run's pace. The queue, the workers, their grace period and KEDA are all made from these numbers."""

    opens_at: time = time(4, 30)
    """UTC; when Airflow opens the daily run, which labels the day before: dags/daily_labeling.py."""
    opening_margin_s: int = 600
    """A run that is not open so long after that is missed: Airflow's retries and the manifest need some of it."""
    deadline_s: int = 1800
    slack_margin_s: int = 300
    """Less expected slack than this rings."""
    max_workers: int
    prewarmed_workers: int
    """From ten minutes before the run: a node takes a minute, an image and a model take another."""
    unit_max_files: int = 2000
    visibility_timeout_s: int = 120
    unit_timeout_s: int = 300
    drain_timeout_s: int = 120
    """A worker that is asked to leave has so long to finish its unit; spot capacity gives two minutes."""
    max_receives: int = 4

    @property
    def is_due_at(self) -> time:
        """UTC; from then on a daily run that is not open rings. Raises ValueError when that is another day."""
        opens = datetime.combine(datetime(2000, 1, 1, tzinfo=UTC), self.opens_at, tzinfo=UTC)
        due = opens + timedelta(seconds=self.opening_margin_s)
        if due.date() != opens.date():
            raise ValueError(f"a run that opens at {self.opens_at} is due after midnight: the tick asks for days")
        return due.time()


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Days. None: for ever."""

    logs: int
    raw: int | None
    runs: int | None
    is_kept: bool
    """Whether data outlives its stack: buckets, ledger, database, keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """What needs a network: cluster, registry, monitoring host."""

    cidr: str
    zones: int
    nat_gateways: int
    """Of the system subnets. Workers have no route to one."""
    capacity_types: tuple[str, ...]
    """Of the workers' nodes, in order of preference."""
    database_class: str
    is_database_multi_zone: bool
    database_backup_days: int
    mlflow_replicas: int
    is_volume_backed_up: bool
    """Whether AWS Backup copies the experiments' files each day, for 35 days. Models, figures and labeled files are
    elsewhere: what is lost without is the work of the experiments that are under way."""
    administrators: tuple[str, ...] = ()
    """ARNs of the roles whose people may do anything in the cluster. Empty: only deployments may."""
    orchestrators: tuple[str, ...] = ()
    """ARNs of Airflow's roles: they start pods in the namespace of the jobs, and see no other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Datadog:
    """Where Datadog listens. The API key is a secret of that name, put there by a person."""

    site: str
    api_key_secret: str = "labeler/datadog-api-key"  # noqa: S105 - a name, not a secret
    extension_version: int = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    name: str
    region: str
    run: Run
    retention: Retention
    platform: Platform | None
    """None: no network of ours, no cluster and no images; `registry_uri` names a registry that is there already."""
    registry_uri: str | None = None
    alarm_email: str | None = None
    has_github_provider: bool = False
    """Whether the account trusts GitHub already, by another stage or another project: it takes one provider for each
    issuer. False: this stage makes it, and takes it along when it goes."""
    dags_uri: str | None = None
    """`s3://bucket/dags`, where Airflow reads its DAGs: a deployment may write there. None: it brings none."""
    datadog: Datadog | None = None
    """None: no agent, no extension, no monitors."""


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
    # small units: a rehearsal's few files are to meet several workers
    run=Run(max_workers=2, prewarmed_workers=0, unit_max_files=50),
    retention=Retention(logs=1, raw=1, runs=1, is_kept=False),
    platform=None,
    registry_uri="sqlite:///build/deploy-local/mlflow.db",
)

STAGES = (DEV, STAGING, PROD)
"""What `make synth` and the proofs go over."""
ENVIRONMENTS = {environment.name: environment for environment in (*STAGES, LOCAL)}
