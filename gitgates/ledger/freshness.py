"""How old this clone's knowledge of a remote is: when the ledger's branch was fetched last, by this machine's clock."""

import contextlib
import json
import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from gitgates.codec.convert import time_text
from gitgates.errors import CannotDecide, InvalidValue
from gitgates.ledger.opening import named_branches
from gitgates.ledger.reading import Ledger
from gitgates.model.frozen import frozen
from gitgates.store.remotes import remote_of
from gitgates.store.repository import Repository

_FILE = "gitgates-fetched.json"
"""In the git folder: it tells of this clone alone. By the remote and branch, when it was fetched last."""
_REFUSED = "refused "
"""Before the remote, where the time is that of a fetch since then whose outcome was refused."""
_CLONED = ("clone:",)
"""Why the reflog of a remote's HEAD tells of a fetch: `git remote set-head` moves it too."""
_HEARD = ("fetch", "pull", "update by push", *_CLONED)
"""And that of a branch: `git remote rename` leaves an entry as well."""


@frozen
class Freshness:
    """How old the knowledge of a remote is.

    Attributes:
        remote: its name.
        fetched: when the ledger's branch was fetched last, None where nothing tells.
        refused: when it was fetched since then and `sync` refused what came, None where it did not.
    """

    remote: str
    fetched: datetime | None
    refused: datetime | None = None

    def age(self, now: datetime) -> timedelta | None:
        """Return how long ago that was; None where nothing tells, or the clock has been put back since."""
        return _age(self.fetched, now)

    def refused_age(self, now: datetime) -> timedelta | None:
        """Return the same of what was refused; None where nothing was."""
        return _age(self.refused, now)


def freshness(ledger: Ledger) -> Freshness | None:
    """Return how old the knowledge of the ledger's remote is, None where the repository has no remote.

    `sync` notes each fetch. Of one that git made, the moment when a remote-tracking ref of the branch was last moved
    is known, which is when it was made or earlier: an answer that is too old, never one that is too young.
    """
    repository = ledger.repository
    if not repository.config.subsections("remote"):
        return None
    remote = remote_of(repository, ledger.location.branch)
    if remote is None:
        return None
    notes, key = _noted(repository), _key(remote, ledger.location.branch)
    fetched = notes.get(key) or _moved(repository, remote, named_branches(ledger.chain))
    return Freshness(remote, fetched, notes.get(_REFUSED + key))


def require_fresh(known: Freshness, longest: int, now: datetime) -> None:
    """Raise CannotDecide where the ledger was fetched from its remote longer ago than `longest` seconds."""
    age = known.age(now)
    if age is None or age.total_seconds() > longest:
        told = "nobody knows when" if age is None else f"{age_text(age)} ago"
        limit = age_text(timedelta(seconds=longest))
        text = f"the ledger was last fetched from {known.remote} {told}, longer than {limit}"
        raise CannotDecide("incomplete", text, remedy="Run `gitgates sync --fetch-only`")


def sync_notes(repository: Repository, remote: str, branch: str) -> Freshness:
    """Return what the notes of `sync` say of a remote."""
    notes, key = _noted(repository), _key(remote, branch)
    return Freshness(remote, notes.get(key), notes.get(_REFUSED + key))


def note_fetched(repository: Repository, remote: str, branch: str, now: datetime) -> None:
    """Note that the ledger's branch was just fetched. A git folder that cannot be written to keeps no note."""
    key = _key(remote, branch)
    notes = {other: time for other, time in _noted(repository).items() if other != _REFUSED + key}
    _write(repository, notes | {key: now})


def note_refused(repository: Repository, remote: str, branch: str, now: datetime) -> None:
    """Note that it was, and that what came was refused, so that this clone knows no more than before."""
    _write(repository, {**_noted(repository), _REFUSED + _key(remote, branch): now})


def forget_refusals(repository: Repository) -> None:
    """Forget what was refused, by any remote."""
    notes = _noted(repository)
    kept = {key: time for key, time in notes.items() if not key.startswith(_REFUSED)}
    if kept != notes:
        _write(repository, kept)


def notes_file(repository: Repository) -> str:
    """Return the path of the notes; all worktrees share it, as they share the refs."""
    return os.path.join(repository.common_dir, _FILE)


def _write(repository: Repository, notes: Mapping[str, datetime]) -> None:
    times = {key: time_text(time) for key, time in notes.items()}
    path = notes_file(repository)
    scratch = f"{path}.{os.getpid()}.tmp"
    with contextlib.suppress(OSError):
        with open(scratch, "w", encoding="utf-8") as file:
            json.dump(times, file)
        os.replace(scratch, path)


def age_text(age: timedelta) -> str:
    """Return a length of time in one unit: 45 s, 12 min, 3 h, 5 d."""
    seconds = int(age.total_seconds())
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size or (seconds >= size and seconds % size == 0):
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _age(time: datetime | None, now: datetime) -> timedelta | None:
    return now - time if time is not None and time <= now else None


def _key(remote: str, branch: str) -> str:
    return f"{remote} {branch}"


def _noted(repository: Repository) -> Mapping[str, datetime]:
    """Return the times that are noted; a note that cannot be read is none."""
    try:
        with open(notes_file(repository), "rb") as file:
            value = json.loads(file.read(1 << 16))
    except (OSError, ValueError):
        return {}
    times = {}
    for key, text in value.items() if isinstance(value, dict) else ():
        with contextlib.suppress(InvalidValue, ValueError, TypeError):
            times[str(key)] = datetime.fromisoformat(text).astimezone(UTC)
    return times


def _moved(repository: Repository, remote: str, branches: Iterable[str]) -> datetime | None:
    """Return when the one of `branches` that was fetched first was: records may come on those that the ledger left."""
    from gitgates.store.reflog import moved_at  # only a clone that has never synced needs it

    cloned = moved_at(repository, f"refs/remotes/{remote}/HEAD", _CLONED)
    times = []
    for branch in branches:
        own = moved_at(repository, f"refs/remotes/{remote}/{branch.removeprefix('refs/heads/')}", _HEARD)
        times.append(max((time for time in (own, cloned) if time is not None), default=None))
    known = [time for time in times if time is not None]
    return datetime.fromtimestamp(min(known), UTC) if known and len(known) == len(times) else None
