"""The files of `filter`: read once, and written in full or not at all."""

import os
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import BinaryIO

from gitgates.artifacts.files import open_regular
from gitgates.errors import StoreError, UsageError
from gitgates.model.frozen import frozen

STANDARD = "-"

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)

Write = Callable[[bytes], object]


@frozen
class Target:
    """Where lines are to go: an option's name, and the path that it gave."""

    option: str
    path: str


@contextmanager
def opened(path: str) -> Iterator[BinaryIO]:
    """Give a file, or standard input, to read lines from.

    Raises:
        InputFileError: it is missing, not readable, or not a regular file.
    """
    if path == STANDARD:
        if sys.stdin is None:
            raise UsageError("standard input is closed", remedy="Name a file")
        yield sys.stdin.buffer
    else:
        with open(open_regular(path), "rb") as file:
            yield file


@contextmanager
def targets(source: str, wanted: Sequence[Target]) -> Iterator[list[Write]]:
    """Give for each target a function that takes its lines, and at the end move them to where they belong.

    Until then they lie in files beside those that are asked for. What goes to standard output waits too: a reader of it
    cannot tell a part from the whole.

    Raises:
        UsageError: two of the files are one, or one is something else than a file.
        StoreError: one cannot be written.
    """
    places = {target: _place(target) for target in wanted}
    _refuse_same(source, places)
    with ExitStack() as stack:
        drafts = [stack.enter_context(_draft(target, place)) for target, place in places.items()]
        yield [draft.write for draft in drafts]
        for draft in reversed(drafts):  # the rejected ones first: where the kept ones are, all is
            draft.finish()


class _Draft:
    """A file that becomes another one, or goes to standard output, when it is finished."""

    def __init__(self, target: Target, place: str, scratch: str, file: BinaryIO) -> None:
        self._target = target
        self._place = place
        self._scratch = scratch
        self._file = file

    def write(self, line: bytes) -> None:
        try:
            self._file.write(line)
        except OSError as error:
            raise _unwritable(self._target, error) from None

    def finish(self) -> None:
        """Bring the lines to where they belong."""
        try:
            self._file.flush()
            if self._target.path != STANDARD:
                os.fsync(self._file.fileno())
                os.replace(self._scratch, self._place)
        except OSError as error:
            raise _unwritable(self._target, error) from None
        if self._target.path == STANDARD:
            self._print()

    def _print(self) -> None:
        import shutil

        from gitgates.cli.output import OutputClosed

        self._file.seek(0)
        try:
            shutil.copyfileobj(self._file, sys.stdout.buffer)
        except BrokenPipeError:
            raise OutputClosed from None
        except OSError as error:
            raise _unwritable(self._target, error) from None


@contextmanager
def _draft(target: Target, place: str) -> Iterator[_Draft]:
    scratch = ""
    try:
        if target.path == STANDARD:
            file = _nameless()
        else:
            scratch = os.path.join(os.path.dirname(place), f".gitgates-{os.getpid()}-{os.urandom(4).hex()}.tmp")
            file = open(os.open(scratch, _NEW, _mode_of(place)), "wb")  # noqa: SIM115 -- closed below
    except OSError as error:
        raise _unwritable(target, error) from None
    try:
        yield _Draft(target, place, scratch, file)
    finally:
        with suppress(OSError):  # what could not be written was told when it was tried
            file.close()
        if os.path.lexists(scratch):
            os.unlink(scratch)


def _nameless() -> BinaryIO:
    import tempfile

    return tempfile.TemporaryFile()


def _mode_of(place: str) -> int:
    """Return who may do what with the file that is there, or with a new one."""
    return stat.S_IMODE(os.stat(place).st_mode) if os.path.exists(place) else 0o666


def _place(target: Target) -> str:
    """Return the path of a target with its links followed."""
    if target.path == STANDARD:
        return STANDARD
    place = os.path.realpath(target.path)
    if os.path.lexists(place) and not os.path.isfile(place):
        raise UsageError(f"{target.option}: {target.path}: is not a file", remedy="Name a file")
    return place


def _refuse_same(source: str, places: dict[Target, str]) -> None:
    taken = {} if source == STANDARD else {os.path.realpath(source): "the examples"}
    for target, place in places.items():
        for other, what in taken.items():
            if place == other or (os.path.exists(place) and os.path.exists(other) and os.path.samefile(place, other)):
                raise UsageError(f"{target.option}: {target.path}: is the file of {what}", remedy="Name another file")
        if place != STANDARD:
            taken[place] = target.option


def _unwritable(target: Target, error: OSError) -> StoreError:
    path = "standard output" if target.path == STANDARD else f"{target.option}: {target.path}"
    return StoreError(f"{path}: cannot be written: {error.strerror}", remedy="Nothing that was written is to be used")
