"""What is told: messages for people, and the same for programs."""

import re
import unicodedata
from typing import Any

from attrs import field

from gitgates.config.notify_routes import EVENTS, LEVELS
from gitgates.errors import InvalidValue
from gitgates.model.checks import QualityGateReport
from gitgates.model.frozen import frozen

TEST, MESSAGE = "test", "message"
"""Events that no file routes: what `notify test` sends, and what a script sends by `Notifications.send`."""
MAX_TEXT = 600
MAX_ITEMS = 20

Fact = tuple[str, str | tuple[str, ...]]
"""A label, and a text or several."""

_MARKUP = re.compile(r"[*`~|<>\[\]\\]|:(?=//)|(?<![^\W_])_|_(?![^\W_])")
_MENTION = re.compile(r"@(?=everyone|here|channel|all\b)|(?<!\w)@|@(?!\w[\w-]*\.\w)", re.IGNORECASE)
_TO_FULL_WIDTH = 0xFF01 - ord("!")


@frozen(kw_only=True)
class Message:
    """One event.

    Attributes:
        event: one of `EVENTS`, `TEST` or `MESSAGE`.
        level: one of `LEVELS`.
        facts: what there is to say, in order.
    """

    event: str
    level: str
    title: str
    facts: tuple[Fact, ...] = field(default=())

    def __attrs_post_init__(self) -> None:
        """Refuse an event or a level that nobody could be told of."""
        if self.event not in (*EVENTS, TEST, MESSAGE) or self.level not in LEVELS:
            raise InvalidValue(f"no event {self.event!r} of level {self.level!r}")

    @property
    def heading(self) -> str:
        """The title as services show it."""
        return plain(self.title)

    @property
    def body(self) -> str:
        """The facts as services show them, one a line; the title where there are none: services refuse a void."""
        lines = []
        for label, value in self.facts:
            if isinstance(value, str):
                lines.append(f"{label}: {plain(value)}")
                continue
            lines.append(f"{label}:")
            lines += [f"- {plain(item)}" for item in value[:MAX_ITEMS]]
            if len(value) > MAX_ITEMS:
                lines.append(f"- and {len(value) - MAX_ITEMS} more")
        return "\n".join(lines) or self.heading

    def value(self) -> dict[str, Any]:
        """Return it for programs: every text as it is."""
        facts = {
            label.replace(" ", "_"): value if isinstance(value, str) else list(value) for label, value in self.facts
        }
        return {"event": self.event, "level": self.level, "title": self.title, "facts": facts}


def plain(text: str) -> str:
    """Return `text` on one line, with nothing in it that a service could take for a mention, a link or other markup.

    Services differ in what they take for markup, and some have no way to escape it; so each such character becomes
    its full-width twin, which reads the same and means nothing to any of them.
    """
    if len(text) > MAX_TEXT:
        text = f"{text[: MAX_TEXT - 3]}..."
    line = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in text)
    return _MARKUP.sub(_twin, _MENTION.sub(_twin, line))


def _twin(found: "re.Match[str]") -> str:
    return chr(ord(found[0]) + _TO_FULL_WIDTH)


def report_message(report: QualityGateReport, facts: tuple[Fact, ...]) -> Message:
    """Return what there is to tell of a report that failed, with further facts at the end."""
    blocked = report.any_blocked()
    failed = tuple(f"{check.gate_name}: {check.message}" for check in report.failed_checks())
    name = f"{report.model_name}:{report.model_version}"
    return Message(
        event="gates_blocked" if blocked else "gate_failed",
        level="error" if blocked else "warning",
        title=f"{name}: quality gates {'block' if blocked else 'failed for'} {report.context.value}",
        facts=(
            ("model version", name),
            ("context", report.context.value),
            ("failed gates", failed or ("no gate ran",)),
            *facts,
        ),
    )
