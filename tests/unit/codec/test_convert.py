"""The strict converter: one schema, no conversions, errors with the path of the field."""

from datetime import UTC, datetime
from typing import Any

import pytest
from attrs import field, frozen

from gitgates.codec.convert import Converter, read_time, time_text
from gitgates.errors import InvalidValue
from gitgates.model.checks import GateStatus
from gitgates.model.fields import OMIT_DEFAULT, Number, count
from gitgates.model.metrics import Metrics, ModelMetrics, TestMetrics


@frozen
class Inner:
    word: str
    size: int = field(default=0, validator=count)


@frozen
class Outer:
    name: str
    flag: bool
    ratio: Number
    status: GateStatus
    at: datetime
    inner: Inner
    many: tuple[Inner, ...]
    maybe: str | None = None
    maybe_number: Number | None = None
    words: tuple[str, ...] = ()


WHOLE = {
    "name": "n",
    "flag": True,
    "ratio": 0.5,
    "status": "passed",
    "at": "2026-11-23T09:30:00.000001Z",
    "inner": {"word": "w", "size": 3},
    "many": [{"word": "x", "size": 0}],
    "maybe": "m",
    "maybe_number": 3,
    "words": ["a", "b"],
}
AT = datetime(2026, 11, 23, 9, 30, 0, 1, UTC)
OUTER = Outer("n", True, 0.5, GateStatus.PASSED, AT, Inner("w", 3), (Inner("x"),), "m", 3, ("a", "b"))


def test_both_ways() -> None:
    converter = Converter()
    assert converter.structure(Outer, WHOLE) == OUTER
    assert converter.unstructure(OUTER) == WHOLE
    assert list(converter.unstructure(OUTER)) == list(WHOLE)


def test_none_is_an_absent_key() -> None:
    short = {key: value for key, value in WHOLE.items() if key not in ("maybe", "maybe_number")}
    outer = Converter().structure(Outer, short)
    assert (outer.maybe, outer.maybe_number) == (None, None)
    assert Converter().unstructure(outer) == short


def test_a_number_that_has_no_default_may_be_absent() -> None:
    metrics = Metrics(tests=TestMetrics(1), model=ModelMetrics(None, accuracy=0.5))
    written = Converter().unstructure(metrics)
    assert written == {"tests": {"total_tests": 1}, "model": {"accuracy": 0.5}}
    assert Converter().structure(Metrics, written) == metrics


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": 5}, "$.name: expected text, got a number"),
        ({"name": None}, "$.name: expected text, got null"),
        ({"maybe": None}, "$.maybe: expected text, got null"),
        ({"flag": 1}, "$.flag: expected true or false, got a number"),
        ({"ratio": True}, "$.ratio: expected a number, got a truth value"),
        ({"ratio": "0.5"}, "$.ratio: expected a number, got text"),
        ({"maybe_number": []}, "$.maybe_number: expected a number, got an array"),
        ({"status": "PASSED"}, "$.status: must be one of passed, failed, blocked, warning, not_run, got 'PASSED'"),
        ({"status": 1}, "$.status: must be one of passed, failed, blocked, warning, not_run, got 1"),
        ({"status": []}, "$.status: must be one of passed, failed, blocked, warning, not_run, got []"),
        ({"status": {"a": 1}}, "$.status: must be one of passed, failed, blocked, warning, not_run, got {'a': 1}"),
        ({"at": 5}, "$.at: expected a time like 2026-11-23T09:30:00.000000Z, got 5"),
        ({"inner": []}, "$.inner: expected an object, got an array"),
        ({"inner": {"word": "w", "size": True}}, "$.inner.size: expected a whole number, got a truth value"),
        ({"inner": {"word": "w", "size": 1.0}}, "$.inner.size: expected a whole number, got a number"),
        ({"inner": {"word": "w", "size": -1}}, "$.inner.size: must not be negative, got -1"),
        ({"inner": {}}, "$.inner.word: missing"),
        ({"many": "abc"}, "$.many: expected an array, got text"),
        ({"many": [{"word": "a"}, {"word": 1}]}, "$.many[1].word: expected text, got a number"),
        ({"words": ["a", {}]}, "$.words[1]: expected text, got an object"),
        ({"words": [["a"]]}, "$.words[0]: expected text, got an array"),
        ({"nam": "x"}, "$.nam: unknown key. Did you mean name?"),
        ({"zzzzz": "x"}, "$.zzzzz: unknown key"),
        ({"inner": {"word": "w", "siz": 1}}, "$.inner.siz: unknown key. Did you mean size?"),
    ],
)
def test_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        Converter().structure(Outer, WHOLE | changes)
    assert str(caught.value) == message


def test_missing_and_no_object() -> None:
    with pytest.raises(InvalidValue, match=r"\$.name: missing"):
        Converter().structure(Outer, {})
    with pytest.raises(InvalidValue, match=r"^\$: expected an object, got text"):
        Converter().structure(Outer, "x")


def test_what_several_fields_contradict_stands_at_their_object() -> None:
    with pytest.raises(InvalidValue, match=r"^\$.tests.total_tests: is 1, less than"):
        Converter().structure(Metrics, {"tests": {"total_tests": 1, "passed_tests": 2}})


@frozen
class Between:
    low: int
    high: int

    def __attrs_post_init__(self) -> None:
        if self.low > self.high:
            raise InvalidValue("is empty")


@frozen
class Holder:
    between: Between


def test_what_is_wrong_with_a_whole_object_stands_at_its_own_path() -> None:
    with pytest.raises(InvalidValue) as caught:
        Converter().structure(Holder, {"between": {"low": 2, "high": 1}})
    assert str(caught.value) == "$.between: is empty"


@frozen
class Grown:
    old: bool = True
    new: bool = field(default=False, metadata={OMIT_DEFAULT: True})


def test_the_default_of_a_field_that_came_later_is_an_absent_key() -> None:
    for grown, written in ((Grown(), {"old": True}), (Grown(False, new=True), {"old": False, "new": True})):
        assert Converter().unstructure(grown) == written
        assert Converter().structure(Grown, written) == grown


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23T09:30:00.000000",
        "2026-11-23T09:30:00.000000+00:00",
        "2026-11-23T09:30:00.000000+01:00",
        "2026-11-23T09:30:00Z",
        "2026-11-23T09:30:00.000Z",
        "2026-11-23 09:30:00.000000Z",
        "20261123T093000.000000Z",
        "2026-11-23T09:30:00.000000z",
        "2026-02-30T09:30:00.000000Z",
        "2026-11-23T24:00:00.000000Z",
        "",
        "now",
        None,
        5,
        ["2026-11-23T09:30:00.000000Z"],
    ],
)
def test_times_have_one_spelling(text: Any) -> None:
    with pytest.raises(InvalidValue, match="expected a time like"):
        read_time(text)


@pytest.mark.parametrize("moment", [AT, datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_times(moment: datetime) -> None:
    assert read_time(time_text(moment)) == moment
    assert len(time_text(moment)) == 27
