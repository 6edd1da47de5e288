"""What a policy changes, in words: nothing may change without a word."""

from typing import Any

import attrs
import pytest

from gitgates.codec.metric_rules import parse_rule
from gitgates.decision.policy_diff import describe
from gitgates.model.metric_paths import MetricPath
from gitgates.model.names import DeploymentContext
from gitgates.model.policy import BaselineRule, ContextPolicy, Floor, Member, Policy, Role, Signer
from tests.unit.decision.builder import POLICY, SIGNERS, in_production, rules

OLD = rules()


def test_no_difference() -> None:
    assert describe(OLD, rules(f"# a comment\n{POLICY}")) == ()


@pytest.mark.parametrize(
    ("new", "says"),
    [
        (attrs.evolve(OLD, ledger_branch="refs/heads/x"), ["the ledger moves from refs/heads/main to refs/heads/x"]),
        (attrs.evolve(OLD, admin_quorum=2), ["policies need 2 admin(s) instead of 1"]),
        (
            rules(POLICY.replace('carol = ["approver"]', 'carol = ["checker"]')),
            ["carol gains checker", "carol loses approver"],
        ),
        (
            rules(POLICY.replace('carol = ["approver"]', 'carol = ["deployer", "approver", "checker"]')),
            ["carol gains checker, deployer"],
        ),
        (
            rules(POLICY.replace('bob = ["admin", "approver", "checker", "deployer"]', 'bob = ["approver", "admin"]')),
            ["bob loses checker, deployer"],
        ),
        (
            rules(POLICY.replace("[contexts.staging]", 'dave = ["checker", "approver"]\n[contexts.staging]')),
            ["dave becomes a member: approver, checker"],
        ),
        (rules(POLICY.replace('carol = ["approver"]\n', "")), ["carol is no member any more"]),
        (
            rules(POLICY.replace("[contexts.staging]", "dave = []\n[contexts.staging]")),
            ["dave becomes a member: no role"],
        ),
        (
            rules(POLICY, (*SIGNERS[:2], Signer("carol", "ssh-ed25519 another-key-of-hers"))),
            [
                "carol may sign with the key ssh-ed25519 ...-key-of-hers",
                "carol may no longer sign with the key ssh-ed25519 ...carol",
            ],
        ),
        (rules(POLICY.replace("[contexts.staging]\n", "")), ["the context staging exists no longer"]),
        (
            rules(POLICY + '[contexts.eu]\nprofile = "staging"\n'),
            ["the context eu is new, with the profile staging"],
        ),
        (in_production(required_approvals=2), ["production needs 2 approval(s) instead of 1"]),
        (
            in_production(required_gates='["tests", "smoke", "security"]'),
            ["production no longer requires the gate model_quality", "production requires the gate smoke"],
        ),
        (in_production(max_report_age='"never"'), ["production: max_report_age is never instead of 30 days"]),
        (in_production(promoted_from='"staging"'), ["production: promoted_from is staging instead of none"]),
        (in_production(allow_force="true"), ["production: allow_force is on instead of off"]),
        (
            rules(POLICY + "thresholds.min_quality_score = 0.9\n"),
            ["production: the floor of min_quality_score is 0.9 instead of 0.85"],
        ),
        (
            rules(POLICY.replace("[contexts.staging]", "[contexts.staging]\nthresholds.max_regression = 0.1")),
            ["staging: the floor of max_regression is 0.1 instead of none"],
        ),
    ],
)
def test_each_difference(new: Policy, says: list[str]) -> None:
    assert list(describe(OLD, new)) == says


OTHER: dict[str, Any] = {
    "profile": DeploymentContext.DEVELOPMENT,
    "required_gates": ("tests",),
    "required_approvals": 5,
    "separation_of_duties": True,
    "max_report_age": 60,
    "approval_expires": 60,
    "promoted_from": "staging",
    "allow_force": True,
    "allow_waivers": True,
    "allow_unknown_severities": True,
    "require_evidence": False,
    "require_artifacts": True,
    "require_baseline": BaselineRule.ANY,
    "floors": (Floor("min_quality_score", 0.1),),
    "metric_rules": (parse_rule({"name": "toxicity", "max": 0.02}, "$"),),
    "metric_paths": (MetricPath("quality_score", "tasks.arc.acc"),),
    "afs_status": ("completed", "deployed"),
}


@pytest.mark.parametrize("name", [field.name for field in attrs.fields(ContextPolicy) if field.name != "name"])
def test_no_setting_of_a_context_changes_without_a_word(name: str) -> None:
    production = OLD.context("production")
    assert production is not None
    assert getattr(production, name) != OTHER[name]
    contexts = tuple(c if c.name != "production" else attrs.evolve(c, **{name: OTHER[name]}) for c in OLD.contexts)
    told = describe(OLD, attrs.evolve(OLD, contexts=contexts))
    assert told
    assert all(text.startswith("production") or "production" in text for text in told)


def test_no_part_of_a_policy_changes_without_a_word() -> None:
    changed: dict[str, Any] = {
        "ledger_branch": "refs/heads/other",
        "admin_quorum": 2,
        "members": (*OLD.members, Member("zoe", (Role.CHECKER,))),
        "signers": SIGNERS,
        "contexts": OLD.contexts[:1],
    }
    assert set(changed) == {field.name for field in attrs.fields(Policy)}
    for name, value in changed.items():
        assert len(describe(OLD, attrs.evolve(OLD, **{name: value}))) == 1, name
