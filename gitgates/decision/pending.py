"""Which reports wait for approvals, and who could still give them."""

from gitgates.decision.conditions import approvals, needed_approvals, reports_meet_policy
from gitgates.decision.knowledge import Knowledge
from gitgates.decision.policy_lint import holders
from gitgates.decision.result import State
from gitgates.decision.waivers import accepted as accepted_reports
from gitgates.model.frozen import frozen
from gitgates.model.policy import ContextPolicy, Role


@frozen(kw_only=True)
class Waiting:
    """A report that would do, and that lacks approvals.

    Attributes:
        report: its id; `author` made it.
        lacking: how many further approvers it needs.
        approved_by: whose approvals count already.
        open_to: the approvers who could still give one.
        forced: whether it failed, so that only forced approvals count.
        objections: rejections and rollbacks that the approvals must come after.
    """

    context: str
    report: str
    author: str
    lacking: int
    approved_by: tuple[str, ...]
    open_to: tuple[str, ...]
    forced: bool
    objections: tuple[str, ...]


def waiting_reports(known: Knowledge, required: ContextPolicy) -> tuple[Waiting, ...]:
    """Return the latest reports of a context that meet condition 3 and lack approvals for 5 or 6.

    The model version must be complete, see `conditions.completeness`.

    Raises:
        CannotDecide: a report's rules are newer than this program.
    """
    reports = known.latest_reports(required.name)
    accepted = accepted_reports(known, reports, required)
    if reports_meet_policy(known, reports, required, accepted).state is not State.MET:
        return ()
    counting = approvals(known, reports, required, accepted)[1]
    objections = known.objections(required.name)
    knowing = [i for i in counting if all(known.graph.is_ancestor(o, i) for o in objections)]
    revoked = frozenset(key for key, _ in known.chain.revoked_by())
    approvers = holders(known.chain.current(), Role.APPROVER, revoked)
    found = []
    for signed in reports:
        given = {known.records[i].record.author for i in knowing if _approves(known, i, signed.id)}
        barred = {signed.record.author} if required.separation_of_duties else set()
        waiting = Waiting(
            context=required.name,
            report=signed.id,
            author=signed.record.author,
            lacking=needed_approvals(known, signed, required, accepted) - len(given),
            approved_by=tuple(sorted(given)),
            open_to=tuple(sorted(approvers - given - barred)),
            forced=signed.record.outcome != "passed" and signed.id not in accepted,
            objections=objections,
        )
        if waiting.lacking > 0:
            found.append(waiting)
    return tuple(found)


def _approves(known: Knowledge, approval: str, report: str) -> bool:
    return getattr(known.records[approval].record, "report", None) == report
