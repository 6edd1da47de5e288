"""What a remote has on branches that the ledger has left: whoever has not heard of the move goes on writing there."""

import attrs

from gitgates.errors import CannotDecide
from gitgates.ledger.locate import has_more
from gitgates.ledger.opening import named_branches
from gitgates.ledger.reading import Ledger
from gitgates.ledger.sync.incoming import Incoming
from gitgates.ledger.sync.losses import with_tip
from gitgates.ledger.sync.refused import keep_refused
from gitgates.store.refs import RefUpdate, update_refs


def left_branches(ledger: Ledger) -> frozenset[str]:
    """Return the branches that the ledger has been on, and is no more."""
    return named_branches(ledger.chain) - {ledger.location.branch}


def with_left(ledger: Ledger, incoming: Incoming, *, fetch_only: bool) -> Ledger:
    """Return the ledger with the records that the remote has on branches that it left, and keep those for readers.

    Raises:
        CannotDecide: nothing is to be sent, and such a branch has lost records that this clone has nowhere else. What
            came in their place cannot be kept beside them; a `sync` that sends brings both to the ledger's branch.
        RefMoved: another command has seen more.
    """
    before = ledger
    for one in incoming.left:
        if one.tip in (None, one.held):
            continue
        if has_more(ledger.repository, ledger.location, str(one.tip)):
            ledger = with_tip(ledger, one)
        if not _loses(ledger, one):
            update_refs(ledger.repository, [RefUpdate(one.fetched_ref, one.tip, one.held)], "gitgates: sync")
            continue
        keep_refused(before, one)  # until what came in their place is on the ledger's branch there
        if fetch_only:
            name = one.branch.removeprefix("refs/heads/")
            raise CannotDecide(
                "incomplete",
                f"{one.remote} has lost records of the branch {name}, which the ledger has left",
                remedy="Run `gitgates sync`, which brings them to the ledger's branch, and find out who took them away",
            )
    return ledger


def _loses(ledger: Ledger, one: Incoming) -> bool:
    """Tell whether this clone would lose records if it forgot where it has seen the branch last."""
    if one.held not in ledger.location.commits:  # a tip is read where it has more than the ledger's branch
        return False
    others = tuple(tip for tip in ledger.location.others if tip[1] != one.held)
    return has_more(ledger.repository, attrs.evolve(ledger.location, others=others), one.held)
