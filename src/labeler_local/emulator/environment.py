"""The variables and the session that lead a process to one local AWS, and keep it from any other."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache

import boto3
import botocore.session
from botocore.loaders import Loader

from labeler.settings import PREFIX
from labeler.telemetry import NAMESPACE

ACCOUNT = "123456789012"
REGION = "eu-west-1"

OURS = ("AWS_", PREFIX, "POWERTOOLS_")
"""Other variables of the shell with these prefixes (a profile, a session token, an endpoint) are left out."""

ACCESS_KEY = "local"
NO_FILE = f"{os.devnull}/none"
"""Can't exist. An empty file or /dev/null would do for boto3, but dvc-s3 reads whatever exists and fails on a device."""
NO_PROXY = ("NO_PROXY", "no_proxy")


def aws_variables(endpoint: str, region: str) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": ACCESS_KEY,
        "AWS_CONFIG_FILE": NO_FILE,
        "AWS_SHARED_CREDENTIALS_FILE": NO_FILE,
        "AWS_EC2_METADATA_DISABLED": "true",
        "POWERTOOLS_TRACE_DISABLED": "true",
        "POWERTOOLS_METRICS_NAMESPACE": NAMESPACE,
        **{name: ",".join(filter(None, (os.environ.get(name), "localhost,127.0.0.1"))) for name in NO_PROXY},
    }


def complete(variables: Mapping[str, str], *, without: tuple[str, ...] = ()) -> dict[str, str]:
    """This process's environment with `variables` in the place of everything that could lead elsewhere.

    `without`: further prefixes to leave out.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith((*OURS, *without))}
    return kept | dict(variables)


@contextmanager
def installed(variables: Mapping[str, str]) -> Iterator[None]:
    """Functions run in this process and read their settings from its environment, as Lambda gives it to them."""
    complete_variables = complete(variables)
    touched = {
        name for name in {*os.environ, *complete_variables} if os.environ.get(name) != complete_variables.get(name)
    }
    before = {name: os.environ.get(name) for name in touched}
    _set({name: complete_variables.get(name) for name in touched})
    try:
        yield
    finally:
        _set(before)


def _set(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


@cache
def _loader() -> Loader:
    """botocore reads megabytes of service descriptions: once for all stacks of a process."""
    return Loader()


def session(endpoint: str, region: str) -> boto3.Session:
    """Leads to the stack whatever the environment says."""
    core = botocore.session.Session()
    core.register_component("data_loader", _loader())
    core.set_config_variable("endpoint_url", endpoint)
    core.set_credentials(ACCESS_KEY, ACCESS_KEY)
    return boto3.Session(botocore_session=core, region_name=region)
