"""The tables of `docs/spec/record-format.md` are those of the code."""

import contextlib
import json
import re
import types
import typing
from collections.abc import Callable
from enum import Enum
from typing import Any

import attrs
import pytest

from gitgates.codec import json_text
from gitgates.codec.durations import parse_duration
from gitgates.codec.json_text import render
from gitgates.codec.policy_toml import NO_LIMIT, default_context
from gitgates.codec.records import KINDS, RecordCodec, size_limit
from gitgates.errors import InvalidValue
from gitgates.model import (
    checks,
    claims,
    custom,
    entries,
    fields,
    metric_paths,
    metrics,
    names,
    policy,
    provenance,
    records,
    thresholds,
    vulnerabilities,
)
from gitgates.model.fields import Number
from gitgates.model.late import LATE
from gitgates.model.names import DeploymentContext, check_context
from gitgates.trust import sshsig
from tests.support import CHECKOUT

SPEC = (CHECKOUT / "docs" / "spec" / "record-format.md").read_text()
VECTORS = CHECKOUT / "tests" / "vectors"
INDEX: dict[str, Any] = json.loads((VECTORS / "vectors.json").read_bytes())
HEADING = ("format", "kind")

CLASSES: dict[str, type[Any]] = {
    "Object: subject": provenance.Subject,
    "Object: claim": claims.Claim,
    "Object: artifact": provenance.Artifact,
    "Object: thresholds": thresholds.GateThresholds,
    "Object: origin": provenance.Origin,
    "Object: input": provenance.Input,
    "Object: metric_path": metric_paths.MetricPath,
    "Object: metrics": metrics.Metrics,
    "Object: tests": metrics.TestMetrics,
    "Object: model": metrics.ModelMetrics,
    "Object: security": metrics.SecurityScanResults,
    "Object: vulnerability": vulnerabilities.Vulnerability,
    "Object: baseline": provenance.Baseline,
    "Object: check": records.Check,
    "Object: measurement": custom.Measurement,
    "Object: metric_rule": custom.MetricRule,
    "Object: previous": records.Previous,
    "Object: parsed": policy.Policy,
    "Object: member": policy.Member,
    "Object: signer": policy.Signer,
    "Object: rule": policy.ContextPolicy,
    "Object: floor": policy.Floor,
    **{f"Kind: {kind}": cls for kind, cls in KINDS.items()},
}
OBJECTS = {cls: title.removeprefix("Object: ") for title, cls in CLASSES.items() if title.startswith("Object")}
TEXTS = ("text", "id", "word", "time", "principal", "name", "context")


def section(title: str) -> str:
    """Return the text below a heading, up to the next one."""
    match = re.search(rf"^###? {re.escape(title)}\n(.*?)(?=^##|\Z)", SPEC, re.MULTILINE | re.DOTALL)
    assert match, f"the specification has no section {title!r}"
    return match[1]


def rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if not set(row[0]) <= {"-"}]


def table(title: str) -> list[list[str]]:
    header, *rest = rows(section(title))
    assert header == ["key", "required", "type", "meaning"]
    return [[row[0].strip("`"), *row[1:]] for row in rest]


def own_fields(cls: type[Any]) -> "list[attrs.Attribute[Any]]":
    """Return the fields that a class's table lists: of a record, those that not every record has."""
    common = {field.name for field in attrs.fields(entries.VersionEntry)} if issubclass(cls, entries.Entry) else set()
    return [field for field in attrs.fields(cls) if field.init and field.name not in common]


def split(kind: Any) -> tuple[bool, Any]:
    """Return whether a field may be absent, and its type otherwise."""
    if isinstance(kind, types.UnionType) and types.NoneType in kind.__args__:
        rest = tuple(arg for arg in kind.__args__ if arg is not types.NoneType)
        return True, rest[0] if len(rest) == 1 else Number
    return False, kind


def kind_of(slot: "attrs.Attribute[Any]") -> Any:
    """Return the type of a field, also of one whose class is imported late."""
    late = slot.metadata.get(LATE)
    return slot.type if late is None else tuple.__class_getitem__((late(), ...)) | None


def may_be_absent(slot: "attrs.Attribute[Any]") -> bool:
    return split(kind_of(slot))[0] or fields.OMIT_DEFAULT in slot.metadata


def fits(told: str, kind: Any) -> bool:
    if typing.get_origin(kind) is tuple:
        word, item = told.removeprefix("array of "), typing.get_args(kind)[0]
        return told.startswith("array of ") and (word == OBJECTS[item] if item in OBJECTS else fits(word, item))
    if kind == Number:
        return told == "number"
    if kind in OBJECTS:
        return told == f"object {OBJECTS[kind]}"
    if issubclass(kind, Enum):
        return told == "word"
    simple = {bool: ("true or false",), int: ("count",)}
    return told in simple.get(kind, TEXTS)


def test_every_table_is_checked() -> None:
    titles = set(re.findall(r"^### ((?:Kind|Object): \w+)$", SPEC, re.MULTILINE))
    assert titles == set(CLASSES)


@pytest.mark.parametrize("title", CLASSES)
def test_table_has_the_fields_in_their_order(title: str) -> None:
    slots = own_fields(CLASSES[title])
    told = table(title)
    assert [row[0] for row in told] == [slot.name for slot in slots]
    assert [row[1] for row in told] == ["no" if may_be_absent(slot) else "yes" for slot in slots]
    assert [row[:3] for row, slot in zip(told, slots, strict=True) if not fits(row[2], split(kind_of(slot))[1])] == []


def test_tables_of_common_keys_have_the_fields_in_their_order() -> None:
    every, of_version = table("Every record"), table("Every record of a model version")
    slots = [slot.name for slot in attrs.fields(entries.VersionEntry)]
    assert [row[0] for row in (*every, *of_version)] == [*HEADING, *slots]
    kinds = next(row[3] for row in every if row[0] == "kind")
    assert sorted(re.findall(r"`(\w+)`", kinds)) == sorted(KINDS)


def required(kind: str) -> dict[str, bool]:
    """Return by key whether a record of `kind` must have it, as the tables and their words say."""
    in_folder = kind in ("policy", "endorsement")
    common = table("Every record") + ([] if in_folder else table("Every record of a model version"))
    told = {row[0]: row[1] == "yes" for row in common + table(f"Kind: {kind}")}
    return told | {"ledger": True, "policy": not in_folder}


@pytest.mark.parametrize("entry", [pytest.param(entry, id=entry["name"]) for entry in INDEX["valid"]])
def test_records_without_a_key_are_refused_exactly_where_the_tables_say(entry: dict[str, Any]) -> None:
    value = json.loads((VECTORS / entry["file"]).read_bytes())
    wanted = required(value["kind"])
    assert list(value) == [key for key in wanted if key in value]
    special = {"report", "reason", "ledger", "policy"}  # words of the tables, tested by the vectors
    for key in value.keys() - special:
        data = render({name: item for name, item in value.items() if name != key})
        try:
            RecordCodec().decode(data)
            refused = False
        except InvalidValue:
            refused = True
        assert refused is wanted[key], key


def test_default_rules() -> None:
    told = [row for row in rows(section("From `policy.toml` to `parsed`")) if len(row) == 4]
    by_name = {row[0].strip("`"): row[1:] for row in told}
    for column, context in enumerate(DeploymentContext):
        rule = default_context(context)
        limits = thresholds.default_thresholds(context).to_dict()
        floors = {floor.threshold: floor.value for floor in rule.floors}
        assert floors == (limits if by_name["thresholds"][column] != "none" else {})
        assert {name: float(by_name[name][column]) for name in thresholds.NAMES} == limits
        for key in (
            "required_approvals",
            "separation_of_duties",
            "allow_force",
            "allow_waivers",
            "allow_unknown_severities",
            "require_evidence",
            "require_artifacts",
        ):
            assert json.loads(by_name[key][column]) == getattr(rule, key)
        gates = tuple(re.findall(r"`(\w+)`", by_name["required_gates"][column]))
        assert gates == rule.required_gates
        assert by_name["require_baseline"][column] == rule.require_baseline
        for key in ("max_report_age", "approval_expires"):
            text = by_name[key][column]
            assert (None if text == NO_LIMIT else parse_duration(text)) == getattr(rule, key)
    assert set(by_name) == {"default", "threshold", *thresholds.NAMES, *RULE_KEYS}


RULE_KEYS = {field.name for field in attrs.fields(policy.ContextPolicy)} - {
    "name",
    "profile",
    "promoted_from",
    "floors",
    "metric_rules",
    "metric_paths",
    "afs_status",
} | {"thresholds"}


def test_limits() -> None:
    told = {row[0].strip("`"): int(row[1].split()[0]) for row in rows(section("13. Limits"))[1:]}
    assert told == {
        "a record": size_limit("report"),
        "a `policy` record": size_limit("policy"),
        "a signature file": sshsig._MAX_BYTES,
        "a seal file": entries.MAX_POLICY_RECORD_BYTES,
        "parents": entries.MAX_PARENTS,
        "levels of JSON below the outermost value": json_text.MAX_DEPTH,
        "a name": names.MAX_NAME_BYTES,
        "a principal": longest(lambda text: fields.PRINCIPAL.fullmatch(text) is not None),
        "a context": longest(lambda text: check_context(text) == text),
    }


def longest(accepts: Callable[[str], bool]) -> int:
    """Return how many letters are accepted."""
    length = 1
    with contextlib.suppress(InvalidValue):
        while accepts("a" * (length + 1)):
            length += 1
    return length


def test_statuses() -> None:
    words = re.findall(r"`(\w+)`", next(row[3] for row in table("Object: check") if row[0] == "status"))
    assert words == [status.value for status in checks.GateStatus]
