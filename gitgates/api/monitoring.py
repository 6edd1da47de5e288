"""Monitoring: production metrics of what is live, against the report that its deployment rests on."""

from datetime import datetime

import attrs

from gitgates.api.checking import Request, compared_with, contexts_in, judge
from gitgates.api.inputs import Inputs
from gitgates.api.session import Session
from gitgates.config.resolve import Resolved
from gitgates.decision.authority import ROLE_NEEDED
from gitgates.errors import NotAllowed, UsageError
from gitgates.gates.evaluate import findings
from gitgates.gates.findings import FAILING
from gitgates.ledger.baselines import Found, of_live
from gitgates.ledger.live import LiveVersion, live_version
from gitgates.ledger.query import required_in
from gitgates.ledger.reading import Ledger
from gitgates.ledger.recording import record_report
from gitgates.ledger.writing import Writer, Written
from gitgates.model.checks import QualityGateReport
from gitgates.model.frozen import frozen
from gitgates.model.records import RollbackRecord

_REQUIRED: tuple[str, ...] = ()
"""The gates that must have run: at least one, whichever. What the policy requires was judged before the deployment."""


@frozen(kw_only=True)
class Watch:
    """What is to be checked.

    Attributes:
        version: which version must be the live one; None for whichever is.
        target: where; None for wherever the context has it.
        rolls_back: whether a failure is to be followed by a rollback, which must be possible then.
    """

    model: str
    version: str | None
    context: str
    target: str | None
    inputs: Inputs
    rolls_back: bool = False


@frozen
class Monitored:
    """What came of it.

    Attributes:
        written: None where nothing was recorded.
        worse: each number that is beyond what is allowed, in words. A report can also fail for lack of numbers.
    """

    live: LiveVersion
    compared: Found
    report: QualityGateReport
    resolved: Resolved
    written: Written | None
    worse: tuple[str, ...]


def monitor(session: Session, watch: Watch, *, record: bool = True) -> Monitored:
    """Judge the metrics under the policy of the context, and append the report as one made after deployment.

    Raises:
        UsageError: nothing is live there, several versions are, or another than the one named; a
            rollback was asked for and would not know its target.
        NotAllowed: the signer may not write reports, or not rollbacks where one may be needed.
        CannotDecide: what is live, or what it rests on, cannot be told for certain.
    """
    with session.open() as ledger:
        required = required_in(ledger, watch.context)
        now = session.clock()
        live = _live(ledger, watch, now)
        writer = session.writer(ledger, now) if record else None
        if writer is not None and watch.rolls_back:
            _refuse_impossible_rollback(ledger, writer, live)
        found = of_live(live)
        required = attrs.evolve(required, required_gates=_REQUIRED)
        request = compared_with(Request(name=live.name, context=required.name, inputs=watch.inputs), found)
        report, resolved = judge(session, request, required, contexts_in(ledger))
        written = None
        if writer is not None:
            subject = found.report.record.subject  # the numbers are of what was deployed, not of what lies here
            written = record_report(writer, live.opened.known, report, required, subject, "post")
    return Monitored(live, found, report, resolved, written, _worse(report))


def _live(ledger: Ledger, watch: Watch, now: datetime) -> LiveVersion:
    live = live_version(ledger, watch.model, watch.context, watch.target, now)
    if watch.version not in (None, live.name.version):
        raise UsageError(
            f"{watch.model}:{watch.version} is not live in {watch.context}: {live.name} is, on {live.where}",
            remedy="Give the metrics of what is live; `gitgates live` shows it",
        )
    return live


def _refuse_impossible_rollback(ledger: Ledger, writer: Writer, live: LiveVersion) -> None:
    """Find out before anything is recorded what would be in the way of a rollback."""
    if len(live.targets) > 1:
        raise UsageError(f"{live.name} is live on {live.where}", remedy="Name the one to roll back with --target")
    needed = ROLE_NEEDED[RollbackRecord]
    if needed not in ledger.chain.current().roles_of(writer.principal):
        raise NotAllowed(
            f"{writer.principal} is no {needed}, and could not roll {live.name} back",
            remedy="Ask an admin for the role",
        )


def _worse(report: QualityGateReport) -> tuple[str, ...]:
    compared = findings(report.evaluation) if report.evaluation else {}
    return tuple(one.text for found in compared.values() for one in found if one.verdict in FAILING)
