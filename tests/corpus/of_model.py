"""Ground truth of model metrics, and where the product's own rules (docs/reference/formats.md) differ on purpose."""

import json
from pathlib import Path
from typing import Any

from gitgates.formats.base import Role
from gitgates.formats.document import FolderDocument
from gitgates.formats.options import ReadOptions
from tests.corpus.rules import Rule

STORE = "mlflow/mlruns-2.9"
"""The folder of a run in the corpus."""


def folder(corpus: Path, file: str) -> FolderDocument | None:
    """Return the folder to be read where `file` is only a part of one."""
    if not file.startswith(f"{STORE}/"):
        return None
    run = corpus / STORE
    files = sorted(path for path in run.rglob("*") if path.is_file())
    return FolderDocument(STORE, {path.relative_to(run).as_posix(): path.read_bytes() for path in files})


def _quality(name: str) -> ReadOptions:
    return ReadOptions(metric_paths={"quality_score": name})


def _of_mlflow(truth: dict[str, Any]) -> dict[str, Any]:
    told = truth["metrics_last"]
    named = {name: told[name] for name in ("accuracy", "f1_score", "latency_ms")}
    return {**named, "quality_score": told["f1_score"]}


def _of_store(name: str) -> Rule:
    """Return the rule for one metric's file: what is read is the run's folder that it is in."""
    options = ReadOptions(metric_paths={"quality_score": "accuracy", "memory_mb": name})
    return Rule(Role.MODEL, lambda truth: {"memory_mb": float(truth["last"])}, options)


def _of_deepeval(truth: dict[str, Any]) -> dict[str, Any]:
    scores = json.loads(truth["metrics"])[0]["scores"]
    return {"quality_score": truth["passed"] / truth["test_cases"], "accuracy": sum(scores) / len(scores)}


RULES: dict[str, Rule] = {
    "lm-eval": Rule(
        Role.MODEL,
        lambda truth: {"quality_score": truth["results"]["local_add/acc_norm,none"]},
        _quality("tasks.local_add.acc_norm"),
    ),
    "mlflow": Rule(Role.MODEL, _of_mlflow, _quality("f1_score")),
    "hf-trainer": Rule(
        Role.MODEL,
        lambda truth: {"quality_score": truth["eval_accuracy"], "perplexity": truth["perplexity"]},
        _quality("eval_accuracy"),
    ),
    "hf-model-card": Rule(
        Role.MODEL,
        lambda truth: {"quality_score": json.loads(truth["model_index"])[0]["results"][0]["metrics"][0]["value"]},
        _quality("text-generation.demo.accuracy"),
    ),
    "sklearn-report": Rule(
        Role.MODEL,
        lambda truth: {"quality_score": truth["weighted_f1"]} | {k: v for k, v in truth.items() if k == "accuracy"},
        _quality("weighted avg.f1-score"),
    ),
    "promptfoo": Rule(Role.MODEL, lambda truth: {"quality_score": truth["pass_rate"]}, _quality("pass_rate")),
    "deepeval": Rule(
        Role.MODEL,
        _of_deepeval,
        ReadOptions(metric_paths={"quality_score": "pass_rate", "accuracy": "metrics.Exact Match.mean"}),
    ),
    "dvc": Rule(
        Role.MODEL,
        lambda truth: {"quality_score": truth["val/accuracy"], "latency_ms": truth["latency_ms"]},
        _quality("val.accuracy"),
    ),
    "dvc/example-get-started-scores.json": Rule(
        Role.MODEL, lambda truth: {"quality_score": truth["roc_auc"]}, _quality("roc_auc")
    ),
    **{f"{STORE}/metrics/{name}": _of_store(name) for name in ("accuracy", "f1_score", "latency_ms", "loss")},
    "hf-trainer/a-eval_results.json": Rule(
        Role.MODEL, lambda truth: {"quality_score": truth["eval_accuracy"]}, _quality("eval_accuracy")
    ),
    "hf-trainer/a-train_results.json": Rule(Role.MODEL, dict),
    "hf-trainer/a-trainer_state.json": Rule(
        Role.MODEL, lambda truth: {"quality_score": truth["last_eval"]["eval_accuracy"]}, _quality("eval_accuracy")
    ),
}

OPTIONS: dict[str, ReadOptions] = {}
"""For a file that is read otherwise than its format, how."""

ON_PURPOSE: dict[str, dict[str, Any]] = {}

REFUSED: dict[str, str] = {
    # Training alone measures no quality.
    "hf-trainer/a-train_results.json": "no number in it is called quality_score",
}
