"""What a remote had when `sync` refused it, kept as refs: records may have come with it that lie nowhere else.

While one of them is there, this clone cannot decide (`ledger.obstacles`). The next `sync` holds the remote against them
as against everything else that it has seen there, and one that ends well needs them no more.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from gitgates.errors import GitgatesError, RefMoved
from gitgates.ledger.freshness import note_refused
from gitgates.ledger.locate import REFUSED
from gitgates.ledger.reading import Ledger
from gitgates.ledger.sync.incoming import Incoming
from gitgates.store.ancestry import is_ancestor
from gitgates.store.refs import RefUpdate, update_refs


@contextmanager
def kept_where_refused(ledger: Ledger, incoming: Incoming, now: datetime) -> Iterator[None]:
    """Keep what the remote has where the context ends with an error, and note that it was refused.

    A lost race is no error: it is tried again.
    """
    try:
        yield
    except RefMoved:
        raise
    except GitgatesError:
        try:
            keep_refused(ledger, incoming, *incoming.left)
        finally:  # after the refs: whoever watches the note reads them once it changes
            note_refused(ledger.repository, incoming.remote, incoming.branch, now)
        raise


def keep_refused(ledger: Ledger, *incoming: Incoming) -> None:
    """Keep what a remote has on these branches, but for what this clone reads already: a mere rewind brings nothing.

    Raises:
        RefMoved: another command is at it.
    """
    there = ledger.repository.refs(*(ref for one in incoming for ref in (one.fetched_ref, one.refused_ref)))
    updates = [
        RefUpdate(one.refused_ref, one.tip, None)
        for one in incoming
        if one.tip is not None
        and one.tip not in (there.get(one.fetched_ref), there.get(one.refused_ref))
        and not any(is_ancestor(ledger.repository, one.tip, commit) for commit in ledger.location.commits)
    ]
    update_refs(ledger.repository, updates, "gitgates: sync refused this")


def forget_refused(ledger: Ledger, incoming: Incoming) -> None:
    """Forget what was refused before, and what this command kept: the remote has it all, or nothing of it counts.

    Raises:
        RefMoved: another command is at it.
    """
    done = {*incoming.refused.values(), incoming.tip, *(one.tip for one in incoming.left)}
    there = ledger.repository.refs(f"{REFUSED}/{incoming.remote}")
    updates = [RefUpdate(ref, None, commit) for ref, commit in there.items() if commit in done]
    update_refs(ledger.repository, updates, "gitgates: sync")
