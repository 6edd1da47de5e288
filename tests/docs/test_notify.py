"""docs/how-to/notify.md and the reference document's callbacks, against servers that record what they are sent."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gitgates import ModelMetrics, Notifications
from gitgates.config.notify_routes import EVENTS
from gitgates.integrations.notify.webhook import signature
from tests.cli.project import Project
from tests.docs.afs_world import stand_in
from tests.docs.markdown import blocks, rows
from tests.docs.reference import ABSENT, run_block
from tests.integrations.notify.services import Service
from tests.support import CHECKOUT, Gitgates, Keys

PAGE = CHECKOUT / "docs/how-to/notify.md"


@pytest.fixture
def configured(
    workplace: Path, home: Path, gitgates: Gitgates, keys: Keys, internet: Service, monkeypatch: pytest.MonkeyPatch
) -> Project:
    """Give a project configured as the page prints it, with tokens of the right form."""
    table, users_file = (block.text for block in blocks(PAGE, "toml"))
    (workplace / "gates.toml").write_text(table)
    exports = re.findall(r"^export (\w+)='(.*)'$", PAGE.read_text(), re.MULTILINE)
    assert len(exports) == 2
    tokens = {
        "TOKEN_A/TOKEN_B/TOKEN_C": "T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7",
        "INTEGRATION_KEY": "1NTEGRAT10N",
        "API_KEY": "AP1KEY",
        "https://hooks.example.com": internet.url,
    }
    for name, url in exports:
        monkeypatch.setenv(name, replaced(url, tokens))
    file = home / ".config/gitgates/notify.toml"
    file.parent.mkdir(parents=True)
    file.write_text(replaced(users_file, tokens))
    return Project(workplace, gitgates, keys.alice)


def replaced(text: str, words: dict[str, str]) -> str:
    for word, other in words.items():
        text = text.replace(word, other)
    return text


def test_trying_it(configured: Project, internet: Service) -> None:
    (block,) = blocks(PAGE, "console")
    shown = block.text.removeprefix("$ gitgates notify test\n")
    done = configured("notify", "test")
    assert (done.code, done.out) == (0, shown.replace("the service answered 403", "sent"))
    internet.status = 403
    assert "slack-deployments: the service answered 403\n" in configured("notify", "test").out
    urls = {request.url for request in internet.requests}
    assert "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7" in urls
    assert "https://events.pagerduty.com/v2/enqueue" in urls
    assert f"{internet.url}/gitgates" in urls
    listed = configured.ok("notify", "list").out
    assert "notify.toml" in listed
    assert "T1JJ3T3L2" not in listed


def test_every_event_is_told_of() -> None:
    assert [cell.strip("`") for cell, *_ in rows(PAGE, "event")] == list(EVENTS)


def test_the_webhook(configured: Project, internet: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    configured.ok("init")
    configured.check()
    (configured.path / "gates.toml").write_text('[tool.gitgates.notify]\napproved = "release-hook"\n')
    configured.approve()
    (request,) = internet.requests
    (printed,) = (json.loads(block.text) for block in blocks(PAGE, "json"))
    told = request.json()
    assert set(told) == set(printed)
    assert set(told["facts"]) == set(printed["facts"])
    for key in ("schema", "event", "level", "title"):
        assert told[key] == printed[key]

    (receiver,) = (block.text for block in blocks(PAGE, "python") if "def received" in block.text)
    names: dict[str, Any] = {}
    exec(receiver, names)
    received, secret = names["received"], "a long random text"
    header = request.headers["X-Gitgates-Signature-256"]
    seen: set[str] = set()
    assert received(request.body, header, secret, seen) == told
    assert received(request.body, header, secret, seen) is None
    assert received(request.body, header, "another", set()) is None
    assert received(request.body + b" ", header, secret, set()) is None
    old = json.dumps({**told, "sent": (datetime.now(UTC) - timedelta(hours=1)).isoformat()}).encode()
    assert received(old, signature(secret, old), secret, set()) is None


def test_the_page_s_callback(configured: Project, internet: Service) -> None:
    (script,) = (block.text for block in blocks(PAGE, "python") if "Notifications" in block.text)
    names: dict[str, Any] = {}
    exec(script, names)
    names["gate"].check_all("veran", "v6.2", model_metrics=ModelMetrics(0.5))
    (request,) = internet.requests
    assert request.url.startswith("https://hooks.slack.com/services/")
    (attachment,) = request.json()["attachments"]
    assert attachment["title"] == "Quality gates blocked deployment of veran:v6.2"


@ABSENT
@pytest.mark.usefixtures("afs_world")
def test_the_callbacks_of_the_reference_document(configured: Project, internet: Service) -> None:
    stand_in("afs.notifications", NotificationManager=Notifications)
    gate = run_block("Notification Integration")["gate"]
    report = gate.check_all("veran", "v6.2", model_metrics=ModelMetrics(0.5))
    assert report.any_blocked()
    pager, slack = internet.requests
    assert pager.url == "https://events.pagerduty.com/v2/enqueue"
    summary = pager.json()["payload"]["summary"]
    assert "Production regression detected: quality score 0.5 is below 0.85" in summary
    assert "service: model-deployments" in summary
    (attachment,) = slack.json()["attachments"]
    assert attachment["title"] == "Quality gates blocked deployment of veran:v6.2"
    assert "destination: #deployments" in attachment["text"]
    assert "failed_checks:\n- model_quality: quality score 0.5" in attachment["text"]
    assert "context: production" in attachment["text"]
