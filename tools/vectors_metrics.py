"""Vectors of the rules `gates/2`: metrics of a project's own, and what their gates must say."""

from typing import Any

from gitgates.model.names import DeploymentContext
from gitgates.model.thresholds import default_thresholds

_DEFINED = {"name": "toxicity", "gate": "toxicity", "path": "toxicity", "direction": "lower", "confidence": 0.95}
_NOISE = {"stderr": 0.003, "baseline": 0.01, "baseline_stderr": 0.004}
_MODEL = {"quality_score": 0.9, "throughput_tokens_per_sec": 10}
_ERRORS = {"stderr": 1, "baseline_stderr": 0}

PASSED, WARNED, BLOCKED, NOT_RUN = ["passed", True], ["warning", True], ["blocked", False], ["not_run", False]

# name, what the rule asks, what was measured (None: nothing), with required evidence, expected (status, passed)
_CASES: tuple[tuple[str, dict[str, Any], dict[str, Any] | None, bool, list[Any]], ...] = (
    ("the maximum itself", {"max": 0.3}, {"value": 0.3}, True, PASSED),
    ("above the maximum", {"max": 0.3}, {"value": 0.30000000000000004}, True, BLOCKED),
    ("the minimum itself", {"min": -1}, {"value": -1}, True, PASSED),
    ("below the minimum", {"min": -1}, {"value": -1.5}, True, BLOCKED),
    ("not measured", {"max": 1}, None, False, NOT_RUN),
    ("enough samples", {"min_samples": 10}, {"value": 1, "samples": 10}, True, PASSED),
    ("too few samples", {"min_samples": 10}, {"value": 1, "samples": 9}, True, BLOCKED),
    ("samples not told", {"max": 1, "min_samples": 10}, {"value": 1}, False, WARNED),
    ("samples not told, evidence required", {"max": 1, "min_samples": 10}, {"value": 1}, True, BLOCKED),
    ("10 percent more, allowed", {"max_increase": 0.1}, {"value": 0.33, "baseline": 0.3}, True, PASSED),
    ("more than that", {"max_increase": 0.1}, {"value": 0.3301, "baseline": 0.3}, True, BLOCKED),
    ("of a negative baseline the size", {"max_increase": 0.1}, {"value": -90, "baseline": -100}, True, PASSED),
    ("more than a tenth of it", {"max_increase": 0.1}, {"value": -89, "baseline": -100}, True, BLOCKED),
    ("0.1 more, allowed", {"max_increase_absolute": 0.1}, {"value": 0.3, "baseline": 0.2}, True, PASSED),
    ("no baseline, another bound", {"max": 1, "max_increase": 0.1}, {"value": 1}, True, PASSED),
    ("no baseline, no other bound", {"max_increase": 0.1}, {"value": 1}, False, WARNED),
    ("no baseline, no other bound, evidence required", {"max_increase": 0.1}, {"value": 1}, True, NOT_RUN),
    ("a baseline of 0", {"max": 1, "max_increase": 0.1}, {"value": 1, "baseline": 0}, True, BLOCKED),
    ("a baseline of 0, absolutely", {"max_increase_absolute": 1}, {"value": 1, "baseline": 0}, True, PASSED),
    ("within the noise", {"max_increase": 0.1}, {"value": 0.0197, **_NOISE}, True, WARNED),
    ("at the very end of the noise", {"max_increase_absolute": 0}, {"value": 1.959964, "baseline": 0, **_ERRORS}, True,
     WARNED),
    ("just beyond it", {"max_increase_absolute": 0}, {"value": 1.959965, "baseline": 0, **_ERRORS}, True, BLOCKED),
    ("beyond the noise", {"max_increase": 0.1}, {"value": 0.0199, **_NOISE}, True, BLOCKED),
    ("nothing is noise", {"max_increase": 0.1, "confidence": 0}, {"value": 0.0111, **_NOISE}, True, BLOCKED),
    ("one standard error", {"max_increase": 0.1}, {"value": 0.0111, "stderr": 9, "baseline": 0.01}, True, BLOCKED),
    ("a maximum knows no noise", {"max": 0.01}, {"value": 0.0101, **_NOISE}, True, BLOCKED),
    ("higher is better", {"direction": "higher", "max_decrease": 0.1}, {"value": 0.27, "baseline": 0.3}, True, PASSED),
    ("a loss", {"direction": "higher", "max_decrease": 0.1}, {"value": 0.2699, "baseline": 0.3}, True, BLOCKED),
)  # fmt: skip


def metrics() -> dict[str, Any]:
    """Return the file `values/metrics.json`."""
    return {
        "rules": "gates/2",
        "profile": "staging",
        "required_gates": ["toxicity"],
        "thresholds": default_thresholds(DeploymentContext.STAGING).to_dict(),
        "cases": [
            {
                "name": name,
                "require_evidence": evidence,
                "metric_rules": [_in_order(_DEFINED | asked)],
                "metrics": {"model": _MODEL} | ({"custom": [{"name": "toxicity", **number}]} if number else {}),
                "check": {"gate": "toxicity", "status": expected[0], "passed": expected[1]},
            }
            for name, asked, number, evidence, expected in _CASES
        ],
    }


def _in_order(rule: dict[str, Any]) -> dict[str, Any]:
    """Return a rule with `confidence` at its end, where a record has it."""
    return {key: value for key, value in rule.items() if key != "confidence"} | {"confidence": rule["confidence"]}
