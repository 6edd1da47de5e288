"""What `dashboard`, `list` and `status --all` print: how all models stand, verified now or remembered."""

import argparse
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from gitgates.cli.asking import refuse_unknown_context
from gitgates.cli.options import session_of
from gitgates.cli.output import UNSURE, Output
from gitgates.cli.progress import progress
from gitgates.cli.trust_note import tell_unpinned
from gitgates.decision.result import Answer
from gitgates.errors import InvalidValue, UsageError
from gitgates.ledger.dashboard.board import Board
from gitgates.ledger.dashboard.facts import ModelFacts, Summary, VersionFacts
from gitgates.ledger.dashboard.kept import Kept
from gitgates.ledger.query import refuse_unknown_version
from gitgates.ledger.reading import Ledger
from gitgates.model.frozen import frozen
from gitgates.model.names import ModelVersion, check_name

if TYPE_CHECKING:
    from datetime import datetime

_CANNOT_DECIDE = 3


def read_facts(args: argparse.Namespace, ledger: Ledger, now: "datetime", models: Sequence[str]) -> list[ModelFacts]:
    """Return the facts of some models, and remember them for the next time.

    Raises:
        UsageError: one of `models` can be no model's name.
        CannotDecide: no single policy is in force, or a partial clone lacks records.
    """
    for model in models:
        try:
            check_name(model, "model name")
        except InvalidValue as error:
            raise UsageError(f"--model: {error.message}", remedy=error.remedy) from None
    folder = ledger.repository.common_dir
    kept = Kept() if args.no_cache else Kept.load(folder)
    board = Board(ledger, now, kept)
    names = models or board.models()
    found = []
    with progress("reading") as told:
        for number, model in enumerate(names):
            found.append(board.facts(model))
            told(number + 1, len(names))
    kept.save(folder)
    if any(facts.versions for facts in found):
        ledger.chain.current()
    return found


# --- list, status --all ----------------------------------------------------------------------------------------------


def show_versions(args: argparse.Namespace, output: Output, schema: str, only: str | None, *, newest: bool) -> int:
    """List versions with the answer of `can-deploy` in each context, or in `only`.

    Args:
        newest: whether the newest version of each model is all that is asked for.
    """
    session = session_of(args)
    with session.open() as ledger:
        tell_unpinned(ledger, output)
        if only is not None:
            refuse_unknown_context(ledger, only)
        asked = [args.model] if args.model is not None else []
        found = read_facts(args, ledger, session.clock(), asked)
        if asked:
            _refuse_unknown(ledger, found)
    shown = [
        (ModelVersion(facts.model, version.version), one)
        for facts in found
        for version in (facts.newest() if newest else facts.versions)
        for one in _asked(version, only)
    ]
    values = [_version_value(name, one) for name, one in shown]
    output.json(schema, {"versions": values})
    if shown:
        rows = [(str(name), one.context, one.answer, one.reason) for name, one in shown]
        output.table(("model version", "context", "deploy", "reason"), rows)
    else:
        output.line("no model version has records")
    return 0


def _asked(version: VersionFacts, only: str | None) -> Iterator[Summary]:
    for one in version.contexts:
        if one.used if only is None else one.context == only:
            yield one


def _version_value(name: ModelVersion, one: Summary) -> dict[str, Any]:
    return {
        "model": name.model,
        "version": name.version,
        "context": one.context,
        "answer": one.answer,
        "reason": one.reason,
        "waivers": list(one.waivers),
        "waived": list(one.waived),
    }


# --- dashboard -------------------------------------------------------------------------------------------------------


@frozen
class _Cell:
    """A model in a context."""

    facts: ModelFacts
    context: str
    approved: tuple[tuple[str, Summary], ...]

    @property
    def live(self) -> str:
        """What is live, in words."""
        places = [one for one in self.facts.live if one.context == self.context]
        told = [
            f"{one.version} on {one.target}" if one.certain else f"not known on {one.target}"
            for one in places
            if one.version or not one.certain
        ]
        return ", ".join(told)


def show_dashboard(args: argparse.Namespace, output: Output) -> int:
    """Show per model and context what is approved, what is live and what was checked last; 3 where not all is known."""
    session = session_of(args)
    with session.open() as ledger:
        tell_unpinned(ledger, output)
        now = session.clock()
        found = read_facts(args, ledger, now, args.model or ())
        _refuse_unknown(ledger, found)
        contexts = [context.name for context in ledger.chain.current().contexts]
        cells = [_Cell(facts, context, facts.approved(context)) for facts in found for context in contexts]
        values = _values(ledger, cells, now) if output.as_json else {}
    undecided = [(f.model, v.version, s) for f in found for v in f.versions for s in v.contexts if _is_open(s)]
    told = [{"model": m, "version": v, "context": s.context, "reason": s.reason} for m, v, s in undecided]
    output.json("dashboard/1", {"undecided": told, "models": values})
    rows = [_row(cell) for cell in cells if any(s.used for v in cell.facts.versions for s in _asked(v, cell.context))]
    if rows:
        headers = ("model", "context", "approved", "latest approved", "since (UTC)", "live", "latest report")
        output.table(headers, rows)
    else:
        output.line("no model version has records")
    for model, version, one in undecided:
        output.line(f"cannot decide on {model}:{version} in {one.context}: {one.reason}", UNSURE)
    return _CANNOT_DECIDE if undecided else 0


def _is_open(one: Summary) -> bool:
    return one.answer == Answer.CANNOT_DECIDE.value


def _refuse_unknown(ledger: Ledger, found: Sequence[ModelFacts]) -> None:
    for facts in found:
        if not facts.versions:
            refuse_unknown_version(ledger, facts.model)


def _row(cell: _Cell) -> tuple[str, ...]:
    version, since = (cell.approved[-1][0], _minute(cell.approved[-1][1].since)) if cell.approved else ("", "")
    latest = cell.facts.latest_report(cell.context)
    report = f"{latest[0]} {latest[1].report_outcome}, {_minute(latest[1].report_created)}" if latest else ""
    return (cell.facts.model, cell.context, str(len(cell.approved)), version, since, cell.live, report)


def _minute(time: str) -> str:
    """Return a record's time as people read it."""
    return time[:16].replace("T", " ")


def _values(ledger: Ledger, cells: Sequence[_Cell], now: "datetime") -> dict[str, dict[str, Any]]:
    values: dict[str, dict[str, Any]] = {}
    for cell in cells:
        latest = cell.facts.latest_report(cell.context)
        values.setdefault(cell.facts.model, {})[cell.context] = {
            "approved_versions": [version for version, _ in cell.approved],
            "latest_approval": _approval_value(ledger, cell, now),
            "live": [
                {"target": one.target, "version": one.version, "certain": one.certain}
                for one in cell.facts.live
                if one.context == cell.context
            ],
            "latest_report": {} if latest is None else _report_value(*latest),
        }
    return values


def _approval_value(ledger: Ledger, cell: _Cell, now: "datetime") -> dict[str, Any]:
    """Return the last decision on the version approved last: that version is verified here, whatever is remembered."""
    if not cell.approved:
        return {}
    from gitgates.api.approvals import approval_records

    files = ledger.version(ModelVersion(cell.facts.model, cell.approved[-1][0]))
    records = approval_records(ledger, files, now, cell.context)
    return {k: {} if v is None else v for k, v in attrs.asdict(records[-1]).items()} if records else {}


def _report_value(version: str, one: Summary) -> dict[str, str]:
    return {"version": version, "id": one.report, "outcome": one.report_outcome, "created": one.report_created}
