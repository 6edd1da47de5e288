"""Words that strangers could put into names, messages and files."""

from gitgates import DeploymentContext, GateCheckResult, GateStatus, QualityGateReport

WORDS = (
    "one\ntwo\r\n::set-output name=outcome::passed",
    "::set-output name=outcome::passed",
    "  ::error::x",
    "a ##[set-output name=outcome;]passed",
    "###[add-mask]x",
    "%0A::stop-commands::x%25",
    "a | b \\| c \\\\| d",
    "`code` ``more`` `",
    "```\n# heading",
    "<img src=x onerror=alert(1)>",
    "</code></td><script>alert(1)</script>",
    "@mention #12 GH-1 www.example.com https://example.com a@example.com :tada: $x$",
    "](https://example.com) ![x](https://example.com/x.png)",
    "\x1b[2J\x07\u202edetrever\u2028next\u0085",
    "&#64;x &lt;b&gt; &amp;",
    "gitgates-0\ngitgates-0",
    "]]><failure/>",
    "\ufffe\ud800",
    " ",
    "`",
)


def report(message: str, *, passed: bool = False, gate: str = "security") -> QualityGateReport:
    """Return a report whose gate says `message`."""
    status = GateStatus.WARNING if passed else GateStatus.BLOCKED
    check = GateCheckResult(gate, status, passed, message)
    return QualityGateReport(DeploymentContext.PRODUCTION, "ve|ran`<b>@x", "v6.2 ](x)", checks=[check])


EMPTY = QualityGateReport(DeploymentContext.STAGING, "veran", "v1")
GOOD = QualityGateReport(
    DeploymentContext.STAGING, "veran", "v1", checks=[GateCheckResult("tests", GateStatus.PASSED, True, "12/12")]
)
