"""Ground truth of security scans, and where the product's own rules (docs/reference/formats.md) differ on purpose."""

from typing import Any

from gitgates.formats.base import Role
from tests.corpus.rules import Rule

SEVERITIES = ("critical", "high", "medium", "low", "unknown")


def counts(truth: dict[str, Any]) -> dict[str, Any]:
    return {f"{name}_vulnerabilities": truth[name] for name in SEVERITIES}


def groups(truth: dict[str, Any]) -> dict[str, Any]:
    """One vulnerability under the ids of several databases is one, as in OSV-Scanner's own table."""
    return counts(truth["by_group"])


def labels(truth: dict[str, Any]) -> dict[str, Any]:
    """Each label of these files is its own severity, but for the one whose rule carries a CVSS score of 8.8."""
    assert truth["raw_labels"] == {"ERROR": 1, "WARNING": 1, "INFO": 1}
    return counts({"critical": 0, "high": 1, "medium": 1, "low": 1, "unknown": 0})


def without_severities(truth: dict[str, Any]) -> dict[str, Any]:
    assert truth["severities"] == {"none given": truth["total"]}
    return counts(dict.fromkeys(SEVERITIES, 0) | {"unknown": truth["total"]})


RULES = {
    "trivy": Rule(Role.SECURITY, counts),
    "grype": Rule(Role.SECURITY, counts),
    "pip-audit": Rule(Role.SECURITY, counts),
    "osv-scanner": Rule(Role.SECURITY, groups),
    "npm-audit": Rule(Role.SECURITY, counts),
    "safety": Rule(Role.SECURITY, without_severities),
    "bandit": Rule(Role.SECURITY, counts),
    "semgrep-json": Rule(Role.SECURITY, labels),
    "sarif": Rule(Role.SECURITY, counts),
    "cyclonedx": Rule(Role.SECURITY, counts),
}

ON_PURPOSE: dict[str, dict[str, Any]] = {
    # The ground truth takes `metadata` (low 1); the map of packages holds two of low severity. The higher one counts.
    "npm-audit/analysis-model--npm-audit.json": {"low_vulnerabilities": 2},
    # The ground truth counts suppressed results too; three of the four are suppressed, with a note.
    "sarif/django-DefectDojo--SuppressionTestCurrent.sarif": {"unknown_vulnerabilities": 1},
    # The only vulnerability is analysed as not affecting the product (VEX); it does not count, with a note.
    "cyclonedx/django-DefectDojo--valid-vulnerability-1.4.json": {"critical_vulnerabilities": 0},
}

REFUSED: dict[str, str] = {
    # Only a Dockerfile was checked for misconfigurations: no scan for vulnerabilities is not zero vulnerabilities.
    "trivy/trivy--dockerfile.json": "no target was scanned for vulnerabilities",
    # pip-audit says that nothing is vulnerable, but it audited none of the four dependencies.
    "pip-audit/pip-audit-req1.json": "every dependency has a skip_reason",
}
