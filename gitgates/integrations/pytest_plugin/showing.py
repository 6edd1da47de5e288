"""The outcome of a run as lines for pytest's summary, each with its colour."""

from collections.abc import Iterator

from gitgates.api.summary import mark
from gitgates.codec.escape import escaped
from gitgates.integrations.pytest_plugin.judging import Judged

_SHORT = 12
"""Hexadecimal digits that are shown of an id."""
_COLOURS = {"pass": "green", "warn": "yellow", "FAIL": "red", "skip": "red"}


def problem_line(problem: str) -> str:
    """Return the line for a run that was not judged or not recorded."""
    return f"gitgates: not recorded: {escaped(problem)}"


def lines_of(judged: Judged) -> Iterator[tuple[str, str]]:
    """Yield each line with its colour, "" for none."""
    for text, colour in _lines(judged):
        yield escaped(text), colour


def _lines(judged: Judged) -> Iterator[tuple[str, str]]:
    report, compared = judged.checked.report, judged.checked.compared
    word, colour = ("PASSED", "green") if report.all_passed() else ("FAILED", "red")
    yield f"{report.model_name}:{report.model_version} {report.context.value}: {word}", colour
    for check in report.checks:
        word = mark(check.status, check.passed)
        yield f"  {word}  {check.gate_name:<14} {check.message}", _COLOURS[word]
    if compared is not None:
        yield f"compared with {compared}", ""
    for note in judged.notes:
        yield f"note: {note}", ""
    yield _recorded(judged), ""
    for line in judged.sharing:
        yield f"gitgates: {line}", "red"


def _recorded(judged: Judged) -> str:
    written = judged.checked.written
    if written is None:
        return "not recorded"
    outcome = "passed" if judged.checked.report.all_passed() else "failed"
    word = "already recorded:" if judged.checked.already_recorded else "recorded"
    what = f"{word} report {written.id[:_SHORT]} ({outcome}) on {written.ref.removeprefix('refs/heads/')}"
    if judged.remote:
        return f"{what}, here and on {judged.remote}"
    return f"{what}, in this clone only" + ("; share it: gitgates sync" if written.remote else "")
