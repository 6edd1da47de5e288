"""`extract_test_metrics` and `extract_model_metrics`: out of what pipelines hold."""

import dataclasses
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import attrs
import numpy as np
import pytest

import gitgates
from gitgates import ModelMetrics, TestMetrics, extract_model_metrics, extract_test_metrics
from gitgates.errors import InvalidValue


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a project of its own, without settings."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Scalar:
    """A number as numpy and torch have it."""

    def __init__(self, value: float) -> None:
        self.value = value

    def __float__(self) -> float:
        return self.value


class Tensor:
    """A tensor of torch: the method for whole numbers is there, whatever it holds."""

    ndim = 0

    def __init__(self, value: float, dtype: str = "torch.float32") -> None:
        self.value, self.dtype = value, dtype

    def __float__(self) -> float:
        return float(self.value)

    def __index__(self) -> int:
        raise TypeError("only integer tensors of a single element can be converted to an index")


class Whole:
    """A whole number as numpy has it."""

    def __index__(self) -> int:
        return 7


BOTH = {"quality_score": 0.9, "latency_ms": 41.5, "total_tests": 10, "passed_tests": 9, "failed_tests": 1}


def test_one_object_holds_both() -> None:
    assert extract_model_metrics(BOTH) == ModelMetrics(0.9, latency_ms=41.5)
    assert extract_test_metrics(BOTH) == TestMetrics(10, 9, 1)


def test_metrics_are_themselves() -> None:
    model, tests = ModelMetrics(0.5), TestMetrics(1, 1)
    assert extract_model_metrics(model) is model
    assert extract_test_metrics(tests) is tests


def test_scalars_of_other_libraries() -> None:
    assert extract_model_metrics({"quality_score": Scalar(0.75), "memory_mb": Whole()}) == ModelMetrics(
        0.75, memory_mb=7
    )
    assert extract_test_metrics({"total_tests": Whole(), "passed_tests": Whole()}) == TestMetrics(7, 7)
    assert extract_model_metrics({"quality_score": Fraction(1, 2), "accuracy": Decimal("0.25")}) == ModelMetrics(
        0.5, accuracy=0.25
    )


def test_arrays_and_tensors_of_no_dimension_are_numbers_and_others_are_not() -> None:
    assert extract_model_metrics({"quality_score": np.array(0.75), "memory_mb": np.array(7)}) == ModelMetrics(
        0.75, memory_mb=7
    )
    assert extract_model_metrics({"quality_score": np.float32(0.75)}) == ModelMetrics(0.75)
    assert extract_model_metrics({"quality_score": Tensor(0.75)}) == ModelMetrics(0.75)
    for value in (np.array([0.75]), np.array([1]), np.array(True), np.bool_(True), Tensor(1, "torch.bool")):
        with pytest.raises(InvalidValue, match=r"results: quality_score: is \w+, not a number"):
            extract_model_metrics({"quality_score": value})


def test_objects_with_overall_score() -> None:
    class Correctness:
        def overall_score(self) -> Scalar:
            return Scalar(0.8)

    assert extract_model_metrics(Correctness()) == ModelMetrics(0.8)
    assert extract_test_metrics(Correctness()) is None


@dataclasses.dataclass
class Results:
    quality_score: float
    total_tests: int
    model: object = dataclasses.field(default_factory=object)


@attrs.frozen
class Slotted:
    accuracy: float
    nested: dict[str, float]
    model: object = attrs.field(factory=object)


class Computed:
    __slots__ = ()

    @property
    def quality_score(self) -> float:
        return 0.7


def test_attributes() -> None:
    assert extract_model_metrics(Results(0.6, 3)) == ModelMetrics(0.6)
    assert extract_test_metrics(Results(0.6, 3)) == TestMetrics(3)
    assert extract_model_metrics(Computed()) == ModelMetrics(0.7)
    assert extract_model_metrics(SimpleNamespace(_quality=0.1, quality_score=0.2)) == ModelMetrics(0.2)
    assert extract_model_metrics(Slotted(0.5, {"f1": 0.4}), quality_score="nested.f1") == ModelMetrics(
        0.4, accuracy=0.5
    )


def test_trainer_output() -> None:
    class PredictionOutput(NamedTuple):
        predictions: Any
        label_ids: Any
        metrics: dict[str, float]

    evaluated = {"eval_accuracy": Scalar(0.5), "eval_runtime": 0.1, "eval_samples_per_second": 9.0, "epoch": 1.0}
    assert extract_model_metrics(evaluated, quality_score="eval_accuracy") == ModelMetrics(0.5)
    assert extract_test_metrics(evaluated) is None
    predicted = PredictionOutput([[1]], [1], {"test_f1": 0.6, "test_runtime": 0.1, "test_samples_per_second": 9.0})
    assert extract_model_metrics(predicted, quality_score="test_f1") == ModelMetrics(0.6)


def test_mlflow_run_sklearn_report_and_lm_eval() -> None:
    class Run:
        def __init__(self, status: str) -> None:
            self.status = status

        def to_dictionary(self) -> dict[str, Any]:
            return {"info": {"status": self.status}, "data": {"metrics": {"accuracy": 0.8}}}

    assert extract_model_metrics(Run("FINISHED"), quality_score="accuracy") == ModelMetrics(0.8, accuracy=0.8)
    with pytest.raises(InvalidValue, match=r"info\.status: is FAILED"):
        extract_model_metrics(Run("FAILED"), quality_score="accuracy")
    row = {"precision": Scalar(0.5), "recall": Scalar(0.5), "f1-score": Scalar(0.5), "support": 4}
    report = {"0": row, "accuracy": 0.5, "macro avg": row, "weighted avg": row}
    assert extract_model_metrics(report, quality_score="macro avg.f1-score") == ModelMetrics(0.5, accuracy=0.5)
    results = {"results": {"arc": {"acc,none": Scalar(0.4)}}, "versions": {"arc": 1}}
    assert extract_model_metrics(results, metric_paths={"quality_score": "tasks.arc.acc"}) == ModelMetrics(0.4)


def test_mapping_of_the_project(project: Path) -> None:
    (project / "pyproject.toml").write_text('[tool.afs.gates.metrics]\nquality_score = "val.f1"\n')
    assert extract_model_metrics({"val": {"f1": 0.4}}) == ModelMetrics(0.4)
    assert extract_model_metrics({"val": {"f1": 0.4}, "quality_score": 0.9}) == ModelMetrics(0.4)
    assert extract_model_metrics({"quality_score": 0.9}) == ModelMetrics(0.9)  # and has no val.f1
    assert extract_model_metrics({"val": {"f1": 0.4}, "f2": 0.5}, quality_score="f2") == ModelMetrics(0.5)
    with pytest.raises(InvalidValue, match="no number in it is called quality_score"):
        extract_model_metrics({"val": {"f1": 0.4}}, metric_paths={})


REFUSED = {
    "never guessed": ({"accuracy": 0.9}, {}, "results: no number in it is called quality_score"),
    "not there": ({"quality_score": 0.9}, {"quality_score": "f1"}, "results: has no number f1"),
    "nothing": (object(), {}, "results: no number in it is called quality_score"),
    "above 1": ({"quality_score": 90}, {}, r"results: quality_score: must be in 0\.\.1, got 90"),
    "nan": ({"quality_score": float("nan")}, {}, "results: quality_score: is nan, not a number"),
    "impossible beside it": ({"quality_score": 0.9, "accuracy": 85}, {}, r"results: accuracy: must be in 0\.\.1"),
    "array": ({"quality_score": bytearray(2)}, {}, "results: quality_score: is bytearray, not a number"),
    "unknown metric": ({}, {"metric_paths": {"qualty": "x"}}, "metric_paths: unknown metric 'qualty'"),
    "no name": ({}, {"metric_paths": {"accuracy": ""}}, "accuracy: must be the name of a number"),
}


@pytest.mark.parametrize(("results", "arguments", "fault"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(results: object, arguments: dict[str, Any], fault: str) -> None:
    with pytest.raises(InvalidValue, match=f"^{fault}"):
        extract_model_metrics(results, **arguments)


def test_impossible_tests_are_refused_and_other_reports_read() -> None:
    with pytest.raises(InvalidValue, match="total_tests: is 1, less than"):
        extract_test_metrics({"total_tests": 1, "passed_tests": 2})
    totals = {"covered_lines": 8, "num_statements": 10, "percent_covered": 80.0}
    assert extract_test_metrics({"meta": {}, "totals": totals}) == TestMetrics(coverage_percent=80.0)


def test_nesting_is_bounded() -> None:
    loop: dict[str, Any] = {}
    loop["again"] = loop
    with pytest.raises(InvalidValue, match="results: is nested more than 50 levels deep"):
        extract_model_metrics(loop)


def test_it_is_public() -> None:
    assert {"extract_model_metrics", "extract_test_metrics"} <= set(gitgates.__all__) <= set(dir(gitgates))
