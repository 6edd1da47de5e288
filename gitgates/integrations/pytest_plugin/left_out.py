"""How many tests a run left out, as far as pytest's hooks tell while it collects."""

from collections.abc import Generator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

_SENT = "gitgates_left_out"


class LeftOut:
    """Counts what a process collects and does not run; on pytest-xdist's controller, what its workers tell.

    Attributes:
        deselected: tests that were collected, and left out with a word to pytest.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config: Any = config
        self._collected = 0
        self._ignored: set[Path] = set()
        self._told = (0, 0, 0)
        self.deselected = 0

    def pytest_itemcollected(self) -> None:
        """Count a test before anything can take it out of the list."""
        self._collected += 1

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        """Count what is left out."""
        self.deselected += len(items)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_ignore_collect(self, collection_path: Path) -> Generator[None, bool | None, bool | None]:
        """Remember what a conftest.py or a plug-in keeps pytest from looking at."""
        ignored = yield
        if ignored and self._might_hold_tests(collection_path):
            self._ignored.add(collection_path)
        return ignored

    def _might_hold_tests(self, path: Path) -> bool:
        """Return whether pytest would have collected it: what the settings leave out is told by their values."""
        if not path.is_dir():
            return any(fnmatch(path.name, pattern) for pattern in self._config.getini("python_files"))
        if path.name == "__pycache__" or (path / "pyvenv.cfg").is_file() or (path / "conda-meta/history").is_file():
            return False
        patterns = self._config.getini("norecursedirs")
        return not any(fnmatch(path.name, pattern) or fnmatch(str(path), f"*/{pattern}") for pattern in patterns)

    def counts(self, session: pytest.Session) -> tuple[int, int, int]:
        """Return how many tests were deselected and how many were dropped without a word, and the paths ignored."""
        dropped = self._collected - self.deselected - session.testscollected
        return self.deselected, max(dropped, 0), len(self._ignored)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take what a worker of pytest-xdist left out; each collects all, so they all left out the same."""
        sent = getattr(node, "workeroutput", {}).get(_SENT, (0, 0, 0))
        self._told = tuple(map(max, self._told, sent))
        self.deselected = self._told[0]

    def words(self, session: pytest.Session) -> tuple[str, ...]:
        """Return the counts as words, none for what did not happen."""
        counts = map(max, self.counts(session), self._told)
        said = zip(counts, ("deselected", "dropped", "ignored"), strict=True)
        return tuple(f"{count} {word}" for count, word in said if count)


class WorkerLeftOut(LeftOut):
    """Tells the controller what was left out: it does not collect itself."""

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Send the counts, in what pytest-xdist brings home."""
        self._config.workeroutput[_SENT] = self.counts(session)
