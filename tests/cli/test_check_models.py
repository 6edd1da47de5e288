"""`check --metrics` on what evaluation tools write: which number was taken is asked for, shown and recorded."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.project import Project

LM_EVAL: dict[str, Any] = {
    "results": {"arc": {"acc,none": 0.3, "acc_norm,none": 0.93, "acc_norm_stderr,none": 0.01, "sample_len": 500}},
    "versions": {"arc": 1},
    "higher_is_better": {"arc": {"acc": True, "acc_norm": True}},
}
MAPPING = '[tool.afs.gates.metrics]\nquality_score = "tasks.arc.acc_norm"\n'
CHECK = ("check", "--model", "veran:v1", "--context", "development")


@pytest.fixture
def evaluated(project: Project) -> Project:
    """Give a project with a harness's results beside it."""
    (project.path / "results.json").write_text(json.dumps(LM_EVAL))
    return project


def inputs(project: Project) -> list[dict[str, Any]]:
    """Return what the latest record says of the files."""
    (report,) = project.json("report", "--model", "veran:v1", "--context", "development")["reports"]
    found: list[dict[str, Any]] = report["inputs"]
    return found


def quality_from(path: str) -> list[dict[str, str]]:
    """Return what a record says of a file whose number `path` is the quality score."""
    return [{"metric": "quality_score", "path": path}]


def test_the_number_is_asked_for_and_nothing_is_recorded(evaluated: Project) -> None:
    before = evaluated.records()
    done = evaluated(*CHECK, "--metrics", "results.json")
    assert done.code == 2
    assert done.err.startswith("gitgates: results.json: no number in it is called quality_score")
    assert "Candidates: tasks.arc.acc, tasks.arc.acc_norm" in done.err
    assert evaluated.records() == before


def test_the_number_named_is_taken_shown_and_recorded(evaluated: Project) -> None:
    done = evaluated.ok(*CHECK, "--metrics", "results.json", "--quality-score", "tasks.arc.acc_norm")
    note = "quality_score is tasks.arc.acc_norm (standard error 0.01, 500 samples)"
    assert f"note: results.json: {note}\n" in done.err
    (recorded,) = inputs(evaluated)
    assert (recorded["format"], recorded["read_from"]) == ("lm-eval", quality_from("tasks.arc.acc_norm"))
    shown = evaluated.ok("report", "--model", "veran:v1", "--context", "development", "--verbose").out
    assert "input    model: results.json (lm-eval, quality_score from tasks.arc.acc_norm), sha256" in shown


def test_mapping_of_the_project_and_the_command_line_beats_it(evaluated: Project) -> None:
    (evaluated.path / "pyproject.toml").write_text(MAPPING)
    evaluated.ok(*CHECK, "--metrics", "results.json", "--baseline", "results.json")
    assert {item["role"]: item["read_from"] for item in inputs(evaluated)} == dict.fromkeys(
        ("model", "baseline"), quality_from("tasks.arc.acc_norm")
    )
    failed = evaluated(*CHECK, "--metrics", "results.json", "--quality-score", "tasks.arc.acc")
    assert failed.code == 1
    assert "quality score 0.3" in failed.out


def test_native_baseline_needs_no_mapping(evaluated: Project) -> None:
    (evaluated.path / "pyproject.toml").write_text(MAPPING)
    (evaluated.path / "base.json").write_text('{"quality_score": 0.92}')
    done = evaluated.ok(*CHECK, "--metrics", "results.json", "--baseline", "base.json")
    assert "base.json: quality_score is the file's own, it has no tasks.arc.acc_norm" in done.err
    (baseline,) = [item for item in inputs(evaluated) if item["role"] == "baseline"]
    assert (baseline["format"], "read_from" in baseline) == ("native-model", False)


WRONG = {
    "not in the file": (("--metrics", "native.json", "--quality-score", "f1"), "native.json: has no number f1"),
    "without metrics": (("--test-metrics", "junit.xml", "--quality-score", "f1"), "--quality-score is given without"),
    "blank": (("--metrics", "native.json", "--quality-score", " "), "--quality-score: must be the name of a number"),
}


@pytest.mark.parametrize(("arguments", "fault"), WRONG.values(), ids=WRONG.keys())
def test_wrong_quality_score(arguments: tuple[str, ...], fault: str, project: Project) -> None:
    (project.path / "native.json").write_text('{"quality_score": 0.99}')
    before = project.records()
    done = project(*CHECK, *arguments)
    assert done.code == 2
    assert done.err.startswith(f"gitgates: {fault}")
    assert project.records() == before


def test_wrong_mapping_of_the_project(evaluated: Project) -> None:
    (evaluated.path / "pyproject.toml").write_text('[tool.afs.gates.metrics]\nquality = "x"\n')
    done = evaluated(*CHECK, "--metrics", "results.json")
    assert done.code == 2
    assert "pyproject.toml: [tool.afs.gates.metrics] unknown metric 'quality'. Did you mean quality_score?" in done.err


# --- the folder of a run ---------------------------------------------------------------------------------------------


@pytest.fixture
def run(project: Project) -> Path:
    """Give the folder of an MLflow run in the project."""
    folder = project.path / "mlruns" / "1" / "abc"
    (folder / "metrics").mkdir(parents=True)
    (folder / "metrics" / "f1").write_text("1 0.1 0\n2 0.93 1\n")
    (folder / "meta.yaml").write_text("status: 3\nlifecycle_stage: active\n")
    return folder


def test_folder_of_a_run(project: Project, run: Path) -> None:
    project.ok(*CHECK, "--metrics", "mlruns/1/abc/", "--quality-score", "f1")
    (recorded,) = inputs(project)
    assert (recorded["file"], recorded["format"], recorded["read_from"]) == ("abc", "mlflow-store", quality_from("f1"))
    (run / "metrics" / "f1").write_text("1 0.2 0\n2 0.93 1\n")  # another point, the same number
    project.ok(*CHECK, "--metrics", "mlruns/1/abc", "--quality-score", "f1")
    assert inputs(project)[0]["sha256"] != recorded["sha256"]


REFUSED = {
    "the experiment": ("mlruns/1", "mlruns/1: is of no known format for --metrics or --baseline: a folder"),
    "the folder of metrics": ("mlruns/1/abc/metrics", "mlruns/1/abc/metrics: is of no known format"),
}


@pytest.mark.parametrize(("path", "fault"), REFUSED.values(), ids=REFUSED.keys())
def test_another_folder(path: str, fault: str, project: Project, run: Path) -> None:
    done = project(*CHECK, "--metrics", path, "--quality-score", "f1")
    assert done.code == 2
    assert done.err.startswith(f"gitgates: {fault}")


def test_folder_with_a_fifo_or_a_failed_run(project: Project, run: Path) -> None:
    (run / "meta.yaml").write_text("status: 4\n")
    done = project(*CHECK, "--metrics", "mlruns/1/abc", "--quality-score", "f1")
    assert (done.code, done.err.partition(".")[0]) == (2, "gitgates: mlruns/1/abc: meta")
    (run / "metrics" / "link").symlink_to("/dev/zero")
    done = project(*CHECK, "--metrics", "mlruns/1/abc", "--quality-score", "f1")
    assert done.err.startswith("gitgates: mlruns/1/abc/metrics/link: is a symbolic link, not a regular file")
