"""The rules of a SARIF run: which one a result is of."""

from typing import Any

from gitgates.errors import InputFileError
from gitgates.formats.document import JsonDocument
from gitgates.formats.findings import member, objects

Rule = dict[str, Any]
Placed = tuple[str, Rule]
_MAX_PARENTS = 8


class Rules:
    """The rules of a run's driver and of its extensions."""

    def __init__(self, document: JsonDocument, tool: dict[str, Any], where: str) -> None:
        self._document = document
        extensions = list(objects(document, tool.get("extensions"), f"{where}.extensions", optional=True))
        self._driver = self._of_component(tool["driver"], f"{where}.driver")
        self._extensions = [self._of_component(component, place) for place, component in extensions]
        self._by_id: dict[str, Placed] = {}
        for placed in (*self._driver, *(rule for rules in self._extensions for rule in rules)):
            name = placed[1].get("id")
            if isinstance(name, str):
                self._by_id.setdefault(name, placed)

    def _of_component(self, component: dict[str, Any], where: str) -> list[Placed]:
        return list(objects(self._document, component.get("rules"), f"{where}.rules", optional=True))

    def of(self, result: dict[str, Any], where: str) -> Placed:
        """Return the rule of `result` with its place, an empty one where none is described.

        Its index counts (in the extension that it names, or in the driver); without one, its id.

        Raises:
            InputFileError: the index is of no rule, or of one with another id.
        """
        told = member(self._document, result, "rule", where)
        name = told.get("id", result.get("ruleId"))
        names = _with_parents(name) if isinstance(name, str) else []
        index = told.get("index", result.get("ruleIndex", -1))
        if index == -1:
            return next((self._by_id[one] for one in names if one in self._by_id), (where, {}))
        rules = self._component(told, where)
        number = self._document.expect(index, int, f"{where}.ruleIndex")
        if not 0 <= number < len(rules):
            raise InputFileError(self._document.file, f"{where}.ruleIndex: is out of range of the rules")
        if names and rules[number][1].get("id") not in names:
            raise InputFileError(self._document.file, f"{where}.ruleIndex: is that of a rule other than ruleId")
        return rules[number]

    def _component(self, told: dict[str, Any], where: str) -> list[Placed]:
        """Return the rules of the extension that a reference names, of the driver where it names none."""
        index = member(self._document, told, "toolComponent", f"{where}.rule").get("index", -1)
        if index == -1:
            return self._driver
        place = f"{where}.rule.toolComponent.index"
        number = self._document.expect(index, int, place)
        if not 0 <= number < len(self._extensions):
            raise InputFileError(self._document.file, f"{place}: is out of range of the extensions")
        return self._extensions[number]


def _with_parents(name: str) -> list[str]:
    """Return a rule's id and those above it: `CA1000/1` is a part of `CA1000`."""
    names = [name]
    while (parent := names[-1].rpartition("/")[0]) and len(names) <= _MAX_PARENTS:
        names.append(parent)
    return names
