"""JUnit, SARIF and Markdown: read back by what others read them with, whatever words they hold."""

import json
from collections.abc import Iterator
from typing import Any

import attrs
import pytest
from defusedxml.ElementTree import fromstring
from junitparser import Failure, JUnitXml, TestSuite

from gitgates.codec.escape import escaped
from gitgates.integrations.ci import junit, markdown, sarif
from gitgates.integrations.ci.told import Told
from gitgates.model.provenance import Input, Provenance
from tests.integrations.ci.hostile import EMPTY, GOOD, WORDS, report
from tests.integrations.ci.runner import commands, rendered


def told(word: str) -> Told:
    return Told(report=report(word, gate=f"gate {word}"), record="a" * 64, facts=(("by", word),))


def suites(text: str) -> Iterator[TestSuite]:
    found = JUnitXml.fromstring(text.encode())
    assert isinstance(found, JUnitXml)
    for suite in found:
        assert isinstance(suite, TestSuite)
        yield suite


def failures(text: str) -> list[str]:
    """Return the messages of all failed test cases, as junitparser reads them."""
    cases = [case for suite in suites(text) for case in suite]
    return [result.message for case in cases for result in case.result if isinstance(result, Failure)]


@pytest.mark.parametrize("word", WORDS)
def test_junit(word: str) -> None:
    text = junit.render([told(word)], blocked=word)
    assert commands(text) == []
    assert failures(text) == [escaped(word)] * (2 if word else 1)
    root = fromstring(text)
    assert {element.tag for element in root.iter()} == {
        "testsuites", "testsuite", "properties", "property", "testcase", "failure",
    }  # fmt: skip
    assert (root.get("tests"), root.get("failures")) == ("2", "2")


def test_junit_fails_exactly_where_the_report_did() -> None:
    assert failures(junit.render([Told(report=GOOD)])) == []
    assert failures(junit.render([Told(report=EMPTY)])) == ["no gate ran"]
    assert failures(junit.render([Told(report=report("slow", passed=True))])) == []
    assert failures(junit.render([Told(report=GOOD)], blocked="by hand")) == ["by hand"]
    both = junit.render([Told(report=GOOD), Told(report=report("bad"))])
    assert [suite.failures for suite in suites(both)] == [0, 1]
    assert failures(both) == ["bad"]


@pytest.mark.parametrize("word", WORDS)
def test_sarif(word: str) -> None:
    text = sarif.render([told(word)])
    assert commands(text) == []
    (run,) = json.loads(text)["runs"]
    (result,) = run["results"]
    assert result["message"]["text"].endswith(f" production: {escaped(word)}")
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == escaped(f"gate {word}")


def results(*reports: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(sarif.render([Told(report=one) for one in reports]))["runs"][0]["results"]
    return found


def test_sarif_results() -> None:
    assert results(GOOD) == []
    assert [(r["ruleId"], r["level"]) for r in results(EMPTY)] == [("gates", "error")]
    assert [(r["ruleId"], r["level"]) for r in results(report("slow", passed=True))] == [("security", "warning")]
    (one,), (other,) = results(report("5 of them")), results(report("6 of them"))
    assert one["partialFingerprints"] == other["partialFingerprints"]


def test_sarif_points_to_the_file() -> None:
    given = Provenance(inputs=(Input("security", "a folder/scan #1.json", "trivy", "a" * 64),))
    (result,) = results(attrs.evolve(report("bad"), provenance=given))
    (place,) = result["locations"]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "a%20folder/scan%20%231.json"
    (result,) = results(report("bad"))
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == ".quality-gates/policy.toml"


SHAPE: dict[str, Any] = {
    "$schema": str, "version": str,
    "runs": [{
        "tool": {"driver": {"name": str, "version": str, "rules": [{"id": str, "shortDescription": {"text": str}}]}},
        "results": [{
            "ruleId": str, "ruleIndex": int, "level": str, "message": {"text": str},
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": str}, "region": {"startLine": int}}}],
            "partialFingerprints": {"gitgates/v1": str},
        }],
        "columnKind": str,
    }],
}  # fmt: skip
"""The part of SARIF 2.1.0 that is written: names and types of sections 3.13 to 3.52 of the OASIS standard."""


def same_shape(value: Any, shape: Any) -> bool:
    if isinstance(shape, list):
        return isinstance(value, list) and all(same_shape(item, shape[0]) for item in value)
    if isinstance(shape, dict):
        return value.keys() == shape.keys() and all(same_shape(value[key], shape[key]) for key in shape)
    return type(value) is shape


def test_sarif_has_the_shape_of_the_standard() -> None:
    value = json.loads(sarif.render([Told(report=report("bad")), Told(report=report("slow", passed=True))]))
    assert same_shape(value, SHAPE)
    (run,) = value["runs"]
    assert (value["version"], run["columnKind"]) == ("2.1.0", "unicodeCodePoints")
    assert [result["level"] for result in run["results"]] == ["error", "warning"]


@pytest.mark.parametrize("word", WORDS)
def test_markdown(word: str) -> None:
    text = markdown.render([told(word)])
    assert commands(text) == []
    shown = rendered(text)
    title, gate = shown[:2]
    assert title == "ve¦ran`<b>@x:v6.2 ](x) production"
    expected = escaped(f"gate {word}").replace("|", "¦").replace("##[", "## [")
    assert gate.strip() == expected.strip()


def test_markdown_table() -> None:
    assert markdown.render([Told(report=GOOD, record="ab", facts=(("by", "alice"), ("compared with", "")))]) == (
        "### Gates: `veran:v1 staging` passed\n\n| gate | result | what was found |\n|---|---|---|\n"
        "| `tests` | pass | `12/12` |\n\n- record: `ab`\n- by: `alice`\n"
    )
    assert "| none | skip | no gate ran |" in markdown.render([Told(report=EMPTY)])
