"""What MLflow, transformers and huggingface_hub really hand out and write, read by `extract_...` and by `check`.

Each runs in a process of its own, as in a pipeline: they are slow to import, and MLflow changes the process it is in.
"""

import json
import subprocess
import sys
import textwrap
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.cli.project import environment
from tests.support import Gitgates

pytestmark = pytest.mark.xdist_group("datasets")  # slow to start: they shall not keep two workers busy

MLFLOW = """
    import json, math, mlflow
    from gitgates import extract_model_metrics

    mlflow.set_tracking_uri("file:./mlruns")
    with mlflow.start_run() as good:
        for step, value in enumerate([0.5, 0.9, 0.75]):
            mlflow.log_metric("val/accuracy", value, step=step)
        mlflow.log_metric("latency_ms", 41.5)
    with mlflow.start_run() as open_run:
        mlflow.log_metrics({"val/accuracy": 0.6, "loss": math.nan})
        seen = mlflow.get_run(open_run.info.run_id)
    try:
        with mlflow.start_run() as failed:
            mlflow.log_metric("val/accuracy", 0.99)
            raise KeyError("the training broke off")
    except KeyError:
        pass
    runs = {name: mlflow.get_run(run.info.run_id) for name, run in (("good", good), ("failed", failed))}
    for name, run in runs.items():
        with open(f"{name}.json", "w") as file:
            json.dump(run.to_dictionary(), file)
    made = {"good": good, "open": open_run, "failed": failed}
    said = {name: f"mlruns/0/{run.info.run_id}" for name, run in made.items()}
    for name, run in {**runs, "open": seen}.items():
        try:
            said[name + " run"] = extract_model_metrics(run, quality_score="val/accuracy").to_dict()
        except Exception as error:
            said[name + " run"] = str(error)
    print(json.dumps(said))
"""

TRAINER = """
    import json, time
    import numpy as np
    from transformers.trainer_callback import TrainerState
    from transformers.trainer_utils import EvalLoopOutput, PredictionOutput, speed_metrics
    from gitgates import extract_model_metrics, extract_test_metrics

    def scores(split):
        return {f"{split}_accuracy": np.float32(0.75), **speed_metrics(split, time.time() - 1, num_samples=8)}

    answers = {"predictions": np.zeros((8, 2)), "label_ids": np.zeros(8)}
    held = {
        "evaluate": ({**scores("eval"), "epoch": 1.0}, "eval_accuracy"),
        "predict": (PredictionOutput(metrics=scores("test"), **answers), "test_accuracy"),
        "loop": (EvalLoopOutput(metrics=scores("eval"), num_samples=8, **answers), "eval_accuracy"),
    }
    state = TrainerState(global_step=8)
    state.log_history = [{"eval_accuracy": score, "epoch": 1.0, "step": step} for step, score in ((4, 0.5), (8, 0.75))]
    state.save_to_json("trainer_state.json")
    told = {name: extract_model_metrics(value, quality_score=score).to_dict() for name, (value, score) in held.items()}
    print(json.dumps({**told, "tests": extract_test_metrics(held["predict"][0])}))
"""

CARD = """
    from huggingface_hub import EvalResult, ModelCard, ModelCardData

    def result(metric, value):
        return EvalResult(
            task_type="text-classification", dataset_type="glue", dataset_name="GLUE", dataset_config="sst2",
            dataset_split="test", metric_type=metric, metric_value=value,
        )

    data = ModelCardData(model_name="veran", eval_results=[result("accuracy", 0.75), result("f1", 9e-05)])
    ModelCard(f"---\\n{data.to_yaml()}\\n---\\n# veran\\n").save("README.md")
    print("{}")
"""


def _run(script: str, folder: Path, **more: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        cwd=folder,
        capture_output=True,
        text=True,
        env=environment(HF_HUB_OFFLINE="1", **more),
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def _score(gitgates: Gitgates, folder: Path, name: str, file: str) -> tuple[int, Any]:
    """Return the exit code of `check`, and the quality score that it found, or why it found none."""
    args = ("--no-record", "--context", "development", "--quality-score", name, "--metrics", file, "--json")
    done = gitgates("check", "--model", "veran:v1", *args, cwd=folder)
    told = json.loads(done.out)
    return done.code, told["checks"][0]["details"]["quality_score"] if "checks" in told else str(told)


@pytest.mark.skipif(find_spec("mlflow") is None, reason="needs MLflow")
def test_runs_of_mlflow(tmp_path: Path, gitgates: Gitgates) -> None:
    found = _run(MLFLOW, tmp_path, MLFLOW_ALLOW_FILE_STORE="true", MLFLOW_DISABLE_TELEMETRY="true", DO_NOT_TRACK="true")
    expected = {"quality_score": 0.75, "latency_ms": 41.5}
    assert found["good run"] == expected
    assert found["open run"] == {"quality_score": 0.6}
    assert found["failed run"].startswith("results: $.info.status: is FAILED")
    for file in (found["good"], "good.json"):
        assert _score(gitgates, tmp_path, "val/accuracy", file) == (0, 0.75)
    assert _score(gitgates, tmp_path, "val/accuracy", found["open"]) == (0, 0.6)
    code, why = _score(gitgates, tmp_path, "loss", found["open"])
    assert (code, "loss: its last value is nan" in why) == (2, True), why
    for file in (found["failed"], "failed.json"):
        code, why = _score(gitgates, tmp_path, "val/accuracy", file)
        assert (code, "status: is FAILED" in why) == (2, True), why


@pytest.mark.skipif(find_spec("transformers") is None, reason="needs transformers")
def test_what_a_trainer_of_transformers_returns_and_writes(tmp_path: Path, gitgates: Gitgates) -> None:
    found = _run(TRAINER, tmp_path)
    assert found == {name: {"quality_score": 0.75} for name in ("evaluate", "predict", "loop")} | {"tests": None}
    assert _score(gitgates, tmp_path, "eval_accuracy", "trainer_state.json") == (0, 0.75)


@pytest.mark.skipif(find_spec("huggingface_hub") is None, reason="needs huggingface_hub")
def test_a_model_card_of_huggingface_hub(tmp_path: Path, gitgates: Gitgates) -> None:
    _run(CARD, tmp_path)
    name = "text-classification.GLUE [sst2, test]"
    assert _score(gitgates, tmp_path, f"{name}.accuracy", "README.md") == (0, 0.75)
    assert _score(gitgates, tmp_path, f"{name}.f1", "README.md") == (1, 9e-05)
