"""Metrics of DVC in YAML: what JSON would hold, found where no other format fits."""

import pytest

from gitgates.errors import InputFileError
from gitgates.formats.base import Role
from gitgates.formats.detect import read
from gitgates.model.metrics import ModelMetrics
from tests.unit.formats.models import read_model

VALUES = {"val": {"accuracy": 0.66, "loss": 1e-05}, "rouge/l": 31.5, "latency_ms": 12, "model": "veran", "none": None}
BY_HAND = """\
# of the nightly run

---
val:
  accuracy: 0.66   # of 1,000
  loss: 1e-05
"rouge/l": 31.5
latency_ms: 12
model: veran
none: ~
"""


def _dumped(flow: bool | None) -> str:
    import yaml

    return str(yaml.safe_dump({"a": 1, **VALUES}, default_flow_style=flow, sort_keys=False))


@pytest.mark.parametrize("text", [BY_HAND, BY_HAND.replace("\n", "\r\n"), _dumped(False), _dumped(None)])
def test_the_numbers_are_those_of_the_same_json(text: str) -> None:
    reading, same = read_model(text, "val.accuracy", memory_mb="rouge/l"), read_model(VALUES, "val.accuracy")
    assert reading.format == "dvc-yaml"
    assert reading.metrics == ModelMetrics(0.66, latency_ms=12, memory_mb=31.5)
    assert same.format == "dvc"
    assert reading.numbers is not None
    assert same.numbers is not None
    mine, others = reading.numbers(), same.numbers()
    for name in ("val.accuracy", "val.loss", "rouge/l", "latency_ms"):
        assert mine.get(name) == others.get(name)


def test_names_of_our_metrics_need_no_mapping() -> None:
    assert read_model("quality_score: 0.9\naccuracy: 0.8\n").metrics == ModelMetrics(0.9, accuracy=0.8)
    with pytest.raises(InputFileError, match=r"no number in it is called quality_score.*Candidates: f1"):
        read_model("f1: 0.9\n")


NOT_METRICS = {
    "texts": ("a: x\nb: 1\nc: y\n", "is YAML, but not of metrics"),
    "a list": ("a: 1\nb: [1]\n", "is YAML, but not of metrics"),
    "truth": ("a: 1\nb: true\n", "is YAML, but not of metrics"),
    "a log": ("ERROR: no: such file\n", "is not valid YAML"),
    "an object of Python": ("a: !!python/object/apply:os.system [x]\n", "has an anchor, an alias or a tag at line 1"),
    "a key twice": ("a: 1\na: 2\n", "the key 'a' stands twice"),
    "cut within a number": ("a: 1\nb: 0.9", "does not end with a line break"),
    "half a key": ("val:\n  a: 1\n  b\n", "is not valid YAML"),
    "an empty page": ("---\n", "is of no known format for --metrics or --baseline: text"),
    "two documents": ("a: 1\n---\na: 2\n", "is of no known format for --metrics or --baseline: text"),
    "a list of YAML": ("- a: 1\n", "is of no known format for --metrics or --baseline: text"),
    "words": ("PASSED 12\n", "is of no known format for --metrics or --baseline: text that begins with 'PASSED 12"),
    "a URL": ("https://example.com\n", "is of no known format for --metrics or --baseline: text"),
    "not a number": ("a: .nan\nb: 1\n", "has no number a, which is to be quality_score"),
}


@pytest.mark.parametrize(("text", "fault"), NOT_METRICS.values(), ids=NOT_METRICS.keys())
def test_refused(text: str, fault: str) -> None:
    with pytest.raises(InputFileError) as caught:
        read_model(text, "a")
    assert caught.value.message.startswith(f"m: {fault}")


@pytest.mark.parametrize("role", [Role.TESTS, Role.SECURITY])
def test_it_is_taken_for_metrics_only_where_it_is_given_as_metrics(role: Role) -> None:
    with pytest.raises(
        InputFileError, match=f"^m: is of no known format for {role.flags}: text that begins with 'a: 1"
    ):
        read(role, "m", b"a: 1\n")


def test_another_text_is_told_by_its_name() -> None:
    with pytest.raises(InputFileError, match=r"^m: is LCOV tracefile, .*Give it with --test-metrics"):
        read(Role.MODEL, "m", b"TN: x\nSF:a\nDA:1,1\nend_of_record\n")
