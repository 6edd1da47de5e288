"""Records as bytes: the container, sizes, canonical form, and the paths of errors."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest

from gitgates.codec.policy_toml import initial_policy, parse_policy
from gitgates.codec.records import KINDS, NewerFormat, RecordCodec, record_id, size_limit
from gitgates.errors import InvalidValue
from gitgates.model.checks import GateStatus
from gitgates.model.entries import MAX_POLICY_RECORD_BYTES, MAX_RECORD_BYTES
from gitgates.model.metrics import Metrics, ModelMetrics, SecurityScanResults, TestMetrics
from gitgates.model.names import DeploymentContext
from gitgates.model.policy import Signer
from gitgates.model.provenance import Artifact, Baseline, Input, Origin, Subject
from gitgates.model.records import Check, DecisionRecord, PolicyRecord, ReportRecord
from gitgates.model.thresholds import GateThresholds

ID, OTHER = "a" * 64, "b" * 64
HEADING: dict[str, Any] = {
    "ledger": ID,
    "policy": OTHER,
    "parents": (ID, OTHER),
    "created": datetime(2026, 11, 23, 9, 30, tzinfo=UTC),
    "author": "alice@example.com",
    "model": "veran",
    "version": "v6.2",
    "context": "staging",
}
REPORT = ReportRecord(
    **HEADING,
    stage="pre",
    rules="gates/1",
    profile=DeploymentContext.STAGING,
    required_gates=("tests",),
    require_evidence=False,
    subject=Subject(commit="c" * 40, dirty=True, artifacts=(Artifact("model.bin", "file", ID, 12),)),
    thresholds=GateThresholds(),
    origins=(Origin("max_regression", "gates.toml"),),
    inputs=(Input("tests", "coverage.json", "coverage-json", ID),),
    metrics=Metrics(TestMetrics(20, 19), ModelMetrics(0.9), SecurityScanResults(0)),
    baseline=Baseline(source="values", metrics=ModelMetrics(None, latency_ms=5.5)),
    checks=(Check("tests", GateStatus.PASSED, True, "fine"),),
    outcome="passed",
)
CODEC = RecordCodec()
DATA = CODEC.encode(REPORT)
REJECTION = DecisionRecord(**HEADING, approved=False, forced=False, reason="slow")


def _changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    value = json.loads(DATA)
    change(value)
    return (json.dumps(value, indent=2) + "\n").encode()


def test_the_bytes_of_a_record() -> None:
    assert (
        CODEC.encode(REJECTION).decode()
        == f"""\
{{
  "format": "gitgates-record/1",
  "kind": "decision",
  "ledger": "{ID}",
  "policy": "{OTHER}",
  "parents": [
    "{ID}",
    "{OTHER}"
  ],
  "created": "2026-11-23T09:30:00.000000Z",
  "author": "alice@example.com",
  "model": "veran",
  "version": "v6.2",
  "context": "staging",
  "approved": false,
  "forced": false,
  "reason": "slow"
}}
"""
    )


def test_both_ways() -> None:
    assert CODEC.decode(DATA) == REPORT
    assert CODEC.encode(CODEC.decode(DATA)) == DATA
    assert record_id(DATA) == sha256(DATA).hexdigest()


def test_kinds() -> None:
    assert list(KINDS) == [
        "report", "decision", "deployment", "rollback", "withdrawal", "waiver", "assertion", "policy", "endorsement",
    ]  # fmt: skip
    assert (size_limit("policy"), size_limit("report")) == (MAX_POLICY_RECORD_BYTES, MAX_RECORD_BYTES)


def _set(*path: Any, to: Any) -> Callable[[dict[str, Any]], object]:
    def change(value: Any) -> None:
        for key in path[:-1]:
            value = value[key]
        value[path[-1]] = to

    return change


def _drop(*path: Any) -> Callable[[dict[str, Any]], object]:
    def change(value: Any) -> None:
        for key in path[:-1]:
            value = value[key]
        del value[path[-1]]

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_set("format", to="other/1"), "$.format: must be 'gitgates-record/1', got 'other/1'"),
        (_set("format", to=3), "$.format: must be 'gitgates-record/1', got 3"),
        (_drop("format"), "$.format: must be 'gitgates-record/1', got None"),
        (_set("context", to="Prod"), "$.context: a context is"),
        (_set("model", to="a:b"), "$.model: the model 'a:b' holds a colon"),
        (_set("version", to=3), "$.version: expected text, got a number"),
        (_set("created", to="yesterday"), "$.created: expected a time like"),
        (_set("author", to="Alice"), "$.author: must be a principal"),
        (_set("parents", to=[OTHER, ID]), "$.parents: must be sorted"),
        (_set("parents", to=["x"]), "$.parents: must be 64 lower-case"),
        (_set("profile", to="prod"), "$.profile: must be one of development, staging, production, got 'prod'"),
        (_drop("outcome"), "$.outcome: missing"),
        (_drop("policy"), "$.policy: missing"),
        (_set("checks", 0, "status", to="PASS"), "$.checks[0].status: must be one of passed"),
        (_set("checks", 0, "passed", to=1), "$.checks[0].passed: expected true or false, got a number"),
        (_set("metrics", "tests", "passed_tests", to=21), "$.metrics.tests.total_tests: is 20, less than"),
        (_set("metrics", "tests", "total_tests", to=20.5), "$.metrics.tests.total_tests: expected a whole number"),
        (_set("metrics", "model", "quality_score", to=2), "$.metrics.model.quality_score: must be in 0..1, got 2"),
        (
            _set("metrics", "model", "quality", to=1),
            "$.metrics.model.quality: unknown key. Did you mean quality_score?",
        ),
        (_set("thresholds", "min_test_pass_rate", to=95), "$.thresholds.min_test_pass_rate: must be in 0..1"),
        (_set("thresholds", "explicit", to=[]), "$.thresholds.explicit: unknown key"),
        (_set("subject", "commit", to="c" * 39), "$.subject.commit: must be a full commit id"),
        (_set("subject", "artifacts", 0, "size", to=-1), "$.subject.artifacts[0].size: must not be negative"),
        (_set("baseline", "record", to=ID), "$.baseline.record: stands exactly where"),
        (_set("baseline", to=None), "$: null is not used"),
        (_set("extra", to=1), "$.extra: unknown key"),
    ],
)
def test_errors_name_the_field(change: Callable[[dict[str, Any]], object], message: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        CODEC.decode(_changed(change))
    assert str(caught.value).startswith(message)
    assert not isinstance(caught.value, NewerFormat)


def test_newer_formats() -> None:
    with pytest.raises(NewerFormat, match=r"\$.format: is 'gitgates-record/2'; this program knows gitgates-record/1"):
        CODEC.decode(_changed(_set("format", to="gitgates-record/2")))
    with pytest.raises(NewerFormat, match=r"\$.kind: unknown kind 'poem'"):
        CODEC.decode(_changed(_set("kind", to="poem")))
    with pytest.raises(NewerFormat, match=r"\$.kind: unknown kind \['report'\]"):
        CODEC.decode(_changed(_set("kind", to=["report"])))


@pytest.mark.parametrize("data", [b"[]\n", b'"x"\n', b"3\n"])
def test_no_object(data: bytes) -> None:
    with pytest.raises(InvalidValue, match=r"^\$: expected an object"):
        CODEC.decode(data)


@pytest.mark.parametrize(
    "data",
    [
        DATA + b"\n",
        DATA[:-1],
        b" " + DATA,
        DATA.replace(b"\n", b"\r\n"),
        DATA.replace(b"  ", b"\t"),
        DATA.replace(b'"dirty": true', b'"dirty":true'),
        DATA.replace(b"veran", b"v\\u0065ran"),
        DATA.replace(b"veran", b"ver\\/an"),
        DATA.replace(b'"latency_ms": 5.5', b'"latency_ms": 5.50'),
        DATA.replace(b'"latency_ms": 5.5', b'"latency_ms": 0.55e1'),
        DATA.replace(b'"size": 12', b'"size": -0'),
        DATA.replace(b'"quality_score": 0.9', b'"quality_score": 1.0'),
        DATA.replace(b'"quality_score": 0.9', b'"quality_score": -0'),
        DATA.replace(b"fine", b"\\ud800"),
        _changed(lambda value: value.update(kind=value.pop("kind"))),
        _changed(lambda value: value["thresholds"].pop("max_regression")),
        _changed(
            lambda value: value["metrics"]["tests"].update(total_tests=value["metrics"]["tests"].pop("total_tests"))
        ),
    ],
)
def test_only_the_canonical_form_is_read(data: bytes) -> None:
    assert data != DATA
    with pytest.raises(InvalidValue, match=r"^\$"):
        CODEC.decode(data)


@pytest.mark.parametrize("data", [DATA + b"\n", DATA[:-1], DATA.replace(b": ", b":"), DATA.replace(b"0.9", b"9e-1")])
def test_what_is_not_in_canonical_form_is_said_to_be(data: bytes) -> None:
    with pytest.raises(InvalidValue) as caught:
        CODEC.decode(data)
    assert str(caught.value) == "$: not in canonical form"


def test_a_key_twice() -> None:
    with pytest.raises(InvalidValue, match="the key 'stage' stands twice"):
        CODEC.decode(DATA.replace(b'  "stage"', b'  "stage": "post",\n  "stage"'))


def _rejection(size: int) -> DecisionRecord:
    """Return a record that has `size` bytes when encoded."""
    empty = len(CODEC.encode(DecisionRecord(**HEADING, approved=False, forced=False, reason="")))
    return DecisionRecord(**HEADING, approved=False, forced=False, reason="x" * (size - empty))


def test_sizes() -> None:
    largest = CODEC.encode(_rejection(MAX_RECORD_BYTES))
    assert len(largest) == MAX_RECORD_BYTES
    assert CODEC.decode(largest) == _rejection(MAX_RECORD_BYTES)
    with pytest.raises(InvalidValue, match="would have 65537 bytes, at most 65536 are allowed"):
        CODEC.encode(_rejection(MAX_RECORD_BYTES + 1))
    with pytest.raises(InvalidValue, match=r"^\$: 65537 bytes are too many for a decision record"):
        CODEC.decode(largest.replace(b"xxx", b"xxxx", 1))
    with pytest.raises(InvalidValue, match=r"^\$: 1048577 bytes are too many for a record"):
        CODEC.decode(b" " * (MAX_POLICY_RECORD_BYTES + 1))


def _policy(size: int) -> PolicyRecord:
    """Return a policy record that has `size` bytes when encoded."""
    parsed = parse_policy(initial_policy("alice", "main"), [Signer("alice", "ssh-ed25519 A")])
    facts: dict[str, Any] = {"created": HEADING["created"], "author": "alice", "parsed": parsed, "allowed_signers": ""}
    empty = len(CODEC.encode(PolicyRecord(**facts, policy_toml="")))
    return PolicyRecord(**facts, policy_toml="x" * (size - empty))


def test_a_policy_may_be_larger_than_other_records() -> None:
    largest = CODEC.encode(_policy(MAX_POLICY_RECORD_BYTES))
    assert len(largest) == MAX_POLICY_RECORD_BYTES
    assert CODEC.decode(largest) == _policy(MAX_POLICY_RECORD_BYTES)
    with pytest.raises(InvalidValue) as caught:
        CODEC.encode(_policy(MAX_POLICY_RECORD_BYTES + 1))
    told = "the policy record would have 1048577 bytes, at most 1048576 are allowed"
    assert str(caught.value) == f"{told}. Shorten its texts"


def test_what_no_record_can_hold() -> None:
    with pytest.raises(InvalidValue, match="lone surrogate"):
        CODEC.encode(DecisionRecord(**HEADING, approved=False, forced=False, reason="\ud800"))
