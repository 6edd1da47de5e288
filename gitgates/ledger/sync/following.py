"""After a push: this clone's branch follows where it can, and the index gets what came."""

from collections.abc import Callable, Iterable
from datetime import datetime

from gitgates.ledger.index_state import unindexed_models
from gitgates.ledger.reading import Ledger
from gitgates.ledger.reindex import reindex
from gitgates.ledger.sync.incoming import Incoming
from gitgates.ledger.sync.outgoing import is_dedicated
from gitgates.ledger.sync.received import version_of_folder
from gitgates.ledger.sync.superseded import brings_only
from gitgates.ledger.sync.unshared import Mine
from gitgates.model.paths import LEDGER_FOLDER
from gitgates.store.ancestry import is_ancestor
from gitgates.store.append import Change, Tip, append
from gitgates.store.comparing import only_touch
from gitgates.store.repository import Identity

_BY = Identity("gitgates", "gitgates")


def follow(ledger: Ledger, incoming: Incoming, commit: str, mine: Mine, now: datetime) -> None:
    """Move this clone's branch to `commit`, if that takes nothing from it and changes nothing but the ledger.

    On a branch with code, the commits that brought `mine` here give way to those that brought it to the remote. Else
    the branch stays: what the remote has is read with it all the same, and code is the user's to merge.
    """
    repository, branch = ledger.repository, incoming.branch

    def plan(tip: Tip) -> Change:
        if tip.commit is None or tip.commit == commit:
            return Change({}, "")
        ahead = is_ancestor(repository, tip.commit, commit)
        if not ahead and not (incoming.tip and brings_only(ledger, incoming.tip, tip.commit, mine)):
            return Change({}, "")
        dedicated = is_dedicated(ledger, tip.commit, commit)
        if not dedicated and not only_touch(repository, tip.commit, commit, LEDGER_FOLDER):
            return Change({}, "")
        return Change({}, "gates: sync\n", onto=commit, instead=not ahead, anywhere=dedicated)

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
