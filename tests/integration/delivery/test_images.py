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


def test_an_image_is_pushed_with_its_digest_and_checked_afterwards(aws: None, programs: Programs, run: Run) -> None:
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


def test_an_image_that_is_already_pushed_is_skipped(aws: None, programs: Programs, run: Run) -> None:
    """The repositories refuse a tag that exists, so a job could not be run again."""
    programs.add("skopeo")
    again = run("push-images", "dev", "build/images", stdin=BUILD)
    assert (again.code, "worker is there" in again.out) == (0, True), again.err
    assert not [call for call in again.calls if " copy " in call]


def test_a_failed_push_stops_the_deployment(aws: None, programs: Programs, run: Run) -> None:
    programs.add("skopeo", '[ "$1" != inspect ]')
    assert run("push-images", "dev", "build/images", stdin=BUILD).code != 0


AWS_FINDINGS = """
answer() {{ case "$*" in *--no-paginate*) echo "$1" ;; *) printf '%s\\n%s\\n' "$1" "$1" ;; esac; }}
[ "$2" = describe-image-scan-findings ] || exit 0
{answer}
"""
"""As the real command does with text: an image with more than a hundred findings has pages, and `--query` meets each."""


def findings(programs: Programs, answer: str) -> None:
    programs.add("aws", AWS_FINDINGS.format(answer=answer))
    programs.add("sleep")


@pytest.mark.parametrize(
    ("result", "code"),
    [
        ("COMPLETE None", 0),
        ("COMPLETE 0", 0),
        ("ACTIVE None", 0),
        ("COMPLETE 2", 1),
        ("ACTIVE 11", 1),
        ("FAILED None", 1),
    ],
)
def test_critical_findings_stop_a_deployment_after_all_images_are_reported(
    programs: Programs, run: Run, result: str, code: int
) -> None:
    findings(programs, f'answer "{result.replace(" ", chr(9))}" "$@"')
    scanned = run("image-findings", "prod", stdin=BUILD + BUILD.replace("worker", "mlflow"))
    assert scanned.code == code, scanned.err
    assert [line.split()[0] for line in scanned.out.splitlines()] == ["worker", "mlflow"]
    requests = [call for call in scanned.calls if call.startswith("aws")]
    assert f"--repository-name labeler-prod/worker --image-id imageDigest={DIGEST}" in requests[0]


@pytest.mark.parametrize(
    "answer", ["echo 'An error occurred (ScanNotFoundException)' >&2; exit 254", "echo IN_PROGRESS"]
)
def test_a_pending_scan_is_polled_until_it_is_complete(programs: Programs, run: Run, answer: str) -> None:
    """ECR begins it some seconds after the push."""
    calls = f'"$(grep -c describe-image-scan-findings "{programs.folder}/calls")"'
    findings(programs, f'[ {calls} -ge 3 ] || {{ {answer}; exit; }}\necho "COMPLETE\tNone"')
    scanned = run("image-findings", "prod", stdin=BUILD)
    assert (scanned.code, scanned.calls.count("sleep 5")) == (0, 2), scanned.err
    assert "nothing critical" in scanned.out


def test_a_scan_that_never_completes_exits_with_75(programs: Programs, run: Run) -> None:
    findings(programs, "echo PENDING")
    scanned = run("image-findings", "prod", stdin=BUILD)
    assert (scanned.code, "is not finished" in scanned.err) == (75, True)


def test_an_error_of_the_registry_stops_a_deployment(programs: Programs, run: Run) -> None:
    findings(programs, "echo 'An error occurred (AccessDeniedException)' >&2; exit 254")
    scanned = run("image-findings", "prod", stdin=BUILD)
    assert (scanned.code, "AccessDenied" in scanned.err) == (1, True)
