"""Model cards, and the YAML of their heads."""

from typing import Any

import pytest
import yaml

from gitgates.errors import InputFileError
from gitgates.formats import yaml_text
from gitgates.model.metrics import ModelMetrics
from tests.unit.formats.models import read_model

RESULT = """\
  - task:
      type: text-classification
    dataset:
      name: glue
      config: sst2
      split: test
    metrics:
    - type: accuracy
      value: 0.93
    - type: f1
      value: "93.1%"
"""
CARD = f"---\nlicense: mit\nmodel-index:\n- name: m\n  results:\n{RESULT}---\n# m\n---\nmore: [\n"
NAME = "text-classification.glue [sst2, test].accuracy"


def test_card() -> None:
    reading = read_model(CARD, NAME)
    assert (reading.format, reading.metrics) == ("hf-model-card", ModelMetrics(0.93))
    assert reading.notes == (f"quality_score is {NAME!r}", "a model card holds what its author wrote into it")
    assert read_model(CARD.replace("\n", "\r\n"), NAME).metrics == ModelMetrics(0.93)


REFUSED = {
    "text": (CARD, "'text-classification.glue [sst2, test].f1': is text, not a number"),
    "listed twice": (
        CARD.replace(RESULT, RESULT + RESULT),
        "'text-classification.glue [sst2, test].f1': is ambiguous",
    ),
    "two models": (CARD.replace("- name: m\n", "- name: n\n- name: m\n"), "$.model-index: must hold one model, not 2"),
    "no results": (CARD.replace("  results:\n", "  other:\n"), "$.model-index[0].results: is missing"),
    "no type": (CARD.replace("- type: f1\n      value", "- value"), "$.model-index[0].results[0].metrics[1].type"),
    "no dataset": (CARD.replace("    dataset:\n", "    data:\n"), "$.model-index[0].results[0].dataset: is missing"),
    "no index": (CARD.replace("model-index", "index"), "is of no known format for --metrics or --baseline: text"),
    "no end": ("---\nmodel-index:\n- a\n", "is YAML, but not of metrics"),
    "bad yaml": (CARD.replace("license: mit", "license: [mit"), "is not valid YAML"),
}


@pytest.mark.parametrize(("text", "fault"), REFUSED.values(), ids=REFUSED.keys())
def test_card_refused(text: str, fault: str) -> None:
    with pytest.raises(InputFileError) as caught:
        read_model(text, "text-classification.glue [sst2, test].f1")
    assert caught.value.message.startswith(f"m: {fault}")


# --- YAML ------------------------------------------------------------------------------------------------------------

SCALARS: dict[str, Any] = {
    "0.5": 0.5,
    "-3": -3,
    "1e-3": 0.001,
    "007": 7,
    "true": True,
    "null": None,
    "~": None,
    "": None,
    "no": "no",
    "1:30": "1:30",
    "0x1f": "0x1f",
    ".nan": ".nan",
    "1e999": "1e999",
    "1_000": "1_000",
    "1.": "1.",
    '"0.5"': "0.5",
    "2024-01-02": "2024-01-02",
    "|\n  0.5\n": "0.5\n",
}


@pytest.mark.parametrize(("text", "value"), SCALARS.items(), ids=map(repr, SCALARS))
def test_scalar(text: str, value: Any) -> None:
    found = yaml_text.load("y", f"a: {text}")["a"]
    assert (type(found), found) == (type(value), value)


def test_yaml_without_libyaml_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "".join(f"k{number}: {scalar}\n" for number, scalar in enumerate(SCALARS))
    found = yaml_text.load("y", text)
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    assert yaml_text.load("y", text) == found
    assert list(found.values()) == list(SCALARS.values())
    with pytest.raises(InputFileError, match="y: holds more than 262144 characters of YAML"):
        yaml_text.load("y", "#" * (2**18 + 1))


def test_nesting_and_no_document() -> None:
    assert yaml_text.load("y", "a: [1, {b: c}]\nd:\n- e\n") == {"a": [1, {"b": "c"}], "d": ["e"]}
    assert yaml_text.load("y", "# nothing\n") is None


UNSAFE = {
    "anchor": ("a: &x 1\nb: 2\n", "has an anchor, an alias or a tag at line 1 of its YAML"),
    "alias": ("a: 1\nb: *x\n", "has an anchor, an alias or a tag at line 2 of its YAML"),
    "tag": ("a: !!python/object:os.system 1\n", "has an anchor, an alias or a tag at line 1 of its YAML"),
    "two keys": ("a: 1\na: 2\n", "the key 'a' stands twice in one object"),
    "key": ("[1]: 2\n", "has a key that is no text at line 1"),
    "documents": ("a: 1\n---\nb: 2\n", "holds 2 YAML documents, not one"),
    "deep": ("[" * 52 + "]" * 52, "is nested more than 50 levels deep"),
    "long": ("#" * (2**20 + 1), "holds more than 1048576 characters of YAML"),
    "broken": ("a: [1\n", "is not valid YAML"),
    "control": ("a: \x01\n", "is not valid YAML"),
}


@pytest.mark.parametrize(("text", "fault"), UNSAFE.values(), ids=UNSAFE.keys())
def test_unsafe_yaml(text: str, fault: str) -> None:
    with pytest.raises(InputFileError) as caught:
        yaml_text.load("y", text)
    assert caught.value.message.startswith(f"y: {fault}")
