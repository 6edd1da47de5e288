"""`Notifications`: telling the names of the project's files what happened."""

import logging
import os
from collections.abc import Mapping, Sequence

from gitgates.config.notify import find_routes
from gitgates.config.notify_routes import LEVELS, check_name
from gitgates.errors import GitgatesError, InvalidValue
from gitgates.integrations.notify.channels import find_channels, variable
from gitgates.integrations.notify.events import MESSAGE, Fact, Message
from gitgates.integrations.notify.sending import DEADLINE, Outcome, send

_LOG = logging.getLogger("gitgates")
_OTHER_LEVELS = {"debug": "info", "notice": "info", "critical": "error", "fatal": "error"}


class Notifications:
    """Sends to the URLs behind names, each call within `deadline` seconds.

    `send` is for scripts and callbacks: it logs what goes wrong and never raises, so that a service that is down
    changes no result.
    """

    def __init__(
        self,
        folder: "str | os.PathLike[str] | None" = None,
        environ: Mapping[str, str] | None = None,
        deadline: float = DEADLINE,
    ) -> None:
        """Read nothing yet.

        Args:
            folder: where the project's files are looked for, by default the current one.
            environ: where URLs are looked for first, by default this process's own environment.
        """
        self._folder = os.path.abspath(os.curdir if folder is None else folder)
        self._environ = os.environ if environ is None else environ
        self._deadline = deadline

    def send(
        self,
        channel: str,
        destination: str | None = None,
        level: str = "info",
        message: str = "",
        details: Mapping[str, object] | None = None,
        **more: object,
    ) -> bool:
        """Send a message to one name, and return whether its service took it.

        Args:
            channel: the name, e.g. `slack`; where `slack-deployments` has a URL, destination `#deployments` takes that.
            destination: part of the name as above, else told with the message: the URL alone says where it goes.
            level: info, success, warning, error; also critical. Any other counts as a warning.
            message: one line.
            details: what else to tell, by label; `more` is told likewise.
        """
        try:
            facts = _facts({**({"destination": destination} if destination else {}), **(details or {}), **more})
            told = Message(event=MESSAGE, level=_level(level), title=message, facts=facts)
            (outcome,) = self._send_named(_names(channel, destination), told)
        except GitgatesError as error:
            _LOG.warning("no notification to %s: %s", channel, error)
            return False
        except Exception as error:  # noqa: BLE001 -- and its text is not logged: it may hold a URL
            _LOG.error("no notification to %s: %s", channel, type(error).__name__)
            return False
        if not outcome.sent:
            _LOG.warning("no notification to %s: %s", outcome.name, outcome.problem)
        return outcome.sent

    def tell(self, messages: Sequence[Message]) -> tuple[Outcome, ...]:
        """Send each message to all names that the project's files map its event or level to.

        Raises:
            ConfigError: the project's files or the user's own cannot be used.
        """
        routes = find_routes(self._folder)
        return self.send_all([(name, one) for one in messages for name in routes.of(one.event, one.level)])

    def send_all(self, wanted: Sequence[tuple[str, Message]]) -> tuple[Outcome, ...]:
        """Send each message to its name; a name without a URL is an outcome too. Raises as `tell`."""
        channels = find_channels(dict.fromkeys(name for name, _ in wanted), self._environ, self._folder)
        jobs = [(channels[name], message) for name, message in wanted if name in channels]
        without = tuple(
            Outcome(name, message.event, f"it has no URL here; set {variable(name)}")
            for name, message in wanted
            if name not in channels
        )
        return (send(jobs, self._deadline) if jobs else ()) + without

    def _send_named(self, names: Sequence[str], message: Message) -> tuple[Outcome, ...]:
        """Send to the first of `names` that has a URL."""
        channels = find_channels(names, self._environ, self._folder)
        name = next((name for name in names if name in channels), names[-1])
        return self.send_all([(name, message)])


def _names(channel: str, destination: str | None) -> tuple[str, ...]:
    """Return the names that a channel and a destination may mean, the more telling first."""
    name = check_name(channel)
    if not destination:
        return (name,)
    try:
        return check_name(f"{name}-{destination.lstrip('#@').lower().replace('_', '-')}"), name
    except InvalidValue:  # a destination that can be no part of a name
        return (name,)


def _level(level: object) -> str:
    word = str(level).lower()
    word = _OTHER_LEVELS.get(word, word)
    return word if word in LEVELS else "warning"


def _facts(details: Mapping[str, object]) -> tuple[Fact, ...]:
    return tuple((str(label), _text(value)) for label, value in details.items())


def _text(value: object) -> str | tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list | tuple) else str(value)
