"""Seal files: one spelling."""

import pytest

from gitgates.codec.seals import parse_seal, render_seal
from gitgates.errors import InvalidValue

A, B = "a" * 64, "b" * 64


def test_a_seal() -> None:
    data = render_seal({("veran", "v2"): (B, A), ("a b", "v1"): (A,), ("none", "v1"): ()})
    assert data == f"a%20b/v1 {A}\nveran/v2 {A} {B}\n".encode()
    assert parse_seal(data) == {("a b", "v1"): (A,), ("veran", "v2"): (A, B)}
    assert parse_seal(b"") == {}


def test_an_id_stands_once() -> None:
    assert render_seal({("veran", "v1"): (A, A)}) == f"veran/v1 {A}\n".encode()


@pytest.mark.parametrize(
    "data",
    [
        f"veran/v1 {A}",
        f"veran/v1 {A}\r\n",
        f"veran/v1  {A}\n",
        f"veran/v1 {A} \n",
        "veran/v1\n",
        f"veran/v1 {A[:-1]}\n",
        f"veran/v1 {A.upper()}\n",
        f"veran/v1 {B} {A}\n",
        f"veran/v1 {A} {A}\n",
        f"veran {A}\n",
        f"veran/v2 {A}\nveran/v1 {A}\n",
        f"veran/v1 {A}\nveran/v1 {A}\n",
        f"veran/v1 {A}\nveran/v1 {B}\n",
        f"ver an/v1 {A}\n",
        f"v%65ran/v1 {A}\n",
        f"vérán/v1 {A}\n",
        f"a/b/v1 {A}\n",
        "\n",
    ],
)
def test_refused_seals(data: str) -> None:
    with pytest.raises(InvalidValue):
        parse_seal(data.encode())


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (f"veran/v1 {A}\nveran/v1 {B}", "not sorted, or not in its one spelling"),
        (f"veran/v2 {A}\nveran/v1 {A}\n", "not sorted, or not in its one spelling"),
        ("veran/v1 x\n", "'veran/v1 x' is not `<model>/<version> <head id>...`"),
        (f"veran/v1 {A} {B[1:]}\n", f"'veran/v1 {A} {B[:6]}' is not `<model>/<version> <head id>...`"),
    ],
)
def test_what_is_wrong_with_a_seal(data: str, problem: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        parse_seal(data.encode())
    assert str(caught.value) == f"seal: {problem}"
