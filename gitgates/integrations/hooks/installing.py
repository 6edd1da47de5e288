"""Putting the hooks where git looks for them, beside those that are there, and taking them away again."""

import os
import re
import shlex
import sys
from enum import StrEnum

from gitgates.errors import StoreError, UsageError
from gitgates.integrations.hooks import CLIENT_HOOKS, HOOKS, SERVER_HOOKS
from gitgates.integrations.hooks.scripts import MARK, NO_PYTHON, script
from gitgates.model.frozen import frozen
from gitgates.store.repository import Repository

HOOKS_PATH = "core.hooksPath"
BEFORE = ".before-gitgates"
"""What is put behind the name of a hook that was there first."""


class HookState(StrEnum):
    """How a hook stands."""

    INSTALLED = "installed"
    ABSENT = "not installed"
    OTHER = "another's"
    CALLING = "another's, which calls gitgates"
    OUTDATED = "outdated"
    NOT_EXECUTABLE = "not executable"


IN_FORCE = (HookState.INSTALLED, HookState.CALLING)
"""The states in which gitgates is run."""


@frozen
class Hook:
    """One hook and where it is, or would be.

    Attributes:
        chained: where the hook is that it calls first, "" where there is none.
    """

    name: str
    state: HookState
    path: str
    chained: str = ""


def offered(repository: Repository) -> tuple[str, ...]:
    """Return the hooks that this kind of repository has use for."""
    return SERVER_HOOKS if repository.is_bare else CLIENT_HOOKS


def hooks_folder(repository: Repository) -> str:
    """Return the folder in which git looks for the hooks of this repository."""
    given = repository.config.get(HOOKS_PATH)
    if not given:
        return os.path.join(repository.common_dir, "hooks")
    # Relative paths are meant from where git runs hooks: the top of the worktree, or a bare repository's folder.
    return os.path.abspath(os.path.join(repository.worktree or repository.git_dir, os.path.expanduser(given)))


def status(repository: Repository, name: str) -> Hook:
    """Return how the hook `name` stands."""
    path = os.path.join(hooks_folder(repository), name)
    text = _read(path)
    if text is None:
        return Hook(name, HookState.ABSENT, path)
    if not _is_ours(text, name):
        calls = _calls_us(text, name) and os.access(path, os.X_OK)
        return Hook(name, HookState.CALLING if calls else HookState.OTHER, path)
    before = path + BEFORE
    chained = before if os.path.lexists(before) else ""
    if not os.access(path, os.X_OK):
        return Hook(name, HookState.NOT_EXECUTABLE, path, chained)
    return Hook(name, HookState.INSTALLED if _is_current(text, name) else HookState.OUTDATED, path, chained)


def install(repository: Repository, name: str) -> bool:
    """Install the hook `name`; return whether anything had to be done.

    A hook of that name that is there already is kept beside it, and called first. One that calls gitgates by itself
    stays alone.

    Raises:
        UsageError: there is no room for the hook that is there.
        StoreError: the file system refuses.
    """
    hook = status(repository, name)
    if hook.state in IN_FORCE:
        return False
    before = hook.path + BEFORE
    if hook.state is HookState.OTHER and os.path.lexists(before):
        raise UsageError(
            f"{hook.path}: is another's, and so is {before}",
            remedy="Make one of the two, or remove the one that is not needed; then install again",
        )
    try:
        os.makedirs(os.path.dirname(hook.path), exist_ok=True)
        if hook.state is HookState.OTHER:
            os.rename(hook.path, before)
        _write(hook.path, script(name).replace(NO_PYTHON, f"python={shlex.quote(sys.executable)}"))
    except OSError as error:
        raise StoreError(
            f"{hook.path}: {error.strerror}", remedy=f"Look at the folder that {HOOKS_PATH} names"
        ) from None
    return True


def refuse_shared(repository: Repository, names: tuple[str, ...]) -> None:
    """Raise UsageError where hooks are to be put into a folder that the user's or the machine's configuration names.

    Every repository there would be changed. The remedy has a line for each hook that does not call gitgates yet.
    """
    if not repository.config.get(HOOKS_PATH) or repository.config.is_repositorys(HOOKS_PATH):
        return
    folder = hooks_folder(repository)
    lacking = [name for name in names if status(repository, name).state not in IN_FORCE]
    if lacking:
        lines = ", ".join(f'`gitgates hook {name} "$@"` in {os.path.join(folder, name)}' for name in lacking)
        raise UsageError(
            f"{HOOKS_PATH} is set for all your repositories, to {folder}: nothing is written there",
            remedy=f"Have the scripts there run gitgates, with the standard input that git gives them: {lines}; "
            f"or give this repository hooks of its own: git config {HOOKS_PATH} .git/hooks",
        )


def uninstall(repository: Repository, name: str) -> bool:
    """Take the hook `name` away if it is ours, and put back the one that was there before; return whether it was.

    Raises:
        StoreError: the file system refuses.
    """
    hook = status(repository, name)
    if hook.state in (HookState.ABSENT, HookState.OTHER, HookState.CALLING):
        return False
    try:
        if hook.chained:
            os.replace(hook.chained, hook.path)
        else:
            os.unlink(hook.path)
    except OSError as error:
        raise StoreError(f"{hook.path}: {error.strerror}") from None
    return True


def check_names(names: tuple[str, ...]) -> None:
    """Raise UsageError for a name that is none of our hooks."""
    for name in names:
        if name not in HOOKS:
            raise UsageError(f"unknown hook {name!r}", remedy=f"Known hooks: {', '.join(HOOKS)}")


def _read(path: str) -> str | None:
    """Return the text of a hook, None where there is none; a link that leads nowhere is somebody's, and empty."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return "" if os.path.lexists(path) else None
    except NotADirectoryError:
        return None
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}") from None


def _is_ours(text: str, name: str) -> bool:
    return f"{MARK} {name}" in text.splitlines()[:2]


def _calls_us(text: str, name: str) -> bool:
    """Tell whether somebody else's script has a line that runs our hook, as `install` tells people to add it."""
    return re.search(rf"^[^#\n]*\bgitgates hook {name}(?![\w-])", text, re.MULTILINE) is not None


def _is_current(text: str, name: str) -> bool:
    """Tell whether a script of ours is the one that would be written now, but for a Python that is still there."""
    noted = next((line for line in text.splitlines() if line.startswith("python=")), NO_PYTHON)
    try:
        python = "".join(shlex.split(noted)).removeprefix("python=")
    except ValueError:  # an open quote
        return False
    return text == script(name).replace(NO_PYTHON, noted) and os.access(python, os.X_OK)


def _write(path: str, text: str) -> None:
    """Write an executable file at once: git may start it at any time."""
    temporary = f"{path}.{os.getpid()}.new"
    try:
        with open(temporary, "w", encoding="utf-8", errors="surrogateescape", newline="\n") as file:
            file.write(text)
        os.chmod(temporary, 0o755)  # noqa: S103 -- a hook must be executable, for all who push from here
        os.replace(temporary, path)
    except BaseException:
        if os.path.lexists(temporary):
            os.unlink(temporary)
        raise
