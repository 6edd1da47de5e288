"""The door to the rules: pick the version that a report names, and run it."""

from gitgates.errors import CannotDecide
from gitgates.gates import rules_1
from gitgates.model.checks import Evaluation, GateCheckResult

CURRENT_RULES = rules_1.RULES
GATES = rules_1.GATES
_EVALUATORS = {rules_1.RULES: rules_1.evaluate}


def evaluate(evaluation: Evaluation, timestamp: str = "") -> tuple[GateCheckResult, ...]:
    """Run the gates under the rules that `evaluation` names.

    Raises:
        CannotDecide: these rules are newer than this program.
    """
    evaluator = _EVALUATORS.get(evaluation.rules)
    if evaluator is None:
        raise CannotDecide(
            "newer format", f"a report was made under the rules {evaluation.rules!r}", remedy="Upgrade gitgates"
        )
    return evaluator(evaluation, timestamp)


def all_passed(checks: tuple[GateCheckResult, ...]) -> bool:
    """Tell whether at least one gate ran and every one passed."""
    return bool(checks) and all(check.passed for check in checks)
