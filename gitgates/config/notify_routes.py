"""`[tool.gitgates.notify]`: which names are told of which events and levels. Names stand for URLs of the user's own."""

import re
from collections.abc import Mapping
from typing import Any

from gitgates.codec.toml_text import nearest
from gitgates.errors import ConfigError, InvalidValue
from gitgates.model.frozen import frozen

EVENTS = ("gates_blocked", "gate_failed", "approved", "rejected", "deployed", "rolled_back", "tampering")
LEVELS = ("info", "success", "warning", "error")
"""From the least to the gravest."""
MAX_NAMES = 50
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
SECRET = "secret"  # noqa: S105 -- the end of a variable's name


@frozen
class Routes:
    """The table of the project's files.

    Attributes:
        names: by event or level, the names to tell.
    """

    names: Mapping[str, tuple[str, ...]]

    def of(self, event: str, level: str) -> tuple[str, ...]:
        """Return whom to tell of an event, each name once: those of the event, of its level and of lesser levels."""
        keys = (event, *LEVELS[: LEVELS.index(level) + 1])
        return tuple(dict.fromkeys(name for key in keys for name in self.names.get(key, ())))

    def keys_of(self, name: str) -> tuple[str, ...]:
        """Return the events and levels that `name` is told of."""
        return tuple(key for key in (*EVENTS, *LEVELS) if name in self.names.get(key, ()))

    @property
    def all_names(self) -> tuple[str, ...]:
        """Every name, sorted."""
        return tuple(sorted({name for names in self.names.values() for name in names}))


def check_name(name: str) -> str:
    """Return `name` if it can stand for a URL; InvalidValue if not."""
    if not _NAME.fullmatch(name):
        raise InvalidValue(
            f"{name!r} is no name for a URL", remedy="Use lower-case letters, digits and -, e.g. slack-deployments"
        )
    if name.rpartition("-")[2] == SECRET:
        raise InvalidValue(f"{name!r} ends like the variable of a secret", remedy="Choose another name")
    return name


def parse_routes(path: str, place: str, table: Any) -> dict[str, tuple[str, ...]]:
    """Return the names by event and level in the table `place` of the file `path`.

    Raises:
        ConfigError: an unknown event or level, or something else than names; a URL above all, because whoever can
            write to the repository could then have data sent anywhere. Its text is not repeated: it may hold a token.
    """
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: {place} is not a table")
    for key, value in table.items():
        if isinstance(value, dict) or _is_url(value):
            raise _no_urls(path, f"[{place}] {key}")
        if key not in (*EVENTS, *LEVELS):
            remedy = nearest(key, [*EVENTS, *LEVELS], "events and levels")
            raise ConfigError(f"{path}: [{place}] unknown event or level {key!r}", remedy=remedy)
    return {key: _names(path, f"[{place}] {key}", value) for key, value in table.items()}


def _names(path: str, place: str, value: Any) -> tuple[str, ...]:
    names = value if isinstance(value, list) else [value]
    if not all(isinstance(name, str) for name in names):
        raise ConfigError(f"{path}: {place} must be a list of names", remedy='For example ["slack-deployments"]')
    if any(map(_is_url, names)):
        raise _no_urls(path, place)
    if len(names) > MAX_NAMES:
        raise ConfigError(f"{path}: {place} holds {len(names)} names, at most {MAX_NAMES} are allowed")
    try:
        return tuple(check_name(name) for name in names)
    except InvalidValue as error:
        raise ConfigError(f"{path}: {place}: {error.message}", remedy=error.remedy) from None


def _is_url(value: Any) -> bool:
    return isinstance(value, str) and ":/" in value


def _no_urls(path: str, place: str) -> ConfigError:
    return ConfigError(
        f"{path}: {place}: a URL is never taken from the repository, where others could have data sent anywhere",
        remedy="Write a name here, and the URL in GITGATES_NOTIFY_<NAME> or in your own notify.toml, "
        "see docs/how-to/notify.md",
    )
