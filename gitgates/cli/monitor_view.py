"""How the outcome of `monitor` is shown: one line, for a log or a mail that a scheduler sends."""

from typing import Any

from gitgates.api.monitoring import Monitored
from gitgates.cli.output import BAD, GOOD, UNSURE, Output
from gitgates.cli.rolling_back import RollbackRefused, RolledBack
from gitgates.cli.running_view import ran_value, tell_problem
from gitgates.cli.sharing import Shared
from gitgates.cli.views import short, written_value
from gitgates.decision.waivers import told as waiver_told

Back = RolledBack | RollbackRefused | None
"""What became of a rollback: done or failed, refused, or not called for."""


def show_monitored(output: Output, done: Monitored, back: Back, shared: Shared, *, asked: bool) -> None:
    """Print it.

    Args:
        asked: whether a rollback was asked for in case of a failure.
    """
    output.json("monitor/1", _value(done, back, shared))
    for target in done.live.targets:
        for signed in target.under_way:
            record = signed.record
            what = f"a {record.kind} of {record.model}:{record.version} has started and not ended: {short(signed.id)}"
            output.note(f"note: {target.target}: {what}")
    if isinstance(back, RolledBack):
        for note in back.notes:
            output.note(f"note: {note}")
        tell_problem(output, back.ran)
    word, style = ("PASSED", GOOD) if done.report.all_passed() else ("FAILED", BAD)
    if done.excused:
        word, style = "PASSED with what was waived", UNSURE
    noted = [f"{check.gate_name}: {check.message}" for check in done.report.checks if check.status.value != "passed"]
    told = [f"{done.live.name} {done.live.context} on {done.live.where}: {word}", *noted]
    told += [f"not judged: {text}" for text in done.not_judged]
    told += [f"waived: {waiver_told(waiver)}" for waiver in done.waivers]
    if not done.fine and asked:
        told.append(_rolled_back(done, back))
    told.append(f"recorded report {short(done.written.id)}" if done.written else "not recorded")
    output.line("; ".join(told), style)


def _rolled_back(done: Monitored, back: Back) -> str:
    if back is None:
        none = "no other number" if done.waivers else "no number"
        return f"not rolled back: {none} is worse than allowed, some are missing"
    if isinstance(back, RollbackRefused):
        return f"NOT ROLLED BACK: {back}"
    if not back.done:
        return f"{back.ran.negation.upper()} ROLLED BACK: {back.ran.why_not}"
    to = f"to {done.live.name.model}:{back.to_version}" if back.to_version else "and no version was live before it"
    return f"rolled back {to}"


def _value(done: Monitored, back: Back, shared: Shared) -> dict[str, Any]:
    ran = back.ran if isinstance(back, RolledBack) else None
    written = ([done.written] if done.written else []) + list(ran.written if ran else ())
    refused = {"problem": back.message} if isinstance(back, RollbackRefused) else {}
    return {
        "model": done.live.name.model,
        "version": done.live.name.version,
        "context": done.live.context,
        "targets": [target.target for target in done.live.targets],
        "outcome": "passed" if done.report.all_passed() else "failed",
        "passes_with_waivers": done.excused,
        "waivers": [waiver.id for waiver in done.waivers],
        "waived": [waiver_told(waiver) for waiver in done.waivers],
        "not_judged": list(done.not_judged),
        "worse": list(done.worse),
        "checks": done.report.to_dict()["checks"],
        "thresholds": done.resolved.thresholds.to_dict(),
        "baseline": done.compared.report.id,
        "rolled_back": ran is not None and ran.well,
        "to_version": (back.to_version or "") if isinstance(back, RolledBack) else "",
        "records": [written_value(one) for one in written],
        **ran_value(ran),
        **refused,
        **shared.value(),
    }
