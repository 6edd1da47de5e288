"""Which number becomes which metric: by the user's word or by its own name, and never otherwise."""

from typing import Any

import pytest

from gitgates.errors import InputFileError
from gitgates.model.metrics import ModelMetrics
from tests.unit.formats.models import read_model

DVC = {"val": {"accuracy": 0.66, "loss": 0.4}, "rouge": 31.5, "latency_ms": 12.5}


def refused(value: Any, quality_score: str | None = None, **paths: str) -> InputFileError:
    with pytest.raises(InputFileError) as caught:
        read_model(value, quality_score, **paths)
    assert caught.value.message.startswith("m: ")
    return caught.value


def test_a_quality_score_is_never_guessed_even_where_there_is_one_number() -> None:
    error = refused({"val": {"accuracy": 0.66}})
    assert error.message == "m: no number in it is called quality_score, and which one to take is not guessed"
    assert error.remedy == (
        'Say which: --quality-score NAME, or quality_score = "NAME" in [tool.afs.gates.metrics]. '
        "Candidates: val.accuracy"
    )


def test_mapped_numbers_and_own_names_are_taken_and_the_mapping_is_told() -> None:
    reading = read_model(DVC, "val.accuracy", throughput_tokens_per_sec="rouge")
    assert reading.metrics == ModelMetrics(0.66, latency_ms=12.5, throughput_tokens_per_sec=31.5)
    assert set(reading.mapped) == {("quality_score", "val.accuracy"), ("throughput_tokens_per_sec", "rouge")}
    assert reading.notes == ("throughput_tokens_per_sec is rouge", "quality_score is val.accuracy")


def test_own_name_needs_no_mapping() -> None:
    reading = read_model({"quality_score": 0.9, "a": 1, "b": 2, "c": 3})
    assert (reading.format, reading.metrics, reading.mapped) == ("dvc", ModelMetrics(0.9), ())


def test_mapping_beats_the_own_name() -> None:
    both = DVC | {"quality_score": 0.99}
    reading = read_model(both, "val.accuracy")
    assert (reading.format, reading.metrics) == ("native-model", ModelMetrics(0.66, latency_ms=12.5))
    assert read_model(both | {"a": 1, "b": 2}, "val.accuracy").metrics == ModelMetrics(0.66, latency_ms=12.5)


def test_unknown_name_lists_the_nearest_candidates_first() -> None:
    error = refused({f"a{n}": 0.5 for n in range(30)} | {"accuracy_top5": 0.9}, "accuracy_top1")
    assert error.message == "m: has no number accuracy_top1, which is to be quality_score"
    assert error.remedy.startswith("Candidates: accuracy_top5, a0, a1, ")
    assert error.remedy.endswith(" and 19 more")


def test_candidates_are_those_that_can_be_the_metric() -> None:
    assert refused(DVC).remedy.endswith("Candidates: val.accuracy, val.loss")
    assert (
        refused(DVC, "val.accuracy", latency_ms="x").remedy == "Candidates: val.accuracy, val.loss, rouge, latency_ms"
    )


def test_a_file_in_which_nothing_can_be_the_score() -> None:
    error = refused({"train_runtime": 3.5, "train_samples_per_second": 97.0, "train_loss": 0.4})
    assert error.message == "m: no number in it is called quality_score"
    assert error.remedy == "Give a file that has a score of 0 to 1. Nothing in this file can be quality_score"


IMPOSSIBLE = {
    "above 1": (31.5, r"^m: \$\.x: must be in 0\.\.1, got 31.5"),
    "negative": (-0.1, r"^m: \$\.x: must be in 0\.\.1, got -0.1"),
    "beyond 64 bits": (2**64, "^m: x: is a whole number beyond 64 bits, not a number"),
}


@pytest.mark.parametrize(("value", "fault"), IMPOSSIBLE.values(), ids=IMPOSSIBLE.keys())
def test_impossible_number_that_is_chosen(value: Any, fault: str) -> None:
    with pytest.raises(InputFileError, match=fault):
        read_model({"x": value, "y": 1, "z": 2}, "x")


def test_another_idea_of_a_metric_is_left_out_with_a_note() -> None:
    reading = read_model({"f1": 0.8, "accuracy": 85.0, "b": 1, "c": 2}, "f1")
    assert reading.metrics == ModelMetrics(0.8)
    assert reading.notes == ("quality_score is f1", "accuracy is not taken, it is no number that accuracy can be")
    with pytest.raises(InputFileError, match=r"^m: \$\.accuracy: must be in 0\.\.1, got 85.0"):
        read_model({"f1": 0.8, "accuracy": 85.0, "b": 1, "c": 2}, "f1", accuracy="accuracy")
    with pytest.raises(InputFileError, match=r"^m: \$\.quality_score: must be in 0\.\.1, got 85.0"):
        read_model({"quality_score": 85.0, "b": 1, "c": 2})


def test_one_name_for_two_numbers_is_ambiguous() -> None:
    error = refused({"a": {"b": 0.5}, "a.b": 0.9, "c": 0.1}, "a.b")
    assert error.message == "m: a.b: is ambiguous, the file has several of that name ($.a.b and $.a.b)"
    assert error.remedy == "Candidates: c"


def test_names_that_cannot_be_shown_are_quoted_and_cut() -> None:
    assert refused({"a b": 0.5, "c\n": 0.5}).remedy.endswith("Candidates: 'a b'")
    assert "x" * 201 not in refused({"a": 0.5}, "x" * 5000).message


def test_more_numbers_than_any_evaluation_has() -> None:
    assert refused({f"a{n}": 1 for n in range(50_001)}).message == "m: holds more than 50000 numbers"


# --- native files ----------------------------------------------------------------------------------------------------


def test_native_file_keeps_its_own_names_where_it_has_none_of_the_mapping() -> None:
    reading = read_model({"quality_score": 0.9, "latency_ms": 3}, "tasks.arc.acc")
    assert reading.metrics == ModelMetrics(0.9, latency_ms=3)
    assert (reading.format, reading.mapped) == ("native-model", ())
    assert reading.notes == ("quality_score is the file's own, it has no tasks.arc.acc",)


def test_native_file_with_a_mapped_key() -> None:
    reading = read_model({"accuracy": 0.7, "acc_top5": 0.9, "baseline_quality_score": 0.5}, "acc_top5")
    assert reading.metrics == ModelMetrics(0.9, accuracy=0.7, baseline_quality_score=0.5)
    assert reading.notes == ("quality_score is acc_top5",)
    reading = read_model({"accuracy": 0.7, "loss": 3.0}, "accuracy")
    assert reading.notes == ("quality_score is accuracy", "$.loss is not judged by any gate")


NATIVE = {
    "text": ({"quality_score": "0.9"}, "^m: quality_score: is text, not a number"),
    "truth": ({"quality_score": True}, "^m: quality_score: is true or false, not a number"),
    "list": ({"quality_score": [1]}, "^m: quality_score: is a list, not a number"),
    "object": ({"quality_score": {}}, "^m: quality_score: is an object, not a number"),
    "above 1": ({"quality_score": 2}, r"^m: \$\.quality_score: must be in 0\.\.1"),
    "nothing": ({"quality_score": None}, "^m: has no number x, which is to be accuracy"),
    "neither": ({"latency_ms": 2}, "^m: has no number x, which is to be accuracy"),
}


@pytest.mark.parametrize(("value", "fault"), NATIVE.values(), ids=NATIVE.keys())
def test_native_file_stays_strict_under_a_mapping(value: Any, fault: str) -> None:
    with pytest.raises(InputFileError, match=fault):
        read_model(value | ({} if "nothing" in fault or "x," in fault else {"accuracy": 0.5}), accuracy="x")


def test_native_file_that_measures_nothing_holds_no_number() -> None:
    assert refused({"quality_score": None}, "x").message == "m: has no number x, which is to be quality_score"


# --- files without a mark --------------------------------------------------------------------------------------------


def test_dvc_passes_over_texts_null_and_empty_objects() -> None:
    reading = read_model({"a": 0.5, "b": {"c": 1, "d": "text"}, "e": None, "f": {}}, "a")
    assert (reading.format, reading.metrics) == ("dvc", ModelMetrics(0.5))


NO_METRICS: dict[str, Any] = {
    "a list": [{"a": 0.5}],
    "a list inside": {"a": 0.5, "b": [1]},
    "truth": {"a": 0.5, "b": True},
    "more texts than numbers": {"a": 0.5, "b": "x", "c": "y"},
    "no number": {"a": {"b": None}},
}


@pytest.mark.parametrize("value", NO_METRICS.values(), ids=NO_METRICS.keys())
def test_what_is_no_object_of_numbers_is_of_no_known_format(value: Any) -> None:
    assert "is of no known format for --metrics or --baseline" in refused(value, "a").message
