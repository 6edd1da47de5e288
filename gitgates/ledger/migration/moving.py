"""Putting the ledger on another branch, with every record that this clone has of it, as it is.

The new branch comes first: until a policy on the old one names it, nobody looks there, and whoever is cut off between
the two has lost nothing. The other way round, readers would follow a policy to a branch that is not there.
"""

from collections.abc import Mapping
from datetime import datetime

from gitgates.codec.records import RecordCodec
from gitgates.errors import CannotDecide, UsageError
from gitgates.ledger.files import Authenticator
from gitgates.ledger.folders import folder_entries
from gitgates.ledger.locate import CONFIG_KEY, VERIFIED_REF, Location, follow
from gitgates.ledger.marks import advance_mark
from gitgates.ledger.policies import find_geneses, read_policy_folder
from gitgates.ledger.reading import Ledger
from gitgates.ledger.sync.unshared import lacking
from gitgates.ledger.writing import append_change
from gitgates.model.paths import POLICY_FOLDER, id_in_name
from gitgates.store.append import Appended, Change
from gitgates.store.grow import Content, StoredBlob
from gitgates.store.refs import RefUpdate, update_refs
from gitgates.trust.verify import Verifier


def copies_on(ledger: Ledger, branch: str) -> Location | None:
    """Return what this clone has of `branch`, whether the ledger is there already or not; None for nothing.

    Raises:
        UsageError: another ledger is there.
    """
    try:
        there = follow(ledger.repository, ledger.reader, branch)
    except CannotDecide:
        return None
    for commit in there.commits:
        _refuse_other_ledger(ledger, branch, commit)
    return there


def _refuse_other_ledger(ledger: Ledger, branch: str, commit: str) -> None:
    entries = folder_entries(ledger.reader, commit, POLICY_FOLDER) or ()
    if ledger.root in {id_in_name(entry.name.decode("utf-8", "replace")) for entry in entries}:
        return
    codec = RecordCodec()
    geneses = find_geneses(read_policy_folder(ledger.reader, entries), Authenticator(Verifier(), codec), codec.decode)
    if geneses:
        raise UsageError(
            f"another ledger is on {branch.removeprefix('refs/heads/')}: its root is {geneses[0]}",
            remedy="Two ledgers cannot be joined: move this one to another branch",
        )


def bring_to(
    ledger: Ledger, branch: str, files: Mapping[str, bytes], message: str, author: str, now: datetime
) -> Appended:
    """Put every record of `ledger` on `branch`, beside what is there: on the tip that it has, else on an orphan.

    Args:
        files: what comes on top: a policy and its signature, files for people.

    Raises:
        UsageError: another ledger is there.
        StoreError, CannotDecide: something cannot be read, or is in the way there.
    """
    there = copies_on(ledger, branch)
    mine = lacking(ledger, None if there is None else there.commit, ledger.location.commits)
    contents: dict[str, Content] = {**{path: StoredBlob(blob) for path, blob in mine.files.items()}, **files}
    change = Change(contents, _with_origin(ledger, message), replace=frozenset(contents))
    return append_change(there or Location(branch, ledger.location.commit), ledger.repository, change, author, now)


def _with_origin(ledger: Ledger, message: str) -> str:
    """Return the message of the commit that brings everything at once, with where each record has its own."""
    subject, _, rest = message.partition("\n")
    origin = ledger.location.branch.removeprefix("refs/heads/")
    return f"{subject}\n\nAll records so far come along, from {origin} ({ledger.location.commit}).\n{rest}"


def settle(ledger: Ledger, branch: str, new: Appended, old: Appended | None = None) -> None:
    """Have this clone look for the ledger on `branch` first, and keep what it verified on the old one as verified here.

    Args:
        old: what was appended to the old branch, None for nothing.
    """
    repository = ledger.repository
    if repository.config.get(CONFIG_KEY) != branch:
        repository.set_config(CONFIG_KEY, branch)
    left = ledger.location.commit if old is None or old.previous != ledger.location.commit else old.commit
    if repository.refs(VERIFIED_REF).get(VERIFIED_REF) == left and new.commit != left:
        update_refs(repository, [RefUpdate(VERIFIED_REF, new.commit, left)], "gitgates: the ledger moved")
        advance_mark(repository, left, new.commit)
