"""A report as CI systems are told of it, whatever the form."""

from collections.abc import Iterator

from gitgates.codec.escape import escaped
from gitgates.model.checks import GateCheckResult, GateStatus, QualityGateReport
from gitgates.model.frozen import frozen
from gitgates.model.provenance import Input

NONE_RAN = "no gate ran"
_ROLES = {"tests": "tests", "model_quality": "model", "security": "security"}


@frozen(kw_only=True)
class Told:
    """What there is to tell.

    Attributes:
        record: id of the report's record, "" where it is not recorded.
        facts: further lines, each with its name.
    """

    report: QualityGateReport
    record: str = ""
    facts: tuple[tuple[str, str], ...] = ()

    @property
    def title(self) -> str:
        """The model version and the context."""
        report = self.report
        return escaped(f"{report.model_name}:{report.model_version} {report.context.value}")

    @property
    def file_name(self) -> str:
        """A name for a file about this report: the same for each run, another for each version and context.

        An `@` in a name is encoded, so no two can share a file.
        """
        from gitgates.model.paths import encode_component

        report = self.report
        return "@".join(map(encode_component, (report.model_name, report.model_version, report.context.value)))


@frozen
class Problem:
    """Why a report did not pass, or what it passed with a warning.

    Attributes:
        failed: false for a warning.
    """

    gate: str
    status: str
    message: str
    failed: bool = True


def outcome_of(report: QualityGateReport) -> str:
    """Return `passed` or `failed`."""
    return "passed" if report.all_passed() else "failed"


def problems(report: QualityGateReport) -> Iterator[Problem]:
    """Yield what keeps a report from passing, and its warnings; at least one that failed unless it passed."""
    for check in report.checks:
        if not check.passed or check.status is GateStatus.WARNING:
            yield Problem(check.gate_name, check.status.value, escaped(check.message), not check.passed)
    if not report.checks:
        yield Problem("gates", GateStatus.NOT_RUN.value, NONE_RAN)


def input_of(report: QualityGateReport, gate: str) -> Input | None:
    """Return the first file that a gate's numbers came from, None where none is known."""
    role = _ROLES.get(gate, "model")
    return next((item for item in report.provenance.inputs if item.role == role), None)


def line_of(check: GateCheckResult) -> str:
    """Return a check's status and message as one line."""
    return f"{check.status.value}: {escaped(check.message)}"
