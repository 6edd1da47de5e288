"""The command that deploys or rolls back: it runs between a `started` record and one that says how it ended."""

import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence

from gitgates.api.session import Session
from gitgates.decision.knowledge import Knowledge
from gitgates.errors import CommandNotRun, GitgatesError, StoreError, UsageError
from gitgates.ledger.deployments import Target, history_of
from gitgates.ledger.query import open_version
from gitgates.ledger.reading import Ledger
from gitgates.ledger.targets import TargetHistory
from gitgates.ledger.writing import Writer, Written
from gitgates.model.frozen import frozen
from gitgates.model.names import ModelVersion
from gitgates.trust.signing import VARIABLE as KEY_VARIABLE

DEPLOY, ROLLBACK = "deploy", "rollback"
"""What a command may be run for, as it is told in `GATES_ACTION`."""

_STDERR = 2
_VARIABLES = (
    "GATES_ACTION", "GATES_MODEL", "GATES_VERSION", "GATES_CONTEXT", "GATES_TARGET", "GATES_LEDGER", "GATES_RECORD",
    "GATES_COMMIT", "GATES_REPORT", "GATES_PREVIOUS_VERSION", "GATES_TO_VERSION",
)  # fmt: skip

_WITHHELD = {*_VARIABLES, KEY_VARIABLE}
"""What a command does not inherit: what is told of another deployment, and the key that signs for whoever has it."""

Record = Callable[[Writer, Knowledge, TargetHistory, str, str | None], Written]
"""Appends a record in a phase, after the `started` record with the given id."""


class EndNotRecorded(StoreError):  # noqa: N818 -- a state of the ledger, not a malfunction
    """How a command ended could not be recorded: it shows as started and never ended."""

    exit_code = 3


@frozen
class Ran:
    """What came of it.

    Attributes:
        written: the records, at least one.
        code: the command's exit code, None where no command ran.
        problem: why the command did not run, though its start is recorded; or why its end is not.
    """

    written: tuple[Written, ...]
    code: int | None = None
    problem: GitgatesError | None = None

    @property
    def well(self) -> bool:
        """Whether what was to be done is done, and recorded."""
        return not self.code and self.problem is None

    @property
    def why_not(self) -> str:
        """Why it is not done, in words."""
        return "the command did not run" if self.code is None else f"the command ended with {self.code}"

    @property
    def negation(self) -> str:
        """What stands before "deployed" where it is not well: it may be done, and not recorded."""
        return "not recorded as" if isinstance(self.problem, EndNotRecorded) else "not"

    @property
    def exit_code(self) -> int:
        """0 done, 1 not, 3 where that is for lack of knowledge or of a remote: 2 says that nothing was recorded."""
        if self.problem is None:
            return 0 if self.well else 1
        return self.problem.exit_code if self.problem.exit_code != UsageError.exit_code else 3


def base_variables(action: str, ledger: Ledger, name: ModelVersion, target: Target) -> dict[str, str]:
    """Return the variables that every command is given."""
    return {
        "GATES_ACTION": action,
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


def nothing() -> None:
    """Do nothing before the command."""


def run_between_records(
    session: Session,
    name: ModelVersion,
    target: Target,
    command: Sequence[str],
    variables: Mapping[str, str],
    record: Record,
    *,
    aside: bool,
    before: Callable[[], None] = nothing,
) -> Ran:
    """Run `command` between a `started` and a `succeeded` or `failed` record.

    Without a command one `succeeded` record says that somebody else did it. An interrupted command has failed, and
    the interruption goes on after that is recorded. Where the end cannot be recorded, what comes back has one record.

    Args:
        aside: send the command's standard output to standard error, because ours is JSON.
        before: called between the `started` record and the command, which does not run if this raises.

    Raises:
        EndNotRecorded: the command was interrupted, and that could not be recorded.
    """
    if not command:
        return Ran((_append(session, name, target, record, "succeeded", None),))
    started = _append(session, name, target, record, "started", None)
    # A command that runs this one in turn was told of a deployment of its own, which is none of ours.
    inherited = {key: value for key, value in session.environ.items() if key not in _WITHHELD}
    environ = {**inherited, **variables, "GATES_RECORD": started.id}
    code: int | None = None
    problem: GitgatesError | None = None
    try:
        before()
        code = _run(command, environ, session.path, aside=aside)
    except GitgatesError as error:  # told once it is recorded that it came to nothing
        problem = error
    except BaseException:
        _append_end(session, name, target, record, started, "the command was interrupted", "failed")
        raise
    outcome = Ran((started,), code, problem)
    phase = "succeeded" if code == 0 else "failed"
    told = problem.message if problem is not None else outcome.why_not
    try:
        ended = _append_end(session, name, target, record, started, told, phase)
    except EndNotRecorded as error:
        return Ran((started,), code, error)
    return Ran((started, ended), code, problem)


def _append_end(
    session: Session, name: ModelVersion, target: Target, record: Record, started: Written, told: str, phase: str
) -> Written:
    """Append how it ended, which is `told` where that cannot be done: what ran has run all the same."""
    try:
        return _append(session, name, target, record, phase, started.id)
    except GitgatesError as error:
        shows = f"this is not recorded, so that it shows as started ({started.id[:12]}) and never ended"
        raise EndNotRecorded(f"{told}, but {shows}: {error.message}", remedy=error.remedy) from error


def _run(command: Sequence[str], environ: Mapping[str, str], folder: str | None, *, aside: bool) -> int:
    try:
        # The command is the caller's own, from the command line; nothing in a repository can name one.
        return subprocess.run(
            list(command), env=environ, check=False, cwd=folder, stdout=_STDERR if aside else None
        ).returncode
    except OSError as error:
        told = f"{command[0]!r} cannot be run: {error.strerror}"
        raise CommandNotRun(told, remedy="Mend it; this attempt is recorded as failed") from None


def _append(
    session: Session, name: ModelVersion, target: Target, record: Record, phase: str, started: str | None
) -> Written:
    with session.open() as ledger:
        now = session.clock()
        opened = open_version(ledger, name, now, must_exist=False)
        history = history_of(ledger, name, target, now, whole=False)
        return record(session.writer(ledger, now), opened.known, history, phase, started)
