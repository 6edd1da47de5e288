"""What services are really sent: requests to Slack, PagerDuty and a signed webhook, recorded on this machine."""

import hashlib
import hmac
import json
from pathlib import Path

import pytest

from gitgates import Notifications
from gitgates.integrations.notify.events import Message
from tests.cli.project import Project
from tests.integrations.notify.fixtures import SECRET
from tests.integrations.notify.services import Service


def table(project: Project, text: str) -> None:
    (project.path / "gates.toml").write_text(f"[tool.gitgates.notify]\n{text}\n")


def test_slack_and_pagerduty(project: Project, internet: Service, home: Path) -> None:
    table(project, 'gates_blocked = ["slack", "pagerduty"]')
    (project.path / "bad.json").write_text('{"quality_score": 0.1}')
    done = project("check", "--model", "veran:v6.2", "--context", "staging", "--metrics", "bad.json")
    assert (done.code, done.err) == (1, "")
    slack, pager = sorted(internet.requests, key=lambda one: one.url, reverse=True)

    assert slack.url == "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7"
    (attachment,) = slack.json()["attachments"]
    assert attachment["title"] == "veran:v6.2: quality gates block staging"
    lines = attachment["text"].split("\n")
    assert lines[:3] == ["model version: veran:v6.2", "context: staging", "failed gates:"]
    assert lines[3].startswith("- model_quality: quality score 0.1 is below ")
    assert "signer: alice@example.com" in lines
    assert "github" not in slack.body.decode()  # no pictures from somebody else's server

    assert pager.url == "https://events.pagerduty.com/v2/enqueue"
    sent = pager.json()
    assert sent["routing_key"] == "R0UT1NGK3Y"
    assert sent["event_action"] == "trigger"
    assert sent["payload"]["severity"] == "critical"
    assert sent["client"] == "gitgates"
    assert sent["payload"]["summary"].startswith("veran:v6.2: quality gates block staging")
    assert list(home.rglob("*apprise*")) == []  # nothing of it is kept


def test_signed_webhook(project: Project, hook: Service) -> None:
    table(project, 'approved = "hook"')
    project.check()
    written = project.json("approve", "--model", "veran:v6.1", "--context", "production", "--notes", "<b>ship</b> it")
    (request,) = hook.requests
    assert request.url == f"{hook.url}/gitgates"
    expected = hmac.new(SECRET.encode(), request.body, hashlib.sha256).hexdigest()
    assert request.headers["X-Gitgates-Signature-256"] == f"sha256={expected}"
    assert request.headers["Content-Type"] == "application/json"
    value = request.json()
    assert (value["schema"], value["event"], value["level"]) == ("gitgates/notification/1", "approved", "success")
    assert value["title"] == "veran:v6.1: approved for production"
    (record,) = written["records"]
    facts = value["facts"]
    assert facts["record"] == record["id"]
    assert facts["ledger_commit"] == record["commit"]
    assert facts["notes"] == "<b>ship</b> it"  # for a program: every text as it is
    assert facts["signer"] == "alice@example.com"


def test_any_other_service(tmp_path: Path, hook: Service) -> None:
    environ = {"GITGATES_NOTIFY_CHAT": hook.url.replace("http", "json", 1)}
    message = Message(event="message", level="warning", title="t", facts=(("many", tuple(map(str, range(25)))),))
    (outcome,) = Notifications(tmp_path, environ).send_all([("chat", message)])
    assert outcome.sent, outcome
    (request,) = hook.requests
    assert request.json()["type"] == "warning"
    lines = request.json()["message"].split("\n")
    assert lines[0] == "many:"
    assert lines[-2:] == ["- 19", "- and 5 more"]


@pytest.mark.parametrize(
    ("scheme", "status", "problem"),
    [
        ("json", 403, "the service answered 403"),
        ("json", 302, "the service answered 302"),
        ("http", 500, "the service answered 500"),
        ("http", 302, "the service answered 302"),
        ("gopher", 200, "Apprise knows no service with such a URL"),
    ],
)
def test_what_a_service_answers(tmp_path: Path, hook: Service, scheme: str, status: int, problem: str) -> None:
    hook.status = status
    environ = {"GITGATES_NOTIFY_X": hook.url.replace("http", scheme, 1)}
    if scheme == "http":
        environ["GITGATES_NOTIFY_X_SECRET"] = SECRET
    message = Message(event="message", level="info", title="t")
    (outcome,) = Notifications(tmp_path, environ).send_all([("x", message)])
    assert outcome.problem == problem


def test_a_web_address_without_its_secret(tmp_path: Path, hook: Service, home: Path) -> None:
    """The secret belongs to the URL: one in the file signs nothing that goes to a URL of the environment."""
    file = home / ".config/gitgates/notify.toml"
    file.parent.mkdir(parents=True)
    file.write_text(f'[x]\nurl = "{hook.url}"\nsecret = "{SECRET}"\n\n[y]\nurl = "{hook.url}"\n')
    message = Message(event="test", level="info", title="t")
    x, y = Notifications(tmp_path, {"GITGATES_NOTIFY_X": hook.url}).send_all([("x", message), ("y", message)])
    known = "Apprise knows no service with such a URL; a web address of your own needs a secret"
    assert x.problem == f"{known}: set GITGATES_NOTIFY_X_SECRET"
    assert y.problem == f"{known}: write secret = ... below its url"
    assert hook.requests == []
    assert all(one.sent for one in Notifications(tmp_path, {}).send_all([("x", message)]))
    (request,) = hook.requests
    assert request.headers["X-Gitgates-Signature-256"].startswith("sha256=")


@pytest.mark.parametrize("scheme", ["json", "http"])
def test_nobody_there(tmp_path: Path, hook: Service, scheme: str) -> None:
    environ = {"GITGATES_NOTIFY_X": f"{scheme}://127.0.0.1:1/token"}
    if scheme == "http":
        environ["GITGATES_NOTIFY_X_SECRET"] = SECRET
    (outcome,) = Notifications(tmp_path, environ).send_all([("x", Message(event="test", level="info", title="t"))])
    assert outcome.problem == "the service could not be reached, or did not answer"


def test_what_was_not_asked_for_is_not_told(project: Project, hook: Service) -> None:
    table(project, 'approved = ["hook"]\nerror = "hook"')
    project.check()  # it passes
    (project.path / "bad.json").write_text(json.dumps({"quality_score": 0.1}))
    judged = project("check", "--model", "veran:v6.1", "--context", "staging", "--metrics", "bad.json", "--no-record")
    assert judged.code == 1
    project.ok("reject", "--model", "veran:v6.1", "--context", "production", "--reason", "x")
    assert hook.requests == []
