"""Where the ledger is: the branch that the policy names, found from whatever this clone has."""

from collections.abc import Iterator

from gitgates.errors import CannotDecide, NoLedger
from gitgates.ledger.folders import folder_entries
from gitgates.model.frozen import frozen
from gitgates.model.paths import LEDGER_FOLDER, POLICY_FOLDER
from gitgates.store.history import lacks_commits
from gitgates.store.objects import GitObject, ObjectReader
from gitgates.store.repository import Repository

CONFIG_KEY = "gitgates.ledger"
VERIFIED_REF = "refs/gitgates/verified"
"""The last ledger head that this clone verified; what it holds may never go missing."""
DEDICATED_BRANCH = "refs/heads/quality-gates"


@frozen
class Location:
    """A tip that holds a ledger.

    Attributes:
        ref: the ref it was found by.
        commit: full id.
        verified: the commit that this clone verified last, None where there is none.
        behind: a remote-tracking ref with records that `ref` lacks, None where there is none.
    """

    ref: str
    commit: str
    behind: str | None = None
    verified: str | None = None


def find_any(repository: Repository, reader: ObjectReader) -> Location:
    """Return the first place where this clone has a ledger. Its policy names the branch that counts: see `follow`.

    Raises:
        NoLedger: there is none on the branches that a clone would have it on.
        CannotDecide: a tree that would show it cannot be read.
    """
    for ref, commit in _tips(repository, reader, tuple(dict.fromkeys(_candidates(repository)))).items():
        if folder_entries(reader, commit, POLICY_FOLDER) is not None:
            return Location(ref, commit)
    raise NoLedger(
        "there is no quality-gate ledger here",
        remedy="Make one with `gitgates init`; or, if it is on a branch that this clone lacks, run "
        "`git fetch origin quality-gates:refs/remotes/origin/quality-gates`",
    )


def follow(repository: Repository, reader: ObjectReader, branch: str) -> Location:
    """Return the tip of the ledger branch `branch`: the local one, else a remote's.

    Raises:
        CannotDecide: this clone has the branch neither way, so what is at hand may be old.
    """
    name = branch.removeprefix("refs/heads/")
    remotes = tuple(repository.config.subsections("remote"))
    refs = (branch, *(f"refs/remotes/{remote}/{name}" for remote in remotes))
    tips = _tips(repository, reader, (*refs, VERIFIED_REF))
    verified = tips.pop(VERIFIED_REF, None)
    if tips:
        (ref, commit), *others = tips.items()
        ahead = (
            other
            for other, theirs in others
            if theirs != commit and lacks_commits(repository, commit, theirs, LEDGER_FOLDER)
        )
        return Location(ref, commit, next(ahead, None), verified)
    remote = remotes[0] if remotes else "origin"
    raise CannotDecide(
        "incomplete",
        f"the ledger lives on the branch {name}, which this clone does not have; the copy on another branch may be old",
        remedy=f"Run `git fetch {remote} +{branch}:refs/remotes/{remote}/{name}`",
    )


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


def _tips(repository: Repository, reader: ObjectReader, refs: tuple[str, ...]) -> dict[str, str]:
    """Return the commits that `refs` hold, in their order, of those that are there under exactly these names.

    git takes a name that is not there for `refs/tags/<name>` too, and such a tag is anybody's to push.
    """
    there = repository.refs(*(ref for ref in refs if ref.startswith("refs/")))
    tips = {}
    for ref in refs:
        spec = ref if ref == "HEAD" else there.get(ref)
        found: GitObject | None = reader.get(spec) if spec else None
        if found is not None and found.type == "commit":
            tips[ref] = found.id
    return tips
