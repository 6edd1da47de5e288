"""Deploying and rolling back: the command runs between a `started` record and one that says how it ended."""

import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence

from gitgates.api.session import Session
from gitgates.cli.asking import Asked, ask, refuse_unknown_context
from gitgates.decision.decide import decide
from gitgates.decision.knowledge import Knowledge
from gitgates.decision.result import Answer, Decision
from gitgates.errors import CannotDecide, CommandNotRun, NotAllowed, UsageError
from gitgates.ledger.deployments import Target, history_of, record_deployment, record_rollback
from gitgates.ledger.query import open_version
from gitgates.ledger.reading import Ledger
from gitgates.ledger.targets import TargetHistory, targets_of
from gitgates.ledger.writing import Writer, Written
from gitgates.model.frozen import frozen
from gitgates.model.names import ModelVersion

_STDERR = 2

Record = Callable[[Writer, Knowledge, TargetHistory, str, str | None], Written]
"""Appends a record in a phase, after the `started` record with the given id."""


@frozen
class Deployed:
    """What became of a deployment; no record was written where it was refused."""

    decision: Decision
    written: tuple[Written, ...] = ()
    command_code: int | None = None

    @property
    def deployed(self) -> bool:
        """Whether the model version is now on the target."""
        return bool(self.written) and not self.command_code

    @property
    def exit_code(self) -> int:
        """0 deployed, 1 refused or failed, 3 cannot decide."""
        if self.written:
            return 0 if self.deployed else 1
        return 3 if self.decision.answer is Answer.CANNOT_DECIDE else 1


def deploy(
    session: Session,
    name: ModelVersion,
    target: Target,
    *,
    artifacts: Sequence[str],
    reason: str,
    command: Sequence[str],
    trust_first_use: bool,
    aside: bool = False,
) -> Deployed:
    """Ask, and if the answer is yes run `command` between two records; without a command, record that it was done."""
    refuse_missing_program(command)
    with session.open() as ledger:
        now = session.clock()
        asked = ask(ledger, name, target.context, artifacts, now, trust_first_use=trust_first_use)
        if asked.decision.answer is not Answer.ALLOWED:
            return Deployed(asked.decision)
        history = history_of(ledger, name, target, now)
        variables = _variables(ledger, name, target, asked, history)

    def record(writer: Writer, known: Knowledge, past: TargetHistory, phase: str, started: str | None) -> Written:
        if started is None:  # the end of what was started is recorded whatever came meanwhile
            _refuse_what_changed(decide(known, asked.question))
        return record_deployment(
            writer, known, name, target, past, phase, relied_upon=asked.decision, started=started, reason=reason
        )

    code, written = run_between_records(session, name, target, command, variables, record, aside=aside)
    return Deployed(asked.decision, written, code)


def _refuse_what_changed(decision: Decision) -> None:
    """Raise where the ledger does not allow any more what it allowed when it was asked, a moment ago."""
    if decision.answer is Answer.CANNOT_DECIDE:
        raise CannotDecide(decision.cause, decision.reason, remedy="Ask again")
    if decision.answer is Answer.DENIED:
        raise NotAllowed(f"the ledger changed meanwhile: {decision.reason}", remedy="Nothing was deployed")


def _variables(
    ledger: Ledger, name: ModelVersion, target: Target, asked: Asked, history: TargetHistory
) -> dict[str, str]:
    reports = [asked.opened.known.records[i].record for i in asked.decision.reports]
    commits = {getattr(getattr(report, "subject", None), "commit", None) or "" for report in reports}
    return base_variables(ledger, name, target) | {
        "GATES_COMMIT": commits.pop() if len(commits) == 1 else "",
        "GATES_REPORT": " ".join(asked.decision.reports),
        "GATES_PREVIOUS_VERSION": history.live or "",
    }


def base_variables(ledger: Ledger, name: ModelVersion, target: Target) -> dict[str, str]:
    """Return the variables that every command is given."""
    return {
        "GATES_MODEL": name.model,
        "GATES_VERSION": name.version,
        "GATES_CONTEXT": target.context,
        "GATES_TARGET": target.name,
        "GATES_LEDGER": ledger.root,
    }


def refuse_missing_program(command: Sequence[str]) -> None:
    """Raise UsageError where the command's program is not there: nothing is recorded that cannot start."""
    if command and shutil.which(command[0]) is None:
        raise UsageError(f"the program {command[0]!r} is not on PATH or cannot be run", remedy="Nothing was recorded")


def run_between_records(
    session: Session,
    name: ModelVersion,
    target: Target,
    command: Sequence[str],
    variables: Mapping[str, str],
    record: Record,
    *,
    aside: bool,
) -> tuple[int | None, tuple[Written, ...]]:
    """Run `command` between a `started` and a `succeeded` or `failed` record; return its exit code and the records.

    Without a command one `succeeded` record says that somebody else did it. An interrupted command has failed, and
    the interruption goes on after that is recorded.

    Args:
        aside: send the command's standard output to standard error, because ours is JSON.

    Raises:
        CommandNotRun: the system refused the program; that it failed is recorded.
    """
    if not command:
        return None, (_append(session, name, target, record, "succeeded", None),)
    started = _append(session, name, target, record, "started", None)
    environ = {**session.environ, **variables, "GATES_RECORD": started.id}
    code = 1
    try:
        # The command is the caller's own, from the command line; nothing in a repository can name one.
        code = subprocess.run(
            list(command), env=environ, check=False, cwd=session.path, stdout=_STDERR if aside else None
        ).returncode
    except OSError as error:
        told = f"{command[0]!r} cannot be run: {error.strerror}"
        raise CommandNotRun(told, remedy="Mend it; this attempt is recorded as failed") from None
    finally:
        ended = _append(session, name, target, record, "failed" if code else "succeeded", started.id)
    return code, (started, ended)


def _append(
    session: Session, name: ModelVersion, target: Target, record: Record, phase: str, started: str | None
) -> Written:
    with session.open() as ledger:
        now = session.clock()
        opened = open_version(ledger, name, now, must_exist=False)
        history = history_of(ledger, name, target, now, whole=False)
        return record(session.writer(ledger, now), opened.known, history, phase, started)


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
