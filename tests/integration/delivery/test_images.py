"""Images go to a stage by their digests, and critical findings stop it."""

import pytest

from tests.integration.delivery.conftest import Programs, Run

DIGEST = "sha256:" + "a" * 64
BUILD = f"worker c0ffee-aaaa {DIGEST}\n"
REGISTRY = "1.dkr.ecr.eu-west-1.amazonaws.com"
AWS = f"""case "$*" in
*proxyEndpoint*) echo https://{REGISTRY} ;;
*get-login-password*) echo password ;;
esac"""


@pytest.fixture
def aws(programs: Programs) -> None:
    programs.add("aws", AWS)


def test_an_image_keeps_its_digest_on_its_way_and_is_looked_for_afterwards(
    aws: None, programs: Programs, run: Run
) -> None:
    programs.add(
        "skopeo",
        f'[ "$1" != inspect ] || [ -e "{programs.folder}/copied" ] || exit 1\n'
        f'[ "$1" != copy ] || touch "{programs.folder}/copied"',
    )
    pushed = run("push-images", "dev", "build/images", stdin=BUILD)
    assert (pushed.code, f"worker is pushed: c0ffee-aaaa {DIGEST}" in pushed.out) == (0, True), pushed.err
    image = f"docker://{REGISTRY}/labeler-dev/worker"
    assert [call for call in pushed.calls if call.startswith("skopeo") and "login" not in call] == [
        f"skopeo inspect --raw {image}@{DIGEST}",
        f"skopeo copy --preserve-digests oci-archive:build/images/worker.oci.tar {image}:c0ffee-aaaa",
        f"skopeo inspect --raw {image}@{DIGEST}",
    ]


def test_an_image_that_is_there_is_not_sent_again(aws: None, programs: Programs, run: Run) -> None:
    """The repositories refuse a tag that exists, so a job could not be run again."""
    programs.add("skopeo")
    again = run("push-images", "dev", "build/images", stdin=BUILD)
    assert (again.code, "worker is there" in again.out) == (0, True), again.err
    assert not [call for call in again.calls if " copy " in call]


def test_a_registry_that_has_something_else_stops_the_deployment(aws: None, programs: Programs, run: Run) -> None:
    programs.add("skopeo", '[ "$1" != inspect ]')
    assert run("push-images", "dev", "build/images", stdin=BUILD).code != 0


@pytest.mark.parametrize(("found", "code"), [("None", 0), ("0", 0), ("2", 1)])
def test_critical_findings_stop_a_deployment_and_every_image_is_told(
    programs: Programs, run: Run, found: str, code: int
) -> None:
    programs.add("aws", f'[ "$2" != describe-image-scan-findings ] || echo {found}')
    looked = run("image-findings", "prod", stdin=BUILD + BUILD.replace("worker", "mlflow"))
    assert looked.code == code
    assert [line.split()[0] for line in looked.out.splitlines()] == ["worker", "mlflow"]
    assert (
        f"aws ecr wait image-scan-complete --repository-name labeler-prod/worker --image-id imageDigest={DIGEST}"
        in (looked.calls)
    )
