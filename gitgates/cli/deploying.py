"""Deploying: the command runs between a `started` record and one that says how it ended."""

from collections.abc import Callable, Sequence
from functools import partial

from gitgates.api.session import Session
from gitgates.cli.asking import Asked, ask
from gitgates.cli.running import DEPLOY, Ran, base_variables, nothing, refuse_missing_program, run_between_records
from gitgates.cli.sharing import Shared, share
from gitgates.decision.decide import decide
from gitgates.decision.knowledge import Knowledge
from gitgates.decision.result import Answer, Decision
from gitgates.errors import CannotDecide, GitgatesError, NotAllowed, PushRefused, RemoteUnreachable, UsageError
from gitgates.ledger.deployments import Target, history_of, record_deployment
from gitgates.ledger.reading import Ledger
from gitgates.ledger.sync.outcome import Options
from gitgates.ledger.sync.sync import sync
from gitgates.ledger.targets import TargetHistory
from gitgates.ledger.writing import Writer, Written
from gitgates.model.frozen import frozen
from gitgates.model.names import ModelVersion
from gitgates.store.remotes import remote_of


@frozen
class Deployed:
    """What became of a deployment.

    Attributes:
        ran: None where it was refused, and nothing is recorded.
    """

    decision: Decision
    ran: Ran | None = None
    shared: Shared = Shared()

    @property
    def written(self) -> tuple[Written, ...]:
        """The records of it."""
        return self.ran.written if self.ran else ()

    @property
    def deployed(self) -> bool:
        """Whether the model version is now on the target."""
        return self.ran is not None and self.ran.well

    @property
    def exit_code(self) -> int:
        """0 deployed, 1 refused or failed, 3 cannot decide, or the start or the end of it could not be shared."""
        if self.ran is not None:
            return self.shared.code(self.ran.exit_code)
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
        RemoteUnreachable, CannotDecide: the remote cannot be asked, or has lost records.
        UsageError: the remote lacks the branch, so that the start could not be shared.
    """
    refuse_missing_program(command)
    online = not offline and _has_remote(session)
    if online:
        _sync(session, Options(fetch_only=True, push_follows=True))

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

    before = partial(_share_and_ask_again, session, put_to) if online else nothing
    ran = run_between_records(session, name, target, command, variables, record, aside=aside, before=before)
    return Deployed(asked.decision, ran, share(session) if online and _may_share(ran.problem) else Shared())


def _share_and_ask_again(session: Session, put_to: Callable[[Ledger], Asked]) -> None:
    """Share that the deployment started; raise where sharing brought something that speaks against it."""
    _sync(session, Options())
    with session.open() as ledger:
        _refuse_what_changed(put_to(ledger).decision)


def _has_remote(session: Session) -> bool:
    with session.open() as ledger:
        return remote_of(ledger.repository, ledger.location.branch) is not None


def _may_share(problem: GitgatesError | None) -> bool:
    """Tell whether the remote may take the end: where it did not take the start, the user has been told enough."""
    return not isinstance(problem, RemoteUnreachable | PushRefused)


def _sync(session: Session, options: Options) -> None:
    try:
        sync(session.open, session.clock, options)
    except (RemoteUnreachable, PushRefused, UsageError) as error:
        error.remedy = f"{error.remedy}. Or deploy on what this clone knows, with --offline"
        raise


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
    return base_variables(DEPLOY, ledger, name, target) | {
        "GATES_COMMIT": commits.pop() if len(commits) == 1 else "",
        "GATES_REPORT": " ".join(asked.decision.reports),
        "GATES_PREVIOUS_VERSION": history.live or "",
    }
