"""Reading objects: one `git cat-file --batch` for the whole command."""

from collections.abc import Iterable, Iterator
from threading import Event, Thread
from time import monotonic
from types import TracebackType
from typing import IO, TYPE_CHECKING

from gitgates.errors import InvalidValue, MissingObject, Unreadable
from gitgates.model.frozen import frozen
from gitgates.store.process import REPAIR, Conversation, attempt, start

if TYPE_CHECKING:
    from gitgates.store.repository import Repository

_WINDOW_BYTES = 4096
"""Questions that may wait in the pipe. Every pipe holds as much, so we never block on asking while git blocks on us."""
_WINDOW_COUNT = 64
_CHUNK = 1 << 16
_COMMAND = ("cat-file", "--batch")
_MEMORY = {
    "core.packedGitWindowSize": "1m",
    "core.packedGitLimit": "16m",
    "core.deltaBaseCacheLimit": "8m",
}
"""Else git keeps whole packs mapped, and 96 MiB beside: 290 MiB at 100,000 records, and no faster."""
_ID_LENGTHS = (40, 64)
PATIENCE = 60.0
"""Seconds that git may take for an answer."""


@frozen
class GitObject:
    """An object as git has it.

    Attributes:
        id: in hexadecimal.
        type: `blob`, `tree`, `commit` or `tag`.
        data: its bytes; empty where it is larger than the limit that the caller set.
        size: bytes of the whole object.
    """

    id: str
    type: str
    data: bytes
    size: int

    @property
    def is_whole(self) -> bool:
        """Whether `data` is all of the object."""
        return len(self.data) == self.size


class ObjectReader:
    """Answers questions for objects from one git process, started with the first question.

    A question is an id, a full ref name, `<rev>:<path>` or whatever else `git rev-parse` takes. Ids are not computed
    anew from the bytes: records carry their own.

    Args:
        patience: seconds that git may take for an answer. Of an object that is shorter than it says, git sends the
            size, then nothing, and no error.
    """

    def __init__(self, repo: "Repository", *, patience: float = PATIENCE) -> None:
        self._repo = repo
        self._git: Conversation | None = None
        self._patience = patience
        self._watch: _Watch | None = None

    def __enter__(self) -> "ObjectReader":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the git process; the next question starts another."""
        git, self._git = self._git, None
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.end()
        if git is not None:
            git.end()

    def get(self, spec: str | bytes, *, limit: int | None = None) -> GitObject | None:
        """Return the object that `spec` names, or None where there is none or the name is ambiguous.

        None is no proof of absence: `<rev>:<path>` gives it as well where a tree on the way is missing. Whoever needs
        the proof reads the trees by id, with `require`.

        Args:
            limit: bytes above which the object's data is passed over, so that garbage cannot fill the memory.

        Raises:
            InvalidValue: `spec` holds a line break.
            MissingObject: a partial clone lacks the object, and git does not say whether there is one.
            Unreadable: the object is there and cannot be read.
        """
        return next(self.get_many([spec], limit=limit))

    def require(self, object_id: str, kind: str | None = None, *, limit: int | None = None) -> GitObject:
        """Return the object with this id, which something else in the repository names.

        Raises:
            MissingObject: it is not in this clone.
            Unreadable: it cannot be read, or is not of the type `kind`.
        """
        found = self.get(object_id, limit=limit)
        if found is None:
            raise self._missing(object_id)
        if kind is not None and found.type != kind:
            raise Unreadable(f"object {object_id} is a {found.type}, expected a {kind}", remedy=REPAIR)
        return found

    def get_many(self, specs: Iterable[str | bytes], *, limit: int | None = None) -> Iterator[GitObject | None]:
        """Yield what `get` returns for each of `specs`, in their order, asking ahead so that git is never idle."""
        window: list[bytes] = []
        size = 0
        for spec in specs:
            line = _line(spec)
            if window and (size + len(line) > _WINDOW_BYTES or len(window) == _WINDOW_COUNT):
                yield from self._ask(window, limit)
                window, size = [], 0
            window.append(line)
            size += len(line)
        if window:
            yield from self._ask(window, limit)

    def _ask(self, lines: list[bytes], limit: int | None) -> list[GitObject | None]:
        """Ask and read all answers at once, so that a caller who stops halfway leaves no answer in the pipe."""
        whole = False
        try:
            if self._git is None or self._watch is None:
                self._git = start(_COMMAND, git_dir=self._repo.git_dir, config=_MEMORY)
                self._watch = _Watch(self._git, self._patience)
            try:
                self._git.stdin.write(b"".join(lines))
                self._git.stdin.flush()
            except BrokenPipeError:
                raise self._died(lines[0]) from None
            answers = []
            for line in lines:
                self._watch.wait()
                answers.append(self._answer(self._git.stdout, line, limit))
            self._watch.rest()
            whole = True
            return answers
        finally:
            if not whole:
                self.close()

    def _answer(self, pipe: IO[bytes], line: bytes, limit: int | None) -> GitObject | None:
        header = pipe.readline()
        if header.endswith((b" missing\n", b" ambiguous\n")):
            self._check_missing(line)
            return None
        words = header.split()
        if len(words) == 2 and words[1] == b"submodule":  # an entry of a tree whose commit lies in another repository
            return None
        if len(words) != 3:
            raise self._died(line)
        size = int(words[2])
        data = pipe.read(size) if limit is None or size <= limit else b""
        rest = size - len(data) + 1
        while rest and (chunk := pipe.read(min(rest, _CHUNK))):
            rest -= len(chunk)
        if rest:
            raise self._died(line)
        return GitObject(words[0].decode("ascii"), words[1].decode("ascii"), data, size)

    def _check_missing(self, line: bytes) -> None:
        """Raise Unreadable where git says of a full id that it is missing because it cannot read it."""
        name = line[:-1].decode("utf-8", "replace")
        if len(name) in _ID_LENGTHS and all(char in "0123456789abcdef" for char in name):
            done = attempt(["cat-file", "-e", name], git_dir=self._repo.git_dir)
            if done.returncode == 0:  # there, and perhaps only since a moment ago
                done = attempt(["cat-file", "-t", name], git_dir=self._repo.git_dir)
            if done.stderr and not self._repo.is_partial:  # there git only says that it fetched nothing
                raise Unreadable(f"object {name} cannot be read: {_told(done.stderr)}", remedy=REPAIR)

    def _missing(self, object_id: str) -> MissingObject:
        if self._repo.is_partial:
            return MissingObject(
                f"object {object_id} is not in this partial clone", remedy="Run `git fetch --refetch --no-filter`"
            )
        return MissingObject(f"object {object_id} is missing", remedy=REPAIR)

    def _died(self, line: bytes) -> Unreadable:
        """Return the error for an unreadable object, in git's own words: the same question is asked once more."""
        name = line[:-1].decode("utf-8", "surrogateescape")
        done = attempt(_COMMAND, git_dir=self._repo.git_dir, stdin=line)
        if b"promisor remote" in done.stderr:  # git ends where it would have to fetch and may not
            return self._missing(name)
        told = _told(done.stderr) or "git does not deliver all of its bytes"
        return Unreadable(f"object {name} cannot be read: {told}", remedy=REPAIR)


class _Watch:
    """Ends a git process that owes an answer for too long: a read from a pipe has no deadline of its own."""

    def __init__(self, git: Conversation, patience: float) -> None:
        self._git = git
        self._patience = patience
        self._deadline: float | None = None
        self._ended = Event()
        Thread(target=self._run, daemon=True).start()

    def wait(self) -> None:
        """Git owes an answer from now on."""
        self._deadline = monotonic() + self._patience

    def rest(self) -> None:
        """Git owes nothing."""
        self._deadline = None

    def end(self) -> None:
        """Stop watching."""
        self._ended.set()

    def _run(self) -> None:
        while not self._ended.wait(self._patience / 4):
            deadline = self._deadline
            if deadline is not None and monotonic() > deadline:
                self._git.kill()
                return


def _line(spec: str | bytes) -> bytes:
    line = spec.encode("utf-8", "surrogateescape") if isinstance(spec, str) else spec
    if b"\n" in line or b"\0" in line:
        raise InvalidValue(f"a name of an object holds a line break or a zero byte: {spec!r}")
    return line + b"\n"


def _told(stderr: bytes) -> str:
    return "; ".join(stderr.decode("utf-8", "replace").strip().splitlines())
