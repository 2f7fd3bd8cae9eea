"""The token for GitHub: from the environment or from Secrets Manager, and never in a message or a log."""

import json
from urllib.parse import urlsplit

from labeler.aws import Aws
from labeler.aws_errors import translated_errors
from labeler.errors import SettingsError
from labeler.settings import ProposalSettings

LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def github_token(settings: ProposalSettings, aws: Aws) -> str:
    """Raises SettingsError (none is named, or it is no token), AccessDeniedError and ObjectMissingError (the secret)."""
    require_safe(settings.github_api_url)
    if settings.github_token:
        return _printable(settings.github_token, "LABELER_GITHUB_TOKEN")
    if not settings.github_token_secret:
        raise SettingsError(
            "no token for GitHub is named",
            hint="set LABELER_GITHUB_TOKEN, or LABELER_GITHUB_TOKEN_SECRET to the id of a secret that holds it",
        )
    what = f"the secret {settings.github_token_secret}"
    with translated_errors(f"reading {what}"):
        secret = aws.secrets_manager.get_secret_value(SecretId=settings.github_token_secret).get("SecretString", "")
    return _printable(_token_in(secret, what), what)


def require_safe(api_url: str) -> None:
    """A token does not travel in the clear. Raises SettingsError."""
    parts = urlsplit(api_url)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    if not is_safe or not parts.hostname:
        raise SettingsError(
            f"LABELER_GITHUB_API_URL={api_url} is no https:// address",
            hint="leave it out for github.com; GitHub Enterprise has it at https://HOST/api/v3",
        )


def _token_in(text: str, what: str) -> str:
    if not text.lstrip().startswith("{"):
        return text
    try:
        token = json.loads(text)["token"]
    except (ValueError, KeyError):
        token = None
    if not isinstance(token, str):
        # raised out here: an error that is chained to the parser's would carry what it read
        raise SettingsError(f"{what} has no token", hint='store the token itself, or JSON {"token": ...}')
    return token


def _printable(token: str, what: str) -> str:
    """A header takes printable ASCII only, and the complaint of the HTTP library would quote the token."""
    token = token.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise SettingsError(f"{what} is no token of GitHub's", hint="store the token alone, without quotes")
    return token
