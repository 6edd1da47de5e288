"""After a push: this clone's branch follows where it can, and the index gets what came."""

from collections.abc import Callable, Iterable
from datetime import datetime

from gitgates.ledger.index_state import unindexed_models
from gitgates.ledger.reading import Ledger
from gitgates.ledger.reindex import reindex
from gitgates.ledger.sync.incoming import Incoming
from gitgates.ledger.sync.outgoing import is_dedicated
from gitgates.ledger.sync.received import version_of_folder
from gitgates.model.paths import LEDGER_FOLDER
from gitgates.store.ancestry import is_ancestor
from gitgates.store.append import Change, Tip, append
from gitgates.store.history import only_touch
from gitgates.store.repository import Identity

_BY = Identity("gitgates", "gitgates")


def follow(ledger: Ledger, incoming: Incoming, commit: str, now: datetime) -> None:
    """Move this clone's branch to `commit`, if that only adds to it, and changes nothing but the ledger.

    Else it stays: what the remote has is read with it all the same, and code is the user's to merge.
    """
    repository, branch = ledger.repository, incoming.branch

    def plan(tip: Tip) -> Change:
        ahead = tip.commit is not None and tip.commit != commit and is_ancestor(repository, tip.commit, commit)
        if not ahead or tip.commit is None:
            return Change({}, "")
        dedicated = is_dedicated(ledger, tip.commit, commit)
        if not dedicated and not only_touch(repository, tip.commit, commit, LEDGER_FOLDER):
            return Change({}, "")
        return Change({}, "gates: sync\n", onto=commit, anywhere=dedicated)

    if branch in repository.refs(branch):
        append(repository, branch, plan, identity=repository.identity(_BY), seconds=int(now.timestamp()))


def index_received(open_ledger: Callable[[], Ledger], now: datetime, folders: Iterable[str]) -> None:
    """Index the models of which records came without their lines: somebody pushed the branch alone.

    Args:
        folders: those that records came to; what is no model version's is passed over.
    """
    names = [name for name in map(version_of_folder, sorted(set(folders))) if name is not None]
    with open_ledger() as ledger:
        models = unindexed_models(ledger, names)
    if models:
        reindex(open_ledger, now, only=models)
