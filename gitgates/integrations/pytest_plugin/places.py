"""Where pytest found the suite and its settings: never beside the value of an option, never in another repository."""

import os
import shlex
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import pytest

from gitgates.errors import NoRepository, StoreError, UsageError

_SETTINGS = (
    *("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini"),
    *("pyproject.toml", "tox.ini", "setup.cfg", "setup.py"),
)
"""Files that end pytest's search for its rootdir, whatever they hold."""


def refuse_borrowed(config: pytest.Config) -> None:
    """Refuse a run whose settings pytest may have taken from beside a value of ours.

    pytest looks for them before it knows our options, so it takes the FILE of `--gates-metrics FILE` for a test. That
    does no harm where the search from FILE ends in the same folder as the search from the tests.

    Raises:
        UsageError: it may have done harm.
    """
    if config.option.inifilename:
        return
    start = str(config.invocation_params.dir)
    tests = [found for path in config.option.file_or_dir if (found := _folder_of(start, path))]
    wanted = _search(os.path.commonpath(tests) if tests else start)
    for option, value in _in_two_words(config):
        folder = _folder_of(start, value)
        found = folder and _search(folder)
        # Where there are no settings at all, the rootdir is the folder that pytest starts in and FILE have in common.
        if folder and (found != wanted or not (found or os.path.commonpath((folder, start)) == start)):
            reason = f"{option} {value}: pytest looks for its own settings beside a value that is a word of its own"
            raise UsageError(reason, remedy=f"Write {option}={value}")


def settings_folders(config: pytest.Config) -> tuple[str, ...]:
    """Return the rootdir and the folder of the settings; not of those that the user names with -c."""
    chosen = [] if config.inipath is None or config.option.inifilename else [str(config.inipath.parent)]
    start = str(config.invocation_params.dir)
    return tuple(sorted({str(config.rootpath), *chosen} - {start}))


def refuse_elsewhere(folders: Iterable[str], git_dir: str) -> None:
    """Refuse to record in one repository what the tests or the settings of another gave.

    Raises:
        UsageError: one of the folders is not in the worktree that `git_dir` is of.
    """
    from gitgates.store.repository import Repository

    for folder in folders:
        try:
            same = Repository.open(folder).git_dir == git_dir
        except (NoRepository, StoreError):
            same = False
        if not same:
            raise UsageError(
                f"pytest's rootdir or settings are in {folder}, not in the repository that pytest was started in",
                remedy="Start pytest in the repository whose tests it runs, or name its folder with --rootdir",
            )


def _in_two_words(config: pytest.Config) -> Iterator[tuple[str, str]]:
    """Yield our options whose value stands behind them as a word of its own, with it."""
    ours = {
        "--" + name.replace("_", "-")
        for name, value in vars(config.option).items()
        if (name == "gates" or name.startswith("gates_")) and not isinstance(value, bool)
    }
    words = (*shlex.split(os.environ.get("PYTEST_ADDOPTS", "")), *config.invocation_params.args)
    yield from ((word, value) for word, value in pairwise(_with_files(words)) if word in ours)


def _with_files(words: Sequence[str]) -> Iterator[str]:
    """Yield the words, and for `@FILE` the lines of the file, as pytest does; it has read the same files by now."""
    for word in words:
        if word.startswith("@"):
            with open(word[1:], encoding="utf-8") as file:
                yield from _with_files(file.read().splitlines())
        else:
            yield word


def _folder_of(start: str, given: str) -> str:
    """Return the folder in which pytest starts its search for a word, "" where the word is no path."""
    path = os.path.abspath(os.path.join(start, given.partition("::")[0]))
    if not os.path.exists(path):
        return ""
    return path if os.path.isdir(path) else os.path.dirname(path)


def _search(folder: str) -> str:
    """Return the first folder from `folder` upwards that holds settings, "" for none."""
    while not any(os.path.isfile(os.path.join(folder, name)) for name in _SETTINGS):
        above = os.path.dirname(folder)
        if above == folder:
            return ""
        folder = above
    return folder
