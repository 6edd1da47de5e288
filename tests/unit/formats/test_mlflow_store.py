"""The folder of an MLflow run: the last point of each metric, by MLflow's own rule."""

import pytest

from gitgates.errors import InputFileError
from gitgates.model.metrics import ModelMetrics
from tests.unit.formats.models import read_run

META = "end_time: 2\nlifecycle_stage: active\nstatus: 3\nuser_id: me\n"


def one(lines: str, meta: str = META) -> dict[str, str]:
    return {"meta.yaml": meta, "metrics/f1": lines}


LAST = {
    "one": ("1 0.5 0\n", 0.5),
    "no step": ("1 0.5\n", 0.5),
    "highest step, not last line": ("3 0.9 2\n4 0.1 1\n", 0.9),
    "latest at that step": ("3 0.9 2\n4 0.1 2\n", 0.1),
    "highest at that time": ("3 0.1 2\n3 0.9 2\n", 0.9),
    "with its data set": ("1 0.5 0 train d1\n2 0.7 1 train d1\n", 0.7),
    "a nan before": ("1 nan 0\n2 0.7 1\n", 0.7),
}


@pytest.mark.parametrize(("lines", "value"), LAST.values(), ids=LAST.keys())
def test_last_point(lines: str, value: float) -> None:
    reading = read_run(one(lines), "f1")
    assert (reading.format, reading.metrics, reading.notes) == (
        "mlflow-store",
        ModelMetrics(value),
        ("quality_score is f1",),
    )


def test_names_with_slashes_and_own_names() -> None:
    reading = read_run({"metrics/val/acc": "1 0.5 0\n", "metrics/latency_ms": "1 17.25 0\n"}, "val/acc")
    assert reading.metrics == ModelMetrics(0.5, latency_ms=17.25)
    assert reading.notes[-1] == "no status in meta.yaml: whether the run was finished is not known"


def test_run_that_still_runs() -> None:
    reading = read_run(one("1 0.5 0\n", "status: 1\n"), "f1")
    assert reading.notes[-1] == "the run's status is RUNNING: its numbers may still change"


REFUSED = {
    "failed": (one("1 0.5 0\n", "status: 4\n"), "meta.yaml.status: is FAILED"),
    "deleted": (
        one("1 0.5 0\n", "status: 3\nlifecycle_stage: deleted\n"),
        "meta.yaml.lifecycle_stage: the run is deleted",
    ),
    "unknown status": (one("1 0.5 0\n", "status: 9\n"), "meta.yaml.status: must be one of RUNNING"),
    "nan": (one("1 0.5 0\n2 nan 1\n"), "f1: its last value is nan"),
    "inf": (one("1 inf 0\n"), "f1: its last value is inf"),
    "several data sets": (one("1 0.5 0 a d1\n1 0.9 0 b d2\n"), "f1: was logged for several data sets"),
    "empty": (one(""), "metrics/f1: holds no point"),
    "words": (one("1 0.5 0\none two three\n"), "metrics/f1: line 2 is no point of a metric"),
    "four fields": (one("1 0.5 0 x\n"), "metrics/f1: line 1 is no point of a metric"),
    "too many": (one("1 0.5 0\n" * 500_001), "metrics/f1: holds more than 500000 points"),
    "no metrics": ({"meta.yaml": META}, "is of no known format for --metrics or --baseline: a folder"),
}


@pytest.mark.parametrize(("files", "fault"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(files: dict[str, str], fault: str) -> None:
    with pytest.raises(InputFileError) as caught:
        read_run(files, "f1")
    assert caught.value.message.startswith(f"run: {fault}")
