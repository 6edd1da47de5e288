"""Conditions 2 to 6 of `can-deploy`, one function each, numbered as in DESIGN section 5."""

from collections.abc import Sequence
from datetime import timedelta

from gitgates.decision.authority import Say
from gitgates.decision.knowledge import Knowledge
from gitgates.decision.reports import evaluation_of, shortcomings, unfounded_baseline
from gitgates.decision.result import Condition, State
from gitgates.decision.signed import Signed
from gitgates.decision.waivers import Accepted, expired_waivers, known_to, passes, told, waived_by
from gitgates.model.frozen import frozen
from gitgates.model.policy import ContextPolicy
from gitgates.model.records import DecisionRecord, ReportRecord

Reports = Sequence[Signed[ReportRecord]]


@frozen
class GivenArtifact:
    """A file or folder that somebody wants to deploy.

    Attributes:
        type: `file` or `folder`. A file that holds the lines of a folder's digest has the same one.
    """

    path: str
    type: str
    sha256: str

    @property
    def identity(self) -> tuple[str, str]:
        """What two artifacts that are the same share, wherever they lie."""
        return self.type, self.sha256


def _met_or_not(number: int, problems: list[str], when_met: str, records: tuple[str, ...], remedy: str) -> Condition:
    if problems:
        return Condition(number, State.NOT_MET, "; ".join(problems), records, remedy=remedy)
    return Condition(number, State.MET, when_met, records)


def completeness(known: Knowledge) -> Condition:
    """2. Every record that a counting record knows of is there and readable, and none is dated ahead."""
    if known.obstacles:
        first = known.obstacles[0]
        told = "; ".join(obstacle.text for obstacle in known.obstacles)
        return Condition(2, State.UNDECIDED, told, cause=first.cause, remedy=first.remedy)
    if known.missing:
        return Condition(
            2,
            State.UNDECIDED,
            f"incomplete: {len(known.missing)} record(s) that others know of are missing: {', '.join(known.missing)}",
            known.missing,
            "incomplete",
            "Fetch the ledger's branch from a clone that has them; `gitgates verify` tells what was deleted",
        )
    if known.ahead_of_clock:
        return Condition(
            2,
            State.UNDECIDED,
            f"{len(known.ahead_of_clock)} record(s) are dated more than five minutes ahead of this machine's clock",
            known.ahead_of_clock,
            "clock",
            "Set this machine's clock, or wait",
        )
    return Condition(2, State.MET, f"{len(known.records)} record(s), none missing")


def reports_meet_policy(known: Knowledge, reports: Reports, required: ContextPolicy, accepted: Accepted) -> Condition:
    """3. The latest reports are young, whole, no looser than the floors, true, and passed (or may be forced).

    Args:
        accepted: the failed reports that are taken as passed.
    """
    if not reports:
        return Condition(
            3, State.NOT_MET, f"there is no report for {required.name}", remedy="Run `gitgates check` for this context"
        )
    problems: list[str] = []
    lapsed = {s.id: _lapsed(known, s, required) for s in reports if _failed(s, accepted)}
    for signed in reports:
        waived = accepted.get(signed.id, ())
        found = list(shortcomings(signed, required, known.now, waived_by(waived)))
        found += unfounded_baseline(known, signed, required)
        if known.standings[signed.id].say is not Say.FULL:
            found.insert(0, f"it can only count against: {known.standings[signed.id].reason}")
        if signed.id in lapsed and not required.allow_force:
            failed = f"it failed ({_failed_gates(signed.record)}), and the policy allows no force"
            found.insert(0, failed + lapsed[signed.id])
        problems += [f"report {signed.id[:12]}: {text}" for text in found]
    waivers = {waiver.id: waiver for waived in accepted.values() for waiver in waived}
    if lapsed:
        when_met = f"{len(reports)} report(s) failed and may be forced{''.join(lapsed.values())}"
    elif waivers:
        when_met = f"the latest report passes with what was waived: {'; '.join(map(told, waivers.values()))}"
    else:
        when_met = "the latest report passed"
    remedy = "Run `gitgates check` again on a model version that meets the policy"
    if required.allow_waivers:
        remedy += ", or have an approver accept a finding for a while with `gitgates waive`"
    return _met_or_not(3, problems, when_met, (*(signed.id for signed in reports), *waivers), remedy)


def _failed(signed: Signed[ReportRecord], accepted: Accepted) -> bool:
    """Tell whether a report failed, and is not taken as passed either."""
    return signed.record.outcome != "passed" and signed.id not in accepted


def _lapsed(known: Knowledge, signed: Signed[ReportRecord], required: ContextPolicy) -> str:
    """Return which waivers of what fails in a report have expired, "" if none: it may have passed with them."""
    return "".join(f"; the waiver {told(waiver)} has expired" for waiver in expired_waivers(known, signed, required))


def _failed_gates(record: ReportRecord) -> str:
    failed = (f"{check.gate}: {check.message}" for check in record.checks if not check.passed)
    return "; ".join(failed) or "no gate passed"


def artifacts_match(reports: Reports, given: tuple[GivenArtifact, ...], required: ContextPolicy) -> Condition:
    """4. What is given is what was checked; where the policy requires artifacts, all of it is given."""
    problems = []
    for signed in reports:
        checked = {artifact.identity: artifact.path for artifact in signed.record.subject.artifacts}
        problems += [
            f"the {artifact.type} {artifact.path} (sha256 {artifact.sha256[:12]}) is not what report {signed.id[:12]} "
            "is about"
            for artifact in given
            if artifact.identity not in checked
        ]
        if required.require_artifacts:
            if not checked:
                problems.append(f"the policy requires artifacts, and report {signed.id[:12]} is about none")
            absent = checked.keys() - {artifact.identity for artifact in given}
            problems += [f"the artifact {checked[one]} is not given" for one in sorted(absent)]
    if required.require_artifacts and not given:
        problems.append("the policy requires artifacts, and none is given")
    when_met = f"{len(given)} artifact(s) as checked" if given else "no artifact given, none required"
    return _met_or_not(
        4,
        problems,
        when_met,
        (),
        "Give with --artifact exactly what was checked; what has changed since must be checked again",
    )


def _counting_approvals(
    known: Knowledge, signed: Signed[ReportRecord], required: ContextPolicy, accepted: Accepted
) -> tuple[list[Signed[DecisionRecord]], list[str]]:
    """Return the approvals of a report that count for 5, and why the others do not."""
    counting, left_out = [], []
    limit = None if required.approval_expires is None else timedelta(seconds=required.approval_expires)
    for approval in known.approvals(signed.id, required.name):
        author = approval.record.author
        if limit is not None and known.now - approval.record.created > limit:
            left_out.append(f"{author}'s approval has expired")
        elif required.separation_of_duties and author == signed.record.author:
            left_out.append(f"{author} made the report and may not approve it")
        elif _failed(signed, accepted) and not approval.record.forced:
            left_out.append(f"{author}'s approval of a failed report is not forced")
        elif signed.id in accepted and not _knew_enough(known, approval, signed, required, accepted):
            left_out.append(f"{author}'s approval does not come after the waivers that the report passes with")
        else:
            counting.append(approval)
    return counting, left_out


def _knew_enough(
    known: Knowledge,
    approval: Signed[DecisionRecord],
    signed: Signed[ReportRecord],
    required: ContextPolicy,
    accepted: Accepted,
) -> bool:
    """Tell whether an approval of a report taken as passed saw it pass: by waivers before it, or by its own force."""
    if approval.record.forced and required.allow_force:
        return True
    return passes(evaluation_of(signed.record), waived_by(known_to(known, approval.id, accepted[signed.id])))


def approvals(
    known: Knowledge, reports: Reports, required: ContextPolicy, accepted: Accepted
) -> tuple[Condition, tuple[str, ...]]:
    """5. Enough distinct approvers approved that report. Also returns the ids of the approvals that count."""
    problems: list[str] = []
    counting: list[str] = []
    for signed in reports:
        found, left_out = _counting_approvals(known, signed, required, accepted)
        needed = needed_approvals(known, signed, required, accepted)
        approvers = {approval.record.author for approval in found}
        counting += [approval.id for approval in found]
        if len(approvers) < needed:
            why = f" ({'; '.join(left_out)})" if left_out else ""
            problems.append(f"report {signed.id[:12]} has {len(approvers)} of {needed} approvals{why}")
    if not reports:
        problems.append("there is no report to approve")
    ids = tuple(sorted(counting))
    condition = _met_or_not(5, problems, f"{len(ids)} approval(s)", ids, "Ask an approver to run `gitgates approve`")
    return condition, ids


def needed_approvals(
    known: Knowledge, signed: Signed[ReportRecord], required: ContextPolicy, accepted: Accepted
) -> int:
    """Return how many approvers a report needs: one at least where it failed or somebody objected."""
    at_least_one = _failed(signed, accepted) or known.objections(required.name)
    return max(required.required_approvals, 1 if at_least_one else 0)


def objections_answered(
    known: Knowledge, reports: Reports, counting: tuple[str, ...], required: ContextPolicy, accepted: Accepted
) -> tuple[Condition, tuple[str, ...]]:
    """6. Every rejection and rollback in the context is an ancestor of each approval that the answer rests on.

    Of the approvals that count in 5, those that knew of every objection must be enough by themselves; an older one
    beside them takes nothing away. Also returns the ids of the approvals that the answer rests on.
    """
    objections = known.objections(required.name)
    if not objections:
        return Condition(6, State.MET, "there is none"), counting
    knowing = tuple(a for a in counting if all(known.graph.is_ancestor(objection, a) for objection in objections))
    answers = [known.records[approval].record for approval in knowing]
    enough = reports and all(
        len({a.author for a in answers if isinstance(a, DecisionRecord) and a.report == signed.id})
        >= needed_approvals(known, signed, required, accepted)
        for signed in reports
    )
    if enough:
        return Condition(6, State.MET, f"{len(objections)} answered by a later approval", objections), knowing
    unanswered = tuple(o for o in objections if not all(known.graph.is_ancestor(o, a) for a in counting)) or objections
    # The records of one rollback, started and succeeded, tell the same.
    problems = "; ".join(dict.fromkeys(_objection_told(known, objection) for objection in unanswered))
    remedy = "Approve again after it; the author of a rejection can also `gitgates withdraw` it"
    return Condition(6, State.NOT_MET, problems, unanswered, remedy=remedy), counting


def _objection_told(known: Knowledge, objection: str) -> str:
    record = known.records[objection].record
    what = "rejected" if isinstance(record, DecisionRecord) else "rolled back"
    reason = getattr(record, "reason", None)
    return f"{what} by {record.author}{f': {reason}' if reason else ''}, and too few approvals came after it"
