"""What may differ between stages: the fields of an environment.

A stage is an account, or at least a region of its own: the metrics of two stages in one region would mix, because
their only dimension is the service (labeler/telemetry.py says why). Of the stages of one account, one trusts GitHub for
all of them: `has_github_provider`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The daily run's pace. The queue, the workers, their grace period and KEDA are all made from these numbers."""

    opens_at: time = time(4, 30)
    """UTC; when Airflow opens the daily run, which labels the day before: dags/daily_labeling.py."""
    opening_margin_s: int = 600
    """A run that is not open so long after that is missed: Airflow's retries and the manifest need some of it."""
    deadline_s: int = 1800
    slack_margin_s: int = 300
    """Less expected slack than this raises an alarm."""
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
        """UTC; from then on a daily run that is not open raises an alarm. Raises ValueError when that is another day."""
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
