"""`check`: from files to a report, judged under the policy and recorded in the ledger."""

import os

from gitgates.api.inputs import Inputs
from gitgates.api.session import Session
from gitgates.codec.policy_toml import default_context
from gitgates.config.files import find_config
from gitgates.config.resolve import Resolved, resolve
from gitgates.errors import NoLedger, NoRepository, UsageError
from gitgates.gates.evaluate import CURRENT_RULES, evaluate
from gitgates.ledger.query import open_version, required_in
from gitgates.ledger.reading import Ledger
from gitgates.ledger.recording import record_report, under_policy
from gitgates.ledger.subject import find_subject
from gitgates.ledger.writing import Written
from gitgates.model.checks import Evaluation, QualityGateReport
from gitgates.model.frozen import frozen
from gitgates.model.names import DeploymentContext, ModelVersion
from gitgates.model.policy import ContextPolicy
from gitgates.model.provenance import Artifact, Origin, Provenance
from gitgates.model.thresholds import GateThresholds


@frozen(kw_only=True)
class Request:
    """What is to be checked.

    Attributes:
        thresholds: what the caller sets beyond the configuration.
        strict: use production's thresholds wherever they are stricter.
        commit: a revision; None for HEAD.
    """

    name: ModelVersion
    context: str
    inputs: Inputs
    thresholds: GateThresholds | None = None
    strict: bool = False
    commit: str | None = None
    artifacts: tuple[Artifact, ...] = ()


@frozen
class Checked:
    """What came of it; `written` is None where nothing was recorded."""

    report: QualityGateReport
    resolved: Resolved
    written: Written | None


def check_without_record(session: Session, request: Request) -> Checked:
    """Judge a request under the ledger's policy, or under the defaults where there is no ledger."""
    try:
        with session.open() as ledger:
            required, contexts = required_in(ledger, request.context), _contexts(ledger)
    except (NoLedger, NoRepository):
        if request.context not in list(DeploymentContext):
            known = ", ".join(DeploymentContext)
            raise UsageError(f"--context: unknown context {request.context!r}", remedy=f"Use one of {known}") from None
        required, contexts = default_context(DeploymentContext(request.context)), tuple(DeploymentContext)
    report, resolved = _judge(session, request, required, contexts)
    return Checked(report, resolved, None)


def check_and_record(session: Session, request: Request) -> Checked:
    """Judge a request and append the report.

    Raises:
        NoLedger, SigningError: there is no ledger or no key; the remedies name `init` and `--no-record`.
        UsageError: an unknown context, or a threshold looser than the policy's floor.
        NotAllowed, CannotDecide: see `ledger.writing.Writer`.
    """
    with session.open() as ledger:
        required = required_in(ledger, request.context)
        report, resolved = _judge(session, request, required, _contexts(ledger))
        now = session.clock()
        writer = session.writer(ledger, now)
        opened = open_version(ledger, request.name, now, must_exist=False)
        subject = find_subject(ledger.repository, request.commit, request.artifacts)
        written = record_report(writer, opened.known, report, required, subject)
    return Checked(report, resolved, written)


def _contexts(ledger: Ledger) -> tuple[str, ...]:
    """Return the contexts for which the project's files may set thresholds."""
    return (*DeploymentContext, *(context.name for context in ledger.chain.current().contexts))


def _judge(
    session: Session, request: Request, required: ContextPolicy, contexts: tuple[str, ...]
) -> tuple[QualityGateReport, Resolved]:
    files = find_config(session.path or os.curdir, contexts)
    resolved = resolve(required.name, required.profile, files, request.thresholds, strict=request.strict)
    inputs = request.inputs
    evaluation = under_policy(
        Evaluation(CURRENT_RULES, required.profile, (), False, resolved.thresholds, inputs.metrics), required
    )
    timestamp = session.clock().isoformat()
    report = QualityGateReport(
        required.name,
        request.name.model,
        request.name.version,
        timestamp,
        evaluate(evaluation, timestamp),
        evaluation=evaluation,
        provenance=Provenance(
            tuple(Origin(name, origin) for name, origin in resolved.set_origins()), inputs.files, inputs.baseline
        ),
    )
    return report, resolved
