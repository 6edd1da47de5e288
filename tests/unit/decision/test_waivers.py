"""Waivers: a failed report is taken as passed by named, signed, unexpired acceptances, and by nothing else."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitgates.decision.result import Answer, Decision, State
from gitgates.errors import InvalidValue
from gitgates.model.metrics import Metrics, ModelMetrics, SecurityScanResults, TestMetrics
from gitgates.model.thresholds import NAMES
from gitgates.model.vulnerabilities import Vulnerability
from tests.unit.decision.builder import GOOD, KEYS, NOW, POLICY, World, in_production, loose, rules

ALLOWED = in_production(allow_waivers="true")
SLOW_MODEL = ModelMetrics(0.9, None, None, None, 200, 50, 1000, None, 100)
SLOW = attrs.evolve(GOOD, model=SLOW_MODEL)
CVE = attrs.evolve(GOOD, security=SecurityScanResults(0, 1, 0, 0, vulnerabilities=(Vulnerability("CVE-1", "high"),)))


def _waived(metrics: Metrics = CVE, finding: str = "CVE-1", parsed: Any = ALLOWED, **values: Any) -> World:
    """A failed report whose finding bob waived, and that carol approved after it."""
    world = World(parsed)
    report = world.report(metrics)
    world.waive(finding, **values)
    world.approve(report, "carol")
    return world


def _unseen(**values: Any) -> World:
    """A failed report that carol approved, and a waiver of its finding that no honest record names."""
    world = World(ALLOWED)
    world.approve(world.report(CVE), "carol")
    world.waive("CVE-1", **values)
    return world


@pytest.mark.parametrize(("metrics", "finding"), [(CVE, "CVE-1"), (SLOW, "max_latency_increase")])
def test_a_waived_report_is_taken_as_passed(metrics: Metrics, finding: str) -> None:
    world = _waived(metrics, finding)
    decision = world.decision()
    waiver = world.records[1].id
    assert decision.answer is Answer.ALLOWED, decision.reason
    assert (decision.waivers, decision.forced) == ((waiver,), False)
    assert decision.waived == (f"{finding} until 2026-11-24 12:00 UTC by bob",)
    assert decision.reason == f"all conditions are met; rests on 1 waiver: {decision.waived[0]}"
    third = decision.conditions[2]
    assert third.records == (*decision.reports, waiver)
    assert third.reason == f"the latest report passes with what was waived: {decision.waived[0]}"


def test_several_waivers_are_all_told_and_others_are_not() -> None:
    world = World(ALLOWED)
    report = world.report(attrs.evolve(CVE, model=SLOW_MODEL))
    for finding in ("max_latency_increase", "CVE-1", "CVE-2", "min_code_coverage"):
        world.waive(finding)
    world.approve(report, "carol")
    assert world.decision().answer is Answer.ALLOWED
    assert "rests on 2 waivers: CVE-1 until" in world.decision().reason
    assert [text.split()[0] for text in world.decision().waived] == ["CVE-1", "max_latency_increase"]


NO_EFFECT: dict[str, Callable[[], World]] = {
    "the policy allows none": lambda: _waived(parsed=in_production()),
    "expired": lambda: _waived(expires=NOW),
    "another finding": lambda: _waived(finding="CVE-2"),
    "another context": lambda: _waived(context="staging"),
    "by a member who may not approve": lambda: _waived(
        parsed=rules(POLICY.replace('bob = ["admin", "approver", ', 'bob = ["admin", ') + "allow_waivers = true\n")
    ),
    "by a stranger's key": lambda: _unseen(by="dave"),
    "by somebody else's key": lambda: _unseen(key=KEYS["alice"]),
    "by the report's author, duties separated": lambda: _waived(
        parsed=in_production(allow_waivers="true", separation_of_duties="true"), by="alice"
    ),
}


@pytest.mark.parametrize("make", NO_EFFECT.values(), ids=NO_EFFECT.keys())
def test_waivers_without_effect(make: Callable[[], World]) -> None:
    decision = make().decision()
    assert decision.answer is Answer.DENIED
    assert (decision.waivers, decision.waived) == ((), ())
    assert "it failed (security: 1 high" in decision.conditions[2].reason


def test_a_waiver_serves_until_its_last_moment() -> None:
    assert _waived(expires=NOW + timedelta(microseconds=1)).decision().answer is Answer.ALLOWED


def _third(world: World) -> str:
    return world.condition(3).reason


def test_an_expired_waiver_is_told_of() -> None:
    told = "; the waiver CVE-1 until 2026-03-01 12:00 UTC by bob has expired"
    expired = _third(_waived(expires=NOW, created=NOW - timedelta(days=1)))
    assert expired.endswith(told.replace("2026-03-01 12:00", f"{NOW:%Y-%m-%d %H:%M}"))
    assert "and the policy allows no force; the waiver CVE-1" in expired
    forced = _waived(parsed=in_production(allow_waivers="true", allow_force="true"), expires=NOW)
    assert _third(forced).startswith("1 report(s) failed and may be forced; the waiver CVE-1 until ")


def test_an_expired_waiver_is_not_told_of_where_it_made_no_difference() -> None:
    for world in (
        _waived(parsed=in_production(), expires=NOW),
        _waived(finding="CVE-2", expires=NOW),
        _waived(context="staging", expires=NOW),
        _waived(metrics=GOOD, expires=NOW),
    ):
        assert "expired" not in _third(world)
    renewed = _waived(expires=NOW)
    renewed.waive("CVE-1")
    assert _third(renewed).startswith("the latest report passes with what was waived: CVE-1 until ")
    withdrawn = _waived(expires=NOW)
    withdrawn.withdraw(withdrawn.records[1])
    assert "expired" not in _third(withdrawn)


def test_separated_duties_ask_for_another_than_the_reports_author_only() -> None:
    parsed = in_production(allow_waivers="true", separation_of_duties="true")
    assert _waived(parsed=parsed, by="bob").decision().answer is Answer.ALLOWED


def test_withdrawn() -> None:
    world = _waived()
    assert world.decision().answer is Answer.ALLOWED
    world.withdraw(world.records[1], "carol")  # not hers
    assert world.decision().answer is Answer.ALLOWED
    world.withdraw(world.records[1], "bob")
    assert world.decision().waivers == ()
    assert world.decision().answer is Answer.DENIED


def test_by_a_revoked_key_sealed_before() -> None:
    world = _waived()
    world.follow(ALLOWED, seals=world.records[-1:], revoked=(KEYS["bob"],))
    assert world.decision().waivers == ()
    assert world.decision().answer is Answer.DENIED


NEVER: dict[str, tuple[Any, Metrics, dict[str, Any], str]] = {
    "a gate that did not run": (ALLOWED, attrs.evolve(CVE, tests=None), {}, "the required gate tests did not run"),
    "the age": (ALLOWED, CVE, {"created": NOW - timedelta(days=31)}, "it is 31 days old"),
    "a floor": (ALLOWED, CVE, {"thresholds": loose(min_code_coverage=0.5)}, "looser than the policy's floor"),
    "numbers that refute": (ALLOWED, CVE, {"outcome": "failed", "checks": ()}, "its checks read none"),
    "a missing baseline": (
        in_production(allow_waivers="true", require_baseline='"any"'), CVE, {}, "was not compared with a baseline",
    ),
    "evidence": (
        ALLOWED, attrs.evolve(CVE, tests=TestMetrics(100, 100)), {}, "(tests: coverage not measured)",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("parsed", "metrics", "values", "problem"), NEVER.values(), ids=NEVER.keys())
def test_what_no_waiver_excuses(parsed: Any, metrics: Metrics, values: dict[str, Any], problem: str) -> None:
    world = World(parsed)
    report = world.report(metrics, **values)
    for finding in (*NAMES, "CVE-1"):
        world.waive(finding)
    world.approve(report, "carol")
    assert world.decision().answer is Answer.DENIED
    assert problem in world.condition(3).reason


def test_not_artifacts_nor_rejections() -> None:
    world = _waived(parsed=in_production(allow_waivers="true", require_artifacts="true"))
    assert [c.number for c in world.decision().conditions if c.state is not State.MET] == [4]
    world = _waived()
    world.reject("carol")
    assert [c.number for c in world.decision().conditions if c.state is not State.MET] == [6]


def test_a_number_that_is_not_comparable_is_excused_as_evidence_too() -> None:
    world = _waived(attrs.evolve(GOOD, model=attrs.evolve(SLOW_MODEL, latency_ms=None)), "max_latency_increase")
    assert world.decision().answer is Answer.ALLOWED


# --- approvals ---


def test_an_approval_must_come_after_the_waivers_that_it_rests_on() -> None:
    world = World(ALLOWED)
    report = world.report(CVE)
    world.approve(report, "carol")
    world.waive("CVE-1")
    assert world.condition(3).state is State.MET
    assert "carol's approval does not come after the waivers" in world.condition(5).reason
    world.approve(report, "carol")
    assert world.decision().answer is Answer.ALLOWED


def test_a_second_waiver_of_the_same_takes_nothing_away_until_the_first_expires() -> None:
    world = _waived()
    world.waive("CVE-1", expires=NOW + timedelta(days=9))
    assert world.decision().answer is Answer.ALLOWED
    assert len(world.decision().waivers) == 2
    assert world.decision(now=NOW + timedelta(days=2)).answer is Answer.DENIED  # carol did not know of the second


def test_no_approval_needed_where_a_passing_report_needs_none() -> None:
    world = World(in_production(allow_waivers="true", required_approvals=0))
    world.report(CVE)
    assert world.decision().answer is Answer.DENIED
    world.waive("CVE-1")
    assert world.decision().answer is Answer.ALLOWED


@pytest.mark.parametrize(("force", "answer"), [("true", Answer.ALLOWED), ("false", Answer.DENIED)])
def test_a_forced_approval_before_the_waiver(force: str, answer: Answer) -> None:
    world = World(in_production(allow_waivers="true", allow_force=force))
    world.approve(world.report(CVE), "carol", forced=True, reason="now")
    assert world.decision().answer is answer
    world.waive("CVE-1")
    assert world.decision().answer is answer
    assert world.decision().forced is (force == "true")


def test_promoted_from_a_context_that_rests_on_a_waiver() -> None:
    world = World(
        rules(
            POLICY.replace("[contexts.staging]\n", "[contexts.staging]\nallow_waivers = true\n")
            + 'promoted_from = "staging"\n'
        )
    )
    bad = attrs.evolve(GOOD, model=ModelMetrics(0.86, None, None, None, 200, 50, 1000, None, 100))
    staged = world.report(bad, context="staging", required_gates=())
    waiver = world.waive("max_latency_increase", context="staging")
    world.approve(staged, "bob")
    world.approve(world.report(), "bob")
    decision = world.decision()
    assert decision.answer is Answer.ALLOWED, decision.reason
    assert decision.waivers == (waiver.id,)
    assert waiver.id in decision.conditions[6].records


def test_rules_of_a_newer_program() -> None:
    world = World(ALLOWED)
    report = world.report(CVE, rules="gates/9")
    world.waive("CVE-1")
    world.approve(report, "carol")
    assert (world.decision().answer, world.decision().cause) == (Answer.CANNOT_DECIDE, "newer format")


# --- the record ---


@pytest.mark.parametrize("finding", [*NAMES, "CVE-2024-1234", "GHSA-9c47-m6qq-7p4h", "7", "max_toxicity"])
def test_findings(finding: str) -> None:
    assert World().waive(finding).record.finding == finding


@pytest.mark.parametrize("finding", ["", "CVE 1", "-x", "_x", "a\n", "é", "x" * 65, 7])
def test_refused_findings(finding: Any) -> None:
    with pytest.raises(InvalidValue, match="must be a threshold, a metric or the id of a vulnerability"):
        World().waive(finding)


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"expires": NOW - timedelta(hours=1)}, "expires: must be after `created`"),
        ({"expires": datetime(2030, 1, 1)}, "expires: must be a time in UTC"),  # noqa: DTZ001 -- that is the point
        ({"reason": ""}, "reason: must say why"),
    ],
)
def test_refused_records(values: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidValue, match=problem):
        World().waive("CVE-1", **values)


# --- properties ---

_findings = st.sampled_from([*NAMES, "CVE-1", "CVE-2", "CVE-3"])
_severities = st.sampled_from(["critical", "high", "medium", "low", "unknown"])
_listed = st.lists(
    st.builds(Vulnerability, st.sampled_from(["CVE-1", "CVE-2", "CVE-3"]), _severities, st.integers(1, 2)),
    max_size=3,
    unique_by=lambda item: (item.id, item.severity),
)
_some = st.none() | st.sampled_from([0, 1, 100, 200])


@st.composite
def _scans(draw: Any) -> SecurityScanResults:
    found = draw(_listed)
    counts: dict[str, Any] = {f"{item.severity}_vulnerabilities": draw(st.integers(0, 1)) for item in found}
    for item in found:
        counts[f"{item.severity}_vulnerabilities"] += item.count
    return SecurityScanResults(**counts, vulnerabilities=tuple(found))


_models = st.builds(
    ModelMetrics, st.sampled_from([None, 0.1, 0.9]), latency_ms=_some, baseline_latency_ms=_some,
    throughput_tokens_per_sec=_some, baseline_quality_score=st.sampled_from([None, 0, 0.9]),
)  # fmt: skip
_tests = st.sampled_from([TestMetrics(10, 10, coverage_percent=95), TestMetrics(10, 5), TestMetrics(5, 0, 0, 5)])
_metrics = st.builds(Metrics, st.none() | _tests, st.none() | _models, st.none() | _scans())
_steps = st.lists(
    st.tuples(st.sampled_from(["waive", "approve", "force", "reject", "withdraw"]), _findings), max_size=6
)


def _story(draw: Any) -> World:
    """A random report under a random policy, with waivers, approvals and rejections in any order."""
    settings_of_policy = {
        "allow_waivers": draw(st.sampled_from(["true", "true", "false"])),
        "allow_force": draw(st.sampled_from(["true", "false"])),
        "require_evidence": draw(st.sampled_from(["true", "false"])),
        "required_gates": "[]",
        "required_approvals": draw(st.integers(0, 1)),
    }
    world = World(in_production(**settings_of_policy))
    evidence = settings_of_policy["require_evidence"] == "true"
    report = world.report(draw(_metrics), required_gates=(), require_evidence=evidence)
    for step, finding in draw(_steps):
        if step == "waive":
            world.waive(finding)
        elif step == "reject":
            world.reject("carol")
        elif step == "withdraw":
            world.withdraw(world.records[-1], world.records[-1].record.author)
        else:
            forced = {"forced": True, "reason": "now"} if step == "force" else {}
            world.approve(report, "carol", **forced)
    return world


@settings(max_examples=250, deadline=None)
@given(st.data(), _findings)
def test_one_more_waiver_never_denies(data: st.DataObject, finding: str) -> None:
    world = _story(data.draw)
    before = world.decision()
    world.waive(finding)
    after = world.decision()
    assert after.answer is Answer.ALLOWED or before.answer is not Answer.ALLOWED, after.reason
    assert set(before.waivers) <= set(after.waivers)


def _shown(decision: Decision) -> tuple[Any, ...]:
    """What a decision says, but for the waivers that it says have expired."""
    reason = re.sub(r"; the waiver \S+ until [-0-9: ]+ UTC by bob has expired", "", decision.reason)
    return decision.answer, reason, decision.waivers, decision.approvals, decision.reports


@settings(max_examples=100, deadline=None)
@given(st.data(), _findings, st.sampled_from(["expired", "foreign context", "stranger"]))
def test_a_waiver_that_does_not_count_changes_nothing(data: st.DataObject, finding: str, flaw: str) -> None:
    world = _story(data.draw)
    before = world.decision()
    if flaw == "expired":
        world.waive(finding, created=datetime(2026, 1, 1, tzinfo=UTC), expires=NOW)
    else:
        world.waive(finding, **{"context": "staging"} if flaw == "foreign context" else {"by": "dave"})
    assert _shown(world.decision()) == _shown(before)
