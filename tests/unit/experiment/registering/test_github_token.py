"""Where the token comes from, and that nothing ever says it."""

import json
from typing import Any

import pytest

from labeler.errors import SettingsError
from labeler.experiment.registering.github_token import github_token
from labeler.settings import ProposalSettings

SECRET, ID = "ghp_0123456789", "ours"


class Secrets:
    """In the place of AWS: one secret."""

    def __init__(self, text: str | None) -> None:
        self.secrets_manager = self
        self._answer = {} if text is None else {"SecretString": text}

    def get_secret_value(self, **_: str) -> dict[str, str]:
        return self._answer


def token(text: str | None = None, **settings: Any) -> str:
    aws: Any = Secrets(text)
    return github_token(ProposalSettings(**settings), aws)


def test_the_environment_takes_precedence_over_the_secret() -> None:
    assert token("other", github_token=SECRET, github_token_secret=ID) == SECRET


@pytest.mark.parametrize("text", [SECRET, f" {SECRET}\n", json.dumps({"token": SECRET, "user": "bot"})])
def test_a_secret_may_hold_the_token_as_text_or_json(text: str) -> None:
    assert token(text, github_token_secret=ID) == SECRET


@pytest.mark.parametrize(
    "text", [None, "", '{"password": "ghp_x"}', '{"token": 3}', '{"token": ', "two ghp_words", "ghp_ção"]
)
def test_a_secret_without_a_token_is_named_but_not_quoted(text: str | None) -> None:
    with pytest.raises(SettingsError, match="the secret ours") as refused:
        token(text, github_token_secret=ID)

    assert "ghp_" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


def test_without_a_token_the_error_names_both_variables() -> None:
    with pytest.raises(SettingsError, match=r"LABELER_GITHUB_TOKEN, or LABELER_GITHUB_TOKEN_SECRET"):
        token()


@pytest.mark.parametrize("url", ["http://github.example/api/v3", "github.example", "ftp://github.example", "https://"])
def test_an_unencrypted_address_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="is no https:// address"):
        token(github_token=SECRET, github_api_url=url)


@pytest.mark.parametrize("url", ["https://github.example/api/v3", "http://127.0.0.1:8080", "http://localhost:1"])
def test_an_encrypted_or_loopback_address_is_accepted(url: str) -> None:
    assert token(github_token=SECRET, github_api_url=url) == SECRET


def test_settings_do_not_show_the_token() -> None:
    settings = ProposalSettings(github_token=SECRET)

    assert SECRET not in f"{settings} {settings!r}"
