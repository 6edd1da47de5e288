"""Policies and records that contradict themselves are refused, wherever they come from."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import attrs
import pytest

from gitgates.codec.policy_toml import default_context
from gitgates.errors import InvalidValue
from gitgates.model.metrics import ModelMetrics
from gitgates.model.names import DeploymentContext
from gitgates.model.paths import anchor_path, model_folder, record_path, seal_path, stamp
from gitgates.model.policy import MAX_SECONDS, Floor, Member, Policy, Role, Signer
from gitgates.model.provenance import Artifact, Baseline, Origin
from gitgates.model.records import DecisionRecord, DeploymentRecord, EndorsementRecord, PolicyRecord

ID, OTHER = "a" * 64, "b" * 64
NOW = datetime(2026, 11, 23, 12, 30, 15, 250000, tzinfo=UTC)
STAGING = default_context(DeploymentContext.STAGING)
PRODUCTION = default_context(DeploymentContext.PRODUCTION)
FACTS: dict[str, Any] = {
    "ledger_branch": "refs/heads/main",
    "admin_quorum": 1,
    "members": (Member("alice", (Role.ADMIN,)), Member("bob", ())),
    "signers": (Signer("alice", "ssh-ed25519 A"), Signer("alice", "ssh-ed25519 B")),
    "contexts": (PRODUCTION, STAGING),
}


def test_look_ups() -> None:
    policy = Policy(**FACTS)
    assert policy.context("staging") is STAGING
    assert policy.context("moon") is None
    assert policy.roles_of("alice") == (Role.ADMIN,)
    assert policy.roles_of("mallory") == ()
    assert policy.holds("alice", "ssh-ed25519 B")
    assert not policy.holds("bob", "ssh-ed25519 B")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"admin_quorum": 0}, "admin_quorum: is 0, but 1 admins"),
        ({"admin_quorum": 2}, "admin_quorum: is 2, but 1 admins"),
        ({"admin_quorum": -1}, "admin_quorum: must not be negative"),
        ({"signers": ()}, "admin_quorum: is 1, but 0 admins"),
        ({"members": FACTS["members"][::-1]}, "members: must be sorted"),
        ({"members": (*FACTS["members"], FACTS["members"][1])}, "members: holds one entry twice"),
        ({"signers": (*FACTS["signers"], Signer("bob", "ssh-ed25519 A"))}, "signers: holds one entry twice"),
        ({"contexts": (STAGING, PRODUCTION)}, "contexts: must be sorted"),
        ({"ledger_branch": "main"}, "ledger_branch: must be a branch"),
        ({"contexts": (attrs.evolve(STAGING, promoted_from="moon"),)}, "names the unknown context 'moon'"),
        (
            {"contexts": (attrs.evolve(STAGING, promoted_from="staging"),)},
            "promoted_from runs in a circle: staging <- staging",
        ),
        (
            {
                "contexts": (
                    attrs.evolve(PRODUCTION, promoted_from="staging"),
                    attrs.evolve(STAGING, promoted_from="production"),
                )
            },
            "promoted_from runs in a circle: production <- staging <- production",
        ),
    ],
)
def test_refused_policies(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidValue, match=problem):
        Policy(**FACTS | changes)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"max_report_age": 0}, "max_report_age: must be in 1"),
        ({"approval_expires": -5}, "approval_expires: must not be negative"),
        ({"max_report_age": MAX_SECONDS + 1}, "max_report_age: must be in 1"),
        ({"max_report_age": 1.5}, "max_report_age: expected a whole number"),
        ({"required_approvals": -1}, "required_approvals: must not be negative"),
        ({"required_gates": ("tests", "security")}, "required_gates: must be sorted"),
        ({"name": "Moon"}, "name: a context is"),
        ({"promoted_from": "Moon"}, "promoted_from: a context is"),
        ({"floors": PRODUCTION.floors[::-1]}, "floors: must be in the order"),
        ({"floors": (Floor("min_code_coverage", 0.5), Floor("min_code_coverage", 0.1))}, "without duplicates"),
    ],
)
def test_refused_contexts(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidValue, match=problem):
        attrs.evolve(PRODUCTION, **changes)


def test_the_longest_age_is_one_that_can_be_compared() -> None:
    assert timedelta(seconds=MAX_SECONDS) > timedelta(days=1)


@pytest.mark.parametrize(
    ("threshold", "value", "problem"),
    [
        ("min_code_coverage", 1.5, r"value: must be in 0\.\.1"),
        ("max_high_vulnerabilities", 0.5, "value: expected a whole number"),
        ("max_latency_increase", float("nan"), "value: must be a finite number"),
        ("min_coverage", 0.5, "threshold: must be one of"),
    ],
)
def test_floors_that_nothing_could_meet(threshold: str, value: float, problem: str) -> None:
    with pytest.raises(InvalidValue, match=problem):
        Floor(threshold, value)


def test_members() -> None:
    with pytest.raises(InvalidValue, match="principal: must be a principal"):
        Member("Alice", ())
    with pytest.raises(InvalidValue, match="roles: must be sorted"):
        Member("alice", (Role.CHECKER, Role.ADMIN))


# --- provenance ---


def test_baselines_name_their_record() -> None:
    metrics = ModelMetrics(0.5)
    assert Baseline(source="record", record=ID, metrics=metrics).record == ID
    for source, record in (("record", None), ("file", ID), ("values", ID)):
        with pytest.raises(InvalidValue, match="record: stands exactly where"):
            Baseline(source=source, record=record, metrics=metrics)


def test_origins_and_artifacts() -> None:
    with pytest.raises(InvalidValue, match="threshold: must be one of"):
        Origin("min_coverage", "call")
    with pytest.raises(InvalidValue, match="sha256: must be 64 lower-case"):
        Artifact("a", "file", "A" * 64, 1)
    with pytest.raises(InvalidValue, match="type: must be one of file, folder"):
        Artifact("a", "link", ID, 1)


# --- records ---

HEADING: dict[str, Any] = {
    "ledger": ID, "policy": ID, "created": NOW, "author": "alice", "model": "veran", "version": "v1",
    "context": "staging",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"ledger": None}, "ledger: missing"),
        ({"policy": None}, "policy: missing"),
        ({"policy": "x"}, "policy: must be 64"),
        ({"parents": (OTHER, ID)}, "parents: must be sorted"),
        ({"parents": (ID, ID)}, "parents: must be sorted and without duplicates"),
        ({"parents": tuple(f"{i:064x}" for i in range(257))}, "parents: holds 257 items, at most 256"),
        ({"created": NOW.replace(tzinfo=None)}, "created: must be a time in UTC"),
        ({"created": NOW.astimezone(timezone(timedelta(hours=1)))}, "created: must be a time in UTC"),
        ({"author": "Alice"}, "author: must be a principal"),
        ({"model": "a:b"}, "model: the model 'a:b' holds a colon"),
        ({"version": "."}, "version: the version '.' may not"),
        ({"context": "Prod"}, "context: a context is"),
        ({"approved": True}, "report: missing; an approval names the report"),
        ({"forced": True, "reason": "x"}, "forced: only an approval can be forced"),
        ({"approved": True, "report": ID, "forced": True}, "forced: .* needs a reason"),
        ({"approved": True, "report": ID, "forced": True, "reason": ""}, "forced: .* needs a reason"),
    ],
)
def test_refused_decisions(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidValue, match=problem):
        DecisionRecord(**HEADING | {"approved": False, "forced": False} | changes)


def test_refused_targets() -> None:
    with pytest.raises(InvalidValue, match="phase: must be one of"):
        DeploymentRecord(**HEADING, target="t", phase="done")


POLICY_FACTS: dict[str, Any] = {
    "created": NOW, "author": "alice", "policy_toml": "", "allowed_signers": "", "parsed": Policy(**FACTS),
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"policy": ID}, "policy: must be absent"),
        ({"ledger": ID}, "ledger: the root has neither"),
        ({"parents": (ID,)}, "ledger: the root has neither"),
        ({"annuls": (OTHER, ID)}, "annuls: must be sorted"),
        ({"admits": ("x",)}, "admits: must be 64"),
        ({"revoked": ("b", "a")}, "revoked: must be sorted"),
    ],
)
def test_refused_policy_records(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidValue, match=problem):
        PolicyRecord(**POLICY_FACTS | changes)


def test_refused_endorsements() -> None:
    with pytest.raises(InvalidValue, match="ledger: missing"):
        EndorsementRecord(created=NOW, author="alice", endorses=ID)
    with pytest.raises(InvalidValue, match="policy: must be absent"):
        EndorsementRecord(ledger=ID, policy=ID, created=NOW, author="alice", endorses=ID)


# --- paths ---


def test_paths_follow_from_the_content() -> None:
    decision = DecisionRecord(**HEADING | {"model": "模", "approved": False, "forced": False})
    stamped = "20261123T123015Z"
    assert record_path(decision, ID) == f".quality-gates/models/%E6%A8%A1/v1/{stamped}-decision-{ID}.json"
    assert record_path(PolicyRecord(**POLICY_FACTS), ID) == f".quality-gates/policy/{stamped}-policy-{ID}.json"
    assert seal_path(ID) == f".quality-gates/policy/{ID}.seal"
    assert anchor_path("veran", "v1") == ".quality-gates/models/veran/v1/model.json"
    assert model_folder("a/b") == ".quality-gates/models/a%2Fb"


def test_early_years_are_spelled_with_four_digits() -> None:
    assert stamp(datetime(1, 2, 3, tzinfo=UTC)) == "00010203T000000Z"
