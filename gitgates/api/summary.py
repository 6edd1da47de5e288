"""A report as a few lines of text, and the words for its checks."""

from gitgates.model.checks import GateCheckResult, GateStatus, QualityGateReport


def summary_string(report: QualityGateReport) -> str:
    """Return the outcome, then a line for each gate."""
    word = "PASSED" if report.all_passed() else "BLOCKED" if report.any_blocked() else "FAILED"
    lines = [f"{report.model_name}:{report.model_version} {report.context.value}: {word}"]
    lines += [f"  {_mark(check)} {check.gate_name}: {check.message}" for check in report.checks]
    return "\n".join(lines if report.checks else [*lines, "  no gate ran"])


def mark(status: GateStatus | str, passed: bool) -> str:
    """Return a word for a check: pass, warn, fail or skip."""
    if status == GateStatus.NOT_RUN:
        return "skip"
    if passed:
        return "warn" if status == GateStatus.WARNING else "pass"
    return "FAIL"


def _mark(check: GateCheckResult) -> str:
    if not check.passed:
        return "[fail]"
    return "[warn]" if check.status.value == "warning" else "[pass]"
