"""How `sync` is asked to bring this clone and a remote together, and what came of it."""

from gitgates.ledger.sync.incoming import OnProgress
from gitgates.model.frozen import frozen


@frozen(kw_only=True)
class Options:
    """How to sync.

    Attributes:
        remote: None for the branch's own.
        fetch_only: bring what the remote has, and send nothing.
        push_follows: with `fetch_only`, raise what would keep a later sync from sending, as far as it is known.
        restore: give a remote that has lost records them back, instead of refusing it.
    """

    remote: str | None = None
    fetch_only: bool = False
    push_follows: bool = False
    restore: bool = False
    on_progress: OnProgress | None = None


@frozen
class Synced:
    """What went each way.

    Attributes:
        received: ids of records that this clone did not have.
        sent: ids of records that the remote did not have.
        unshared: how many records the remote still lacks, after a fetch only.
        restored: paths of records that the remote had lost, and has again.
        foreign: files of this clone that are no records, and were not sent.
        index_refused: the refs of the index that the remote does not take; its records it took.
        stayed: why this clone's branch could not follow, "" where nothing kept it from it; the records are shared.
    """

    remote: str
    branch: str
    received: tuple[str, ...] = ()
    sent: tuple[str, ...] = ()
    unshared: int = 0
    restored: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    index_refused: tuple[str, ...] = ()
    stayed: str = ""
