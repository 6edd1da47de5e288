"""Order: what comes before what, by parents and never by clocks."""

from collections.abc import Iterable, Mapping


class Graph:
    """Ids with their parents. An id that is named as parent but not given is known to be missing."""

    def __init__(self, parents: Mapping[str, tuple[str, ...]]) -> None:
        """Take the parents of each id."""
        self._parents = parents
        self._ancestors: dict[str, frozenset[str]] = {}

    def reached_from(self, ids: Iterable[str]) -> set[str]:
        """Return all that `ids` descend from, themselves excluded unless another of them descends from them."""
        reached: set[str] = set()
        waiting = [parent for start in ids for parent in self._parents.get(start, ())]
        while waiting:
            current = waiting.pop()
            if current not in reached:
                reached.add(current)
                waiting.extend(self._parents.get(current, ()))
        return reached

    def is_ancestor(self, earlier: str, later: str) -> bool:
        """Tell whether a path of parents leads from `later` to `earlier`."""
        if later not in self._ancestors:
            self._ancestors[later] = frozenset(self.reached_from([later]))
        return earlier in self._ancestors[later]

    def heads(self, ids: Iterable[str]) -> tuple[str, ...]:
        """Return those of `ids` from which no other of them descends, sorted."""
        ids = tuple(ids)
        return tuple(sorted(set(ids) - self.reached_from(ids)))
