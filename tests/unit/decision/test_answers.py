"""What each condition tells whoever must act on it: all that is wrong, in order, with its records and what to do."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import attrs
import pytest

from gitgates.decision.knowledge import Obstacle
from gitgates.decision.result import Answer, Condition, Decision, State
from gitgates.model.metrics import Metrics, ModelMetrics, SecurityScanResults, TestMetrics
from gitgates.model.provenance import Baseline, Subject
from gitgates.model.vulnerabilities import Vulnerability
from tests.unit.decision.builder import (
    BAD,
    GOOD,
    KEYS,
    NOW,
    POLICY,
    World,
    allowed,
    artifact,
    facts_of,
    given_artifact,
    identity,
    in_production,
    rules,
)

FORCE = {"allow_force": "true"}
WAIVERS = {"allow_waivers": "true"}
PROMOTED = {"promoted_from": '"staging"'}
CLEAN = Subject(commit="c" * 40, dirty=False)


def _with(*names: str) -> Subject:
    return attrs.evolve(CLEAN, artifacts=tuple(map(artifact, names)))


def _reported(parsed: Any = None, *reports: dict[str, Any]) -> World:
    """Return a world in which somebody made `reports` beside each other."""
    world = World(parsed)
    for values in reports or ({},):
        world.report(after=[], **values)
    return world


def _all_met(parsed: Any = None) -> World:
    world = World(parsed)
    for context in ("staging", "production"):
        report = world.report(context=context, subject=_with("a"))
        world.approve(report)
    return world


# --- every condition, met ---


def test_the_whole_decision_where_all_seven_conditions_are_met() -> None:
    world = _all_met(in_production(**PROMOTED))
    staged, staging_approval, report, approval = (signed.id for signed in world.records)
    root = world.root.id
    conditions = (
        Condition(1, State.MET, f"policy {root[:12]} of the ledger {root[:12]}", (root,)),
        Condition(2, State.MET, "4 record(s), none missing"),
        Condition(3, State.MET, "the latest report passed", (report,)),
        Condition(4, State.MET, "1 artifact(s) as checked"),
        Condition(5, State.MET, "1 approval(s)", (approval,)),
        Condition(6, State.MET, "there is none"),
        Condition(7, State.MET, "allowed in staging", (staged, staging_approval)),
    )
    decision = world.decision(artifacts=(given_artifact("a"),))
    assert decision == Decision("veran", "v1", "production", conditions, root, (report,), (approval,))
    assert (decision.forced, decision.resting_on_waivers) == (False, "")


def test_an_objection_that_was_answered() -> None:
    world = World()
    report = world.report()
    first, second = world.reject(), world.roll_back()
    world.approve(report)
    both = tuple(sorted([first.id, second.id]))
    assert world.condition(6) == Condition(6, State.MET, "2 answered by a later approval", both)


# --- what to do: each condition, not met or undecided ---


def _without_first() -> Condition:
    world = allowed()
    return world.condition(2, records=world.records[1:])


def _ahead() -> Condition:
    return _reported(None, {"created": NOW + timedelta(hours=1)}).condition(2)


def _objected() -> Condition:
    world = allowed()
    world.reject()
    return world.condition(6)


UNMET: dict[str, tuple[int, Callable[[], Condition], str]] = {
    "no such context": (1, lambda: World().condition(1, "moon"), "Use one of production, staging"),
    "missing records": (2, _without_first, "Fetch the ledger's branch from a clone that has them"),
    "clock": (2, _ahead, "Set this machine's clock, or wait"),
    "no report": (3, lambda: World().condition(3), "Run `gitgates check` for this context"),
    "report": (3, lambda: _reported(None, {"metrics": BAD}).condition(3), "Run `gitgates check` again"),
    "artifacts": (4, lambda: _reported().condition(4, artifacts=(given_artifact("x"),)), "Give with --artifact"),
    "approvals": (5, lambda: _reported().condition(5), "Ask an approver to run `gitgates approve`"),
    "objections": (6, _objected, "Approve again after it; the author of a rejection can also `gitgates"),
    "promotion": (7, lambda: allowed(in_production(**PROMOTED)).condition(7), "Get it allowed in staging first"),
}


@pytest.mark.parametrize(("number", "made", "remedy"), UNMET.values(), ids=UNMET.keys())
def test_each_condition_that_is_not_met_says_what_to_do(
    number: int, made: Callable[[], Condition], remedy: str
) -> None:
    condition = made()
    assert condition.number == number
    assert condition.state is not State.MET
    assert condition.remedy.startswith(remedy)


def test_waiving_is_a_way_out_only_where_the_policy_allows_it() -> None:
    for parsed, is_offered in ((in_production(), False), (in_production(**WAIVERS), True)):
        remedy = _reported(parsed, {"metrics": BAD}).condition(3).remedy
        check = "Run `gitgates check` again on a model version that meets the policy"
        waive = ", or have an approver accept a finding for a while with `gitgates waive`"
        assert remedy == (check + waive if is_offered else check)


# --- 2 ---


def test_2_all_that_is_missing_is_told() -> None:
    world = allowed()
    world.deploy()
    first, second, third = (signed.id for signed in world.records)
    lost = tuple(sorted([first, identity("elsewhere")]))
    world.deploy(parents=tuple(sorted([third, identity("elsewhere")])))
    condition = world.condition(2, records=world.records[1:])
    assert (condition.records, condition.cause) == (lost, "incomplete")
    told = f"incomplete: 2 record(s) that others know of are missing: {', '.join(lost)}"
    assert condition.reason == told
    assert "`gitgates verify` tells what was deleted" in condition.remedy
    assert second not in condition.reason


def test_2_all_obstacles_are_told_and_the_first_gives_the_cause() -> None:
    obstacles = (Obstacle("shallow", "this clone is shallow", "Unshallow"), Obstacle("unreadable", "b", "c"))
    expected = Condition(2, State.UNDECIDED, "this clone is shallow; b", cause="shallow", remedy="Unshallow")
    assert allowed().condition(2, obstacles=obstacles) == expected


def test_2_how_many_records_are_ahead_of_the_clock() -> None:
    ahead = {"created": NOW + timedelta(hours=1)}
    world = _reported(None, ahead, ahead, {})
    condition = world.condition(2)
    assert condition.reason == "2 record(s) are dated more than five minutes ahead of this machine's clock"
    assert (condition.cause, condition.records) == ("clock", tuple(signed.id for signed in world.records[:2]))


def test_2_every_seal_that_is_not_there_is_missed() -> None:
    world = allowed()
    seals = sorted(identity("seal", number) for number in range(20))
    for seal in seals:
        world.follow(rules(), seal=seal)
    assert world.condition(2).records == tuple(seals)


# --- 3 ---


def test_3_every_report_of_a_race_tells_its_problems() -> None:
    world = _reported(None, {"metrics": BAD}, {"metrics": BAD, "by": "bob"})
    reason = world.condition(3).reason
    for signed in world.records:
        assert f"report {signed.id[:12]}: it failed (tests: pass rate 50.00%" in reason


def test_3_what_no_new_report_could_mend_comes_first() -> None:
    """That it failed, that its key was revoked; then what else is wrong with it."""
    world = World()
    report = world.report(BAD, by="bob", created=NOW - timedelta(days=31))
    signers = [signer for signer in rules().signers if signer.key != KEYS["bob"]]
    world.follow(rules(POLICY, signers), seals=[report], revoked=(KEYS["bob"],))
    problems = world.condition(3).reason.split(f"report {report.id[:12]}: ")[1:]
    assert [problem.split(" ", 3)[:3] for problem in problems] == [
        ["it", "failed", "(tests:"],
        ["it", "can", "only"],
        ["it", "is", "31"],
    ]


def test_3_how_many_reports_may_be_forced() -> None:
    condition = _reported(in_production(**FORCE), {"metrics": BAD}, {"metrics": BAD, "by": "bob"}).condition(3)
    assert (condition.state, condition.reason) == (State.MET, "2 report(s) failed and may be forced")


def test_3_every_waiver_that_it_rests_on_is_told() -> None:
    world = World(in_production(**WAIVERS))
    report = world.report(attrs.evolve(BAD, model=ModelMetrics(0.8, throughput_tokens_per_sec=50)))
    pass_rate, quality = world.waive("min_test_pass_rate"), world.waive("min_quality_score")
    until = "until 2026-11-24 12:00 UTC by bob"
    assert world.condition(3) == Condition(
        3,
        State.MET,
        f"the latest report passes with what was waived: min_quality_score {until}; min_test_pass_rate {until}",
        (report.id, quality.id, pass_rate.id),
    )


def test_3_every_waiver_that_has_expired_is_told() -> None:
    world = World(in_production(**WAIVERS))
    report = world.report(attrs.evolve(BAD, model=ModelMetrics(0.8, throughput_tokens_per_sec=50)))
    for finding in ("min_test_pass_rate", "min_quality_score"):
        world.waive(finding, expires=NOW)
    expired = "until 2026-11-23 12:00 UTC by bob has expired"
    told = f"the waiver min_quality_score {expired}; the waiver min_test_pass_rate {expired}"
    assert world.condition(3).reason.endswith(f"and the policy allows no force; {told}")
    assert report.id in world.condition(3).records


def test_3_a_waiver_serves_also_where_only_one_gate_was_measured() -> None:
    staging = POLICY.replace("[contexts.staging]", "[contexts.staging]\nallow_waivers = true\nallow_force = false")
    world = World(rules(staging))
    world.report(Metrics(BAD.tests), context="staging", required_gates=())
    assert world.condition(3, "staging").state is State.NOT_MET
    waiver = world.waive("min_test_pass_rate", context="staging")
    condition = world.condition(3, "staging")
    assert (condition.state, condition.records[1:]) == (State.MET, (waiver.id,))


@pytest.mark.parametrize("finding", ["min_test_pass_rate", "min_quality_score"])
def test_3_a_waiver_of_one_of_two_failures_is_not_enough(finding: str) -> None:
    world = World(in_production(**WAIVERS))
    report = world.report(attrs.evolve(BAD, model=ModelMetrics(0.8, throughput_tokens_per_sec=50)))
    world.waive(finding)
    world.approve(report)
    decision = world.decision()
    assert (decision.answer, decision.waivers) == (Answer.DENIED, ())
    assert "it failed (tests: pass rate 50.00%" in decision.conditions[2].reason
    assert "bob's approval of a failed report is not forced" in decision.conditions[4].reason


def test_3_rules_that_are_newer_leave_the_others_to_be_told() -> None:
    world = _reported(None, {"rules": "gates/9"})
    states = [(condition.number, condition.state) for condition in world.decision().conditions]
    expected = {3: State.UNDECIDED, 5: State.NOT_MET}
    assert states == [(number, expected.get(number, State.MET)) for number in range(1, 8)]


MEDIUM = SecurityScanResults(0, 0, 3, 0)  # fails in production, and is a mere warning elsewhere
UNKNOWN = SecurityScanResults(
    0, 0, 0, 0, unknown_vulnerabilities=1, vulnerabilities=(Vulnerability("CVE-1", "unknown"),)
)


@pytest.mark.parametrize("context", ["production", "staging"])
@pytest.mark.parametrize(
    "metrics",
    [
        GOOD,
        BAD,
        attrs.evolve(GOOD, security=MEDIUM),
        attrs.evolve(GOOD, security=UNKNOWN),
        attrs.evolve(GOOD, tests=TestMetrics(10, 10)),
        attrs.evolve(GOOD, model=None),
        Metrics(),
    ],
)
def test_3_what_a_report_says_of_itself_is_not_refuted(metrics: Metrics, context: str) -> None:
    reason = _reported(None, {"metrics": metrics, "context": context}).condition(3, context).reason
    assert "its numbers give" not in reason


@pytest.mark.parametrize(
    ("claim", "told"),
    [
        ({"required_gates": ()}, "its checks read tests blocked (not passed), security not_run (not passed), "),
        ({"metrics": GOOD}, "its numbers give tests passed, model_quality passed, security passed; "),
        ({"require_evidence": False}, "its numbers give tests warning, security not_run (not passed)"),
        ({"outcome": "passed"}, "its outcome reads passed, its numbers give failed"),
    ],
    ids=["required gates", "metrics", "evidence", "outcome"],
)
def test_3_what_was_changed_afterwards_is_refuted(claim: dict[str, Any], told: str) -> None:
    world = World()
    made = world.report(Metrics(TestMetrics(100, 100)), required_gates=("security", "tests")).record
    world.add(type(made), "alice", **facts_of(made, **claim))
    assert told in world.condition(3).reason


@pytest.mark.parametrize("name", ["quality_score", "latency_ms", "memory_mb"])
def test_3_each_number_of_a_baseline_must_be_that_of_the_baseline(name: str) -> None:
    numbers: dict[str, Any] = {"quality_score": 0.9, "latency_ms": 100, "memory_mb": 1000}
    used = {f"baseline_{key}": value for key, value in numbers.items()} | {f"baseline_{name}": numbers[name] * 0.99}
    assert GOOD.model is not None
    metrics = attrs.evolve(GOOD, model=attrs.evolve(GOOD.model, **used))
    world = _reported(
        None, {"metrics": metrics, "baseline": Baseline(source="values", metrics=ModelMetrics(**numbers))}
    )
    told = f"report {world.records[0].id[:12]}: its baseline_{name} is not that of its baseline"
    assert world.condition(3).reason == told


def test_3_a_gate_must_have_run_where_the_policy_names_none() -> None:
    world = _reported(None, {"metrics": Metrics(TestMetrics()), "context": "staging", "required_gates": ()})
    reason = world.condition(3, "staging").reason
    assert reason == f"report {world.records[0].id[:12]}: no gate ran"


@pytest.mark.parametrize(("finding", "state"), [("CVE-1", State.MET), ("CVE-2", State.NOT_MET)])
def test_3_a_vulnerability_of_unknown_severity_is_waived_by_its_id(finding: str, state: State) -> None:
    world = _reported(in_production(**WAIVERS), {"metrics": attrs.evolve(GOOD, security=UNKNOWN)})
    waiver = world.waive(finding)
    condition = world.condition(3)
    assert condition.state is state
    assert (waiver.id in condition.records) is (state is State.MET)


# --- 4 ---


def test_4_all_that_is_not_as_checked_is_told() -> None:
    world = _reported(
        in_production(require_artifacts="true"), {"subject": _with("a", "b")}, {"subject": CLEAN, "by": "bob"}
    )
    first, second = (f"report {signed.id[:12]}" for signed in world.records)
    condition = world.condition(4, artifacts=(given_artifact("x"),))
    told = condition.reason.split("; ")
    sha256 = given_artifact("x").sha256[:12]
    assert sorted(told) == sorted(
        [
            f"the file x (sha256 {sha256}) is not what {first} is about",
            "the artifact a is not given",
            "the artifact b is not given",
            f"the file x (sha256 {sha256}) is not what {second} is about",
            f"the policy requires artifacts, and {second} is about none",
        ]
    )
    assert condition.records == ()


@pytest.mark.parametrize(
    ("required", "state", "reason"),
    [
        ("false", State.MET, "no artifact given, none required"),
        ("true", State.NOT_MET, "the artifact a is not given; the policy requires artifacts, and none is given"),
    ],
)
def test_4_nothing_given(required: str, state: State, reason: str) -> None:
    condition = _reported(in_production(require_artifacts=required), {"subject": _with("a")}).condition(4)
    assert (condition.state, condition.reason) == (state, reason)


# --- 5 ---


def test_5_every_approval_that_does_not_count_is_told() -> None:
    world = World(in_production(required_approvals=2, separation_of_duties="true"))
    report = world.report()
    world.approve(report, created=NOW - timedelta(days=91))
    world.approve(report, by="alice")
    carols = world.approve(report, by="carol")
    condition = world.condition(5)
    assert condition.reason == (
        f"report {report.id[:12]} has 1 of 2 approvals "
        "(bob's approval has expired; alice made the report and may not approve it)"
    )
    assert condition.records == (carols.id,)


def test_5_approvals_of_all_reports_of_a_race_are_relied_upon() -> None:
    world = _reported(None, {}, {"by": "bob"})
    one, two = world.records
    ids = tuple(sorted([world.approve(one).id, world.approve(two).id, world.approve(two, by="carol").id]))
    assert world.condition(5) == Condition(5, State.MET, "3 approval(s)", ids)
    assert world.decision().approvals == ids


# --- 6 ---


def test_6_each_objection_without_an_answer_is_told_once() -> None:
    world = allowed()
    answered = world.reject(reason="too slow")
    world.approve(world.records[0])
    started = world.roll_back(phase="started")
    done = world.roll_back()
    condition = world.condition(6)
    assert condition.reason.split("; ") == [
        told
        for _, told in sorted(
            [
                (answered.id, "rejected by bob: too slow, and too few approvals came after it"),
                (min(started.id, done.id), "rolled back by alice, and too few approvals came after it"),
            ]
        )
    ]
    assert condition.records == tuple(sorted([answered.id, started.id, done.id]))


def test_6_of_two_objections_only_the_one_that_no_approval_knew_of_is_told() -> None:
    world = World()
    report = world.report()
    world.reject(reason="too slow")
    world.approve(report)
    second = world.reject(by="carol", reason="too large")
    condition = world.condition(6)
    assert condition.records == (second.id,)
    assert condition.reason == "rejected by carol: too large, and too few approvals came after it"


# --- 7 ---


def test_7_rests_on_the_reports_there_where_the_subject_differs() -> None:
    world = World(in_production(**PROMOTED))
    staged = world.report(context="staging", subject=attrs.evolve(CLEAN, commit="d" * 40))
    world.approve(staged)
    world.approve(world.report(subject=CLEAN))
    assert world.condition(7) == Condition(
        7,
        State.NOT_MET,
        "another commit was checked in staging",
        (staged.id,),
        remedy="Get it allowed in staging first",
    )


def test_7_where_it_cannot_be_told_there() -> None:
    world = World(in_production(**PROMOTED))
    world.approve(world.report(context="staging", rules="gates/9"))
    world.approve(world.report())
    there = world.decision("staging")
    assert world.condition(7) == Condition(
        7,
        State.UNDECIDED,
        f"in staging: {there.reason}",
        cause="newer format",
        remedy="Get it allowed in staging first",
    )
