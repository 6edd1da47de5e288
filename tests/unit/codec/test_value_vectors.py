"""The test vectors of single values, as the codec, the trust layer and the rules read them."""

import json
import struct
from typing import Any

import pytest

from gitgates.codec.convert import Converter, read_time, time_text
from gitgates.codec.json_text import number_text, parse, render
from gitgates.codec.policy_toml import parse_policy
from gitgates.codec.seals import parse_seal, render_seal
from gitgates.decision.waivers import passes
from gitgates.errors import BadSignature, InvalidValue
from gitgates.gates.evaluate import all_passed, evaluate
from gitgates.ledger.index import anchor_bytes, notes_ref
from gitgates.model.checks import Evaluation
from gitgates.model.custom import MetricRule
from gitgates.model.metrics import Metrics
from gitgates.model.names import DeploymentContext, ModelVersion
from gitgates.model.paths import decode_component, version_folder
from gitgates.model.thresholds import GateThresholds
from gitgates.trust import allowed_signers, verify
from tests.support import CHECKOUT

VALUES = CHECKOUT / "tests" / "vectors" / "values"


def load(name: str) -> Any:
    return json.loads((VALUES / f"{name}.json").read_bytes())


def test_numbers() -> None:
    numbers = load("numbers")
    for item in numbers["accepted"]:
        value = int(item["integer"]) if "integer" in item else struct.unpack(">d", bytes.fromhex(item["double"]))[0]
        assert number_text(value) == item["json"]
        read = parse(item["json"].encode())
        assert read == value
        assert number_text(read) == item["json"]
    for text in numbers["refused"]:
        assert not is_canonical(text), text


def test_texts() -> None:
    texts = load("texts")
    for item in texts["accepted"]:
        assert render(item["text"]) == item["json"].encode() + b"\n"
        assert parse(item["json"].encode()) == item["text"]
    for text in texts["refused"]:
        assert not is_canonical(text), text


def is_canonical(text: str) -> bool:
    try:
        return render(parse(text.encode())) == text.encode() + b"\n"
    except InvalidValue:
        return False


def test_times() -> None:
    times = load("times")
    for text in times["accepted"]:
        assert time_text(read_time(text)) == text
    for text in times["refused"]:
        with pytest.raises(InvalidValue, match="expected a time"):
            read_time(text)


def test_paths() -> None:
    paths = load("paths")
    for item in paths["accepted"]:
        name = ModelVersion(item["model"], item["version"])
        assert version_folder(name.model, name.version) == item["folder"]
        assert [decode_component(part) for part in item["folder"].split("/")[2:]] == [name.model, name.version]
        assert anchor_bytes(name.model, name.version).decode() == item["anchor"]
        assert notes_ref(name.model) == item["notes_ref"]
    for text in paths["refused_names"]:
        with pytest.raises(InvalidValue):
            ModelVersion("m", text)
    for text in paths["refused_components"]:
        with pytest.raises(InvalidValue):
            decode_component(text)


def test_allowed_signers() -> None:
    signers = load("allowed_signers")
    for item in signers["accepted"]:
        assert [[s.principal, s.key] for s in allowed_signers.parse(item["text"])] == item["signers"]
    for text in signers["refused"]:
        with pytest.raises(InvalidValue, match="line"):
            allowed_signers.parse(text)


def test_signatures() -> None:
    vectors = load("signatures")
    for item in vectors["signatures"]:
        try:
            verify.verify(vectors["message"].encode(), item["signature"].encode())
            accepted = True
        except BadSignature:
            accepted = False
        assert accepted is item["accepted"], item["name"]


def test_seals() -> None:
    seals = load("seals")
    for item in seals["accepted"]:
        heads = {(model, version): tuple(ids) for model, version, ids in item["heads"]}
        assert parse_seal(item["text"].encode()) == heads
        assert render_seal(heads).decode() == item["text"]
    for text in seals["refused"]:
        with pytest.raises(InvalidValue):
            parse_seal(text.encode())


def test_policies() -> None:
    policies = load("policies")
    for item in policies["accepted"]:
        policy = parse_policy(item["policy_toml"], allowed_signers.parse(item["allowed_signers"]))
        assert render(Converter().unstructure(policy)) == render(item["parsed"])
    for item in policies["refused"]:
        with pytest.raises(InvalidValue):
            parse_policy(item["policy_toml"], allowed_signers.parse(item["allowed_signers"]))


BUILT_IN = [
    pytest.param(load(file), case, id=f"{file}: {case['name']}")
    for file in ("gates", "unknown_severities")
    for case in load(file)["cases"]
]


@pytest.mark.parametrize(("common", "entry"), BUILT_IN)
def test_gates(common: dict[str, Any], entry: dict[str, Any]) -> None:
    evaluation = Evaluation(
        common["rules"],
        DeploymentContext(entry["profile"]),
        tuple(entry["required_gates"]),
        entry["require_evidence"],
        Converter().structure(GateThresholds, entry["thresholds"]),
        Converter().structure(Metrics, entry["metrics"]),
        allow_unknown_severities=common.get("allow_unknown_severities", False),
    )
    checks = evaluate(evaluation)
    found = [{"gate": check.gate_name, "status": check.status.value, "passed": check.passed} for check in checks]
    assert found == entry["checks"]
    assert ("passed" if all_passed(checks) else "failed") == entry["outcome"]


@pytest.mark.parametrize("entry", [pytest.param(case, id=case["name"]) for case in load("metrics")["cases"]])
def test_metrics(entry: dict[str, Any]) -> None:
    common = load("metrics")
    evaluation = Evaluation(
        common["rules"],
        DeploymentContext(common["profile"]),
        tuple(common["required_gates"]),
        entry["require_evidence"],
        Converter().structure(GateThresholds, common["thresholds"]),
        Converter().structure(Metrics, entry["metrics"]),
        metric_rules=tuple(Converter().structure(MetricRule, rule) for rule in entry["metric_rules"]),
    )
    (check,) = [check for check in evaluate(evaluation) if check.gate_name == entry["check"]["gate"]]
    assert {"status": check.status.value, "passed": check.passed} | {"gate": check.gate_name} == entry["check"]


@pytest.mark.parametrize("entry", [pytest.param(case, id=case["name"]) for case in load("waivers")["cases"]])
def test_waivers(entry: dict[str, Any]) -> None:
    common = load("waivers")
    evaluation = Evaluation(
        common["rules"],
        DeploymentContext(common["profile"]),
        tuple(common["required_gates"]),
        common["require_evidence"],
        Converter().structure(GateThresholds, common["thresholds"]),
        Converter().structure(Metrics, entry["metrics"]),
    )
    assert passes(evaluation, frozenset(entry["waived"])) is entry["passes"]
    assert not all_passed(evaluate(evaluation))


def test_every_file_of_values_is_tested_here() -> None:
    names = {path.stem for path in VALUES.iterdir()}
    assert names == {
        "allowed_signers",
        "gates",
        "metrics",
        "numbers",
        "paths",
        "policies",
        "seals",
        "signatures",
        "texts",
        "times",
        "unknown_severities",
        "waivers",
    }
