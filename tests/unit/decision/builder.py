"""Records with made-up but well-formed ids, so that decisions can be tested without disk, keys or git."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import attrs

from gitgates.codec.policy_toml import parse_policy
from gitgates.codec.seals import Seal
from gitgates.decision.chain import PolicyChain, build_chain
from gitgates.decision.conditions import GivenArtifact
from gitgates.decision.decide import Question, decide
from gitgates.decision.knowledge import Knowledge, Obstacle
from gitgates.decision.result import Condition, Decision
from gitgates.decision.signed import Signed
from gitgates.gates.evaluate import all_passed, evaluate
from gitgates.model.checks import Evaluation
from gitgates.model.metrics import Metrics, ModelMetrics, SecurityScanResults, TestMetrics
from gitgates.model.names import DeploymentContext
from gitgates.model.policy import Policy, Signer
from gitgates.model.provenance import Artifact, Subject
from gitgates.model.records import (
    Check,
    DecisionRecord,
    DeploymentRecord,
    EndorsementRecord,
    PolicyRecord,
    ReportRecord,
    RollbackRecord,
    VersionRecord,
    WithdrawalRecord,
)
from gitgates.model.thresholds import GateThresholds, default_thresholds
from gitgates.model.waivers import WaiverRecord

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
COMMIT = "c" * 40
SIGNERS = tuple(Signer(name, f"ssh-ed25519 {name}") for name in ("alice", "bob", "carol", "dave"))
KEYS = {signer.principal: signer.key for signer in SIGNERS}

GOOD = Metrics(
    TestMetrics(100, 100, 0, 0, 1.5, 95),
    ModelMetrics(0.9, latency_ms=100, throughput_tokens_per_sec=50, memory_mb=1000),
    SecurityScanResults(0, 0, 0, 0),
)
BAD = attrs.evolve(GOOD, tests=TestMetrics(100, 50, 50, 0, 1.5, 95))

POLICY = """\
format = "gitgates-policy/1"
ledger_branch = "main"
admin_quorum = 1
[members]
alice = ["admin", "approver", "checker", "deployer"]
bob = ["admin", "approver", "checker", "deployer"]
carol = ["approver"]
[contexts.staging]
[contexts.production]
"""


def identity(*parts: object) -> str:
    """Return an id that depends on `parts`."""
    return sha256(repr(parts).encode()).hexdigest()


def signed_as(name: str, record: Any, key: str | None = None, salt: object = "") -> Signed[Any]:
    """Return `record` with a made-up id, signed with the key of the principal `name` unless told otherwise."""
    return Signed(identity(record, salt), record, key or KEYS.get(name, f"ssh-ed25519 {name}"))


def rules(text: str = POLICY, signers: Iterable[Signer] = SIGNERS[:3]) -> Policy:
    return parse_policy(text, signers)


def in_production(**values: str | int) -> Policy:
    """Return the usual policy with settings of production, as TOML values."""
    return rules(POLICY + "".join(f"{key} = {value}\n" for key, value in values.items()))


def policy(
    parsed: Policy, *parents: Signed[Any], by: str = "alice", key: str | None = None, **values: Any
) -> Signed[PolicyRecord]:
    """Return a policy record; without parents it is a root."""
    record = PolicyRecord(
        ledger=(parents[0].record.ledger or parents[0].id) if parents else None,
        parents=tuple(sorted(parent.id for parent in parents)),
        created=values.pop("created", NOW - timedelta(days=10)),
        author=by,
        policy_toml="",
        allowed_signers="",
        parsed=parsed,
        **values,
    )
    return signed_as(by, record, key)


def endorsement(of: Signed[Any], by: str, ledger: str, key: str | None = None) -> Signed[EndorsementRecord]:
    return signed_as(by, EndorsementRecord(ledger=ledger, created=NOW, author=by, endorses=of.id), key)


class World:
    """A ledger in memory: policies, seals, and the records of one model version, appended one after the other."""

    def __init__(self, parsed: Policy | None = None) -> None:
        self.root = policy(parsed or rules())
        self.policies: list[Signed[PolicyRecord]] = [self.root]
        self.endorsements: list[Signed[EndorsementRecord]] = []
        self.seals: dict[str, Seal] = {}
        self.records: list[Signed[VersionRecord]] = []
        self.heads: tuple[str, ...] = ()

    # --- policies ---

    def follow(self, parsed: Policy, *parents: Signed[Any], seals: Iterable[Signed[Any]] = (), **values: Any) -> Any:
        """Add a policy after `parents` (the last one by default) that seals the records `seals`."""
        heads = tuple(sorted(signed.id for signed in seals))
        if heads:
            values["seal"] = identity("seal", heads)
            self.seals[values["seal"]] = {("veran", "v1"): heads}
        made = policy(parsed, *(parents or (self.policies[-1],)), **values)
        self.policies.append(made)
        return made

    # --- records of the version ---

    def add(
        self, cls: type[Any], by: str, key: str | None = None, after: Iterable[Any] | None = None, **values: Any
    ) -> Any:
        """Append a record after the heads, or after the records `after`."""
        parents = self.heads if after is None else tuple(sorted(signed.id for signed in after))
        heading: dict[str, Any] = {
            "ledger": self.root.id,
            "policy": self.policies[-1].id,
            "parents": parents,
            "created": NOW - timedelta(hours=1),
            "author": by,
            "model": "veran",
            "version": "v1",
            "context": "production",
        }
        made = signed_as(by, cls(**heading | values), key, len(self.records))
        self.records.append(made)
        self.heads = tuple(sorted((set(self.heads) - set(parents)) | {made.id}))
        return made

    def report(self, metrics: Metrics = GOOD, by: str = "alice", **values: Any) -> Any:
        profile = DeploymentContext(values.pop("profile", values.get("context", "production")))
        evaluation = Evaluation(
            "gates/1",
            profile,
            values.pop("required_gates", ("model_quality", "security", "tests")),
            values.pop("require_evidence", profile == "production"),
            values.pop("thresholds", default_thresholds(profile)),
            metrics,
        )
        checks = evaluate(evaluation)
        facts: dict[str, Any] = {
            "stage": "pre",
            "rules": evaluation.rules,
            "profile": profile,
            "required_gates": evaluation.required_gates,
            "require_evidence": evaluation.require_evidence,
            "subject": Subject(commit=COMMIT, dirty=False),
            "thresholds": evaluation.thresholds,
            "origins": (),
            "inputs": (),
            "metrics": metrics,
            "checks": tuple(Check(c.gate_name, c.status, c.passed, c.message) for c in checks),
            "outcome": "passed" if all_passed(checks) else "failed",
        }
        return self.add(ReportRecord, by, **facts | values)

    def approve(self, report: Any, by: str = "bob", **values: Any) -> Any:
        facts: dict[str, Any] = {
            "approved": True,
            "report": report.id,
            "forced": False,
            "context": report.record.context,
        }
        return self.add(DecisionRecord, by, **facts | values)

    def reject(self, by: str = "bob", **values: Any) -> Any:
        facts: dict[str, Any] = {"approved": False, "forced": False, "reason": "it stutters"}
        return self.add(DecisionRecord, by, **facts | values)

    def withdraw(self, decision: Any, by: str = "bob", **values: Any) -> Any:
        return self.add(WithdrawalRecord, by, withdraws=decision.id, reason="a mistake", **values)

    def waive(self, finding: str, by: str = "bob", **values: Any) -> Any:
        facts: dict[str, Any] = {"finding": finding, "expires": NOW + timedelta(days=1), "reason": "never called"}
        return self.add(WaiverRecord, by, **facts | values)

    def deploy(self, by: str = "alice", **values: Any) -> Any:
        return self.add(DeploymentRecord, by, **{"target": "cluster", "phase": "succeeded"} | values)

    def roll_back(self, by: str = "alice", **values: Any) -> Any:
        return self.add(RollbackRecord, by, **{"target": "cluster", "phase": "succeeded"} | values)

    # --- answers ---

    def chain(self, adopted: str | None = None) -> PolicyChain:
        return build_chain(self.root.id, self.policies, self.endorsements, adopted)

    def known(
        self,
        records: Iterable[Signed[VersionRecord]] | None = None,
        *,
        adopted: str | None = None,
        now: datetime = NOW,
        elsewhere: frozenset[str] = frozenset(),
        obstacles: tuple[Obstacle, ...] = (),
        seals: Mapping[str, Seal] | None = None,
    ) -> Knowledge:
        return Knowledge(
            self.chain(adopted),
            self.seals if seals is None else seals,
            self.records if records is None else records,
            name=("veran", "v1"),
            now=now,
            elsewhere=elsewhere,
            obstacles=obstacles,
        )

    def decision(self, context: str = "production", artifacts: tuple[Any, ...] = (), **values: Any) -> Decision:
        return decide(self.known(**values), Question("veran", "v1", context, artifacts))

    def condition(self, number: int, context: str = "production", **values: Any) -> Condition:
        return self.decision(context, **values).conditions[number - 1]


def loose(**values: float) -> GateThresholds:
    """Return production's thresholds with some replaced."""
    return GateThresholds(**default_thresholds(DeploymentContext.PRODUCTION).to_dict() | values)


def allowed(parsed: Any = None) -> World:
    """A version that bob approved for production."""
    world = World(parsed)
    world.approve(world.report())
    return world


def facts_of(record: Any, **changes: Any) -> dict[str, Any]:
    names = [a.name for a in attrs.fields(type(record)) if a.name not in ("parents", "author", "ledger", "policy")]
    return {name: getattr(record, name) for name in names} | changes


def artifact(name: str) -> Artifact:
    return Artifact(name, "file", identity(name), 3)


def given_artifact(name: str) -> GivenArtifact:
    return GivenArtifact(name, "file", identity(name))
