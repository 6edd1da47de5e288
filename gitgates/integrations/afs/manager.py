"""Telling AFS's NotificationManager, or any object like it, what gates found."""

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from gitgates.api.gate import QualityGate
from gitgates.model.checks import QualityGateReport

_LEVELS: Mapping[str, str] = {"critical": "error", "error": "error", "warning": "warning", "success": "success"}
"""Levels that others use, in AFS's words: info, success, warning and error. Any other one is info."""


@runtime_checkable
class Notifies(Protocol):
    """AFS's `NotificationManager`."""

    def notify(self, title: str, message: str, event_type: str, level: str, **more: Any) -> Any:
        """Tell everybody who listens."""


@runtime_checkable
class Sends(Protocol):
    """What takes messages for a channel, such as `gitgates.integrations.notify` or a program's own."""

    def send(self, **message: Any) -> Any:
        """Send `message` to `destination` on `channel`, with `level` and `details`."""


class SendThroughAfs:
    """Gives AFS's `NotificationManager` the `send` that callbacks call."""

    def __init__(self, manager: Notifies) -> None:
        """Send through `manager`."""
        self._manager = manager

    def send(
        self,
        *,
        message: str,
        channel: str = "",
        destination: str | None = None,
        level: str = "info",
        details: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> Any:
        """Hand `message` over; its first line is the title. The channel is one of AFS's own settings, and passed on."""
        given = {"channel": channel, "destination": destination, "details": dict(details or {}), **more}
        known = {name: value for name, value in given.items() if value}
        event = str(known.pop("event_type", "gates"))
        title = message.partition("\n")[0]
        return self._manager.notify(
            title=title, message=message, event_type=event, level=_LEVELS.get(level, "info"), **known
        )


def tell(gate: QualityGate, manager: Notifies | Sends, *, channel: str = "", destination: str | None = None) -> None:
    """Have `gate` tell `manager` of every report: critical where it is blocked, else error or success.

    What the manager raises is logged, and changes no result.

    Args:
        channel, destination: passed on to it, e.g. `slack` and `#deployments`.
    """
    sender = manager if isinstance(manager, Sends) else SendThroughAfs(manager)

    def on_report(report: QualityGateReport) -> None:
        outcome, level = _outcome(report)
        sender.send(
            channel=channel,
            destination=destination,
            level=level,
            message=f"{report.model_name}:{report.model_version} {report.context.value}: {outcome}",
            details={
                "failed_checks": [f"{check.gate_name}: {check.message}" for check in report.failed_checks()],
                "context": report.context.value,
                "timestamp": report.timestamp,
            },
        )

    for event in ("gates_failed", "all_gates_passed"):
        gate.register_callback(event, on_report)


def _outcome(report: QualityGateReport) -> tuple[str, str]:
    if report.all_passed():
        return "gates passed", "success"
    return ("gates blocked", "critical") if report.any_blocked() else ("gates failed", "error")
