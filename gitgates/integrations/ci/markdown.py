"""Reports as Markdown: a heading and a table, for summaries of runs and comments on merge requests."""

import re
from collections.abc import Sequence

from gitgates.api.summary import mark
from gitgates.codec.escape import escaped
from gitgates.integrations.ci.told import NONE_RAN, Told, outcome_of
from gitgates.integrations.ci.workflow_commands import without_commands


def render(told: Sequence[Told]) -> str:
    """Return the text; each report begins with a heading."""
    return "\n".join(_one(one) for one in told)


def verbatim(text: str) -> str:
    """Return `text` as a code span: no markup, link, picture, mention or command can come of it, in any place.

    The span is longer than any run of backticks in the text, so the text cannot end it. A bar would end a cell of a
    table even there, and renderers differ in how it is escaped: it is shown as a broken one.
    """
    safe = without_commands(escaped(text).replace("|", "\u00a6"))
    if not safe.strip():
        return ""
    fence = "`" * (1 + max(map(len, re.findall("`+", safe)), default=0))
    blank = " " if "`" in (safe[0], safe[-1]) else ""
    return f"{fence}{blank}{safe}{blank}{fence}"


def _one(told: Told) -> str:
    report = told.report
    lines = [f"### Gates: {verbatim(told.title)} {outcome_of(report)}", "", "| gate | result | what was found |"]
    lines.append("|---|---|---|")
    for check in report.checks:
        word = mark(check.status, check.passed)
        lines.append(f"| {verbatim(check.gate_name)} | {word} | {verbatim(check.message)} |")
    if not report.checks:
        lines.append(f"| none | skip | {NONE_RAN} |")
    facts = [(name, value) for name, value in (("record", told.record), *told.facts) if value]
    if facts:
        lines += ["", *(f"- {name}: {verbatim(value)}" for name, value in facts)]
    return "\n".join(lines) + "\n"
