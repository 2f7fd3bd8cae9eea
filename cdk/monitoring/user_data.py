"""What a new monitoring host does when it starts, and how it checks its own page."""

from collections.abc import Mapping

from labeler.telemetry import NAMESPACE, Metric

SERVICE = "labeler-monitoring"
CHECK = f"{SERVICE}-look"
PORT = 8000
FAILED_CHECKS_BEFORE_REPLACEMENT = 10
"""A minute apart: docker, the image and Evidently need three or four of them."""

UNIT = """[Unit]
Wants=docker.service
After=docker.service
[Service]
Environment=HOME=/root
ExecStartPre=-/usr/bin/docker rm --force {service}
ExecStartPre=/bin/sh -c "aws ecr get-login-password --region {region} | docker login --username AWS --password-stdin {registry}"
ExecStartPre=/usr/bin/docker pull {image}
ExecStart={run}
TimeoutStartSec=600
Restart=always
RestartSec=10
[Install]
WantedBy=multi-user.target
"""

# the page is what people need, not the machine: a host that can't show it for ten minutes asks for a replacement
CHECK_SCRIPT = """#!/bin/sh
set -eu
if curl --fail --silent --max-time 10 --output /dev/null http://localhost:{port}/; then
    rm -f /run/{check}
    aws cloudwatch put-metric-data --region {region} --namespace {namespace} --metric-name {metric} --value 1
    exit 0
fi
echo away >>/run/{check}
[ "$(wc -l </run/{check})" -ge {failures} ] || exit 0
token=$(curl --silent --request PUT --header "X-aws-ec2-metadata-token-ttl-seconds: 60" http://169.254.169.254/latest/api/token)
host=$(curl --silent --header "X-aws-ec2-metadata-token: $token" http://169.254.169.254/latest/meta-data/instance-id)
aws autoscaling set-instance-health --region {region} --instance-id "$host" --health-status Unhealthy
"""

TIMER = """[Timer]
OnBootSec=60
OnUnitActiveSec=60
[Install]
WantedBy=timers.target
"""


def start_commands(
    *, image: str, registry: str, region: str, variables: Mapping[str, str], log_group: str
) -> list[str]:
    """The check comes first, so that a start that fails is noticed. The image is pulled by the unit, which tries again
    for ever; the last command ends well only when the page is there."""
    container = _container(image, region=region, variables=variables, log_group=log_group)
    unit = UNIT.format(service=SERVICE, region=region, registry=registry, image=image, run=container)
    return [
        "set -euo pipefail",
        *_check(region),
        _file(f"/etc/systemd/system/{SERVICE}.service", unit),
        "systemctl daemon-reload",
        f"systemctl enable --now {CHECK}.timer",
        "dnf install --assumeyes docker",
        "systemctl enable --now docker",
        f"systemctl enable --now --no-block {SERVICE}",
        f"timeout 600 sh -c 'until curl --fail --silent --output /dev/null http://localhost:{PORT}/; do sleep 5; done'",
    ]


def _container(image: str, *, region: str, variables: Mapping[str, str], log_group: str) -> str:
    options = " ".join(f"--env {name}={value}" for name, value in {"AWS_DEFAULT_REGION": region, **variables}.items())
    return (
        f"/usr/bin/docker run --rm --name {SERVICE} --network host --read-only --tmpfs /tmp --cap-drop ALL "
        "--security-opt no-new-privileges "
        f"{options} --log-driver awslogs --log-opt awslogs-group={log_group} --log-opt awslogs-region={region} {image}"
    )


def _check(region: str) -> list[str]:
    script = CHECK_SCRIPT.format(
        check=CHECK,
        port=PORT,
        region=region,
        namespace=NAMESPACE,
        metric=Metric.MONITORING_PAGE_SERVED.value,
        failures=FAILED_CHECKS_BEFORE_REPLACEMENT,
    )
    return [
        _file(f"/usr/local/bin/{CHECK}", script),
        f"chmod 755 /usr/local/bin/{CHECK}",
        _file(f"/etc/systemd/system/{CHECK}.service", f"[Service]\nType=oneshot\nExecStart=/usr/local/bin/{CHECK}\n"),
        _file(f"/etc/systemd/system/{CHECK}.timer", TIMER),
    ]


def _file(path: str, text: str) -> str:
    return f"cat >{path} <<'END'\n{text}END"
