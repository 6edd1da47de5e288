"""The door to the rules: pick the version that a report names, and run it."""

from collections.abc import Callable

from gitgates.errors import CannotDecide
from gitgates.gates import rules_1
from gitgates.model.checks import Evaluation, GateCheckResult

CURRENT_RULES = rules_1.RULES
GATES = rules_1.GATES

_Evaluate = Callable[[Evaluation, str], tuple[GateCheckResult, ...]]
_MissingNumbers = Callable[[Evaluation], tuple[tuple[str, str], ...]]
_RULES = {rules_1.RULES: (rules_1.evaluate, rules_1.missing_numbers)}


def evaluate(evaluation: Evaluation, timestamp: str = "") -> tuple[GateCheckResult, ...]:
    """Run the gates under the rules that `evaluation` names.

    Raises:
        CannotDecide: these rules are newer than this program.
    """
    return _rules(evaluation.rules)[0](evaluation, timestamp)


def missing_numbers(evaluation: Evaluation) -> tuple[tuple[str, str], ...]:
    """Return (gate, what is missing) for every number that a threshold needs and that was not measured.

    Raises:
        CannotDecide: the rules that `evaluation` names are newer than this program.
    """
    return _rules(evaluation.rules)[1](evaluation)


def _rules(name: str) -> tuple[_Evaluate, _MissingNumbers]:
    rules = _RULES.get(name)
    if rules is None:
        raise CannotDecide("newer format", f"a report was made under the rules {name!r}", remedy="Upgrade gitgates")
    return rules


def all_passed(checks: tuple[GateCheckResult, ...]) -> bool:
    """Tell whether at least one gate ran and every one passed."""
    return bool(checks) and all(check.passed for check in checks)
