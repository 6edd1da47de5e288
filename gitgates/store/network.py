"""Running git where it talks to a remote: the user's own means stay, the repository's may start no program.

How to get through (ssh, proxies, passwords) is set up by the user: in variables, and in the user's or the machine's
configuration. The same settings in the repository's own configuration would let whoever brought the repository name a
program for us to run. Those are refused, and not passed over: without them the remote might be another one.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from gitgates.errors import StoreError, UsageError
from gitgates.store.config import OF_REPOSITORY, ConfigEntry
from gitgates.store.environment import scrubbed
from gitgates.store.listening import listen, silence_limit
from gitgates.store.process import Finished, cannot_start

if TYPE_CHECKING:
    from gitgates.store.repository import Repository

OnProgress = Callable[[str], None]

_KEPT = re.compile(r"GIT_(SSH|SSH_COMMAND|SSH_VARIANT|ASKPASS|PROXY_COMMAND|PROXY_SSL_\w+|SSL_\w+|HTTP_\w+|CURL_\w+)")
"""Variables of the user that say how to get through."""
_KEPT_SETTINGS = re.compile(r"(credential|http|url)\..+|core\.(askpass|gitproxy|sshcommand)", re.IGNORECASE)
"""Settings that the user may have put into GIT_CONFIG_KEY_<n>, as CI systems do with passwords."""
_PROTOCOLS = ("file", "git", "http", "https", "ssh")
"""The only ones: `ext::<command>` and any other `<helper>::` is a program."""
_PROGRAMS = re.compile(
    r"core\.(sshcommand|gitproxy|askpass)|credential\.(.*\.)?helper|remote\..*\.(uploadpack|receivepack|vcs)", re.DOTALL
)
_VARIABLES = {"core.sshcommand": "GIT_SSH_COMMAND", "core.gitproxy": "GIT_PROXY_COMMAND", "core.askpass": "GIT_ASKPASS"}
"""The variable that wins over a setting, so that it can be used in its place."""


def talk(
    repo: "Repository",
    args: Sequence[str],
    remote: str,
    *,
    config: Mapping[str, str],
    on_progress: OnProgress | None = None,
) -> Finished:
    """Run `git args`, which talks to `remote`, and return what came of it.

    Args:
        config: settings that win over every configuration file.
        on_progress: told how far it is, in words.

    Raises:
        StoreError: the repository's own configuration names a program to run, or git cannot be started.
        UsageError: `remote` can be none.
        RemoteUnreachable: the remote was silent for too long.
    """
    limit = silence_limit(os.environ)
    if not remote or remote.startswith("-") or "\0" in remote:
        raise UsageError(f"{remote!r} is no remote", remedy="Name a remote of `git remote`, or give a URL")
    _refuse_programs(repo, remote)
    # A relative path in `remote.<name>.url` counts from the top folder.
    where = ["-C", repo.worktree or repo.git_dir, f"--git-dir={repo.git_dir}"]
    argv = ["git", *where, *([] if repo.worktree is None else [f"--work-tree={repo.worktree}"]), *args]
    env = network_environment(repo, os.environ, config, is_terminal=sys.stdin is not None and sys.stdin.isatty())
    try:
        process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env
        )
    except OSError as error:
        raise cannot_start(error) from error
    with process:
        stdout, stderr = listen(process, remote, limit, _reader(on_progress))
    return Finished(tuple(args), process.returncode, stdout, stderr)


def network_environment(
    repo: "Repository", environ: Mapping[str, str], config: Mapping[str, str], *, is_terminal: bool
) -> dict[str, str]:
    """Return the environment for a git process that talks to a remote.

    Args:
        is_terminal: whether somebody is there to be asked for a password.
    """
    settings = _quiet(repo) | dict(config)
    result = scrubbed(environ, config=settings, write=True, before=tuple(_users_settings(environ)))
    result |= {name: value for name, value in environ.items() if _KEPT.fullmatch(name)}
    result["GIT_ALLOW_PROTOCOL"] = ":".join(_allowed(repo, environ.get("GIT_ALLOW_PROTOCOL")))
    result["GIT_TERMINAL_PROMPT"] = "1" if is_terminal else "0"
    if repo.is_partial:
        # A pack may rest on an object that was left out. What its fetch could start has been refused as well.
        del result["GIT_NO_LAZY_FETCH"]
    return result


def _quiet(repo: "Repository") -> dict[str, str]:
    """Return the settings that keep git from doing more than it was asked for."""
    result = repo.without_programs() | {"gc.auto": "0", "maintenance.auto": "false", "fetch.writeCommitGraph": "false"}
    if repo.config.is_repositorys("core.alternateRefsCommand"):
        result["core.alternateRefsCommand"] = "true"  # prints nothing: then git offers no refs of alternates
    return result


def _allowed(repo: "Repository", users: str | None) -> Iterator[str]:
    """Yield the protocols that may be used: ours, less what the user or the configuration forbids."""
    default = repo.config.get("protocol.allow")
    for name in _PROTOCOLS:
        is_forbidden = (repo.config.get(f"protocol.{name}.allow") or default) == "never"
        if not is_forbidden and (users is None or name in users.split(":")):
            yield name


def _users_settings(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    count = environ.get("GIT_CONFIG_COUNT", "")
    for number in range(int(count) if count.isdecimal() and len(count) < 5 else 0):
        key, value = environ.get(f"GIT_CONFIG_KEY_{number}"), environ.get(f"GIT_CONFIG_VALUE_{number}")
        if key is not None and value is not None and _KEPT_SETTINGS.fullmatch(key):
            yield key, value


def _refuse_programs(repo: "Repository", remote: str) -> None:
    """Raise StoreError where the repository's own configuration names a program that git would run."""
    config = repo.config
    promisors = [name for name in config.subsections("remote") if config.flag(f"remote.{name}.promisor")]
    used = {remote, config.get("extensions.partialclone"), *promisors}
    for entry in config.entries:
        if entry.scope not in OF_REPOSITORY or not entry.value or not _PROGRAMS.fullmatch(entry.key.lower()):
            continue  # an empty credential.helper only forgets those before it
        variable = _VARIABLES.get(entry.key.lower())
        is_used = not entry.key.startswith("remote.") or entry.key[len("remote.") : entry.key.rindex(".")] in used
        if is_used and (variable is None or variable not in os.environ):
            raise _names_a_program(entry, variable)


def _names_a_program(entry: ConfigEntry, variable: str | None) -> StoreError:
    key = entry.key
    trust = "" if variable is None else f'run the command with {variable}="$(git config {key})" before it, or '
    move = f"move it into your own (`git config --global --add '{key}' …`, `git config --unset-all '{key}'`)"
    return StoreError(
        f"the repository's own configuration names a program that git would run: {entry.key} = {entry.value}",
        remedy=f"If you trust it, {trust}{move}",
    )


def _reader(on_progress: OnProgress | None) -> Callable[[str], None] | None:
    if on_progress is None:
        return None
    from gitgates.store.progress import progress_reader

    return progress_reader(on_progress)
