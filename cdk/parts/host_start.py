"""What a new monitoring host does when it starts."""

from collections.abc import Mapping

SERVICE = "labeler-monitoring"


def start_commands(
    *, image: str, registry: str, region: str, variables: Mapping[str, str], log_group: str
) -> list[str]:
    """Docker from Amazon's packages, the image, and a unit that starts it again whenever it ends."""
    given = " ".join(f"--env {name}={value}" for name, value in {"AWS_DEFAULT_REGION": region, **variables}.items())
    run = (
        f"/usr/bin/docker run --rm --name {SERVICE} --network host --read-only --tmpfs /tmp --cap-drop ALL "
        "--security-opt no-new-privileges "
        f"{given} --log-driver awslogs --log-opt awslogs-group={log_group} --log-opt awslogs-region={region} {image}"
    )
    login = f"aws ecr get-login-password --region {region} | docker login --username AWS --password-stdin {registry}"
    unit = (
        "[Unit]\\nAfter=docker.service\\nRequires=docker.service\\n"
        f"[Service]\\nExecStartPre=-/usr/bin/docker rm --force {SERVICE}\\nExecStart={run}\\n"
        "Restart=always\\nRestartSec=10\\n[Install]\\nWantedBy=multi-user.target\\n"
    )
    return [
        "set -euo pipefail",
        "dnf install --assumeyes docker",
        "systemctl enable --now docker",
        login,
        f"printf '{unit}' > /etc/systemd/system/{SERVICE}.service",
        "systemctl daemon-reload",
        f"systemctl enable --now {SERVICE}",
    ]
