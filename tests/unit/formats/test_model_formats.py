"""Formats of model metrics in JSON: the numbers they hold, and what is told from a clean result."""

from typing import Any

import pytest

from gitgates.errors import InputFileError
from gitgates.model.metrics import ModelMetrics
from tests.unit.formats.models import read_model


def refused(value: Any, fault: str, quality_score: str | None = None) -> None:
    with pytest.raises(InputFileError) as caught:
        read_model(value, quality_score)
    assert caught.value.message == f"m: {fault}"


# --- lm-evaluation-harness -------------------------------------------------------------------------------------------


def lm_eval(task: dict[str, Any], **parts: Any) -> dict[str, Any]:
    return {"results": {"t": task}, "versions": {"t": 1}, **parts}


def test_lm_eval_filters_and_old_files_without_them() -> None:
    value = lm_eval({"alias": "t", "em,strict": 0.4, "em,flexible": 0.5, "acc": 0.6, "acc_stderr": 0.1})
    assert read_model(value, "tasks.t.em,strict").metrics == ModelMetrics(0.4)
    reading = read_model(value, "tasks.t.acc")
    assert (reading.metrics, reading.notes) == (
        ModelMetrics(0.6),
        ("quality_score is tasks.t.acc (standard error 0.1)",),
    )
    refused(value, "has no number tasks.t.acc_stderr, which is to be quality_score", "tasks.t.acc_stderr")


def test_lm_eval_group_counts_the_samples_of_each_metric() -> None:
    group = {"acc,none": 0.5, "acc_stderr,none": "N/A", "sample_len": 30, "sample_count": {"acc,none": 20}}
    assert read_model(lm_eval(group), "tasks.t.acc").notes == ("quality_score is tasks.t.acc (20 samples)",)


def test_lm_eval_samples_of_older_files_and_their_limit() -> None:
    value = lm_eval({"acc,none": 0.5}, **{"n-samples": {"t": {"original": 100, "effective": 8}}})
    assert read_model(value, "tasks.t.acc").notes == (
        "quality_score is tasks.t.acc (8 samples)",
        "only 8 of the 100 samples of t were evaluated",
    )


LM_EVAL = {
    "lower is better": (
        lm_eval({"brier,none": 0.1}, higher_is_better={"t": {"brier": False}}),
        "tasks.t.brier: cannot be quality_score: the lower it is, the better",
    ),
    "no sample": (lm_eval({"brier,none": 0.1, "sample_len": 0}), "tasks.t.brier: was measured on no sample"),
    "a list": (lm_eval({"brier,none": [0.1]}), "tasks.t.brier: is a list, not a number"),
    "with and without a filter": (
        lm_eval({"brier": 0.1, "brier,none": 0.2}),
        "tasks.t.brier: is ambiguous, the file has several of that name ($.results.t.brier and $.results.t.brier,none)",
    ),
    "negative stderr": (
        lm_eval({"brier,none": 0.1, "brier_stderr,none": -1}),
        "$.results.t.brier,none: its standard error must be a number, at least 0",
    ),
    "samples below 0": (
        lm_eval({"brier,none": 0.1, "sample_len": -1}),
        "$.results.t.sample_len: must be the number of samples",
    ),
    "samples as text": (
        lm_eval({"brier,none": 0.1, "sample_len": "7"}),
        "$.results.t.sample_len: must be a whole number",
    ),
    "task": ({"results": {"t": []}, "versions": {}}, "$.results.t: must be an object"),
}


@pytest.mark.parametrize(("value", "fault"), LM_EVAL.values(), ids=LM_EVAL.keys())
def test_lm_eval_refused(value: dict[str, Any], fault: str) -> None:
    refused(value, fault, "tasks.t.brier")


# --- MLflow ----------------------------------------------------------------------------------------------------------


def run(metrics: Any, **info: Any) -> dict[str, Any]:
    return {"info": {"status": "FINISHED", "lifecycle_stage": "active", **info}, "data": {"metrics": metrics}}


def test_mlflow_run_as_python_and_as_rest_writes_it() -> None:
    expected = ModelMetrics(0.8, latency_ms=17.25)
    assert read_model(run({"f1": 0.8, "latency_ms": 17.25}), "f1").metrics == expected
    listed = [{"key": "f1", "value": 0.8, "step": 3}, {"key": "latency_ms", "value": 17.25}]
    reading = read_model({"run": run(listed)}, "f1")
    assert (reading.format, reading.metrics) == ("mlflow-run", expected)


def test_mlflow_run_that_still_runs_is_told() -> None:
    reading = read_model(run({"f1": 0.8}, status="RUNNING"), "f1")
    assert reading.notes == ("quality_score is f1", "the run's status is RUNNING: its numbers may still change")


MLFLOW = {
    "object": (run({"f1": {"value": 0.8}}), "f1: is an object, not a number"),
    "failed": (
        run({"f1": 0.8}, status="FAILED"),
        "$.info.status: is FAILED, so its numbers may be those of an unfinished run",
    ),
    "killed": (
        {"run": run({"f1": 0.8}, status="KILLED")},
        "$.run.info.status: is KILLED, so its numbers may be those of an unfinished run",
    ),
    "deleted": (run({"f1": 0.8}, lifecycle_stage="deleted"), "$.info.lifecycle_stage: the run is deleted"),
    "unknown status": (
        run({"f1": 0.8}, status=3),
        "$.info.status: must be one of RUNNING, SCHEDULED, FINISHED, FAILED, KILLED",
    ),
    "no metrics": (run(None), "has no number f1, which is to be quality_score"),
    "text": (run("f1"), "$.data.metrics: must be an object"),
    "point": (run([1]), "$.data.metrics[0]: must be an object"),
    "key": (run([{"value": 1}]), "$.data.metrics[0].key: is missing"),
    "twice": (
        run([{"key": "f1", "value": 0.1}, {"key": "f1", "value": 0.9}]),
        "f1: is ambiguous, the file has several of that name ($.data.metrics[0].value and $.data.metrics[1].value)",
    ),
}


@pytest.mark.parametrize(("value", "fault"), MLFLOW.values(), ids=MLFLOW.keys())
def test_mlflow_refused(value: dict[str, Any], fault: str) -> None:
    refused(value, fault, "f1")


# --- Hugging Face Trainer --------------------------------------------------------------------------------------------

TRAINER = {"epoch": 1.5, "eval_accuracy": 0.5, "eval_loss": 0.9, "eval_runtime": 0.1, "eval_samples_per_second": 9.0}


def test_trainer_results() -> None:
    reading = read_model({**TRAINER, "perplexity": 57.9}, "eval_accuracy")
    assert (reading.format, reading.metrics) == ("hf-trainer", ModelMetrics(0.5, perplexity=57.9))
    refused(TRAINER, "eval_loss: cannot be quality_score: the lower it is, the better", "eval_loss")


def state(*history: Any, **more: Any) -> dict[str, Any]:
    return {"global_step": 6, "log_history": list(history), **more}


def test_trainer_state_gives_the_last_evaluation() -> None:
    value = state(
        {"step": 3, "eval_accuracy": 0.9},
        {"step": 6, "eval_a_accuracy": 0.1},
        {"step": 6, "eval_b_accuracy": 0.2},
        {"step": 6, "train_loss": 4.0},
    )
    reading = read_model(value, "eval_a_accuracy", accuracy="eval_b_accuracy")
    assert reading.metrics == ModelMetrics(0.1, accuracy=0.2)
    assert reading.notes[-1] == "the numbers are of the evaluation at step 6"
    refused(value, "has no number eval_accuracy, which is to be quality_score", "eval_accuracy")


def test_trainer_state_tells_of_a_better_step_and_of_steps_after() -> None:
    value = state({"step": 2, "eval_acc": 0.9}, {"step": 4, "eval_acc": 0.1}, best_global_step=2)
    reading = read_model(value, "eval_acc")
    assert reading.metrics == ModelMetrics(0.1)
    assert reading.notes[-1] == "the numbers are of the evaluation at step 4 of 6, while the best step is 2"


def test_trainer_state_evaluated_twice_at_one_step_counts_the_later() -> None:
    assert read_model(state({"step": 6, "eval_acc": 0.9}, {"step": 6, "eval_acc": 0.1}), "eval_acc").metrics == (
        ModelMetrics(0.1)
    )


STATES = {
    "no evaluation": (state({"step": 6, "loss": 1.0}), "$.log_history: holds no evaluation"),
    "no step": (state({"eval_acc": 0.9}), "$.log_history[0].step: is missing"),
    "entry": (state(1), "$.log_history[0]: must be an object"),
    "history": ({"global_step": 6, "log_history": {}}, "$.log_history: must be a list"),
}


@pytest.mark.parametrize(("value", "fault"), STATES.values(), ids=STATES.keys())
def test_trainer_state_refused(value: dict[str, Any], fault: str) -> None:
    refused(value, fault, "eval_acc")


# --- scikit-learn ----------------------------------------------------------------------------------------------------


def row(score: float, support: Any) -> dict[str, Any]:
    return {"precision": score, "recall": score, "f1-score": score, "support": support}


def report(**rows: Any) -> dict[str, Any]:
    return {"0": row(0.7, 3.0), "macro avg": row(0.8, 5.0), "weighted avg": row(0.75, 5.0), **rows}


def test_sklearn_report() -> None:
    reading = read_model(report(accuracy=0.7), "macro avg.f1-score")
    assert (reading.format, reading.metrics) == ("sklearn-report", ModelMetrics(0.8, accuracy=0.7))
    assert reading.notes == ("quality_score is 'macro avg.f1-score' (5 samples)",)


def test_what_is_of_all_classes_is_told_first() -> None:
    classes = {f"class{number}": row(0.5, 1.0) for number in range(12)}
    with pytest.raises(InputFileError) as caught:
        read_model({**classes, **report(accuracy=0.7)})
    cells = [
        f"'{name} avg.{column}'" for name in ("macro", "weighted") for column in ("precision", "recall", "f1-score")
    ]
    assert f"Candidates: {', '.join(['accuracy', *cells])}, class0.precision" in caught.value.remedy


SKLEARN = {
    "nothing evaluated": (
        report(**{"weighted avg": row(0.0, 0)}),
        "$.weighted avg.support: is 0, nothing was evaluated",
    ),
    "class without samples": (report(cat=row(0.0, 0.0)), "cat.recall: was measured on no sample"),
    "half a sample": (report(cat=row(0.0, 0.5)), "$.cat.support: must be a whole number, at least 0"),
    "negative": (report(cat=row(0.0, -1)), "$.cat.support: must be a whole number, at least 0"),
    "text": (report(cat=row(0.0, "3")), "$.cat.support: must be a whole number, at least 0"),
    "row": (report(cat=0.5), "$.cat: must be an object"),
}


@pytest.mark.parametrize(("value", "fault"), SKLEARN.values(), ids=SKLEARN.keys())
def test_sklearn_refused(value: dict[str, Any], fault: str) -> None:
    refused(value, fault, "cat.recall")


# --- promptfoo -------------------------------------------------------------------------------------------------------


def result(success: Any, score: Any = 1, **more: Any) -> dict[str, Any]:
    return {"success": success, "score": score, **more}


def promptfoo(*results: Any, version: int = 3, **stats: int) -> dict[str, Any]:
    return {"evalId": "e", "results": {"version": version, "results": list(results), "stats": stats}}


def test_promptfoo_rates_scores_and_named_scores() -> None:
    value = promptfoo(
        result(True, 1, promptIdx=0, namedScores={"recall": 1}),
        result(False, 0.5, promptIdx=1, namedScores={"recall": 0.5}),
        result(True, 0.9, promptIdx=1),
        successes=2,
        failures=1,
    )
    found = {
        name: read_model(value, name).metrics.to_dict()["quality_score"]
        for name in ("pass_rate", "score", "named.recall", "prompts.0.pass_rate", "prompts.1.pass_rate")
    }
    assert found == pytest.approx(
        {
            "pass_rate": 2 / 3,
            "score": 0.8,
            "named.recall": 0.75,
            "prompts.0.pass_rate": 1.0,
            "prompts.1.pass_rate": 0.5,
        }
    )


def test_promptfoo_errors_count_as_not_passed_and_are_told() -> None:
    failed = result(False, 1, failureReason=2)
    value = promptfoo(result(True, 1, namedScores={"recall": 1}), failed, successes=1, errors=1)
    reading = read_model(value, "score")
    assert reading.metrics == ModelMetrics(0.5)
    assert reading.notes[-1] == "1 of 2 results are errors; they count as not passed"
    refused(value, "named.recall: is not known for 1 results, which are errors", "named.recall")


PROMPTFOO = {
    "nothing": (promptfoo(), "$.results.results: is empty, nothing was evaluated"),
    "version": (promptfoo(result(True), version=4), "$.results.version: only 2 and 3 are known"),
    "missing results": (
        promptfoo(result(True), successes=1, failures=3),
        "$.results.stats.failures: is 3, but 0 are in $.results.results",
    ),
    "no stats": ({"evalId": "e", "results": {"version": 3, "results": [result(True)]}}, "$.results.stats: is missing"),
    "no success": (promptfoo(result(None)), "$.results.results[0].success: must be true or false"),
    "no score": (promptfoo(result(True, "1")), "$.results.results[0].score: must be a number"),
    "passed error": (
        promptfoo(result(True, failureReason=2)),
        "$.results.results[0].success: is true, but failureReason is that of an error",
    ),
    "named": (
        promptfoo(result(True, namedScores={"a": "b"})),
        "$.results.results[0].namedScores.a: must be a number",
    ),
    "prompt": (promptfoo(result(True, promptIdx="0")), "$.results.results[0].promptIdx: must be a whole number"),
}


@pytest.mark.parametrize(("value", "fault"), PROMPTFOO.values(), ids=PROMPTFOO.keys())
def test_promptfoo_refused(value: dict[str, Any], fault: str) -> None:
    refused(value, fault, "pass_rate")


# --- deepeval --------------------------------------------------------------------------------------------------------


def scores(passes: int, fails: int, errors: int, *values: Any, metric: Any = "Bias") -> dict[str, Any]:
    return {"metric": metric, "scores": list(values), "passes": passes, "fails": fails, "errors": errors}


def deepeval(cases: list[Any], *metrics: Any, **more: Any) -> dict[str, Any]:
    return {"testCases": [{"success": case} for case in cases], "metricsScores": list(metrics), **more}


def test_deepeval() -> None:
    value = deepeval([True, False], scores(1, 1, 0, 1.0, 0.5), testPassed=1, testFailed=1)
    assert read_model(value, "metrics.Bias.mean").metrics == ModelMetrics(0.75)
    assert read_model(value, "metrics.Bias.pass_rate").notes == ("quality_score is metrics.Bias.pass_rate (2 samples)",)
    talks = deepeval([True], conversationalTestCases=[{"success": False}], testPassed=1, testFailed=1)
    assert read_model(talks, "pass_rate").metrics == ModelMetrics(0.5)


DEEPEVAL = {
    "errors": (
        deepeval([True, False], scores(1, 0, 1, 1.0)),
        "metrics.Bias.mean: 1 of 2 cases ended in an error and have no score",
    ),
    "metric that ran nowhere": (
        deepeval([True], scores(0, 0, 0)),
        "has no number metrics.Bias.mean, which is to be quality_score",
    ),
    "nothing": (deepeval([]), "$.testCases: is empty, nothing was evaluated"),
    "cases missing": (deepeval([True], testPassed=1, testFailed=2), "$.testFailed: is 2, but 0 are listed"),
    "case": (deepeval([None]), "$.testCases[0].success: must be true or false"),
    "scores": (
        deepeval([True], scores(1, 1, 0, 1.0)),
        "$.metricsScores[0].scores: must be one number for each pass and fail",
    ),
    "score": (
        deepeval([True], scores(1, 0, 0, "1")),
        "$.metricsScores[0].scores: must be one number for each pass and fail",
    ),
    "name": (deepeval([True], scores(1, 0, 0, 1.0, metric=None)), "$.metricsScores[0].metric: is missing"),
}


@pytest.mark.parametrize(("value", "fault"), DEEPEVAL.values(), ids=DEEPEVAL.keys())
def test_deepeval_refused(value: dict[str, Any], fault: str) -> None:
    refused(value, fault, "metrics.Bias.mean")
