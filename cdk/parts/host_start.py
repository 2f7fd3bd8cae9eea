"""What a new monitoring host does when it starts, and how it notices that it is of no use."""

from collections.abc import Mapping

from labeler.telemetry import NAMESPACE, Metric

SERVICE = "labeler-monitoring"
LOOK = f"{SERVICE}-look"
PORT = 8000
LOOKS_UNTIL_GIVEN_UP = 10
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

# the page is what people need, not the machine: whoever can't show it for ten minutes asks for a replacement
LOOKING = """#!/bin/sh
set -eu
if curl --fail --silent --max-time 10 --output /dev/null http://localhost:{port}/; then
    rm -f /run/{look}
    aws cloudwatch put-metric-data --region {region} --namespace {namespace} --metric-name {metric} --value 1
    exit 0
fi
echo away >>/run/{look}
[ "$(wc -l </run/{look})" -ge {looks} ] || exit 0
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
    """The look comes first, so that a start that fails is noticed. The image is fetched by the unit, which tries again
    for ever; the last command ends well only when the page is there."""
    given = " ".join(f"--env {name}={value}" for name, value in {"AWS_DEFAULT_REGION": region, **variables}.items())
    run = (
        f"/usr/bin/docker run --rm --name {SERVICE} --network host --read-only --tmpfs /tmp --cap-drop ALL "
        "--security-opt no-new-privileges "
        f"{given} --log-driver awslogs --log-opt awslogs-group={log_group} --log-opt awslogs-region={region} {image}"
    )
    unit = UNIT.format(service=SERVICE, region=region, registry=registry, image=image, run=run)
    metric = Metric.MONITORING_PAGE_SERVED.value
    looking = LOOKING.format(
        look=LOOK, port=PORT, region=region, namespace=NAMESPACE, metric=metric, looks=LOOKS_UNTIL_GIVEN_UP
    )
    return [
        "set -euo pipefail",
        _file(f"/usr/local/bin/{LOOK}", looking),
        f"chmod 755 /usr/local/bin/{LOOK}",
        _file(f"/etc/systemd/system/{LOOK}.service", f"[Service]\nType=oneshot\nExecStart=/usr/local/bin/{LOOK}\n"),
        _file(f"/etc/systemd/system/{LOOK}.timer", TIMER),
        _file(f"/etc/systemd/system/{SERVICE}.service", unit),
        "systemctl daemon-reload",
        f"systemctl enable --now {LOOK}.timer",
        "dnf install --assumeyes docker",
        "systemctl enable --now docker",
        f"systemctl enable --now --no-block {SERVICE}",
        f"timeout 600 sh -c 'until curl --fail --silent --output /dev/null http://localhost:{PORT}/; do sleep 5; done'",
    ]


def _file(path: str, text: str) -> str:
    return f"cat >{path} <<'END'\n{text}END"
