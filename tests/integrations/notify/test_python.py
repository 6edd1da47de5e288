"""`Notifications`: messages of scripts and callbacks."""

import logging
from pathlib import Path

import pytest

from gitgates import ModelMetrics, Notifications, QualityGate
from gitgates.config.notify_routes import check_name
from gitgates.errors import InvalidValue
from tests.integrations.notify.services import Service


@pytest.fixture
def notifier(tmp_path: Path, hook: Service) -> Notifications:
    environ = {
        "GITGATES_NOTIFY_SLACK": hook.url,
        "GITGATES_NOTIFY_SLACK_SECRET": "s",
        "GITGATES_NOTIFY_SLACK_DEPLOYMENTS": f"{hook.url}/deployments",
        "GITGATES_NOTIFY_SLACK_DEPLOYMENTS_SECRET": "s",
    }
    return Notifications(tmp_path, environ)


@pytest.mark.parametrize(
    ("destination", "path"),
    [("#deployments", "/deployments"), ("#Deployments", "/deployments"), ("#other", "/"), (None, "/"), ("#ü", "/")],
)
def test_where_a_message_goes(notifier: Notifications, hook: Service, destination: str | None, path: str) -> None:
    assert notifier.send("slack", destination, message="m")
    (request,) = hook.requests
    assert request.url == f"{hook.url}{path}"
    assert request.json()["facts"] == ({"destination": destination} if destination else {})


@pytest.mark.parametrize(
    ("level", "told"), [("critical", "error"), ("INFO", "info"), ("success", "success"), ("odd", "warning")]
)
def test_what_a_message_says(notifier: Notifications, hook: Service, level: str, told: str) -> None:
    details = {"failed_checks": ["a", 1], "context": "staging"}
    assert notifier.send(channel="slack", level=level, message="m", details=details, service="models")
    value = hook.requests[0].json()
    assert (value["event"], value["level"], value["title"]) == ("message", told, "m")
    assert value["facts"] == {"failed_checks": ["a", "1"], "context": "staging", "service": "models"}


def test_what_goes_wrong_is_logged(notifier: Notifications, hook: Service, caplog: pytest.LogCaptureFixture) -> None:
    hook.status = 500
    with pytest.raises(InvalidValue, match="'NAME' is no name for a URL") as refused:
        check_name("NAME")
    with caplog.at_level(logging.WARNING, "gitgates"):
        assert not notifier.send("slack", message="m")
        assert not notifier.send("pager", message="m")
        assert not notifier.send("NAME", message="m")
        assert not notifier.send("slack", message="m", details=object())  # type: ignore[arg-type]
    assert [record.getMessage() for record in caplog.records] == [
        "no notification to slack: the service answered 500",
        "no notification to pager: it has no URL here; set GITGATES_NOTIFY_PAGER",
        f"no notification to NAME: {refused.value}",
        "no notification to slack: TypeError",
    ]


def test_a_callback_that_sends_changes_no_result(notifier: Notifications, hook: Service) -> None:
    hook.status = 500
    gate = QualityGate.production()
    gate.register_callback("gates_blocked", lambda report: notifier.send("slack", message=str(report.context)))
    report = gate.check_all("veran", "v6.2", model_metrics=ModelMetrics(0.5))
    assert report.any_blocked()
    assert len(hook.requests) == 1
