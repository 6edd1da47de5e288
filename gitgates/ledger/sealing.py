"""Making a seal: which records a new policy finds in place."""

from collections.abc import Callable
from datetime import datetime

from gitgates.codec.seals import Seal, VersionName
from gitgates.decision.authority import Say
from gitgates.errors import CannotDecide
from gitgates.ledger.query import all_versions
from gitgates.ledger.reading import Ledger
from gitgates.model.frozen import frozen

Progress = Callable[[int], None]


@frozen
class Sealing:
    """What a policy written now would seal.

    Attributes:
        heads: of each model version that has heads not sealed before.
        outside: validly signed records that do not count, and so stay outside the seal.
    """

    heads: Seal
    outside: tuple[str, ...]


def unsealed_heads(ledger: Ledger, now: datetime, annuls: frozenset[str], progress: Progress) -> Sealing:
    """Return the heads that no accepted policy has sealed yet, over all model versions.

    Args:
        annuls: ids that the new policy annuls: they are not missed.
        progress: told after each model version how many are done.

    Raises:
        CannotDecide: records of a version are missing: a seal must not be made from half a view.
    """
    sealed = {i for seal in ledger.policies.seals.values() for ids in seal.values() for i in ids}
    heads: dict[VersionName, tuple[str, ...]] = {}
    outside: list[str] = []
    for number, name in enumerate(all_versions(ledger), 1):
        known = ledger.knowledge(ledger.version(name), now)
        missing = set(known.missing) - annuls
        if missing or known.obstacles:
            told = "; ".join(o.text for o in known.obstacles) or f"missing: {', '.join(sorted(missing))}"
            raise CannotDecide(
                "incomplete", f"{name}: {told}", remedy="Bring the records back, or annul ids that never were there"
            )
        fresh = tuple(head for head in known.heads if head not in sealed and head not in annuls)
        if fresh:
            heads[name.model, name.version] = fresh
        outside += [i for i, standing in known.standings.items() if standing.say is Say.NONE]
        progress(number)
    return Sealing(heads, tuple(sorted(outside)))
