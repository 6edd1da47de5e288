"""policy.toml: defaults, floors, and errors that name the key."""

import pytest

from gitgates.codec.policy_toml import default_context, initial_policy, parse_policy
from gitgates.codec.toml_text import parse_toml
from gitgates.errors import InvalidValue
from gitgates.model.names import DeploymentContext
from gitgates.model.policy import BaselineRule, Policy, Role, Signer
from gitgates.model.thresholds import NAMES, default_thresholds

SIGNERS = (Signer("alice", "ssh-ed25519 A"), Signer("bob", "ssh-ed25519 B"))
HEAD = 'format = "gitgates-policy/1"\nledger_branch = "main"\n'
MEMBERS = '[members]\nalice = ["approver", "admin"]\nbob = []\n'
CONTEXT = "[contexts.staging]\n"


def _parse(text: str) -> Policy:
    return parse_policy(text, SIGNERS)


def test_the_least_that_a_policy_says() -> None:
    policy = _parse(HEAD + MEMBERS + CONTEXT)
    assert policy.ledger_branch == "refs/heads/main"
    assert policy.admin_quorum == 1
    assert policy.roles_of("alice") == (Role.ADMIN, Role.APPROVER)
    assert policy.signers == SIGNERS
    assert policy.contexts == (default_context(DeploymentContext.STAGING),)


@pytest.mark.parametrize("context", [DeploymentContext.DEVELOPMENT, DeploymentContext.STAGING])
def test_lenient_defaults(context: DeploymentContext) -> None:
    required = default_context(context)
    assert (required.name, required.profile) == (context.value, context)
    assert (required.required_gates, required.required_approvals) == ((), 1)
    assert not required.separation_of_duties
    assert (required.max_report_age, required.approval_expires, required.promoted_from) == (None, None, None)
    assert required.allow_force
    assert not required.require_evidence
    assert not required.require_artifacts
    assert (required.require_baseline, required.floors) == (BaselineRule.NONE, ())


def test_production_defaults() -> None:
    required = default_context(DeploymentContext.PRODUCTION)
    assert required.required_gates == ("model_quality", "security", "tests")
    assert (required.required_approvals, required.separation_of_duties) == (1, False)
    assert (required.max_report_age, required.approval_expires) == (30 * 86400, 90 * 86400)
    assert not required.allow_force
    assert required.require_evidence
    assert not required.require_artifacts
    floors = default_thresholds(DeploymentContext.PRODUCTION).to_dict()
    assert [(floor.threshold, floor.value) for floor in required.floors] == list(floors.items())


def test_the_first_policy_spells_the_defaults_out() -> None:
    assert 'ledger_branch = "quality-gates"\n' in initial_policy("alice", "refs/heads/quality-gates")
    policy = _parse(initial_policy("alice", "refs/heads/quality-gates"))
    assert policy.ledger_branch == "refs/heads/quality-gates"
    assert policy.roles_of("alice") == (Role.ADMIN, Role.APPROVER, Role.CHECKER, Role.DEPLOYER)
    assert {context.name: context for context in policy.contexts} == {
        context.value: default_context(context) for context in DeploymentContext
    }


def test_all_settings() -> None:
    text = """\
[contexts.canary]
profile = "production"
promoted_from = "staging"
required_gates = ["tests", "bias"]
required_approvals = 2
separation_of_duties = true
max_report_age = "12h"
approval_expires = "never"
allow_force = true
require_evidence = false
require_artifacts = true
require_baseline = "any"
[contexts.canary.thresholds]
min_code_coverage = 0.5
"""
    policy = _parse(HEAD + "admin_quorum = 1\n" + MEMBERS + CONTEXT + text)
    canary = policy.context("canary")
    assert canary is not None
    assert (canary.profile, canary.promoted_from) == (DeploymentContext.PRODUCTION, "staging")
    assert (canary.required_gates, canary.required_approvals) == (("bias", "tests"), 2)
    assert (canary.separation_of_duties, canary.allow_force, canary.require_evidence) == (True, True, False)
    assert (canary.require_artifacts, canary.require_baseline) == (True, BaselineRule.ANY)
    assert (canary.max_report_age, canary.approval_expires) == (43200, None)
    floors = {floor.threshold: floor.value for floor in canary.floors}
    assert floors == default_thresholds(DeploymentContext.PRODUCTION).to_dict() | {"min_code_coverage": 0.5}
    assert tuple(floors) == NAMES


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "$.format: must be 'gitgates-policy/1', got None"),
        ('format = "gitgates-policy/2"', "$.format: must be 'gitgates-policy/1', got 'gitgates-policy/2'"),
        (HEAD + MEMBERS, "$.contexts: missing or not a table"),
        (HEAD + "contexts = 3\n" + MEMBERS, "$.contexts: missing or not a table"),
        (HEAD + CONTEXT, "$.members: missing or not a table"),
        (HEAD + "admin_quorums = 1\n" + MEMBERS + CONTEXT, "$.admin_quorums: unknown key. Did you mean admin_quorum?"),
        (HEAD + "xyz = 1\n" + MEMBERS + CONTEXT, "$.xyz: unknown key. Known keys: format, ledger_branch"),
        (HEAD + "admin_quorum = 2\n" + MEMBERS + CONTEXT, "$.admin_quorum: is 2, but 1 admins have a key"),
        (HEAD + "admin_quorum = true\n" + MEMBERS + CONTEXT, "$.admin_quorum: expected a whole number, got True"),
        (HEAD + 'admin_quorum = "1"\n' + MEMBERS + CONTEXT, "$.admin_quorum: expected a whole number, got '1'"),
        ('format = "gitgates-policy/1"\n' + MEMBERS + CONTEXT, "$.ledger_branch: must be a branch"),
        ('format = "gitgates-policy/1"\nledger_branch = 3\n' + MEMBERS + CONTEXT, "$.ledger_branch: must be a branch"),
        (HEAD + "[members]\nalice = 3\n" + CONTEXT, "$.members.alice: expected an array, got a number"),
        (HEAD + '[members]\nalice = ["boss"]\n' + CONTEXT, "$.members.alice[0]: must be one of admin, checker"),
        (HEAD + '[members]\nalice = ["admin", 3]\n' + CONTEXT, "$.members.alice[1]: must be one of admin"),
        (HEAD + '[members]\nalice = ["admin", "admin"]\n' + CONTEXT, "$.members.alice: must be sorted and without"),
        (HEAD + '[members]\nAlice = ["admin"]\n' + CONTEXT, "$.members.Alice: must be a principal"),
        (HEAD + MEMBERS + "[contexts]\nstaging = 3\n", "$.contexts.staging: expected a table"),
        (HEAD + MEMBERS + "[contexts.canary]\n", "$.contexts.canary.profile: must be one of development"),
        (HEAD + MEMBERS + '[contexts.staging]\nprofile = "x"\n', "$.contexts.staging.profile: must be one of"),
        (HEAD + MEMBERS + '[contexts.Eu]\nprofile = "staging"\n', "$.contexts.Eu: a context is 1 to 40"),
    ],
)
def test_errors_name_the_key(text: str, message: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        _parse(text)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("required_approval = 1", "required_approval: unknown key. Did you mean required_approvals?"),
        ("required_approvals = -1", "required_approvals: must not be negative, got -1"),
        ("required_approvals = 1.5", "required_approvals: expected a whole number, got a number"),
        ('separation_of_duties = "yes"', "separation_of_duties: expected true or false, got text"),
        ('required_gates = "tests"', "required_gates: expected an array, got text"),
        ('required_gates = ["tests", 3]', "required_gates[1]: expected text, got a number"),
        ('max_report_age = "soon"', "max_report_age: expected a duration such as '30 days'"),
        ("approval_expires = 90", "approval_expires: expected a duration such as '30 days'"),
        ('promoted_from = "moon"', ""),
        ('require_baseline = "some"', "require_baseline: must be one of none, any, record, got 'some'"),
        ("thresholds = 3", "thresholds: expected a table"),
        ("thresholds.min_coverage = 0.5", "thresholds.min_coverage: unknown key. Did you mean min_code_coverage?"),
        ("thresholds.min_code_coverage = 50", "thresholds.min_code_coverage: must be in 0..1, got 50"),
        ('thresholds.min_code_coverage = "1"', "thresholds.min_code_coverage: expected a number, got text"),
        ("thresholds.max_regression = nan", "thresholds.max_regression: must be a finite number"),
        ("thresholds.max_high_vulnerabilities = 1.5", "thresholds.max_high_vulnerabilities: expected a whole number"),
    ],
)
def test_errors_name_the_setting(setting: str, message: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        _parse(HEAD + MEMBERS + "[contexts.production]\n" + setting + "\n")
    expected = f"$.contexts.production.{message}" if message else "$.contexts: promoted_from names the unknown context"
    assert str(caught.value).startswith(expected)


CONTEXTS = "must be one of development, staging, production, got"
OWN_CONTEXT = "A context of your own names the built-in one whose rules and defaults it follows"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[contexts.canary]\n", f"$.contexts.canary.profile: {CONTEXTS} None. {OWN_CONTEXT}"),
        ('[contexts.eu]\nprofile = "x"\n', f"$.contexts.eu.profile: {CONTEXTS} 'x'. {OWN_CONTEXT}"),
        ("[contexts.eu]\nprofile = 3\n", f"$.contexts.eu.profile: {CONTEXTS} 3. {OWN_CONTEXT}"),
        (
            "[contexts.staging]\nxyz = 1\n",
            "$.contexts.staging.xyz: unknown key. Known keys: profile, promoted_from, required_gates, ",
        ),
        (
            "[contexts.staging.thresholds]\nxyz = 1\n",
            f"$.contexts.staging.thresholds.xyz: unknown key. Known thresholds: {', '.join(NAMES)}",
        ),
    ],
)
def test_errors_name_what_would_be_right(text: str, message: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        _parse(HEAD + MEMBERS + text)
    assert str(caught.value).startswith(message)


def test_a_circle() -> None:
    text = '[contexts.staging]\npromoted_from = "production"\n[contexts.production]\npromoted_from = "staging"\n'
    with pytest.raises(InvalidValue, match=r"\$.contexts: promoted_from runs in a circle"):
        _parse(HEAD + MEMBERS + text)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a = ", "not TOML: "),
        (b"a = 1\na = 2", "not TOML: "),
        (b"a = \xff", "not UTF-8 at byte 4"),
        (b"a = " + b"9" * 5000, "not TOML: "),
        (b"a = " + b"[" * 100_000, "^not TOML that anyone would write: nested too deep$"),
    ],
)
def test_no_toml(data: bytes, message: str) -> None:
    with pytest.raises(InvalidValue, match=message):
        parse_toml(data)
