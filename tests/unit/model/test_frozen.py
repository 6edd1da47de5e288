"""`frozen` does what `attrs.frozen` does; only where the methods come from differs."""

from typing import Any

import attrs
import pytest

from gitgates.model.frozen import frozen


@frozen
class Point:
    x: int
    y: int = 0
    note: str = attrs.field(default="", eq=False)
    secret: str = attrs.field(default="", repr=False)


@attrs.frozen
class Model:
    x: int
    y: int = 0
    note: str = attrs.field(default="", eq=False)
    secret: str = attrs.field(default="", repr=False)


@frozen
class Point3(Point):
    z: int = 0


@frozen
class Single:
    value: Any


@frozen
class Empty:
    pass


@frozen
class Loud:
    value: int

    def __repr__(self) -> str:
        return "LOUD"


CASES = [(1,), (1, 2), (1, 2, "n"), (1, 2, "n", "s"), (2, 2)]


@pytest.mark.parametrize("one", CASES)
@pytest.mark.parametrize("other", CASES)
def test_equality_is_that_of_attrs(one: tuple[Any, ...], other: tuple[Any, ...]) -> None:
    assert (Point(*one) == Point(*other)) == (Model(*one) == Model(*other))
    assert (Point(*one) != Point(*other)) == (Model(*one) != Model(*other))


@pytest.mark.parametrize("one", CASES)
def test_repr_is_that_of_attrs(one: tuple[Any, ...]) -> None:
    assert repr(Point(*one)) == repr(Model(*one)).replace("Model", "Point")


def test_equal_values_have_equal_hashes() -> None:
    assert len({Point(1, 2), Point(1, 2, "n"), Point(1, 3), Single(1), Single(1), Empty(), Empty()}) == 4


def test_classes_are_told_apart() -> None:
    assert Point(1, 2) != Point3(1, 2)
    assert Point3(1, 2, z=3) == Point3(1, 2, z=3) != Point3(1, 2, z=4)
    assert Single(1) != object()
    assert Empty() == Empty()


def test_a_value_that_cannot_be_hashed_says_so() -> None:
    with pytest.raises(TypeError):
        hash(Single([]))


def test_nothing_can_be_changed() -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        Point(1).x = 2  # type: ignore[misc] # that is the point


def test_a_class_keeps_its_own_methods() -> None:
    assert repr(Loud(1)) == "LOUD"
    assert Loud(1) == Loud(1)
