"""Reports as SARIF 2.1.0: a rule for each gate, and a result for each gate that failed or passed with a warning."""

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import gitgates
from gitgates.codec.escape import escaped
from gitgates.integrations.ci.told import Problem, Told, input_of, problems
from gitgates.integrations.ci.workflow_commands import without_commands_in_json

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_RULES = {
    "gates": "At least one gate ran",
    "tests": "Tests passed and cover enough",
    "model_quality": "The model is good enough, and no worse than its baseline",
    "security": "No more known vulnerabilities than allowed",
}
_POLICY = ".quality-gates/policy.toml"
"""Where a result points that no file explains: code scanning shows none without a place."""


def render(told: Sequence[Told]) -> str:
    """Return the document, one run for all reports."""
    found = [(one, problem) for one in told for problem in problems(one.report)]
    gates = sorted({check.gate_name for one in told for check in one.report.checks} | {p.gate for _, p in found})
    driver = {
        "name": "gitgates",
        "version": gitgates.__version__,
        "rules": [
            {"id": escaped(gate), "shortDescription": {"text": _RULES.get(gate, f"The gate {escaped(gate)}")}}
            for gate in gates
        ],
    }
    run = {
        "tool": {"driver": driver},
        "results": [_result(one, problem, gates.index(problem.gate)) for one, problem in found],
        "columnKind": "unicodeCodePoints",
    }
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return without_commands_in_json(json.dumps(document, indent=2, ensure_ascii=False)) + "\n"


def _result(told: Told, problem: Problem, rule: int) -> dict[str, Any]:
    given = input_of(told.report, problem.gate)
    place = quote(given.file.replace("\\", "/").lstrip("/")) if given else _POLICY
    report = told.report
    about = f"{report.model_name}\0{report.context.value}\0{problem.gate}"
    return {
        "ruleId": escaped(problem.gate),
        "ruleIndex": rule,
        "level": "error" if problem.failed else "warning",
        "message": {"text": f"{told.title}: {problem.message}"},
        "locations": [
            {"physicalLocation": {"artifactLocation": {"uri": place}, "region": {"startLine": 1}}},
        ],
        # The same finding in the next version is the same alert.
        "partialFingerprints": {"gitgates/v1": sha256(about.encode("utf-8", "surrogatepass")).hexdigest()},
    }
