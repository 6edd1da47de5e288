"""The facts of every model of an opened ledger: kept ones where these still hold, else read anew."""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from gitgates import __version__
from gitgates.codec.convert import time_text
from gitgates.errors import StoreError
from gitgates.ledger.dashboard.facts import ModelFacts, read_model
from gitgates.ledger.dashboard.kept import Kept
from gitgates.ledger.folders import Union
from gitgates.ledger.query import model_names
from gitgates.ledger.reading import Ledger
from gitgates.model.paths import MODELS_FOLDER, encode_component
from gitgates.model.policy import BaselineRule


class Board:
    """How all model versions stand at one moment.

    A model's facts follow from the policies, from its own folder in each of the ledger's tips and in what this clone
    verified or saw before, and from the time. All of that is compared, so a new record of one model leaves what is
    known of the others in place. Where anything keeps this clone from knowing every record, nothing is kept.
    """

    def __init__(self, ledger: Ledger, now: datetime, kept: Kept) -> None:
        """Forget those of `kept` that were read in another state of the ledger."""
        self.ledger = ledger
        self.now = now
        self._kept = kept
        self._states = _folder_states(ledger)
        kept.start_anew(_shared_state(ledger))

    def models(self) -> tuple[str, ...]:
        """Return the names of all models."""
        return tuple(model_names(self.ledger))

    def facts(self, model: str) -> ModelFacts:
        """Return the facts of a model, verified now or before.

        Raises:
            CannotDecide: a partial clone lacks bytes of a record.
        """
        state = self._states.get(encode_component(model).encode("utf-8", "surrogateescape"), "")
        found = self._kept.find(model, state, time_text(self.now)) if state else None
        if found is None:
            found = read_model(self.ledger, model, self.now)
            if state and found.certain:
                self._kept.keep(state, found)
        return found


def _shared_state(ledger: Ledger) -> str:
    """Return in short what the facts of all models depend on."""
    chain = ledger.chain
    adopted = ledger.pin.adopted if ledger.pin else None
    policies = (sorted(chain.accepted), chain.heads(), sorted(chain.missing), sorted(ledger.policies.seals))
    return _digest((__version__, ledger.root, adopted, ledger.location.ref, policies))


def _folder_states(ledger: Ledger) -> dict[bytes, str]:
    """Return by folder name in short what of the models' folders their facts depend on; none where not all is known."""
    if ledger.shared_obstacles:
        return {}
    here = ledger.location
    try:
        removed = {folder.split("/")[2].encode() for folder in ledger.removals.everywhere() if folder.count("/") > 1}
    except StoreError:  # which is an obstacle of every version, and told there
        return {}
    before = sorted({*here.verified, *here.seen, *ledger.removals.since} - {*here.commits})
    now = _trees(ledger, here.commits)
    then = _trees(ledger, before)
    around = _digest(sorted((name, sorted(trees)) for name, trees in now.items())) if _look_elsewhere(ledger) else ""
    states = {}
    for name, trees in now.items():
        other = {tree for _, tree in then.get(name, ())} - {tree for _, tree in trees}
        if name not in removed:
            states[name] = _digest((sorted(trees), sorted(other), around))
    return states


def _look_elsewhere(ledger: Ledger) -> bool:
    """Tell whether answers about one model rest on another's records: a baseline may be a report of any."""
    policies = (ledger.chain.policy(head) for head in ledger.chain.heads())
    return any(one.require_baseline is BaselineRule.RECORD for policy in policies for one in policy.contexts)


def _trees(ledger: Ledger, commits: Iterable[str]) -> dict[bytes, set[tuple[int, str]]]:
    """Return by name the folders that `models/` has in some commits, each with the number of the commit."""
    found: dict[bytes, set[tuple[int, str]]] = {}
    for number, entries in enumerate(Union(ledger.reader, tuple(commits)).layers(MODELS_FOLDER)):
        for entry in entries or ():
            found.setdefault(entry.name, set()).add((number, entry.id))
    return found


def _digest(value: object) -> str:
    return sha256(repr(value).encode("utf-8", "surrogateescape")).hexdigest()
