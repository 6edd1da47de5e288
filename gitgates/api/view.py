"""A ledger that is kept open between the calls of a script, for as long as nothing changes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Lock
from weakref import WeakSet, finalize

from gitgates.api.session import Session
from gitgates.errors import GitgatesError
from gitgates.ledger.dashboard.board import Board
from gitgates.ledger.dashboard.kept import Kept
from gitgates.ledger.dashboard.unchanged import Marks, Watch
from gitgates.ledger.reading import Ledger, VersionFiles
from gitgates.model.names import ModelVersion

_OPEN_FOR = timedelta(seconds=2)
"""How long a ledger stays open at most: what `Watch` cannot see is seen then."""
_FILES = 16
"""Model versions whose files are kept: scripts ask about one in several contexts."""


class View:
    """One ledger, kept open; used by one thread at a time.

    What is kept under `.git/` serves `board` alone. `files` are always verified by this process.
    """

    def __init__(self, session: Session) -> None:
        """Open nothing yet."""
        self._session = session
        self._start()
        _VIEWS.add(self)

    def _start(self) -> None:
        self._lock = Lock()
        self._open = _Open()
        finalize(self, self._open.end)

    def after_fork(self) -> None:
        """Start anew where a thread was inside, which the new process does not have and which will never leave."""
        if self._lock.locked():
            self._start()

    @contextmanager
    def board(self) -> Iterator[Board]:
        """Give the facts of all models, as they are now."""
        with self._lock:
            self._open.refresh(self._session)
            yield self._open.board()

    @contextmanager
    def files(self, name: ModelVersion) -> Iterator[tuple[Ledger, VersionFiles]]:
        """Give the verified files of a model version, as they are now, with the ledger that they are in."""
        with self._lock:
            self._open.refresh(self._session)
            yield self._open.ledger(), self._open.files(name)


class _Open:
    """An open ledger, and what has to be put away when the script is done with it."""

    def __init__(self) -> None:
        self._ledger: Ledger | None = None
        self._watch: Watch | None = None
        self._marks: Marks | None = None
        self._board: Board | None = None
        self._files: dict[ModelVersion, VersionFiles] = {}
        self._kept: dict[str, Kept] = {}
        self._now = datetime.min.replace(tzinfo=UTC)
        self._process = os.getpid()

    def refresh(self, session: Session) -> None:
        """Open the ledger, unless it is open and unchanged.

        Raises:
            CannotDecide: no root is pinned, or the ledger cannot be opened.
        """
        now = session.clock()
        if self._is_unchanged(now):
            return
        self._close()
        self._process = os.getpid()
        self._ledger, self._now = session.open(), now
        try:
            self._ledger.require_pin(trust_first_use=False)
            self._watch = Watch(self._ledger, session.environ)
            self._marks = self._watch.marks()
        except BaseException:
            self._close()
            raise

    def ledger(self) -> Ledger:
        """Return the ledger that `refresh` opened."""
        if self._ledger is None:
            raise AssertionError("unreachable: it is asked for after `refresh` only")
        return self._ledger

    def board(self) -> Board:
        """Return the facts of all models, those that were kept among them."""
        if self._board is None:
            folder = self.ledger().repository.common_dir
            kept = self._kept.get(folder) or Kept.load(folder)
            self._kept = {folder: kept}
            self._board = Board(self.ledger(), self._now, kept)
        return self._board

    def files(self, name: ModelVersion) -> VersionFiles:
        """Return the files of a model version; those asked for last are at hand."""
        found = self._files.pop(name, None) or self.ledger().version(name)
        self._files[name] = found
        if len(self._files) > _FILES:
            del self._files[next(iter(self._files))]
        return found

    def end(self) -> None:
        """Put everything away; what was read is kept for the next script."""
        if self._process == os.getpid():
            for folder, kept in self._kept.items():
                kept.save(folder)
        self._close()

    def _is_unchanged(self, now: datetime) -> bool:
        if self._watch is None or self._process != os.getpid() or not timedelta(0) <= now - self._now < _OPEN_FOR:
            return False
        try:
            return self._marks is not None and self._watch.marks() == self._marks
        except (GitgatesError, OSError):  # whatever is wrong, opening anew tells it better
            return False

    def _close(self) -> None:
        if self._ledger is not None and self._process == os.getpid():  # a fork's pipe is its parent's
            self._ledger.reader.close()
        self._ledger = self._watch = self._marks = self._board = None
        self._files = {}


_VIEWS: WeakSet[View] = WeakSet()


def _after_fork() -> None:
    for view in tuple(_VIEWS):
        view.after_fork()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_after_fork)
