"""The versions of a model that are approved in a context."""

from collections.abc import Iterator
from datetime import datetime

from gitgates.decision.decide import Question, decide
from gitgates.decision.knowledge import Knowledge
from gitgates.decision.result import Decision, State
from gitgates.errors import CannotDecide
from gitgates.ledger.query import Opened, all_versions, open_version
from gitgates.ledger.reading import Ledger
from gitgates.model.frozen import frozen

_MEANT = (1, 2, 3, 5, 6)
"""The conditions of `can-deploy` that make a version approved; 4 and 7 ask about one deployment."""


@frozen
class Approved:
    """An approved version.

    Attributes:
        since: when the first of the approvals that the decision rests on was given.
    """

    opened: Opened
    decision: Decision
    since: datetime


def approved_versions(
    ledger: Ledger, model: str, context: str, now: datetime, *, whole: bool = False
) -> tuple[Approved, ...]:
    """Return the approved versions of a model, the one approved first coming first.

    Args:
        whole: whether every version must be known; else one that cannot be decided on is none.

    Raises:
        CannotDecide: all must be known, and it cannot be told whether some version is approved.
    """
    found = [_approved(opened, decision) for opened, decision in _decisions(ledger, model, context, now, whole=whole)]
    return tuple(sorted((one for one in found if one), key=lambda one: (one.since, one.opened.name.version)))


def _decisions(
    ledger: Ledger, model: str, context: str, now: datetime, *, whole: bool
) -> Iterator[tuple[Opened, Decision]]:
    for name in all_versions(ledger, model):
        opened = open_version(ledger, name, now, must_exist=False)
        decision = decide(opened.known, Question(name.model, name.version, context))
        undecided = [c for c in decision.conditions if c.number in _MEANT and c.state is State.UNDECIDED]
        if whole and undecided:
            first = undecided[0]
            raise CannotDecide(first.cause, f"{name}: {first.reason}", remedy=first.remedy)
        yield opened, decision


def _approved(opened: Opened, decision: Decision) -> Approved | None:
    since = approved_since(opened.known, decision)
    return None if since is None else Approved(opened, decision, since)


def approved_since(known: Knowledge, decision: Decision) -> datetime | None:
    """Return when the first of the approvals that `decision` rests on was given, None where it is not approved."""
    if not decision.approvals or not decision.meets(*_MEANT):
        return None
    return min(known.records[i].record.created for i in decision.approvals)
