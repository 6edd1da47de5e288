"""Where the ledger is: the branch that the policy names, in every copy of it that this clone has."""

import os
from collections.abc import Iterable, Iterator, Sequence

import attrs

from gitgates.errors import CannotDecide, LedgerNotFetched, NoLedger, StoreError
from gitgates.ledger.folders import folder_entries
from gitgates.ledger.marks import marked
from gitgates.model.frozen import frozen
from gitgates.model.paths import LEDGER_FOLDER, POLICY_FOLDER, SIGNATURE_SUFFIX, id_in_name
from gitgates.store.history import lacks_commits
from gitgates.store.objects import GitObject, ObjectReader
from gitgates.store.process import REPAIR
from gitgates.store.repository import Repository

CONFIG_KEY = "gitgates.ledger"
VERIFIED_REF = "refs/gitgates/verified"
"""The last ledger head that this clone verified; what it holds may never go missing."""
ALSO_VERIFIED = "refs/gitgates/also-verified"
"""Above the refs of further heads that were verified with it: copies of the branch on remotes, with more records."""
FETCHED = "refs/gitgates/remotes"
"""Above the refs `<remote>/<branch>` of what `sync` fetched; git's own remote-tracking refs may lack the branch."""
REFUSED = "refs/gitgates/refused"
"""Above the refs `<remote>/<branch>/<commit>` of what `sync` fetched and refused; records may have come with it."""
DEDICATED_BRANCH = "refs/heads/quality-gates"

Tip = tuple[str, str]
"""A ref, and the full id of its commit."""


@frozen
class Location:
    """The tips that hold the ledger; its records are those of all of them.

    Attributes:
        ref: the one that records are written after: the branch itself, where this clone has it.
        commit: full id.
        others: further copies of the branch, each with commits of the ledger that the first lacks; and branches that
            the ledger has left, where somebody who had not heard of that has written since.
        verified: the commits that this clone verified last.
        broken: refs that name a commit which this clone does not have, or not whole; and so the file of marks.
        home: the branch that `ref` is a remote's copy of, "" where it is the branch itself.
        seen: the commits at which this clone has seen the branch elsewhere. What they hold may not go missing either.
        refused: refs of what remotes had when `sync` refused it. It is not read, and so the records are not complete.
    """

    ref: str
    commit: str
    others: tuple[Tip, ...] = ()
    verified: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    home: str = ""
    seen: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()

    @property
    def commits(self) -> tuple[str, ...]:
        """The commits of all tips, that of `ref` first."""
        return (self.commit, *(commit for _, commit in self.others))

    @property
    def branch(self) -> str:
        """The branch that is written to: `ref`, or the local branch of that name that is still to be made."""
        return self.home or self.ref


def candidates(repository: Repository, reader: ObjectReader) -> tuple[Tip, ...]:
    """Return every place where a clone would have a ledger and this one has; their policies name the branch.

    All are read: an old checkout, or a branch that the ledger has left, knows fewer policies than the others.

    Raises:
        NoLedger: there is none on the branches that a clone would have it on.
        LedgerNotFetched: nor is there, but this clone does not fetch every branch.
        CannotDecide: a commit or tree that would show it cannot be read.
    """
    tips, broken = _tips(repository, reader, tuple(_candidates(repository)), (FETCHED,))
    first_refs = {commit: ref for ref, commit in reversed(tips.items())}
    found = tuple(
        (ref, commit)
        for ref, commit in tips.items()
        if first_refs[commit] == ref and folder_entries(reader, commit, POLICY_FOLDER) is not None
    )
    if found:
        return found
    for ref in broken or _broken_head(repository):
        text = f"{ref} names a commit that this clone does not have, so whether there is a ledger cannot be told"
        raise CannotDecide("unreadable", text, remedy=REPAIR)
    remote = _narrow_remote(repository)
    if remote is not None:
        name = (repository.config.get(CONFIG_KEY) or DEDICATED_BRANCH).removeprefix("refs/heads/")
        raise LedgerNotFetched(
            "incomplete",
            f"this clone fetches some of {remote}'s branches only, and no ledger is on those",
            remedy=f"Run `git fetch {remote} +refs/heads/{name}:refs/remotes/{remote}/{name}`; where {remote} has no "
            "such branch, ask which one the ledger is on, or make a ledger with `gitgates init`",
        )
    raise NoLedger(
        "there is no quality-gate ledger here",
        remedy="Make one with `gitgates init`; or, if it is on a branch that this clone lacks, run "
        "`git fetch origin quality-gates:refs/remotes/origin/quality-gates`",
    )


def _broken_head(repository: Repository) -> tuple[str, ...]:
    """Return the branch that is checked out where its commit is not there; none that is still to be born."""
    head = repository.head()
    return tuple(repository.refs(head.ref)) if head.ref is not None and head.commit is None else ()


def _narrow_remote(repository: Repository) -> str | None:
    """Return a remote of which not every branch is fetched (`git clone --single-branch`, `--depth`), None for none."""
    for remote in repository.config.subsections("remote"):
        specs = [entry.value or "" for entry in repository.config.entries if entry.key == f"remote.{remote}.fetch"]
        if specs and not any(spec.lstrip("+").startswith(("refs/heads/*:", "refs/*:")) for spec in specs):
            return remote
    return None


def follow(repository: Repository, reader: ObjectReader, branch: str) -> Location:
    """Return where the ledger branch `branch` is: the local one, and what this clone knows of it on remotes.

    Raises:
        CannotDecide: this clone has the branch in no way, so what is at hand may be old.
    """
    refs = (*_copies(repository, branch), VERIFIED_REF)
    known, broken = _tips(repository, reader, refs, (ALSO_VERIFIED, FETCHED, REFUSED))
    refused = tuple(ref for ref in known if ref.startswith(f"{REFUSED}/"))
    suffix = f"/{branch.removeprefix('refs/heads/')}"  # a remote may be gone or renamed, and what it had is still known
    known = {ref: commit for ref, commit in known.items() if ref in refs or ref.endswith(suffix) or _is_mark(ref)}
    commits, unknown = marked(repository, reader)
    verified = tuple(dict.fromkeys((*(known.pop(ref) for ref in tuple(known) if _is_mark(ref)), *commits)))
    broken += unknown
    seen = tuple(commit for ref, commit in known.items() if ref != branch)
    if known:
        (ref, commit), *rest = known.items()
        if ref != branch:  # of a remote's copies, the one that has most: a record is written after it
            for other, theirs in rest:
                ref, commit = (ref, commit) if _is_ahead(repository, theirs, commit) else (other, theirs)
            rest = [tip for tip in known.items() if tip[0] != ref]
        others = {theirs: other for other, theirs in reversed(rest) if _is_ahead(repository, commit, theirs)}
        home = "" if ref == branch else branch
        tips = tuple((ref, other) for other, ref in others.items())
        return Location(ref, commit, tips, verified, broken, home, seen, refused)
    name = branch.removeprefix("refs/heads/")
    remote = next(iter(repository.config.subsections("remote")), "origin")
    raise CannotDecide(
        "incomplete",
        f"the ledger lives on the branch {name}, which this clone does not have; the copy on another branch may be old",
        remedy=f"Run `git fetch {remote} +{branch}:refs/remotes/{remote}/{name}`; where no remote has the branch, "
        f"`gitgates migrate --to {name}` finishes the move",
    )


def with_left_behind(
    repository: Repository, reader: ObjectReader, location: Location, branches: Iterable[str]
) -> Location:
    """Return `location` with what was written to `branches`, which the ledger has left, and lies nowhere else.

    Whoever has not heard of the move goes on writing there, and a rejection counts wherever it is.
    """
    refs = [ref for branch in sorted(branches) for ref in _copies(repository, branch)]
    if not refs:
        return location
    tips, broken = _tips(repository, reader, refs)
    others = {commit: ref for ref, commit in location.others}
    unreadable = [*location.broken, *broken]
    for ref, commit in tips.items():
        try:
            if commit not in location.commits and commit not in others and has_more(repository, location, commit):
                others[commit] = ref
        except StoreError:
            unreadable.append(ref)
    found = tuple((ref, commit) for commit, ref in others.items())
    return attrs.evolve(location, others=found, broken=tuple(dict.fromkeys(unreadable)))


def has_more(repository: Repository, location: Location, commit: str) -> bool:
    """Tell whether `commit` has a file, by its name of a record, that no tip of the ledger has with the same bytes."""
    from gitgates.store.comparing import differences  # only a ledger that has left a branch needs it

    more: set[tuple[str, bytes, str]] | None = None
    for tip in location.commits:
        found = {
            (one.folder, one.after.name, one.after.id)
            for one in differences(repository, tip, commit, LEDGER_FOLDER)
            if one.after is not None and id_in_name(os.fsdecode(one.after.name).removesuffix(SIGNATURE_SUFFIX))
        }
        more = found if more is None else more & found
        if not more:
            return False
    return True


def _copies(repository: Repository, branch: str) -> tuple[str, ...]:
    """Return the refs in which this clone may have a branch: its own, and what it knows of those of the remotes."""
    name = branch.removeprefix("refs/heads/")
    remotes = repository.config.subsections("remote")
    return (branch, *(f"{above}/{remote}/{name}" for remote in remotes for above in ("refs/remotes", FETCHED)))


def _is_mark(ref: str) -> bool:
    return ref == VERIFIED_REF or ref.startswith(f"{ALSO_VERIFIED}/")


def _is_ahead(repository: Repository, ours: str, theirs: str) -> bool:
    return theirs != ours and lacks_commits(repository, ours, theirs, LEDGER_FOLDER)


def _candidates(repository: Repository) -> Iterator[str]:
    configured = repository.config.get(CONFIG_KEY)
    if configured:
        yield configured
    yield "HEAD"
    yield DEDICATED_BRANCH
    for remote in repository.config.subsections("remote"):
        yield f"refs/remotes/{remote}/{DEDICATED_BRANCH.removeprefix('refs/heads/')}"
        yield f"refs/remotes/{remote}/HEAD"
        yield f"refs/remotes/{remote}/main"
    yield "refs/heads/main"
    yield "refs/heads/master"


def _tips(
    repository: Repository, reader: ObjectReader, refs: Sequence[str], above: Sequence[str] = ()
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the commits of those of `refs` that are there under exactly these names, and of all refs below `above`,
    in this order; and the refs that name an object which is not there.

    git takes a name that is not there for `refs/tags/<name>` too, and such a tag is anybody's to push.
    """
    there = repository.refs(*(ref for ref in refs if ref.startswith("refs/")), *above)
    wanted = (*refs, *(ref for ref in there if ref.startswith(tuple(f"{prefix}/" for prefix in above))))
    tips, broken = {}, []
    for ref in dict.fromkeys(wanted):
        spec = ref if ref == "HEAD" else there.get(ref)
        found: GitObject | None = reader.get(spec) if spec else None
        if found is not None and found.type == "commit":
            tips[ref] = found.id
        elif spec and ref != "HEAD":
            broken.append(ref)
    return tips, tuple(broken)
