"""The door to the rules: pick the version that a report names, and run it."""

from collections.abc import Callable, Mapping

from gitgates.errors import CannotDecide
from gitgates.gates import rules_1
from gitgates.gates.findings import Finding
from gitgates.model.checks import Evaluation, GateCheckResult

CURRENT_RULES = rules_1.RULES
GATES = rules_1.GATES
FURTHER_RULES = "gates/2"
"""The rules of an evaluation that has metric rules or allows unknown severities; they judge all else as `CURRENT_RULES`
do, so that whoever needs neither has records that any program can read."""

_Evaluate = Callable[[Evaluation, str], tuple[GateCheckResult, ...]]
_Findings = Callable[[Evaluation], Mapping[str, tuple[Finding, ...]]]
_RULES = {rules_1.RULES: (rules_1.evaluate, rules_1.findings)}


def evaluate(evaluation: Evaluation, timestamp: str = "") -> tuple[GateCheckResult, ...]:
    """Run the gates under the rules that `evaluation` names.

    Raises:
        CannotDecide: these rules are newer than this program.
    """
    return _rules(evaluation.rules)[0](evaluation, timestamp)


def findings(evaluation: Evaluation) -> Mapping[str, tuple[Finding, ...]]:
    """Return by gate every comparison that was made, or could not be.

    Raises:
        CannotDecide: the rules that `evaluation` names are newer than this program.
    """
    return _rules(evaluation.rules)[1](evaluation)


def _rules(name: str) -> tuple[_Evaluate, _Findings]:
    rules = _RULES.get(name)
    if name == FURTHER_RULES:
        from gitgates.gates import rules_2  # few reports need them

        return rules_2.evaluate, rules_2.findings
    if rules is None:
        raise CannotDecide("newer format", f"a report was made under the rules {name!r}", remedy="Upgrade gitgates")
    return rules


def all_passed(checks: tuple[GateCheckResult, ...]) -> bool:
    """Tell whether at least one gate ran and every one passed."""
    return bool(checks) and all(check.passed for check in checks)
