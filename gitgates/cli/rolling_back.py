"""Rolling back: like deploying, with nothing asked first."""

from collections.abc import Sequence

from gitgates.api.session import Session
from gitgates.cli.asking import refuse_unknown_context
from gitgates.cli.deploying import base_variables, refuse_missing_program, run_between_records
from gitgates.decision.knowledge import Knowledge
from gitgates.errors import UsageError
from gitgates.ledger.deployments import Target, history_of, record_rollback
from gitgates.ledger.query import open_version
from gitgates.ledger.reading import Ledger
from gitgates.ledger.targets import TargetHistory, targets_of
from gitgates.ledger.writing import Writer, Written
from gitgates.model.frozen import frozen
from gitgates.model.names import ModelVersion


@frozen
class RolledBack:
    """What became of a rollback: the version to go back to, None where none was live before."""

    target: Target
    to_version: str | None
    written: tuple[Written, ...]
    command_code: int | None

    @property
    def done(self) -> bool:
        """Whether the version is off the target."""
        return not self.command_code


def rollback(
    session: Session,
    name: ModelVersion,
    context: str,
    target_name: str | None,
    *,
    reason: str,
    command: Sequence[str],
    aside: bool = False,
) -> RolledBack:
    """Record that `name` goes back, running `command` between two records where one is given."""
    refuse_missing_program(command)
    with session.open() as ledger:
        refuse_unknown_context(ledger, context)
        now = session.clock()
        open_version(ledger, name, now)  # a version that nobody knows is a typing mistake
        target = Target(
            context, target_name if target_name is not None else _only_target(ledger, name, context, session)
        )
        history = history_of(ledger, name, target, now, whole=False)
        to_version = history.before(name.version)
        variables = base_variables(ledger, name, target) | {"GATES_TO_VERSION": to_version or ""}

    def record(writer: Writer, known: Knowledge, past: TargetHistory, phase: str, started: str | None) -> Written:
        return record_rollback(writer, known, name, target, past, phase, started=started, reason=reason)

    code, written = run_between_records(session, name, target, command, variables, record, aside=aside)
    return RolledBack(target, to_version, written, code)


def _only_target(ledger: Ledger, name: ModelVersion, context: str, session: Session) -> str:
    targets = targets_of(ledger, name.model, context, session.clock(), whole=False)
    live = [target.name for target in targets if target.history.live == name.version]
    if len(live) > 1:
        raise UsageError(f"{name} is live on {', '.join(live)}", remedy="Name one with --target")
    if not live:
        raise UsageError(f"{name} is live on no target in {context}", remedy="Name the target with --target")
    return live[0]
