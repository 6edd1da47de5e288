"""What a remote has, fetched into private refs that are gone again when the command ends."""

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import attrs

from gitgates.errors import RefMoved, StoreError
from gitgates.ledger.index import NOTES_PREFIX
from gitgates.ledger.locate import FETCHED, REFUSED
from gitgates.model.frozen import frozen
from gitgates.store.refs import RefUpdate, update_refs
from gitgates.store.remotes import advertised, fetch
from gitgates.store.repository import Repository

SCRATCH = "refs/gitgates/scratch"
"""Above the refs that one command uses for itself; a command that was killed leaves some, and `doctor` clears them."""

MANY_MODELS = 100
"""From how many on another connection costs less than a ref for each of them."""

OnProgress = Callable[[str], None]


@frozen
class Incoming:
    """What a remote has of the ledger.

    Attributes:
        remote: its name.
        branch: the ledger's branch, `refs/heads/...`.
        tip: the commit of the branch there, None where it has no such branch.
        notes: the commits of its index, by ref.
        blocked: refs of an index that the remote cannot have, since refs below them are in the way.
        seen: the commits that this clone had seen the branch at before it asked.
        held: the one of them that `fetched_ref` names.
        refused: what it had when earlier commands refused it, on any branch: commits by their refs.
        scratch: a prefix for refs of this command alone.
        left: the same of the branches that the ledger has left and the remote still has; they bring no index.
    """

    remote: str
    branch: str
    tip: str | None
    notes: Mapping[str, str]
    blocked: frozenset[str]
    seen: tuple[str, ...]
    held: str | None
    refused: Mapping[str, str]
    scratch: str
    left: tuple["Incoming", ...] = ()

    @property
    def fetched_ref(self) -> str:
        """The private ref that keeps what the remote had last."""
        return _kept(FETCHED, self.remote, self.branch)

    @property
    def refused_ref(self) -> str:
        """The private ref that keeps what the remote has now, where it is refused."""
        return f"{_kept(REFUSED, self.remote, self.branch)}/{self.tip}"


def _kept(above: str, remote: str, branch: str) -> str:
    return f"{above}/{remote}/{branch.removeprefix('refs/heads/')}"


@contextmanager
def fetched(
    repository: Repository,
    remote: str,
    branch: str,
    on_progress: OnProgress | None = None,
    left: Iterable[str] = (),
) -> Iterator[Incoming]:
    """Give what `remote` has of the ledger branch and its index; its objects are kept while the context lasts.

    Args:
        left: the branches that the ledger has left, where somebody may go on writing.

    Raises:
        RemoteUnreachable: the remote cannot be reached.
        StoreError: the repository's own configuration names a program to run, or git refuses.
    """
    scratch = f"{SCRATCH}/{os.getpid()}-{os.urandom(6).hex()}"
    # Looked up before the remote is asked: what another command fetches meanwhile is newer than the answer may be.
    branches = (branch, *sorted(left))
    refs_seen = [_kept(above, remote, branch) for above in (FETCHED, "refs/remotes")]
    above = f"{REFUSED}/{remote}"
    known = repository.refs(*refs_seen, *(_kept(FETCHED, remote, one) for one in branches), above)
    refused = {ref: commit for ref, commit in known.items() if ref.startswith(f"{above}/")}
    seen = tuple(dict.fromkeys(known[ref] for ref in refs_seen if ref in known))
    try:
        refs = _refs(repository, remote, branches, f"{scratch}/in/", on_progress)
        for one in branches:
            if one in refs and repository.git("cat-file", "-t", refs[one]).strip() != b"commit":
                raise StoreError(f"{one} of {remote} is no commit", remedy="Have its administrator mend that branch")
        names = {ref: ref.removeprefix(NOTES_PREFIX).partition("/") for ref in refs if ref.startswith(NOTES_PREFIX)}
        notes = {ref: refs[ref] for ref, (_, slash, _) in names.items() if not slash}
        blocked = frozenset(f"{NOTES_PREFIX}{model}" for model, slash, _ in names.values() if slash)
        tip, held = refs.get(branch), known.get(refs_seen[0])
        found = Incoming(remote, branch, tip, notes, blocked, seen, held, refused, scratch)
        others = (attrs.evolve(found, branch=one, tip=refs[one], notes={}) for one in branches[1:] if one in refs)
        yield attrs.evolve(found, left=tuple(attrs.evolve(one, held=known.get(one.fetched_ref)) for one in others))
    finally:
        left = repository.refs(scratch)
        with contextlib.suppress(RefMoved):  # a lock that stays: `doctor` clears them, and what was shared is shared
            update_refs(repository, [RefUpdate(ref, None, old) for ref, old in left.items()], "gitgates: sync")


def _refs(
    repository: Repository, remote: str, branches: Sequence[str], into: str, on_progress: OnProgress | None
) -> dict[str, str]:
    """Fetch the branches and the index into private refs, and return the ids of both by the remote's names.

    Where there are many models, the remote is asked first what it has, and only what differs from this clone's index
    is fetched: the rest would be as many refs to write and to delete again, each time.
    """
    whole = f"{NOTES_PREFIX}*"
    mine = repository.refs(NOTES_PREFIX.rstrip("/"))
    if len(mine) < MANY_MODELS:
        return fetch(repository, remote, (*branches, whole), into, on_progress)
    there = advertised(repository, remote, (whole,))
    same = {ref: commit for ref, commit in there.items() if mine.get(ref) == commit}
    new = tuple(there.keys() - same.keys())
    patterns = (*branches, *(new if len(new) < MANY_MODELS else (whole,)))
    return same | fetch(repository, remote, patterns, into, on_progress)
