"""Labels, CVSS scores and vectors: what is no severity is unknown, what is impossible is refused, nothing is zero."""

from typing import Any

import pytest

from gitgates.errors import InputFileError
from gitgates.formats import severity
from gitgates.formats.severity import Vectors, of_label, of_score, worst
from tests.unit.formats.scans import V2_MEDIUM, V3_CRITICAL, V3_HIGH, V4_LOW


@pytest.mark.parametrize(
    ("label", "means"),
    [
        ("CRITICAL", "critical"), (" High ", "high"), ("Important", "high"), ("moderate", "medium"),
        ("MEDIUM", "medium"), ("low", "low"), ("Negligible", "low"), ("info", "low"), ("none", "unknown"),
        ("Unknown", "unknown"),
        ("severe", "unknown"), ("", "unknown"), (None, "unknown"),
    ],
)  # fmt: skip
def test_label(label: str | None, means: str) -> None:
    assert of_label("s.json", label, "$.x") == means


@pytest.mark.parametrize("label", [7, True, ["high"], {}])
def test_label_that_is_no_text_is_refused(label: Any) -> None:
    with pytest.raises(InputFileError, match=r"^s.json: \$\.x\[3\]\.severity: must be text"):
        of_label("s.json", label, "$.x[3].severity")


@pytest.mark.parametrize(
    ("score", "means"),
    [
        (10, "critical"), (9.0, "critical"), ("9.0", "critical"), (8.9, "high"), (7, "high"), (" 7.0 ", "high"),
        (6.99, "medium"), ("4.0", "medium"), (3.9, "low"), ("0.1", "low"), (0, "unknown"), ("0.0", "unknown"),
        ("high", "high"), ("CRITICAL", "critical"), ("", "unknown"), ("nan", "unknown"), ("inf", "unknown"),
        ("1e1", "unknown"), ("-1", "unknown"), (None, "unknown"),
    ],
)  # fmt: skip
def test_score(score: Any, means: str) -> None:
    assert of_score("s.json", score, "$.x") == means


@pytest.mark.parametrize("score", [10.1, -0.1, "11", "999.9", 10**400])
def test_score_outside_the_scale_is_refused(score: Any) -> None:
    with pytest.raises(InputFileError, match=r"^s.json: \$\.score: is .{1,40}, which is not in 0\.\.10"):
        of_score("s.json", score, "$.score")


@pytest.mark.parametrize("score", [True, [9.8], {"score": 9.8}])
def test_score_that_is_no_number_is_refused(score: Any) -> None:
    with pytest.raises(InputFileError, match=r"^s.json: \$\.score: must be a number, or text"):
        of_score("s.json", score, "$.score")


@pytest.mark.parametrize(
    ("vector", "means"),
    [
        (V3_HIGH, "high"),
        (V3_CRITICAL, "critical"),
        (V3_HIGH.replace("3.1", "3.0"), "high"),
        (V2_MEDIUM, "medium"),
        ("AV:N/AC:L/Au:N/C:C/I:C/A:C", "critical"),
        (V4_LOW, "low"),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", "critical"),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", "low"),
        (V3_HIGH[:-2], "unknown"),
        (V3_HIGH + "/A:H", "unknown"),
        (V3_HIGH.replace("3.1", "5.0"), "unknown"),
        ("N/A", "unknown"),
        ("AV:é", "unknown"),
        ("A" * 1000, "unknown"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
def test_vector(vector: str | None, means: str) -> None:
    assert Vectors("s.json").severity(vector, "$.x") == means


def test_vector_that_is_no_text_is_refused() -> None:
    with pytest.raises(InputFileError, match=r"^s.json: \$\.cvss: must be text"):
        Vectors("s.json").severity(9.8, "$.cvss")


def test_no_more_different_vectors_than_can_be_scored_in_good_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(severity, "MAX_VECTORS", 2)
    vectors = Vectors("s.json")
    for vector in (V3_HIGH, V2_MEDIUM, V3_HIGH, V2_MEDIUM):
        vectors.severity(vector, "$.x")
    with pytest.raises(InputFileError, match=r"^s.json: \$\.y: is one of more than 2 different CVSS vectors"):
        vectors.severity(V3_CRITICAL, "$.y")


def test_worst() -> None:
    assert worst(["low", "critical", "unknown", "high"]) == "critical"
    assert worst(["unknown", "low"]) == "low"
    assert worst([]) == "unknown"
