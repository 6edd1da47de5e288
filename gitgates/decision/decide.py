"""`can-deploy`: the seven conditions of DESIGN section 5, in order, as one pure function."""

from gitgates.decision import conditions
from gitgates.decision.conditions import GivenArtifact, Reports
from gitgates.decision.knowledge import Knowledge
from gitgates.decision.result import TITLES, Answer, Condition, Decision, State
from gitgates.decision.waivers import Accepted, told
from gitgates.decision.waivers import accepted as accepted_reports
from gitgates.errors import CannotDecide
from gitgates.model.frozen import frozen
from gitgates.model.policy import ContextPolicy


@frozen
class Question:
    """May this model version be deployed to this context, now?

    Attributes:
        artifacts: what is to be deployed, as far as the asker says.
    """

    model: str
    version: str
    context: str
    artifacts: tuple[GivenArtifact, ...] = ()


def decide(known: Knowledge, question: Question) -> Decision:
    """Return the decision on `question` from what is `known`.

    Steps, numbered as the conditions: 1. one policy in force that knows the context; 2. complete records; 3. reports;
    4. artifacts; 5. approvals; 6. objections; 7. promotion. Where 1 or 2 is not met the others are not reached: what
    they would say is not known.
    """
    first, required, policy_id = _one_policy(known, question)
    if required is None:
        return _unreached(question, (first,), policy_id)
    second = conditions.completeness(known)
    if second.state is not State.MET:
        return _unreached(question, (first, second), policy_id)
    reports = known.latest_reports(question.context)
    accepted: Accepted = {}
    try:
        accepted = accepted_reports(known, reports, required)
        third = conditions.reports_meet_policy(known, reports, required, accepted)
    except CannotDecide as error:
        third = _undecided(3, error)
    fourth = conditions.artifacts_match(reports, question.artifacts, required)
    fifth, counting = conditions.approvals(known, reports, required, accepted)
    sixth, approvals = conditions.objections_answered(known, reports, counting, required, accepted)
    seventh, there = _promotion(known, question, reports, required)
    waivers = dict(zip(there.waivers, there.waived, strict=True)) if there is not None else {}
    waivers |= {waiver.id: told(waiver) for waived in accepted.values() for waiver in waived}
    return Decision(
        question.model,
        question.version,
        question.context,
        (first, second, third, fourth, fifth, sixth, seventh),
        policy_id,
        tuple(signed.id for signed in reports),
        approvals,
        any(getattr(known.records[i].record, "forced", False) for i in approvals),
        tuple(waivers),
        tuple(waivers.values()),
    )


def undecided(question: Question, error: CannotDecide) -> Decision:
    """Return the decision where not even the policies can be read."""
    return _unreached(question, (_undecided(1, error),), None)


def _undecided(number: int, error: CannotDecide) -> Condition:
    return Condition(number, State.UNDECIDED, error.message, cause=error.cause, remedy=error.remedy)


def _unreached(question: Question, reached: tuple[Condition, ...], policy_id: str | None) -> Decision:
    rest = (Condition(n, State.NOT_REACHED, "not reached") for n in range(len(reached) + 1, len(TITLES) + 1))
    return Decision(question.model, question.version, question.context, (*reached, *rest), policy_id)


def _one_policy(known: Knowledge, question: Question) -> tuple[Condition, ContextPolicy | None, str | None]:
    """1. One effective policy, which knows the context. That the root is pinned, the reader made sure of."""
    try:
        policy_id = known.chain.effective()
    except CannotDecide as error:
        return _undecided(1, error), None, None
    policy = known.chain.policy(policy_id)
    required = policy.context(question.context)
    if required is None:
        contexts = ", ".join(context.name for context in policy.contexts)
        reason = f"the policy knows no context {question.context!r}, only {contexts}"
        return Condition(1, State.NOT_MET, reason, (policy_id,), remedy=f"Use one of {contexts}"), None, policy_id
    told = f"policy {policy_id[:12]} of the ledger {known.chain.root[:12]}"
    return Condition(1, State.MET, told, (policy_id,)), required, policy_id


def _promotion(
    known: Knowledge, question: Question, reports: Reports, required: ContextPolicy
) -> tuple[Condition, Decision | None]:
    """7. The same artifacts, or without any the same clean commit, are allowed where the version comes from.

    Also returns the decision there, where there is one.
    """
    earlier = required.promoted_from
    if earlier is None:
        return Condition(7, State.MET, "it is promoted from nowhere"), None
    checked = {(*a.identity, a.path) for signed in reports for a in signed.record.subject.artifacts}
    given = tuple(GivenArtifact(path, kind, sha256) for kind, sha256, path in sorted(checked))
    there = decide(known, Question(question.model, question.version, earlier, given))
    remedy = f"Get it allowed in {earlier} first"
    if there.answer is Answer.CANNOT_DECIDE:
        return Condition(7, State.UNDECIDED, f"in {earlier}: {there.reason}", cause=there.cause, remedy=remedy), there
    if there.answer is Answer.DENIED:
        return Condition(7, State.NOT_MET, f"not allowed in {earlier}: {there.reason}", remedy=remedy), there
    differences = _other_subjects(reports, known.latest_reports(earlier), bool(given))
    if differences:
        return Condition(7, State.NOT_MET, f"{differences} in {earlier}", there.reports, remedy=remedy), there
    records = (*there.reports, *there.approvals, *there.waivers)
    return Condition(7, State.MET, f"allowed in {earlier}", records), there


def _other_subjects(here: Reports, there: Reports, with_artifacts: bool) -> str:
    """Return how the subjects differ between two contexts, "" where they are the same."""
    subjects = [signed.record.subject for signed in (*here, *there)]
    if with_artifacts:
        identities = {frozenset(artifact.identity for artifact in subject.artifacts) for subject in subjects}
        return "" if len(identities) == 1 else "other artifacts were checked"
    if any(subject.dirty or subject.commit is None for subject in subjects):
        return "a report without artifacts is about a dirty worktree or no commit, here or"
    if any(subject.artifacts for subject in subjects):
        return "artifacts were checked"
    return "" if len({subject.commit for subject in subjects}) == 1 else "another commit was checked"
