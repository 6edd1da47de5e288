"""The seven conditions of can-deploy, each alone: met, not met, cannot be told."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import attrs
import pytest

from gitgates.decision.conditions import GivenArtifact
from gitgates.decision.decide import Question, decide, undecided
from gitgates.decision.knowledge import Obstacle
from gitgates.decision.result import Answer, Decision, State
from gitgates.errors import CannotDecide
from gitgates.model.metrics import ModelMetrics, SecurityScanResults, TestMetrics
from gitgates.model.provenance import Artifact, Baseline, Subject
from tests.unit.decision.builder import BAD, GOOD, NOW, POLICY, World, identity, in_production, loose, rules, signed_as

FORCE = {"allow_force": "true"}


def allowed(parsed: Any = None) -> World:
    """A version that bob approved for production."""
    world = World(parsed)
    world.approve(world.report())
    return world


def test_allowed() -> None:
    world = allowed()
    decision = world.decision()
    assert (decision.answer, decision.cause) == (Answer.ALLOWED, "")
    assert decision.reason == "all conditions are met"
    assert decision.policy == world.root.id
    assert decision.reports == (world.records[0].id,)
    assert decision.approvals == (world.records[1].id,)
    assert not decision.forced
    assert [c.number for c in decision.conditions] == [1, 2, 3, 4, 5, 6, 7]
    assert decision.conditions[1].title == "the records of the model version are complete"
    assert decision.meets(1, 7)


def test_a_decision_needs_all_seven_conditions() -> None:
    met = allowed().decision().conditions
    assert Decision("veran", "v1", "production", met[:6]).answer is Answer.DENIED


# --- 1 ---


def test_1_unknown_context() -> None:
    decision = allowed().decision("moon")
    assert decision.answer is Answer.DENIED
    assert decision.reason == "the policy knows no context 'moon', only production, staging"
    assert [c.state for c in decision.conditions[1:]] == [State.NOT_REACHED] * 6


def test_1_fork() -> None:
    world = allowed()
    world.follow(rules(), world.root, by="alice")
    world.follow(rules(), world.root, by="bob")
    decision = world.decision()
    assert (decision.answer, decision.cause, decision.policy) == (Answer.CANNOT_DECIDE, "fork", None)
    assert "2 policies are in force at once" in decision.reason


def test_1_no_readable_policy() -> None:
    decision = undecided(Question("veran", "v1", "production"), CannotDecide("no pin", "which root?", remedy="Ask"))
    assert (decision.answer, decision.cause) == (Answer.CANNOT_DECIDE, "no pin")
    assert decision.conditions[0].remedy == "Ask"
    assert len(decision.conditions) == 7


# --- 2 ---


def test_2_a_missing_parent() -> None:
    world = allowed()
    lost = world.records[0]
    decision = world.decision(records=world.records[1:])
    assert (decision.answer, decision.cause) == (Answer.CANNOT_DECIDE, "incomplete")
    assert decision.conditions[1].records == (lost.id,)
    assert lost.id in decision.reason


def test_2_what_stands_elsewhere_is_not_missing() -> None:
    world = allowed()
    other = identity("the last deployment, of another version")
    world.deploy(parents=tuple(sorted((world.heads[0], other))))
    assert world.condition(2).state is State.UNDECIDED
    assert world.condition(2, elsewhere=frozenset([other])).state is State.MET


def test_2_an_annulled_record_is_not_missed() -> None:
    world = allowed()
    rejection = world.reject()
    world.approve(world.records[0])
    world.follow(rules(), annuls=(rejection.id,))
    assert world.decision().answer is Answer.ALLOWED
    assert world.decision(records=[r for r in world.records if r is not rejection]).answer is Answer.ALLOWED
    assert world.known().standings[rejection.id].reason == "a policy annulled it"


def test_2_obstacles() -> None:
    obstacles = (Obstacle("shallow", "this clone is shallow", "Unshallow"), Obstacle("unreadable", "b", "c"))
    condition = allowed().condition(2, obstacles=obstacles)
    assert (condition.state, condition.cause, condition.remedy) == (State.UNDECIDED, "shallow", "Unshallow")
    assert condition.reason == "this clone is shallow; b"


@pytest.mark.parametrize(("ahead", "state"), [(300, State.MET), (301, State.UNDECIDED)])
def test_2_clock_ahead(ahead: int, state: State) -> None:
    world = allowed()
    late = world.deploy(created=NOW + timedelta(seconds=ahead))
    condition = world.condition(2)
    assert condition.state is state
    assert (condition.cause, condition.records) == (("clock", (late.id,)) if state is State.UNDECIDED else ("", ()))


def test_2_a_stranger_ahead_of_the_clock_locks_nobody_out() -> None:
    world = allowed()
    world.add(type(world.records[1].record), "mallory", approved=False, forced=False, created=NOW + timedelta(days=9))
    assert world.decision().answer is Answer.ALLOWED


def test_2_a_policy_that_a_known_key_names_is_missing() -> None:
    world = allowed()
    lost = identity("a policy that was deleted")
    world.reject(policy=lost)
    decision = world.decision()
    assert decision.cause == "incomplete"
    assert decision.conditions[1].records == (lost,)


def test_2_a_policy_that_a_stranger_names_is_not_missing() -> None:
    world = allowed()
    world.reject(by="mallory", policy=identity("made up"))
    assert world.decision().answer is Answer.ALLOWED


def test_2_a_revoked_key_cannot_lock_out_with_a_policy_that_it_made_up() -> None:
    world = allowed()
    bobs = "ssh-ed25519 bob"
    world.follow(rules(signers=[s for s in rules().signers if s.key != bobs]), seals=world.records, revoked=(bobs,))
    world.approve(world.report(), by="carol")
    assert world.decision().answer is Answer.ALLOWED
    world.reject(policy=identity("made up"))
    assert world.decision().answer is Answer.ALLOWED


def test_2_a_seal_that_is_not_there() -> None:
    world = allowed()
    sealing = world.follow(rules(), seals=world.records[-1:])
    assert world.condition(2).state is State.MET
    condition = world.condition(2, seals={})
    assert (condition.state, condition.records) == (State.UNDECIDED, (sealing.record.seal,))


def test_2_a_sealed_record_that_is_not_there() -> None:
    world = allowed()
    rejection = world.reject(after=[])
    world.follow(rules(), seals=[rejection])
    condition = world.condition(2, records=world.records[:2])
    assert (condition.state, condition.records) == (State.UNDECIDED, (rejection.id,))


def test_2_a_seal_that_no_policy_names_says_nothing() -> None:
    world = allowed()
    world.seals[identity("garbage")] = {("veran", "v1"): (identity("no such record"),)}
    assert world.decision().answer is Answer.ALLOWED


# --- 3 ---


def test_3_no_report() -> None:
    world = World()
    assert world.condition(3).reason == "there is no report for production"
    assert world.condition(5).reason == "there is no report to approve"
    assert world.decision().answer is Answer.DENIED


def test_3_reports_of_other_contexts_and_after_deployment_do_not_serve() -> None:
    world = World()
    world.report(context="staging")
    world.report(stage="post")
    assert world.condition(3).reason == "there is no report for production"


def _problem(parsed: Any = None, metrics: Any = GOOD, **values: Any) -> str:
    world = World(parsed)
    report = world.report(metrics, **values)
    condition = world.condition(3)
    assert condition.records == (report.id,)
    assert condition.state is (State.MET if condition.reason == "the latest report passed" else State.NOT_MET)
    return condition.reason.removeprefix(f"report {report.id[:12]}: ")


def test_3_failed() -> None:
    problem = _problem(metrics=BAD)
    assert problem.startswith("it failed (tests: pass rate 50.00%")
    assert problem.endswith("and the policy allows no force")


@pytest.mark.parametrize(("seconds", "problem"), [(0, "the latest report passed"), (1, "it is 30 days old, ")])
def test_3_age(seconds: int, problem: str) -> None:
    assert _problem(created=NOW - timedelta(days=30, seconds=seconds)).startswith(problem)


def test_3_age_without_limit() -> None:
    parsed = in_production(max_report_age='"never"')
    assert _problem(parsed, created=NOW - timedelta(days=3000)) == "the latest report passed"


def test_3_missing_gate() -> None:
    metrics = attrs.evolve(GOOD, security=None)
    assert _problem(metrics=metrics, required_gates=()) == "the required gate security did not run"


def test_3_a_required_gate_that_did_not_run_is_not_forced() -> None:
    metrics = attrs.evolve(GOOD, security=None)
    assert _problem(in_production(**FORCE), metrics) == "the required gate security did not run"


def test_3_a_gate_that_the_rules_do_not_know() -> None:
    parsed = in_production(required_gates='["bias"]')
    assert _problem(parsed) == "the required gate bias did not run (these rules do not know it)"


def test_3_no_gate_ran() -> None:
    world = World()
    world.report(type(GOOD)(), context="staging", required_gates=())
    assert "no gate ran" in world.condition(3, "staging").reason
    world.report(type(GOOD)(TestMetrics()), context="staging", required_gates=())
    assert "no gate ran" in world.condition(3, "staging").reason


def test_3_floor() -> None:
    problem = _problem(thresholds=loose(min_code_coverage=0.89, max_high_vulnerabilities=1))
    assert "its threshold min_code_coverage = 0.89 is looser than the policy's floor 0.9" in problem
    assert "its threshold max_high_vulnerabilities = 1 is looser than the policy's floor 0" in problem


def test_3_stricter_than_the_floor() -> None:
    assert _problem(thresholds=loose(min_code_coverage=0.91)) == "the latest report passed"


def test_3_profile() -> None:
    assert "it follows the profile staging, the policy says production" in _problem(profile="staging")


NO_COVERAGE = attrs.evolve(GOOD, tests=TestMetrics(100, 100, 0, 0))


def test_3_evidence() -> None:
    problem = _problem(metrics=NO_COVERAGE, require_evidence=False)
    assert problem == "a number that the policy requires is missing (tests: coverage not measured)"


@pytest.mark.parametrize("evidence", [False, True])
def test_3_force_never_excuses_missing_evidence(evidence: bool) -> None:
    bad = attrs.evolve(GOOD, tests=TestMetrics(100, 50, 50, 0))  # fails anyway, and coverage is missing
    assert "coverage not measured" in _problem(in_production(**FORCE), bad, require_evidence=evidence)
    assert "coverage not measured" in _problem(in_production(**FORCE), NO_COVERAGE, require_evidence=evidence)


@pytest.mark.parametrize(
    ("model", "met"),
    [
        (ModelMetrics(0.9, throughput_tokens_per_sec=50), False),
        (ModelMetrics(0.9, throughput_tokens_per_sec=50, baseline_quality_score=0.9), True),
        (ModelMetrics(0.9, throughput_tokens_per_sec=50, latency_ms=1, baseline_latency_ms=1), False),
    ],
)
def test_3_baseline(model: ModelMetrics, met: bool) -> None:
    problem = _problem(in_production(require_baseline='"any"'), attrs.evolve(GOOD, model=model))
    expected = "the latest report passed" if met else "it was not compared with a baseline, and the policy requires one"
    assert problem == expected


def test_3_reevaluation_refutes_checks_and_outcome() -> None:
    world = World()
    honest = world.report(BAD).record
    lies = attrs.evolve(honest, checks=tuple(attrs.evolve(c, status="passed", passed=True) for c in honest.checks))
    world.add(type(lies), "alice", **_facts(lies, outcome="passed"))
    reason = world.condition(3).reason
    assert (
        "its checks read tests passed, model_quality passed, security passed, its numbers give tests blocked" in reason
    )
    assert "its outcome reads passed, its numbers give failed" in reason


def _facts(record: Any, **changes: Any) -> dict[str, Any]:
    names = [a.name for a in attrs.fields(type(record)) if a.name not in ("parents", "author", "ledger", "policy")]
    return {name: getattr(record, name) for name in names} | changes


def test_3_reevaluation_refutes_left_out_checks() -> None:
    world = World()
    record = world.report().record
    world.add(type(record), "alice", **_facts(record, checks=()))
    assert "its checks read none" in world.condition(3).reason


def test_3_reevaluation_refutes_a_baseline() -> None:
    model = ModelMetrics(0.9, throughput_tokens_per_sec=50, baseline_quality_score=0.5)
    baseline = Baseline(source="values", metrics=ModelMetrics(0.9))
    problem = _problem(metrics=attrs.evolve(GOOD, model=model), baseline=baseline)
    assert problem == "its baseline_quality_score is not that of its baseline"


def test_3_a_true_baseline() -> None:
    model = ModelMetrics(0.9, throughput_tokens_per_sec=50, baseline_quality_score=0.9)
    baseline = Baseline(source="values", metrics=ModelMetrics(0.9))
    assert _problem(metrics=attrs.evolve(GOOD, model=model), baseline=baseline) == "the latest report passed"


def test_3_a_baseline_without_metrics_is_refuted() -> None:
    baseline = Baseline(source="values", metrics=ModelMetrics(0.9))
    assert "baseline_quality_score" in _problem(metrics=attrs.evolve(GOOD, model=None), baseline=baseline)


def test_3_rules_of_a_newer_program() -> None:
    world = World()
    record = world.report().record
    world.add(type(record), "alice", **_facts(record, rules="gates/9"))
    condition = world.condition(3)
    assert (condition.state, condition.cause, condition.remedy) == (State.UNDECIDED, "newer format", "Upgrade gitgates")


def test_3_a_later_report_supersedes() -> None:
    world = World()
    world.report(BAD)
    latest = world.report()
    assert world.condition(3).records == (latest.id,)
    assert world.condition(3).state is State.MET


def test_3_after_a_race_each_report_must_do() -> None:
    world = World()
    good, bad = world.report(after=[]), world.report(BAD, after=[], by="bob")
    condition = world.condition(3)
    assert condition.records == tuple(sorted([good.id, bad.id]))
    assert f"report {bad.id[:12]}: it failed" in condition.reason
    assert good.id[:12] not in condition.reason
    merged = world.report()
    assert world.condition(3).records == (merged.id,)


def test_3_superseding_goes_through_records_of_other_kinds() -> None:
    world = World()
    world.report(BAD)
    world.deploy()
    latest = world.report()
    assert world.condition(3).records == (latest.id,)


def test_3_force() -> None:
    world = World(in_production(**FORCE))
    report = world.report(BAD)
    assert world.condition(3).reason == "1 report(s) failed and may be forced"
    world.approve(report, forced=True, reason="the flaky rack")
    decision = world.decision()
    assert (decision.answer, decision.forced) == (Answer.ALLOWED, True)


# --- 4 ---


def _artifact(name: str) -> Artifact:
    return Artifact(name, "file", identity(name), 3)


def _given(name: str) -> GivenArtifact:
    return GivenArtifact(name, identity(name))


def _artifact_problem(parsed: Any, checked: tuple[str, ...], given: tuple[str, ...]) -> tuple[State, str]:
    world = World(parsed)
    world.report(subject=Subject(commit="c" * 40, dirty=False, artifacts=tuple(map(_artifact, checked))))
    condition = world.condition(4, artifacts=tuple(map(_given, given)))
    return condition.state, condition.reason


@pytest.mark.parametrize(
    ("required", "checked", "given", "state", "reason"),
    [
        ("false", (), (), State.MET, "no artifact given, none required"),
        ("false", ("a",), (), State.MET, "no artifact given, none required"),
        ("false", ("a", "b"), ("a",), State.MET, "1 artifact(s) as checked"),
        ("false", ("a",), ("x",), State.NOT_MET, "is not what report"),
        ("false", (), ("x",), State.NOT_MET, "is not what report"),
        ("true", ("a", "b"), ("a", "b"), State.MET, "2 artifact(s) as checked"),
        ("true", ("a", "b"), ("a",), State.NOT_MET, "the artifact b is not given"),
        ("true", ("a",), (), State.NOT_MET, "the policy requires artifacts, and none is given"),
        ("true", (), (), State.NOT_MET, "is about none"),
    ],
)
def test_4(required: str, checked: tuple[str, ...], given: tuple[str, ...], state: State, reason: str) -> None:
    found, told = _artifact_problem(in_production(require_artifacts=required), checked, given)
    assert found is state
    assert reason in told


# --- 5 ---


def _approval_state(world: World) -> str:
    condition = world.condition(5)
    return condition.reason.split(" ", 2)[2] if condition.state is State.NOT_MET else "met"


def test_5_none() -> None:
    world = World()
    world.report()
    assert _approval_state(world) == "has 0 of 1 approvals"


def test_5_none_needed() -> None:
    world = World(in_production(required_approvals=0))
    world.report()
    assert world.decision().answer is Answer.ALLOWED


@pytest.mark.parametrize(("seconds", "state"), [(0, "met"), (1, "has 0 of 1 approvals (bob's approval has expired)")])
def test_5_expiry(seconds: int, state: str) -> None:
    world = World(in_production(max_report_age='"never"'))
    world.approve(world.report(), created=NOW - timedelta(days=90, seconds=seconds))
    assert _approval_state(world) == state


def test_5_no_expiry() -> None:
    world = World(in_production(approval_expires='"never"'))
    world.approve(world.report(), created=NOW - timedelta(days=900))
    assert _approval_state(world) == "met"


def test_5_withdrawn() -> None:
    world = allowed()
    world.withdraw(world.records[1])
    assert _approval_state(world) == "has 0 of 1 approvals"


def test_5_nobody_else_withdraws() -> None:
    world = allowed()
    world.withdraw(world.records[1], by="alice")
    world.withdraw(world.records[0], by="alice")
    world.withdraw(signed_as("x", "no record"), by="bob")
    assert world.decision().answer is Answer.ALLOWED


def test_5_a_stranger_does_not_withdraw() -> None:
    world = allowed()
    world.withdraw(world.records[1], by="bob", key="ssh-ed25519 mallory")
    assert world.decision().answer is Answer.ALLOWED


def test_5_separation_of_duties() -> None:
    world = World(in_production(separation_of_duties="true"))
    report = world.report()
    world.approve(report, by="alice")
    assert _approval_state(world) == "has 0 of 1 approvals (alice made the report and may not approve it)"
    world.approve(report)
    assert _approval_state(world) == "met"


def test_5_a_principal_with_two_keys_counts_once() -> None:
    text = POLICY + "required_approvals = 2\n"
    second = attrs.evolve(rules().signers[1], key="ssh-ed25519 bob-2")
    world = World(rules(text, (*rules().signers, second)))
    report = world.report()
    world.approve(report)
    world.approve(report, key="ssh-ed25519 bob-2")
    assert _approval_state(world) == "has 1 of 2 approvals"
    world.approve(report, by="carol")
    assert _approval_state(world) == "met"


def test_5_an_approval_of_an_older_report_does_not_count() -> None:
    world = allowed()
    world.report()
    assert _approval_state(world) == "has 0 of 1 approvals"


def test_5_after_a_race_each_report_needs_its_approvals() -> None:
    world = World()
    one, two = world.report(after=[]), world.report(after=[], by="bob")
    world.approve(one)
    assert _approval_state(world) == "has 0 of 1 approvals"
    world.approve(two)
    assert _approval_state(world) == "met"


def test_5_a_failed_report_needs_a_forced_approval() -> None:
    world = World(in_production(required_approvals=0, **FORCE))
    report = world.report(BAD)
    assert _approval_state(world) == "has 0 of 1 approvals"
    world.approve(report)
    assert _approval_state(world) == "has 0 of 1 approvals (bob's approval of a failed report is not forced)"
    world.approve(report, forced=True, reason="because")
    assert _approval_state(world) == "met"


def test_5_an_approval_in_another_context_does_not_count() -> None:
    world = World()
    report = world.report()
    world.approve(report, context="staging")
    assert _approval_state(world) == "has 0 of 1 approvals"


# --- 6 ---


Objection = Callable[[World], Any]
OBJECTIONS = pytest.mark.parametrize(
    ("object_to", "told"),
    [(lambda w: w.reject(), "rejected by bob: it stutters"), (lambda w: w.roll_back(), "rolled back by alice")],
    ids=["rejection", "rollback"],
)


@OBJECTIONS
def test_6_an_objection_after_the_approval(object_to: Objection, told: str) -> None:
    world = allowed()
    objection = object_to(world)
    condition = world.condition(6)
    assert (condition.state, condition.records) == (State.NOT_MET, (objection.id,))
    assert condition.reason == f"{told}, and too few approvals came after it"
    assert world.decision().answer is Answer.DENIED


@OBJECTIONS
def test_6_an_approval_that_knew_of_the_objection(object_to: Objection, told: str) -> None:
    world = World()
    report = world.report()
    objection = object_to(world)
    approval = world.approve(report)
    condition = world.condition(6)
    assert (condition.state, condition.records) == (State.MET, (objection.id,))
    assert world.decision().approvals == (approval.id,)
    assert world.decision().answer is Answer.ALLOWED, told


def test_6_approving_again_answers_an_objection() -> None:
    world = allowed()
    world.reject()
    again = world.approve(world.records[0])
    decision = world.decision()
    assert decision.answer is Answer.ALLOWED
    assert decision.approvals == (again.id,)  # the first one did not know of it, and is not relied upon


def test_6_enough_approvers_must_have_known() -> None:
    world = World(in_production(required_approvals=2))
    report = world.report()
    world.approve(report, by="alice")
    world.approve(report, by="carol")
    world.reject()
    world.approve(report, by="alice")
    assert world.condition(5).state is State.MET
    assert world.condition(6).state is State.NOT_MET
    world.approve(report, by="carol")
    assert world.decision().answer is Answer.ALLOWED


def test_6_an_objection_beside_the_approval() -> None:
    world = World()
    report = world.report()
    world.approve(report)
    world.reject(after=[report])
    assert world.condition(6).state is State.NOT_MET


def test_6_each_of_two_objections_is_known_to_one_approval_only() -> None:
    world = World()
    report = world.report()
    first, second = world.reject(after=[report]), world.reject(by="carol", after=[report])
    world.approve(report, after=[first])
    world.approve(report, by="carol", after=[second])
    condition = world.condition(6)
    assert (condition.state, condition.records) == (State.NOT_MET, tuple(sorted([first.id, second.id])))


def test_6_a_withdrawn_rejection() -> None:
    world = allowed()
    world.withdraw(world.reject())
    assert world.decision().answer is Answer.ALLOWED


def test_6_an_objection_without_any_report_or_approval() -> None:
    world = World(in_production(required_approvals=0))
    world.reject()
    condition = world.condition(6)
    assert condition.state is State.NOT_MET
    world.report()
    assert world.condition(5).reason.endswith("has 0 of 1 approvals")


def test_6_an_objection_in_another_context() -> None:
    world = allowed()
    world.reject(context="staging")
    assert world.decision().answer is Answer.ALLOWED


# --- 7 ---

PROMOTED = {"promoted_from": '"staging"'}


def _promoted(here: Subject, there: Subject) -> World:
    world = World(in_production(**PROMOTED))
    world.approve(world.report(context="staging", required_gates=(), subject=there))
    world.approve(world.report(subject=here))
    return world


CLEAN = Subject(commit="c" * 40, dirty=False)
WITH_A = attrs.evolve(CLEAN, artifacts=(_artifact("a"),))
WITH_B = attrs.evolve(CLEAN, artifacts=(_artifact("b"),))


@pytest.mark.parametrize(
    ("here", "there", "reason"),
    [
        (CLEAN, CLEAN, "allowed in staging"),
        (WITH_A, WITH_A, "allowed in staging"),
        (WITH_A, attrs.evolve(WITH_A, commit="d" * 40, dirty=True), "allowed in staging"),
        (WITH_A, WITH_B, "not allowed in staging: a (sha256"),
        (WITH_A, attrs.evolve(WITH_A, artifacts=(_artifact("a"), _artifact("b"))), "other artifacts were checked in"),
        (CLEAN, WITH_A, "artifacts were checked in staging"),
        (CLEAN, attrs.evolve(CLEAN, commit="d" * 40), "another commit was checked in staging"),
        (attrs.evolve(CLEAN, dirty=True), CLEAN, "dirty worktree"),
        (CLEAN, attrs.evolve(CLEAN, dirty=True), "dirty worktree"),
        (attrs.evolve(CLEAN, commit=None), attrs.evolve(CLEAN, commit=None), "no commit"),
    ],
)
def test_7(here: Subject, there: Subject, reason: str) -> None:
    condition = _promoted(here, there).condition(7)
    assert reason in condition.reason
    assert (condition.state is State.MET) == (reason == "allowed in staging")


def test_7_not_allowed_there() -> None:
    world = World(in_production(**PROMOTED))
    world.approve(world.report())
    decision = world.decision()
    assert decision.answer is Answer.DENIED
    assert "not allowed in staging: there is no report for staging" in decision.reason


def test_7_cannot_be_told_there() -> None:
    world = _promoted(CLEAN, CLEAN)
    record = world.records[0].record
    newer = world.add(type(record), "alice", **_facts(record, rules="gates/9"))
    world.approve(newer)
    condition = world.condition(7)
    assert (condition.state, condition.cause) == (State.UNDECIDED, "newer format")
    assert condition.reason.startswith("in staging: ")


def test_7_from_nowhere() -> None:
    assert allowed().condition(7).reason == "it is promoted from nowhere"


def test_missing_security_scan_in_detail() -> None:
    metrics = attrs.evolve(GOOD, security=SecurityScanResults(0, 0))
    world = World()
    world.approve(world.report(metrics))
    assert "medium vulnerabilities not measured" in world.condition(3).reason


def test_the_question_is_answered_for_the_context_asked() -> None:
    world = allowed()
    assert decide(world.known(), Question("veran", "v1", "staging")).answer is Answer.DENIED
