"""What AFS's NotificationManager, and objects like it, are told."""

from typing import Any

import pytest

from gitgates import ModelMetrics, QualityGate
from gitgates.integrations.afs.manager import Notifies, SendThroughAfs, tell


class NotificationManager:
    """AFS's, by its contract."""

    LEVELS = ("info", "success", "warning", "error")

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []

    def notify(self, title: str, message: str, event_type: str, level: str, **more: Any) -> None:
        assert level in self.LEVELS
        self.got.append({"title": title, "message": message, "event_type": event_type, "level": level, **more})

    def send_event(self, event: object) -> None:
        raise AssertionError("not asked for")

    def register_handler(self, handler: object) -> None:
        raise AssertionError("not asked for")


class Notifier:
    """One with `send`, as in the reference document."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []

    def send(self, **message: Any) -> None:
        self.got.append(message)


def run_gates(gate: QualityGate, score: float) -> None:
    gate.check_all("veran", "v6.2", model_metrics=ModelMetrics(quality_score=score))


def test_afs_is_told_of_blocked_and_passed() -> None:
    manager = NotificationManager()
    assert isinstance(manager, Notifies)
    gate = QualityGate.staging()
    tell(gate, manager, channel="slack")
    run_gates(gate, 0.1)
    run_gates(gate, 0.9)
    blocked, passed = manager.got
    assert (blocked["title"], blocked["level"]) == ("veran:v6.2 staging: gates blocked", "error")
    assert (blocked["channel"], blocked["event_type"]) == ("slack", "gates")
    (line,) = blocked["details"]["failed_checks"]
    assert line.startswith("model_quality: quality score 0.1 is below 0.7")
    assert (passed["title"], passed["level"]) == ("veran:v6.2 staging: gates passed", "success")


def test_a_sender_gets_the_documents_words() -> None:
    sender = Notifier()
    gate = QualityGate.production()
    tell(gate, sender, channel="slack", destination="#deployments")
    run_gates(gate, 0.1)
    (message,) = sender.got
    assert set(message) == {"channel", "destination", "level", "message", "details"}
    assert (message["channel"], message["destination"], message["level"]) == ("slack", "#deployments", "critical")


@pytest.mark.parametrize(
    ("level", "of_afs"), [("critical", "error"), ("warning", "warning"), ("success", "success"), ("odd", "info")]
)
def test_levels_become_those_of_afs(level: str, of_afs: str) -> None:
    manager = NotificationManager()
    SendThroughAfs(manager).send(channel="pagerduty", level=level, message="Down\nin two lines", service="models")
    (got,) = manager.got
    assert (got["level"], got["title"], got["service"]) == (of_afs, "Down", "models")


def test_a_manager_that_raises_changes_no_result(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(NotificationManager):
        def notify(self, title: str, message: str, event_type: str, level: str, **more: Any) -> None:
            raise ConnectionError("no route")

    gate = QualityGate.staging()
    tell(gate, Broken())
    report = gate.check_all("veran", "v6.2", model_metrics=ModelMetrics(quality_score=0.9))
    assert report.all_passed()
    assert "a callback for all_gates_passed raised" in caplog.text
