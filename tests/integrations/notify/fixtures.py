"""Fixtures of every test that has notifications sent; named in the `conftest.py` files that hand them out."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integrations.notify.services import Service, certified, serving

SECRET = "a long random text"
SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7"
PAGERDUTY = "pagerduty://R0UT1NGK3Y@AP1K3Y00"


def twins(text: str) -> str:
    """Return `text` with each character that stands in braces as its full-width twin."""
    return re.sub(r"\{(.)\}", lambda found: chr(ord(found[1]) + 0xFEE0), text)


@pytest.fixture
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the proxies of whoever runs the tests."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
            monkeypatch.delenv(name)


@pytest.fixture
def hook(direct: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """Give the receiver of signed webhooks that the name `hook` leads to."""
    with serving(Service()) as service:
        monkeypatch.setenv("GITGATES_NOTIFY_HOOK", f"{service.url}/gitgates")
        monkeypatch.setenv("GITGATES_NOTIFY_HOOK_SECRET", SECRET)
        yield service


@pytest.fixture
def internet(
    direct: None, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Service]:
    """Stand for Slack and PagerDuty, which the names `slack` and `pagerduty` lead to."""
    folder: Path = tmp_path_factory.mktemp("tls")
    with serving(Service(tls=certified(folder))) as service:
        monkeypatch.setenv("HTTPS_PROXY", service.url)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(folder / "ca.pem"))
        monkeypatch.setenv("GITGATES_NOTIFY_SLACK", SLACK)
        monkeypatch.setenv("GITGATES_NOTIFY_PAGERDUTY", PAGERDUTY)
        yield service
