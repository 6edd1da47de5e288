"""`ExampleGate`: the verdict of `check_model_quality`, one score at a time or a column at once."""

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gitgates
from gitgates.api.examples import ExampleGate
from gitgates.api.gate import QualityGate
from gitgates.errors import InvalidValue
from gitgates.model.checks import GateStatus
from gitgates.model.metrics import ModelMetrics
from gitgates.model.names import DeploymentContext
from gitgates.model.thresholds import GateThresholds

CONTEXTS = st.sampled_from(DeploymentContext)
SCORES = st.floats(0, 1) | st.integers(0, 1) | st.sampled_from([0.5, 0.7, 0.85, 0.1 + 0.2, -0.0])
FLOATS: tuple[type[np.floating[Any]], ...] = (np.float16, np.float32, np.float64, np.longdouble)


def verdict(context: DeploymentContext, minimum: float, score: Any) -> bool:
    """Return what `check_model_quality` says of a model that has this score, and meets what else is asked for."""
    gate = QualityGate(context, GateThresholds(min_quality_score=minimum))
    throughput = gate.thresholds.min_throughput_tokens_per_sec
    return gate.check_model_quality(ModelMetrics(score, throughput_tokens_per_sec=throughput)).passed


def gate_for(context: DeploymentContext, minimum: float) -> ExampleGate:
    return ExampleGate(context, thresholds=GateThresholds(min_quality_score=minimum))


# --- the same verdict ------------------------------------------------------------------------------------------------


@given(CONTEXTS, SCORES, SCORES)
def test_one_score(context: DeploymentContext, minimum: float, score: float) -> None:
    gate = gate_for(context, minimum)
    expected = verdict(context, minimum, score)
    assert gate.passes(score) is expected
    assert gate({"quality": score}) is expected
    checked = gate.check(score)
    assert checked.passed is expected
    assert checked.message == f"quality score {score:g} {'meets' if expected else 'is below'} {minimum:g}"


@given(st.sampled_from([DeploymentContext.DEVELOPMENT, DeploymentContext.STAGING]), SCORES)
def test_a_score_alone_where_no_evidence_is_required(context: DeploymentContext, score: float) -> None:
    """As the reference document's loop over new examples asks for it."""
    gate = QualityGate(context)
    assert ExampleGate(context).passes(score) is gate.check_model_quality(ModelMetrics(quality_score=score)).passed


@given(CONTEXTS, SCORES, st.lists(SCORES), st.sampled_from([list, tuple]))
def test_a_list(context: DeploymentContext, minimum: float, scores: list[float], kind: type[Any]) -> None:
    found = gate_for(context, minimum)({"quality": kind(scores)})
    assert type(found) is list
    assert found == [verdict(context, minimum, score) for score in scores]
    assert all(type(item) is bool for item in found)


@given(CONTEXTS, SCORES, st.lists(SCORES), st.sampled_from(FLOATS), st.booleans())
def test_an_array(
    context: DeploymentContext, minimum: float, scores: list[float], kind: type[np.floating[Any]], swapped: bool
) -> None:
    array = np.array(scores, dtype=kind)
    if swapped:
        array = array.astype(array.dtype.newbyteorder())
    found = gate_for(context, minimum)({"quality": array})
    assert isinstance(found, np.ndarray)
    assert found.dtype == np.bool_
    assert found.tolist() == [verdict(context, minimum, kind(score)) for score in array]


@pytest.mark.parametrize("kind", FLOATS)
@pytest.mark.parametrize("minimum", [0, 1e-9, 0.1, 0.3, 0.5, 0.7, 0.85, 0.9999, 1])
def test_the_neighbours_of_the_threshold(kind: type[np.floating[Any]], minimum: float) -> None:
    near = kind(minimum)
    ends = (kind(0), kind(1))
    array = np.array([near, np.nextafter(near, ends[0]), np.nextafter(near, ends[1]), *ends])
    found = gate_for(DeploymentContext.PRODUCTION, minimum)({"quality": array})
    assert found.tolist() == [float(score) >= minimum for score in array]


def test_numpy_alone_would_round_the_threshold() -> None:
    """Why the comparison is not left to numpy: as a 32-bit number, 0.7 is a little less."""
    array = np.array([0.7], dtype=np.float32)
    assert (array >= 0.7).tolist() == [True]
    assert ExampleGate("staging")({"quality": array}).tolist() == [False]
    assert verdict(DeploymentContext.STAGING, 0.7, array[0]) is False


def test_other_columns_that_numpy_takes_for_arrays() -> None:
    pandas = pytest.importorskip("pandas")
    gate = ExampleGate("development")
    for column in (
        pandas.Series([0.4, 0.6]),
        np.array([0.4, 0.0, 0.6, 0.0])[::2],
        np.array([0, 1]),
        np.array([0.4, 1], dtype=object),
    ):
        assert gate({"quality": column}).tolist() == [False, True]


# --- what is no score ------------------------------------------------------------------------------------------------

BAD: dict[str, tuple[Any, str]] = {
    "missing": (None, "is missing"),
    "NaN": (float("nan"), "must be a finite number"),
    "infinite": (float("inf"), "must be a finite number"),
    "too large": (1.0000001, "must be in 0..1"),
    "negative": (-0.1, "must be in 0..1"),
    "a whole number": (2, "must be in 0..1"),
    "text": ("0.9", "expected a number"),
    "a truth value": (True, "expected a number"),
    "an object": ({}, "expected a number"),
}


@pytest.mark.parametrize("kind", BAD)
def test_no_score(kind: str) -> None:
    score, why = BAD[kind]
    gate = ExampleGate("development", "value")
    for ask in (gate.passes, gate.check):
        with pytest.raises(InvalidValue, match=f"^value: {why}"):
            ask(score)
    with pytest.raises(InvalidValue, match=rf"^value\[1\]: {why}"):
        gate({"value": [0.9, score]})


@pytest.mark.parametrize("kind", FLOATS)
@pytest.mark.parametrize("score", [float("nan"), float("inf"), float("-inf"), 1.01, -0.01])
def test_no_score_in_an_array(kind: type[np.floating[Any]], score: float) -> None:
    with pytest.raises(InvalidValue, match=r"^quality\[2\]: must be"):
        ExampleGate("development")({"quality": np.array([0.9, -0.0, score, 0.1], dtype=kind)})


@pytest.mark.parametrize(
    ("column", "why"),
    [
        (np.array([True, False]), r"^quality\[0\]: expected a number"),
        (np.array([[0.1]]), "^quality: has 2 dimensions, not one"),
        (np.array(["0.9"]), r"^quality\[0\]: expected a number"),
        (np.ma.masked_array([0.9, 0.9], mask=[False, True]), r"^quality\[1\]: is missing"),
        ("abc", "^quality: expected a number"),
        (np.str_("0.9"), "^quality: expected a number"),
    ],
)
def test_no_column(column: Any, why: str) -> None:
    with pytest.raises(InvalidValue, match=why):
        ExampleGate("development")({"quality": column})


def test_a_column_that_is_not_there() -> None:
    with pytest.raises(InvalidValue, match=r"^score: there is no such column\. Columns: quality, text$"):
        ExampleGate("development", "score")({"quality": [1], "text": ["a"]})


def test_what_is_no_batch() -> None:
    nothing: Any = [0.9]
    with pytest.raises(InvalidValue, match=r"^batch: expected a mapping of columns, got list"):
        ExampleGate("development")(nothing)


def test_a_scalar_of_numpy_is_one_example() -> None:
    assert ExampleGate("development")({"quality": np.float64(0.6)}) is True


# --- batches ---------------------------------------------------------------------------------------------------------


def test_map_batch_keeps_the_rows_that_pass() -> None:
    gate = ExampleGate("development")
    batch: Mapping[str, Any] = {
        "quality": np.array([0.9, 0.1, 0.5]),
        "text": ["a", "b", "c"],
        "image": np.arange(12).reshape(3, 2, 2),
    }
    kept = gate.map_batch(batch)
    assert {name: np.asarray(column).tolist() for name, column in kept.items()} == {
        "quality": [0.9, 0.5],
        "text": ["a", "c"],
        "image": [[[0, 1], [2, 3]], [[8, 9], [10, 11]]],
    }
    assert type(kept["text"]) is list
    assert gate.map_batch({"quality": [0.1], "n": np.array([7])})["n"].shape == (0,)
    assert gate.map_batch({"quality": []}) == {"quality": []}


def test_map_batch_refuses_what_is_no_batch() -> None:
    gate = ExampleGate("development")
    with pytest.raises(InvalidValue, match=r"^text: has 1 rows, and there are 2 scores"):
        gate.map_batch({"quality": [0.1, 0.2], "text": ["a"]})
    with pytest.raises(InvalidValue, match=r"^quality: holds a number, not a column"):
        gate.map_batch({"quality": 0.9})


# --- making one ------------------------------------------------------------------------------------------------------


def test_thresholds() -> None:
    assert ExampleGate("production").thresholds.min_quality_score == 0.85
    assert ExampleGate("production", thresholds=GateThresholds(max_regression=0.5)).thresholds.min_quality_score == 0.85
    with pytest.raises(InvalidValue, match="unknown context 'prod'"):
        ExampleGate("prod")
    assert ExampleGate("production").check(0.9).status is GateStatus.PASSED


def test_from_config(tmp_path: Path) -> None:
    (tmp_path / "gates.toml").write_text("[tool.gitgates.staging]\nmin_quality_score = 0.65\n")
    gate = ExampleGate.from_config("staging", "score", str(tmp_path))
    assert (gate.context, gate.metric, gate.thresholds.min_quality_score) == ("staging", "score", 0.65)


def test_the_public_name() -> None:
    from gitgates.integrations.afs_gates import ExampleGate as OfAfs

    assert gitgates.ExampleGate is ExampleGate is OfAfs


def test_a_worker_process_can_have_it() -> None:
    gate = ExampleGate("staging", "score", GateThresholds(min_quality_score=0.6))
    assert pickle.loads(pickle.dumps(gate)) == gate
