"""The URLs behind the names: from the environment or the user's own `notify.toml`, never from the repository."""

import os
import stat
from collections.abc import Iterable, Mapping
from typing import Any

from attrs import field

from gitgates.codec.toml_text import nearest, parse_toml
from gitgates.config.notify_routes import SECRET, check_name
from gitgates.errors import ConfigError, InvalidValue
from gitgates.model.frozen import frozen

PREFIX = "GITGATES_NOTIFY_"
FILE = "gitgates/notify.toml"
_KEYS = ("url", SECRET)
_WEB = ("https://", "http://")


@frozen
class Channel:
    """Where a name leads.

    Attributes:
        url: an Apprise URL, or the web address of a signed webhook; usually holds a token, so it is never shown.
        secret: what a webhook is signed with, None for everything else.
        source: the variable or the file that the URL is from.
    """

    name: str
    url: str = field(repr=False)
    secret: str | None = field(repr=False)
    source: str

    @property
    def secret_wanted(self) -> str:
        """What to say where nobody knows the service: how a web address of one's own gets its secret."""
        if not self.url.lower().startswith(_WEB):
            return ""
        in_environment = self.source.startswith(PREFIX)
        what = f"set {self.source}_{SECRET.upper()}" if in_environment else f"write {SECRET} = ... below its url"
        return f"a web address of your own needs a secret: {what}"


def variable(name: str) -> str:
    """Return the name of the environment variable that holds the URL behind `name`."""
    return PREFIX + name.upper().replace("-", "_")


def find_channels(names: Iterable[str], environ: Mapping[str, str], start: str) -> dict[str, Channel]:
    """Return what each name leads to; names without a URL are left out.

    Args:
        start: a folder of the repository at work, in which the user's file must not lie.

    Raises:
        ConfigError: the user's file cannot be read, holds something unknown, or lies in the repository.
    """
    in_file: dict[str, Channel] | None = None
    found = {}
    for name in names:
        channel = _in_environment(name, environ)
        if channel is None:
            if in_file is None:
                in_file = _in_file(user_file(environ), start)
            channel = in_file.get(name)
        if channel is not None:
            found[name] = channel
    return found


def user_file(environ: Mapping[str, str]) -> str:
    """Return the path of the user's own file, which need not exist."""
    folder = environ.get("XDG_CONFIG_HOME", "")
    if not os.path.isabs(folder):  # a relative one would lead into whatever repository one works in
        folder = os.path.join(os.path.expanduser("~"), ".config")
    return os.path.join(folder, *FILE.split("/"))


def open_to_others(path: str) -> bool:
    """Tell whether others than its owner can read a file; False where none is there, or the system has no modes."""
    try:
        return os.name == "posix" and bool(os.stat(path).st_mode & (stat.S_IRGRP | stat.S_IROTH))
    except OSError:
        return False


def _in_environment(name: str, environ: Mapping[str, str]) -> Channel | None:
    key = variable(name)
    if not environ.get(key):
        return None
    return _channel(name, environ[key], environ.get(f"{key}_{SECRET.upper()}") or None, key)


def _in_file(path: str, start: str) -> dict[str, Channel]:
    try:
        with open(path, "rb") as file:
            tables = parse_toml(file.read())
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except InvalidValue as error:
        raise ConfigError(f"{path}: {error.message}") from None
    _refuse_repositorys(path, start)
    return {name: _of_table(path, name, table) for name, table in tables.items()}


def _refuse_repositorys(path: str, start: str) -> None:
    """Refuse a file in the worktree that we work in: a pull or a commit could change where data goes."""
    folder = os.path.realpath(start)
    while not os.path.exists(os.path.join(folder, ".git")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return
        folder = parent
    if os.path.realpath(path).startswith(os.path.join(folder, "")):
        raise ConfigError(
            f"{path}: lies in the repository {folder}, and URLs are never taken from there",
            remedy=f"Set {PREFIX}<NAME> instead",
        )


def _of_table(path: str, name: str, table: Any) -> Channel:
    try:
        check_name(name)
    except InvalidValue as error:
        raise ConfigError(f"{path}: {error.message}", remedy=error.remedy) from None
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: {name} is not a table", remedy=f"Write [{name}], and below it: url = ...")
    for key, value in table.items():
        if key not in _KEYS:
            raise ConfigError(f"{path}: [{name}] unknown key {key!r}", remedy=nearest(key, [*_KEYS], "keys"))
        if not isinstance(value, str) or not value:
            raise ConfigError(f"{path}: [{name}] {key} must be text")
    if "url" not in table:
        raise ConfigError(f"{path}: [{name}] url is missing")
    return _channel(name, table["url"], table.get(SECRET), path)


def _channel(name: str, url: str, secret: str | None, source: str) -> Channel:
    if "://" not in url:
        raise ConfigError(f"{source}: {name}: not a URL", remedy="For example slack://TOKEN/TOKEN/TOKEN")
    if secret is not None and not url.lower().startswith(_WEB):
        raise ConfigError(
            f"{source}: {name}: a secret signs webhooks, whose URL begins with https://", remedy="Remove the secret"
        )
    return Channel(name, url, secret, source)
