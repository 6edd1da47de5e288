"""Making a seal: which records a new policy finds in place."""

from collections.abc import Callable
from datetime import datetime

from gitgates.codec.seals import Seal, VersionName
from gitgates.decision.authority import Say
from gitgates.errors import CannotDecide
from gitgates.ledger.query import all_versions
from gitgates.ledger.reading import Ledger
from gitgates.model.frozen import frozen

Progress = Callable[[int, int], None]
"""Told how many model versions are done, and of how many."""


@frozen
class Sealing:
    """What a policy written now would seal.

    Attributes:
        heads: of each model version that has heads not sealed before.
        outside: validly signed records that do not count, and so stay outside the seal.
    """

    heads: Seal
    outside: tuple[str, ...]


def unsealed_heads(
    ledger: Ledger, now: datetime, admits: frozenset[str], annuls: frozenset[str], progress: Progress
) -> Sealing:
    """Return the heads that no policy in force, or one that it follows, has sealed yet, over all model versions.

    Args:
        admits, annuls: ids that the new policy admits or annuls.

    Raises:
        CannotDecide: records are missing or unreadable: a seal must not be made from half a view. Names all of them.
    """
    followed = ledger.chain.followed()
    seals = [ledger.policies.seals.get(ledger.chain.accepted[i].record.seal or "", {}) for i in sorted(followed)]
    sealed = {i for seal in seals for ids in seal.values() for i in ids}
    heads: dict[VersionName, tuple[str, ...]] = {}
    outside: list[str] = []
    problems: list[str] = []
    names = tuple(all_versions(ledger))
    for done, name in enumerate(names, 1):
        known = ledger.knowledge(ledger.version(name), now)
        missing = sorted(set(known.missing) - annuls)
        if missing or known.obstacles:
            told = (*(o.text for o in known.obstacles), *(f"{i} is missing" for i in missing))
            problems.append(f"{name}: {', '.join(told)}")
        fresh = tuple(head for head in known.heads_to_seal(annuls) if head not in sealed)
        if fresh:
            heads[name.model, name.version] = fresh
        outside += [i for i, s in known.standings.items() if s.say is Say.NONE and i not in admits]
        progress(done, len(names))
    if problems:
        raise CannotDecide(
            "incomplete",
            "; ".join(problems),
            remedy="Bring the records back, see `gitgates verify`; where some that this clone had are gone for good, "
            "run `gitgates doctor --accept-rewind`; then an id that is not there can be annulled with "
            "`gitgates policy propose --annuls ID`",
        )
    return Sealing(heads, tuple(sorted(outside)))
