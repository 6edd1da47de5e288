"""Names and contexts: what may stand in a path, and what is refused."""

from typing import Any

import pytest

from gitgates.errors import InvalidValue
from gitgates.model.names import MAX_NAME_BYTES, DeploymentContext, ModelVersion, check_context, check_name
from gitgates.model.paths import decode_component, encode_component, id_in_name


def test_contexts() -> None:
    assert list(DeploymentContext) == ["development", "staging", "production"]
    assert DeploymentContext("staging") is DeploymentContext.STAGING


@pytest.mark.parametrize("word", ["prod", "Production", "", None, 3])
def test_unknown_contexts_raise(word: Any) -> None:
    with pytest.raises(ValueError, match="unknown context") as caught:
        DeploymentContext(word)
    assert isinstance(caught.value, InvalidValue)
    assert caught.value.remedy == "Known contexts: development, staging, production"


@pytest.mark.parametrize("name", ["staging", "eu-west_1", "a", "a" * 40])
def test_context_names(name: str) -> None:
    assert check_context(name) == name


@pytest.mark.parametrize("name", ["", "1a", "A", "a" * 41, "a b", "é", "a\n", "-a"])
def test_no_context_names(name: str) -> None:
    with pytest.raises(InvalidValue, match="a context is 1 to 40"):
        check_context(name)


def test_model_versions() -> None:
    assert ModelVersion.parse("veran:v6.2") == ModelVersion("veran", "v6.2")
    assert str(ModelVersion("veran", "v6.2")) == "veran:v6.2"


@pytest.mark.parametrize("text", ["veran", "veran:", ":v1", ":", ""])
def test_no_model_version(text: str) -> None:
    with pytest.raises(InvalidValue, match="expected NAME:VERSION"):
        ModelVersion.parse(text)


def test_one_colon_only() -> None:
    with pytest.raises(InvalidValue, match="version: the version 'v1:x' holds a colon"):
        ModelVersion.parse("veran:v1:x")


@pytest.mark.parametrize(
    "name", ["v6.2", "A_b-c.d", "größe", "模型", "with space", "a+b", "model.json.d", "x" * 80, "a/b", "é" * 40, "100%"]
)
def test_names(name: str) -> None:
    assert check_name(name, "name") == name
    component = encode_component(name)
    assert decode_component(component) == name
    assert len(component) + len(".json.sig") <= 255
    assert "/" not in component


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", "is empty"),
        ("x" * (MAX_NAME_BYTES + 1), "is longer than 80 bytes"),
        ("模" * 27, "is longer than 80 bytes"),
        ("a:b", "holds a colon"),
        ("a\nb", "control or invisible"),
        ("a\x7f", "control or invisible"),
        ("a\u202eb", "control or invisible"),
        ("a\u200db", "control or invisible"),
        ("a\u2028b", "control or invisible"),
        ("a\u00a0b", "control or invisible"),
        ("a\ud800", "control or invisible"),
        ("e\u0301", "not in Unicode normal form C"),
        (".", "may not start with"),
        ("..", "may not start with"),
        (".hidden", "may not start with"),
        ("-rf", "may not start with"),
        (" a", "may not start with"),
        ("a ", "nor end with"),
        ("a.", "nor end with"),
        ("a.lock", "nor end with"),
        ("A.LOCK", "nor end with"),
        ("con", "reserve"),
        ("NUL.txt", "reserve"),
        ("Com1", "reserve"),
        ("lpt\u00b9", "reserve"),
        ("model.json", "reserve"),
    ],
)
def test_refused_names(name: str, problem: str) -> None:
    with pytest.raises(InvalidValue, match=problem):
        check_name(name, "name")


def test_names_are_texts() -> None:
    with pytest.raises(InvalidValue, match="model: must be text, got None"):
        ModelVersion(None, "v1")  # type: ignore[arg-type]


@pytest.mark.parametrize("component", ["a%2f", "%61", "a/b", "a b", "%", "%zz", "é"])
def test_components_have_one_spelling(component: str) -> None:
    with pytest.raises(InvalidValue, match="is not the spelling of a name"):
        decode_component(component)


def test_bytes_that_are_no_utf_8_come_back() -> None:
    assert encode_component(decode_component("a%FF")) == "a%FF"


@pytest.mark.parametrize(
    ("name", "found"),
    [
        (f"20261123T120000Z-report-{'a' * 64}.json", "a" * 64),
        (f"{'a' * 64}.json", "a" * 64),
        (f"x-{'a' * 64}.json.sig", None),
        (f"x-{'a' * 63}.json", None),
        (f"x-{'A' * 64}.json", None),
        (f"x-{'a' * 64}", None),
        ("model.json", None),
    ],
)
def test_the_id_that_a_file_name_claims(name: str, found: str | None) -> None:
    assert id_in_name(name) == found
