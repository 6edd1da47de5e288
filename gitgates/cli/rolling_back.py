"""Rolling back: like deploying, with nothing asked of the policy first.

What is checked is that it can be meant: the version may be on the target, and the command knows what to put there.
"""

from collections.abc import Sequence
from datetime import datetime

from gitgates.api.session import Session
from gitgates.cli.asking import refuse_unknown_context
from gitgates.cli.running import ROLLBACK, Ran, base_variables, refuse_missing_program, run_between_records
from gitgates.decision.conditions import completeness
from gitgates.decision.knowledge import Knowledge
from gitgates.decision.result import State
from gitgates.errors import CannotDecide, StoreError, UsageError
from gitgates.ledger.deployments import Target, record_rollback
from gitgates.ledger.query import open_version
from gitgates.ledger.reading import Ledger
from gitgates.ledger.targets import NamedTarget, TargetHistory, targets_of
from gitgates.ledger.writing import Writer, Written
from gitgates.model.frozen import frozen
from gitgates.model.names import ModelVersion
from gitgates.model.records import DecisionRecord


class RollbackRefused(UsageError):  # noqa: N818 -- an answer, not a malfunction
    """The version is not there, or nothing was there before it; nothing ran and nothing was recorded."""


@frozen
class RolledBack:
    """What became of a rollback.

    Attributes:
        to_version: the version to go back to, None where none was live before.
        notes: what the user should know beside it.
    """

    target: Target
    to_version: str | None
    ran: Ran
    notes: tuple[str, ...] = ()

    @property
    def done(self) -> bool:
        """Whether the version is off the target."""
        return self.ran.well


@frozen
class _Known:
    """The targets of a context, and why there may be more to know, "" where all is known."""

    targets: tuple[NamedTarget, ...]
    gap: str

    def history(self, target: str) -> TargetHistory:
        return next((one.history for one in self.targets if one.name == target), TargetHistory(()))

    def live_on(self, name: ModelVersion) -> list[str]:
        return [one.name for one in self.targets if one.history.live == name.version]


def rollback(
    session: Session,
    name: ModelVersion,
    context: str,
    target_name: str | None,
    *,
    reason: str,
    command: Sequence[str],
    or_take_off: bool = False,
    aside: bool = False,
) -> RolledBack:
    """Record that `name` goes back, running `command` between two records where one is given.

    Args:
        or_take_off: run the command where no version was live before `name`, too.

    Raises:
        RollbackRefused: see there. Where records are missing the user is believed that the version is on the target.
    """
    refuse_missing_program(command)
    with session.open() as ledger:
        refuse_unknown_context(ledger, context)
        now = session.clock()
        known = _known(ledger, name, context, now)
        target = Target(context, target_name if target_name is not None else _only_target(known, name, context))
        notes = _refuse_elsewhere(known, name, target)
        to_version = known.history(target.name).before(name.version)
        if command and to_version is None and not or_take_off:
            raise nothing_before(name, target)
        variables = base_variables(ROLLBACK, ledger, name, target)
        if to_version is not None:
            variables["GATES_TO_VERSION"] = to_version
            notes += _rejections(ledger, ModelVersion(name.model, to_version), context, now)

    def record(writer: Writer, known: Knowledge, past: TargetHistory, phase: str, started: str | None) -> Written:
        return record_rollback(writer, known, name, target, past, phase, started=started, reason=reason)

    ran = run_between_records(session, name, target, command, variables, record, aside=aside)
    return RolledBack(target, to_version, ran, notes)


def nothing_before(name: ModelVersion, target: Target) -> RollbackRefused:
    """Return the error for a rollback whose command would have nothing to put in place."""
    return RollbackRefused(
        f"no version was live on {target.name} before {name}, so that there is none to go back to",
        remedy="Deploy a version that is allowed; or have the command take this one off, with --or-take-off",
    )


def _known(ledger: Ledger, name: ModelVersion, context: str, now: datetime) -> _Known:
    known = open_version(ledger, name, now).known  # a version that nobody knows is a typing mistake
    try:
        view = completeness(known)
        if view.state is State.MET:
            return _Known(targets_of(ledger, name.model, context, now), "")
        gap = view.reason
    except (CannotDecide, StoreError) as error:
        gap = error.message
    return _Known(targets_of(ledger, name.model, context, now, whole=False), gap)


def _rejections(ledger: Ledger, name: ModelVersion, context: str, now: datetime) -> tuple[str, ...]:
    """Return a note for each rejection, which no later approval answers, of the version to go back to.

    It is no reason to refuse: what is on the target may be worse. Nor is it that its records cannot be read.
    """
    try:
        known = open_version(ledger, name, now, must_exist=False).known
    except (CannotDecide, StoreError) as error:
        return (f"whether {name}, which it goes back to, was rejected is not known: {error.message}",)
    approvals = [one.id for one in known.counting(DecisionRecord, context) if one.record.approved]
    answers = [approval for approval in approvals if approval not in known.withdrawn]
    notes = []
    for objection in known.objections(context):
        record = known.records[objection].record
        answered = any(known.graph.is_ancestor(objection, answer) for answer in answers)
        if isinstance(record, DecisionRecord) and not answered:
            reason = f": {record.reason}" if record.reason else ""
            notes.append(f"{name}, which it goes back to, was rejected by {record.author}{reason}")
    return tuple(notes)


def _only_target(known: _Known, name: ModelVersion, context: str) -> str:
    live = known.live_on(name)
    if len(live) > 1:
        raise UsageError(f"{name} is live on {', '.join(live)}", remedy="Name one with --target")
    if not live:
        raise UsageError(f"{name} is live on no target in {context}", remedy="Name the target with --target")
    return live[0]


def _refuse_elsewhere(known: _Known, name: ModelVersion, target: Target) -> tuple[str, ...]:
    """Raise where the version is not on the target; return a note where that is only what is known."""
    if known.history(target.name).may_be_in_place(name.version):
        return ()
    if known.gap:
        return (f"as far as this clone knows, {name} is not on {target.name}: {known.gap}",)
    live = known.live_on(name)
    where = f"it is live on {', '.join(live)}" if live else f"it is live on no target in {target.context}"
    object_to = "" if live else "; `gitgates reject` keeps it from being deployed"
    raise RollbackRefused(
        f"{name} is not on {target.name}: {where}",
        remedy=f"Name the target where it is, or fetch first: `gitgates sync --fetch-only`{object_to}",
    )
