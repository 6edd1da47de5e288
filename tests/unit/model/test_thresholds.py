"""Thresholds: defaults of each context, inheritance, and what is refused."""

import copy
import json
import pickle
from typing import Any

import pytest

from gitgates.errors import InvalidValue
from gitgates.model.names import DeploymentContext
from gitgates.model.thresholds import NAMES, GateThresholds, default_thresholds, is_looser

DEFAULTS = {
    "development": (0.80, 0.60, 0.50, 0.20, 0.50, 1, 5, 20, 15.0, 10.0),
    "staging": (0.95, 0.80, 0.70, 0.05, 0.20, 0, 2, 10, 15.0, 10.0),
    "production": (0.98, 0.90, 0.85, 0.02, 0.10, 0, 0, 2, 5.0, 10.0),
}


@pytest.mark.parametrize(("context", "values"), DEFAULTS.items())
def test_defaults_of_each_context(context: str, values: tuple[float, ...]) -> None:
    assert tuple(default_thresholds(DeploymentContext(context)).to_dict().values()) == values


def test_names_and_plain_defaults() -> None:
    assert NAMES == (
        "min_test_pass_rate", "min_code_coverage", "min_quality_score", "max_regression", "max_latency_increase",
        "max_critical_vulnerabilities", "max_high_vulnerabilities", "max_medium_vulnerabilities",
        "max_memory_increase_percent", "min_throughput_tokens_per_sec",
    )  # fmt: skip
    assert tuple(GateThresholds().to_dict().values()) == DEFAULTS["staging"]


def test_positional_construction() -> None:
    values = (0.1, 0.2, 0.3, 0.4, 0.5, 6, 7, 8, 9.5, 10.5)
    assert tuple(GateThresholds(*values).to_dict().items()) == tuple(zip(NAMES, values, strict=True))
    assert GateThresholds(*values).explicit == set(NAMES)


def test_what_is_not_set_inherits_the_default_of_the_context() -> None:
    given = GateThresholds(0.5, max_high_vulnerabilities=1)
    inherited = given.for_context(DeploymentContext.PRODUCTION).to_dict()
    expected = dict(zip(NAMES, DEFAULTS["production"], strict=True))
    assert inherited == expected | {"min_test_pass_rate": 0.5, "max_high_vulnerabilities": 1}


def test_what_is_set_to_the_plain_default_is_set() -> None:
    given = GateThresholds(min_test_pass_rate=0.95)
    assert given.for_context(DeploymentContext.PRODUCTION).min_test_pass_rate == 0.95


def test_dicts_round_trip() -> None:
    given = GateThresholds(min_code_coverage=1, max_latency_increase=3)
    assert GateThresholds.from_dict(given.to_dict()) == given
    assert GateThresholds.from_dict({}).explicit == frozenset()
    json.dumps(given.to_dict(), allow_nan=False)


def test_copies_keep_what_was_set() -> None:
    given = GateThresholds(min_code_coverage=0.5)
    assert pickle.loads(pickle.dumps(given)).explicit == {"min_code_coverage"}
    assert copy.deepcopy(given).explicit == {"min_code_coverage"}


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("min_coverage", "Did you mean min_code_coverage?"),
        ("max_regresion", "Did you mean max_regression?"),
        ("zzz", f"Known thresholds: {', '.join(NAMES)}"),
        ("self", f"Known thresholds: {', '.join(NAMES)}"),
        ("explicit", f"Known thresholds: {', '.join(NAMES)}"),
    ],
)
def test_unknown_names(name: str, remedy: str) -> None:
    with pytest.raises(InvalidValue, match=f"unknown threshold '{name}'") as caught:
        GateThresholds.from_dict({name: 1})
    assert caught.value.remedy == remedy


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("min_test_pass_rate", 1.01),
        ("min_test_pass_rate", 95),
        ("min_code_coverage", -0.01),
        ("min_quality_score", float("nan")),
        ("max_regression", 2),
        ("max_latency_increase", -0.1),
        ("max_latency_increase", float("inf")),
        ("max_critical_vulnerabilities", -1),
        ("max_high_vulnerabilities", 1.5),
        ("max_medium_vulnerabilities", 2.0),
        ("max_medium_vulnerabilities", True),
        ("max_memory_increase_percent", "5"),
        ("min_throughput_tokens_per_sec", None),
    ],
)
def test_values_out_of_range(name: str, value: Any) -> None:
    with pytest.raises(InvalidValue) as caught:
        GateThresholds.from_dict({name: value})
    assert caught.value.field == name


def test_too_many_and_twice() -> None:
    with pytest.raises(TypeError, match="at most 10 values, got 11"):
        GateThresholds(*[0.5] * 5, *[1] * 6)
    with pytest.raises(TypeError, match="got min_test_pass_rate twice"):
        GateThresholds(0.5, min_test_pass_rate=0.5)


def test_looser() -> None:
    assert is_looser("min_code_coverage", 0.8, 0.9)
    assert not is_looser("min_code_coverage", 0.9, 0.9)
    assert is_looser("max_regression", 0.2, 0.1)
    assert not is_looser("max_regression", 0.1, 0.1)
    floors = {"min_code_coverage": 0.8, "max_regression": 0.04, "max_high_vulnerabilities": 2}
    assert GateThresholds().looser_than(floors) == ("max_regression",)
