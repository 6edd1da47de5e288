"""Deploying: the command runs between a `started` record and one that says how it ended."""

import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from gitgates.api.session import Session
from gitgates.cli.asking import Asked, ask
from gitgates.cli.sharing import Shared, share
from gitgates.decision.decide import decide
from gitgates.decision.knowledge import Knowledge
from gitgates.decision.result import Answer, Decision
from gitgates.errors import CannotDecide, CommandNotRun, NotAllowed, RemoteUnreachable, UsageError
from gitgates.ledger.deployments import Target, history_of, record_deployment
from gitgates.ledger.query import open_version
from gitgates.ledger.reading import Ledger
from gitgates.ledger.sync.outcome import Options
from gitgates.ledger.sync.sync import sync
from gitgates.ledger.targets import TargetHistory
from gitgates.ledger.writing import Writer, Written
from gitgates.model.frozen import frozen
from gitgates.model.names import ModelVersion
from gitgates.store.remotes import remote_of

_STDERR = 2

Record = Callable[[Writer, Knowledge, TargetHistory, str, str | None], Written]
"""Appends a record in a phase, after the `started` record with the given id."""


@frozen
class Deployed:
    """What became of a deployment; no record was written where it was refused."""

    decision: Decision
    written: tuple[Written, ...] = ()
    command_code: int | None = None
    shared: Shared = Shared()

    @property
    def deployed(self) -> bool:
        """Whether the model version is now on the target."""
        return bool(self.written) and not self.command_code

    @property
    def exit_code(self) -> int:
        """0 deployed, 1 refused or failed, 3 cannot decide, or the end of it could not be shared."""
        if self.written:
            return self.shared.code(0 if self.deployed else 1)
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
    offline: bool = False,
) -> Deployed:
    """Ask, and if the answer is yes run `command` between two records; without a command, record that it was done.

    Where the repository has a remote, what others wrote is fetched before the question, and the `started` record is
    there before the command runs: of two who deploy at once, each sees the other.

    Args:
        offline: decide on what this clone knows, and share nothing.

    Raises:
        RemoteUnreachable, PushRefused, CannotDecide: the remote cannot be asked, or has lost records.
    """
    refuse_missing_program(command)
    online = not offline and _has_remote(session)
    if online:
        _sync(session, fetch_only=True)

    def put_to(ledger: Ledger) -> Asked:
        return ask(ledger, name, target.context, artifacts, session.clock(), trust_first_use=trust_first_use)

    with session.open() as ledger:
        asked = put_to(ledger)
        if asked.decision.answer is not Answer.ALLOWED:
            return Deployed(asked.decision)
        history = history_of(ledger, name, target, session.clock())
        variables = _variables(ledger, name, target, asked, history)

    def record(writer: Writer, known: Knowledge, past: TargetHistory, phase: str, started: str | None) -> Written:
        if started is None:  # the end of what was started is recorded whatever came meanwhile
            _refuse_what_changed(decide(known, asked.question))
        return record_deployment(
            writer, known, name, target, past, phase, relied_upon=asked.decision, started=started, reason=reason
        )

    before = partial(_share_and_ask_again, session, put_to) if online else _nothing
    code, written = run_between_records(session, name, target, command, variables, record, aside=aside, before=before)
    return Deployed(asked.decision, written, code, share(session) if online else Shared())


def _share_and_ask_again(session: Session, put_to: Callable[[Ledger], Asked]) -> None:
    """Share that the deployment started; raise where sharing brought something that speaks against it."""
    _sync(session, fetch_only=False)
    with session.open() as ledger:
        _refuse_what_changed(put_to(ledger).decision)


def _has_remote(session: Session) -> bool:
    with session.open() as ledger:
        return remote_of(ledger.repository, ledger.location.branch) is not None


def _sync(session: Session, *, fetch_only: bool) -> None:
    try:
        sync(session.open, session.clock, Options(fetch_only=fetch_only))
    except RemoteUnreachable as error:
        remedy = f"{error.remedy}. Or deploy on what this clone knows, with --offline"
        raise RemoteUnreachable(error.message, remedy=remedy) from None


def _nothing() -> None:
    """Do nothing before the command."""


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
    before: Callable[[], None] = _nothing,
) -> tuple[int | None, tuple[Written, ...]]:
    """Run `command` between a `started` and a `succeeded` or `failed` record; return its exit code and the records.

    Without a command one `succeeded` record says that somebody else did it. An interrupted command has failed, and
    the interruption goes on after that is recorded.

    Args:
        aside: send the command's standard output to standard error, because ours is JSON.
        before: called between the `started` record and the command, which does not run if this raises.

    Raises:
        CommandNotRun: the system refused the program; that it failed is recorded.
    """
    if not command:
        return None, (_append(session, name, target, record, "succeeded", None),)
    started = _append(session, name, target, record, "started", None)
    environ = {**session.environ, **variables, "GATES_RECORD": started.id}
    code = 1
    try:
        before()
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
