"""What this clone verified last, kept as refs and in a file: whatever these commits hold may never go missing."""

from gitgates.ledger.locate import ALSO_VERIFIED, VERIFIED_REF
from gitgates.ledger.marks import read_marks, write_marks
from gitgates.ledger.reading import Ledger
from gitgates.store.refs import RefUpdate, update_refs


def keep_as_verified(ledger: Ledger, message: str) -> tuple[str, ...]:
    """Keep the tips of `ledger` in place of those that were kept before, and return the commits of these.

    Args:
        message: one line for the reflogs.

    Raises:
        RefMoved: somebody else verified meanwhile.
        StoreError: the file cannot be read or written.
    """
    old = ledger.repository.refs(VERIFIED_REF, ALSO_VERIFIED)
    new = {f"{ALSO_VERIFIED}/{commit}": commit for commit in ledger.location.commits[1:]}
    new[VERIFIED_REF] = ledger.location.commit
    moved = sorted(ref for ref in old.keys() | new.keys() if old.get(ref) != new.get(ref))
    update_refs(ledger.repository, [RefUpdate(ref, new.get(ref), old.get(ref)) for ref in moved], message)
    before = read_marks(ledger.repository)
    write_marks(ledger.repository, ledger.location.commits)
    return tuple(dict.fromkeys((*old.values(), *before)))
