"""Condition 3 on vulnerabilities of unknown severity: only the policy can let them pass in production."""

from typing import Any

import attrs

from gitgates.codec.convert import Converter
from gitgates.codec.records import RecordCodec
from gitgates.decision.policy_diff import describe
from gitgates.decision.reports import evaluation_of
from gitgates.decision.waivers import passes, that_serve
from gitgates.gates.evaluate import all_passed, evaluate
from gitgates.model.metrics import SecurityScanResults
from gitgates.model.policy import Policy
from gitgates.model.records import Check
from gitgates.model.vulnerabilities import Vulnerability
from tests.unit.decision.builder import GOOD, World, in_production, rules

UNKNOWN = attrs.evolve(
    GOOD,
    security=SecurityScanResults(
        0, 0, 0, 0, unknown_vulnerabilities=1, vulnerabilities=(Vulnerability("PYSEC-1", "unknown"),)
    ),
)
ALLOWING = in_production(allow_unknown_severities="true")


def report(world: World, **facts: Any) -> Any:
    """Append a report on `UNKNOWN` that says that unknown severities are allowed, with the checks that this gives."""
    plain = world.report(UNKNOWN).record
    claimed = attrs.evolve(plain, **{"rules": "gates/2", "allow_unknown_severities": True} | facts)
    checks = evaluate(evaluation_of(claimed))
    return world.report(
        UNKNOWN,
        rules=claimed.rules,
        allow_unknown_severities=claimed.allow_unknown_severities,
        checks=tuple(Check(c.gate_name, c.status, c.passed, c.message) for c in checks),
        outcome="passed" if all_passed(checks) else "failed",
    )


def reason(policy: Policy, **facts: Any) -> str:
    world = World(policy)
    world.approve(report(world, **facts))
    condition = world.condition(3)
    assert (world.decision().answer == "allowed") is (condition.state.value == "met")
    return condition.reason


def test_the_policy_allows_them() -> None:
    assert reason(ALLOWING) == "the latest report passed"


def test_a_report_that_allows_them_by_itself() -> None:
    told = reason(rules())
    assert told.endswith(": it lets vulnerabilities of unknown severity pass, the policy does not")


def test_a_policy_that_allows_them_in_another_context() -> None:
    text = "it lets vulnerabilities of unknown severity pass, the policy does not"
    staging = rules(
        'format = "gitgates-policy/1"\nledger_branch = "main"\n[members]\n'
        'alice = ["admin", "approver", "checker"]\nbob = ["approver"]\n'
        "[contexts.staging]\nallow_unknown_severities = true\n[contexts.production]\n"
    )
    assert text in reason(staging)


def test_old_rules_know_nothing_of_them() -> None:
    told = reason(ALLOWING, rules="gates/1")
    assert "it allows unknown severities, which gates/1 know nothing of" in told
    assert "1 of unknown severity" in told  # gates/1 fails them whatever the report says


def test_a_report_from_before_the_policy_allowed_them_fails_as_it_did() -> None:
    world = World(ALLOWING)
    world.approve(world.report(UNKNOWN))
    assert "it failed (security: 1 of unknown severity)" in world.condition(3).reason


def test_checks_that_claim_more_are_refuted() -> None:
    world = World(ALLOWING)
    honest = report(world).record
    world.report(UNKNOWN, checks=honest.checks, outcome="passed")
    assert "its checks read" in world.condition(3).reason


def test_waivers_beside_it() -> None:
    """What is allowed needs no waiver, and a waiver of it takes nothing away."""
    signed = report(World(ALLOWING))
    assert that_serve(signed.record, ()) == ()
    assert passes(evaluation_of(signed.record), frozenset({"PYSEC-1"}))
    assert passes(evaluation_of(signed.record), frozenset())


def test_what_is_not_allowed_leaves_no_byte() -> None:
    codec, converter = RecordCodec(), Converter()
    assert b"allow_unknown" not in codec.encode(World().report().record)
    signed = report(World(ALLOWING))
    data = codec.encode(signed.record)
    assert b'"require_evidence": true,\n  "allow_unknown_severities": true,\n' in data
    assert codec.decode(data) == signed.record
    contexts = converter.unstructure(ALLOWING)["contexts"]
    assert ["allow_unknown_severities" in one for one in contexts] == [True, False]
    assert converter.structure(Policy, converter.unstructure(ALLOWING)) == ALLOWING


def test_the_change_in_words() -> None:
    assert describe(rules(), ALLOWING) == ("production: allow_unknown_severities is on instead of off",)
