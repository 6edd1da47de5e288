"""What must hold of the record format for any record: it reads back, in one spelling, and no flipped byte passes."""

import json
import struct
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitgates.codec.json_text import number_text, parse, render
from gitgates.codec.policy_toml import default_context
from gitgates.codec.records import KINDS, RecordCodec
from gitgates.codec.seals import parse_seal, render_seal
from gitgates.errors import InvalidValue
from gitgates.model import records
from gitgates.model.checks import GateStatus
from gitgates.model.metric_paths import COVERAGE, METRICS, MetricPath
from gitgates.model.metrics import Metrics, ModelMetrics, SecurityScanResults, TestMetrics
from gitgates.model.names import DeploymentContext, check_name
from gitgates.model.paths import decode_component, encode_component
from gitgates.model.policy import Member, Policy, Role, Signer
from gitgates.model.provenance import Artifact, Baseline, Input, Origin, Subject
from gitgates.model.records import Record
from gitgates.model.thresholds import NAMES, GateThresholds
from gitgates.model.vulnerabilities import Vulnerability
from gitgates.model.waivers import WaiverRecord

CODEC = RecordCodec()


def _is_name(text: str) -> bool:
    try:
        check_name(text, "name")
    except InvalidValue:
        return False
    return True


ids = st.binary(min_size=32, max_size=32).map(bytes.hex)
id_sets = st.lists(ids, max_size=4, unique=True).map(lambda items: tuple(sorted(items)))
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
names = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20).filter(_is_name)
times = st.datetimes(timezones=st.just(UTC))
counts = st.integers(0, 2**63 - 1)
fractions = st.floats(0, 1) | st.sampled_from([0, 1])
amounts = st.floats(0, allow_infinity=False).filter(lambda x: not x.is_integer() or x < 2**63 or x >= 1e21) | counts
contexts = st.from_regex(r"[a-z][a-z0-9_-]{0,39}", fullmatch=True)
maybe_text = st.none() | texts

artifacts = st.builds(Artifact, texts, st.sampled_from(["file", "folder"]), ids, counts)
test_metrics = st.builds(
    lambda passed, failed, skipped, rest, seconds, coverage: TestMetrics(
        sum(filter(None, (passed, failed, skipped, rest))), passed, failed, skipped, seconds, coverage
    ),
    *[st.none() | st.integers(0, 2**40)] * 4,
    st.none() | amounts,
    st.none() | st.floats(0, 100),
)
some = {"fraction": st.none() | fractions, "amount": st.none() | amounts, "count": st.none() | counts}
model_metrics = st.builds(
    ModelMetrics,
    *[some["fraction"]] * 3,
    *[some["amount"]] * 4,
    some["fraction"],
    *[some["amount"]] * 2,
)
scans = st.builds(
    SecurityScanResults, *[some["count"]] * 4, maybe_text, maybe_text, unknown_vulnerabilities=some["count"]
) | st.dictionaries(st.from_regex(r"CVE-[0-9]{4}", fullmatch=True), st.integers(1, 9), max_size=3).map(
    lambda found: SecurityScanResults(
        0, sum(found.values()), vulnerabilities=tuple(Vulnerability(name, "high", n) for name, n in found.items())
    )
)
thresholds = st.builds(GateThresholds, *[fractions] * 4, amounts, *[counts] * 3, amounts, amounts)
baselines = st.builds(Baseline, source=st.sampled_from(["file", "values"]), metrics=model_metrics) | st.builds(
    Baseline, source=st.just("record"), record=ids, metrics=model_metrics
)
checks = st.builds(records.Check, texts, st.sampled_from(GateStatus), st.booleans(), texts)

heading = {"ledger": ids, "parents": id_sets, "created": times, "author": st.just("alice@example.com")}
of_version = heading | {"policy": ids, "model": names, "version": names, "context": contexts}
of_target = of_version | {
    "target": texts,
    "phase": st.sampled_from(["started", "succeeded", "failed"]),
    "started": st.none() | ids,
    "previous": st.none() | st.builds(records.Previous, names, ids),
    "artifacts": st.lists(artifacts, max_size=2).map(tuple),
    "decisions": id_sets,
    "reason": maybe_text,
}


def sources(metrics: Sequence[str]) -> st.SearchStrategy[tuple[MetricPath, ...]]:
    """Return tuples of metrics with names of numbers, in any order."""
    one = st.builds(MetricPath, st.sampled_from(metrics), st.text("a.b c/ü", min_size=1).map(lambda text: f"x{text}"))
    return st.lists(one, max_size=3, unique_by=lambda source: source.metric).map(tuple)


reports = st.builds(
    records.ReportRecord,
    **of_version,
    stage=st.sampled_from(["pre", "post"]),
    rules=texts,
    profile=st.sampled_from(DeploymentContext),
    required_gates=st.lists(texts, max_size=3, unique=True).map(lambda gates: tuple(sorted(gates))),
    require_evidence=st.booleans(),
    allow_unknown_severities=st.booleans(),
    subject=st.builds(
        Subject,
        commit=st.none() | ids | ids.map(lambda i: i[:40]),
        dirty=st.booleans(),
        artifacts=st.lists(artifacts, max_size=2).map(tuple),
    ),
    thresholds=thresholds,
    origins=st.lists(st.builds(Origin, st.sampled_from(NAMES), texts), max_size=2).map(tuple),
    inputs=st.lists(
        st.builds(Input, st.sampled_from(["tests", "model", "security", "baseline"]), texts, texts, ids)
        | st.builds(Input, st.sampled_from(["model", "baseline"]), texts, texts, ids, read_from=sources(METRICS))
        | st.builds(Input, st.just("tests"), texts, texts, ids, read_from=sources([COVERAGE])),
        max_size=2,
    ).map(tuple),
    metrics=st.builds(Metrics, st.none() | test_metrics, st.none() | model_metrics, st.none() | scans),
    baseline=st.none() | baselines,
    checks=st.lists(checks, max_size=3).map(tuple),
    outcome=st.sampled_from(["passed", "failed"]),
)
policies = st.builds(
    Policy,
    ledger_branch=st.just("refs/heads/main"),
    admin_quorum=st.just(1),
    members=st.just((Member("alice", tuple(sorted(Role))),)),
    signers=st.just((Signer("alice", "ssh-ed25519 A"),)),
    contexts=st.sampled_from(
        [tuple(sorted(map(default_context, DeploymentContext), key=lambda context: context.name)), ()]
    )
    | sources(METRICS).map(lambda pins: (attrs.evolve(default_context(DeploymentContext.STAGING), metric_paths=pins),)),
)
policy_facts = {
    "created": times,
    "author": st.just("alice"),
    "policy_toml": texts,
    "allowed_signers": texts,
    "parsed": policies,
    "seal": st.none() | ids,
    "admits": id_sets,
    "annuls": id_sets,
    "revoked": st.lists(texts, max_size=2, unique=True).map(lambda keys: tuple(sorted(keys))),
}
STRATEGIES: dict[str, st.SearchStrategy[Any]] = {
    "report": reports,
    "decision": st.builds(
        records.DecisionRecord, **of_version, approved=st.just(True), report=ids, forced=st.just(True),
        reason=st.text("ab", min_size=1), notes=maybe_text, on_behalf_of=maybe_text,
    ) | st.builds(
        records.DecisionRecord, **of_version, approved=st.just(False), report=st.none() | ids, forced=st.just(False),
        reason=maybe_text,
    ),
    "deployment": st.builds(records.DeploymentRecord, **of_target),
    "rollback": st.builds(records.RollbackRecord, **of_target, to_version=st.none() | names),
    "withdrawal": st.builds(records.WithdrawalRecord, **of_version, withdraws=ids, reason=texts),
    "waiver": st.builds(
        WaiverRecord, **of_version, finding=st.sampled_from([*NAMES, "CVE-2024-1", "GHSA-x:1.2"]),
        expires=st.just(datetime.max.replace(tzinfo=UTC)), reason=st.text("ab", min_size=1),
    ),
    "assertion": st.builds(
        records.AssertionRecord, **of_version, asserts=st.sampled_from(["approval", "rejection", "deployment"]),
        claimed_by=maybe_text, claimed_at=maybe_text, notes=maybe_text, source=texts, sha256=ids,
    ),
    "policy": st.builds(records.PolicyRecord, **policy_facts) | st.builds(
        records.PolicyRecord, **policy_facts | {"ledger": ids, "parents": id_sets.filter(bool)}
    ),
    "endorsement": st.builds(records.EndorsementRecord, **heading, endorses=ids),
}  # fmt: skip
any_record = st.one_of(*STRATEGIES.values())


def test_every_kind_is_tried() -> None:
    assert STRATEGIES.keys() == KINDS.keys()


@pytest.mark.parametrize("kind", STRATEGIES)
@settings(max_examples=60)
@given(data=st.data())
def test_records_read_back(kind: str, data: st.DataObject) -> None:
    record: Record = data.draw(STRATEGIES[kind])
    written = CODEC.encode(record)
    assert CODEC.decode(written) == record
    assert CODEC.encode(CODEC.decode(written)) == written
    assert json.loads(written)["kind"] == kind


@given(any_record, st.data())
def test_no_flipped_byte_reads_as_the_same_record(record: Record, data: st.DataObject) -> None:
    written = bytearray(CODEC.encode(record))
    place = data.draw(st.integers(0, len(written) - 1))
    written[place] ^= data.draw(st.integers(1, 255))
    try:
        changed = CODEC.decode(bytes(written))
    except InvalidValue:
        return
    assert changed != record
    assert CODEC.encode(changed) == bytes(written)


@given(any_record, st.data())
def test_no_cut_record_is_read(record: Record, data: st.DataObject) -> None:
    written = CODEC.encode(record)
    with pytest.raises(InvalidValue):
        CODEC.decode(written[: data.draw(st.integers(0, len(written) - 1))])


@given(st.binary(max_size=200) | texts.map(str.encode))
def test_garbage_is_refused_and_breaks_nothing(data: bytes) -> None:
    with pytest.raises(InvalidValue):
        CODEC.decode(data)


json_values: st.SearchStrategy[Any] = st.recursive(
    st.booleans() | texts | amounts | st.integers(-(2**63), 0),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_json_reads_back(value: Any) -> None:
    assert parse(render(value)) == value
    assert render(parse(render(value))) == render(value)


@given(st.recursive(st.booleans() | texts | st.none() | st.integers() | st.floats(), st.lists, max_leaves=8), st.data())
def test_replacing_values_in_a_record_raises_nothing_else(value: Any, data: st.DataObject) -> None:
    """Whatever stands in a field, `decode` reads the record or says what is wrong."""
    fields = json.loads(CODEC.encode(data.draw(any_record)))
    fields[data.draw(st.sampled_from(sorted(fields)))] = value
    written = json.dumps(fields, indent=2, ensure_ascii=False).encode() + b"\n"
    try:
        record = CODEC.decode(written)
    except InvalidValue as error:
        place = error.field
    else:
        place = "$"
        assert CODEC.encode(record) == written
    assert place.startswith("$")


@given(st.binary(min_size=8, max_size=8).map(lambda b: struct.unpack(">d", b)[0]))
def test_numbers_read_back(value: float) -> None:
    try:
        text = number_text(value)
    except InvalidValue:
        return
    assert float(text) == value
    assert parse(text.encode()) == value


@given(st.dictionaries(st.tuples(names, names), id_sets.filter(bool), max_size=4))
def test_seals_read_back(heads: dict[tuple[str, str], tuple[str, ...]]) -> None:
    assert parse_seal(render_seal(heads)) == heads


@given(names)
def test_path_components_read_back(name: str) -> None:
    component = encode_component(name)
    assert decode_component(component) == name
    assert len(component) <= 240
    assert component not in (".", "..")


@given(times, names, names)
def test_created_orders_as_its_text(moment: datetime, model: str, version: str) -> None:
    record = records.WithdrawalRecord(
        ledger="a" * 64, policy="a" * 64, created=moment, author="a", model=model, version=version, context="staging",
        withdraws="b" * 64, reason="",
    )  # fmt: skip
    assert CODEC.decode(CODEC.encode(record)).created == moment
