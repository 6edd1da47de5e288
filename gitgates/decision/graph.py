"""Order: what comes before what, by parents and never by clocks."""

from collections.abc import Callable, Iterable, Mapping
from heapq import heapify, heappop, heappush
from typing import Any


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

    def in_order(self, tie: Callable[[str], Any] = str) -> list[str]:
        """Return all ids, each after every one that it descends from.

        Args:
            tie: what to sort by where parents leave the order open; for show only, nothing may rest on it.
        """
        waiting = {i: sum(parent in self._parents for parent in parents) for i, parents in self._parents.items()}
        children: dict[str, list[str]] = {}
        for i, parents in self._parents.items():
            for parent in parents:
                children.setdefault(parent, []).append(i)
        ready = [(tie(i), i) for i, count in waiting.items() if count == 0]
        heapify(ready)
        ordered = []
        while ready:
            _, current = heappop(ready)
            ordered.append(current)
            for child in children.get(current, ()):
                waiting[child] -= 1
                if waiting[child] == 0:
                    heappush(ready, (tie(child), child))
        return ordered

    def heads(self, ids: Iterable[str]) -> tuple[str, ...]:
        """Return those of `ids` from which no other of them descends, sorted."""
        ids = tuple(ids)
        return tuple(sorted(set(ids) - self.reached_from(ids)))
