"""Order by parents."""

from gitgates.decision.graph import Graph

# a <- b <- d, a <- c <- d, e apart; z is missing
DIAMOND = Graph({"a": ("z",), "b": ("a",), "c": ("a",), "d": ("b", "c"), "e": ()})


def test_reached() -> None:
    assert DIAMOND.reached_from(["d"]) == {"a", "b", "c", "z"}
    assert DIAMOND.reached_from(["d", "b"]) == {"a", "b", "c", "z"}
    assert DIAMOND.reached_from(["e", "unknown"]) == set()


def test_ancestors() -> None:
    assert DIAMOND.is_ancestor("a", "d")
    assert not DIAMOND.is_ancestor("d", "a")
    assert not DIAMOND.is_ancestor("d", "d")
    assert not DIAMOND.is_ancestor("b", "c")


def test_heads() -> None:
    assert DIAMOND.heads("abcde") == ("d", "e")
    assert DIAMOND.heads("abc") == ("b", "c")
    assert DIAMOND.heads("a") == ("a",)
    assert DIAMOND.heads("") == ()


def test_order() -> None:
    assert DIAMOND.in_order() == ["a", "b", "c", "d", "e"]
    assert DIAMOND.in_order(lambda i: -ord(i)) == ["e", "a", "c", "b", "d"]
