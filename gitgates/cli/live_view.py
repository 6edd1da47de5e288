"""What `gitgates live` prints: what is live on each target now, since when, by whom, and the report it rests on."""

import argparse
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gitgates.cli.asking import refuse_unknown_context
from gitgates.cli.freshness_view import freshness_value, show_freshness
from gitgates.cli.options import context_of
from gitgates.cli.output import BAD, UNSURE, Output
from gitgates.cli.views import short
from gitgates.codec.convert import time_text
from gitgates.errors import InvalidValue, UsageError
from gitgates.ledger.live import Overview, Uncounted, overview, reports_of
from gitgates.ledger.live_then import OnTarget
from gitgates.ledger.query import refuse_unknown_version
from gitgates.ledger.reading import Ledger
from gitgates.model.frozen import frozen

if TYPE_CHECKING:
    from gitgates.ledger.freshness import Freshness

_CANNOT_DECIDE = 3


@frozen
class Place:
    """A target and the ids of the reports that what is live there rests on."""

    target: OnTarget
    reports: tuple[str, ...]


def places_of(args: argparse.Namespace, ledger: Ledger, now: datetime) -> tuple[Overview, tuple[Place, ...]]:
    """Return all that is known, and the targets that the arguments ask for.

    Raises:
        UsageError: `--model` can be no model's name, or the policy knows no such context.
        UnknownVersion: the ledger knows no such model.
    """
    context = context_of(args) if args.context is not None else None
    if context is not None:
        refuse_unknown_context(ledger, context)
    try:
        refuse_unknown_version(ledger, args.model)
    except InvalidValue as error:
        raise UsageError(f"--model: {error.message}", remedy=error.remedy) from None
    found = overview(ledger, now, args.model)
    wanted = [one for one in found.targets if context in (None, one.context) and args.target in (None, one.target)]
    return found, tuple(Place(one, reports_of(ledger, one, now)) for one in wanted)


def show_live(
    args: argparse.Namespace,
    output: Output,
    found: Overview,
    places: tuple[Place, ...],
    known: "Freshness | None",
    now: datetime,
) -> int:
    """Print it, and return the exit code."""
    left_out = [
        one
        for one in found.left_out
        if args.context in (None, one.signed.record.context) and args.target in (None, one.signed.record.target)
    ]
    output.json(
        "live/1",
        {
            "problems": list(found.problems),
            "left_out": [_left_out_value(one) for one in left_out],
            **freshness_value(known),
            "targets": [_value(place) for place in places],
        },
    )
    if places:
        headers = ("model", "context", "target", "live", "since (UTC)", "by", "report")
        output.table(headers, [target_row(place.target, place.reports) for place in places])
    else:
        output.line(f"nothing was ever deployed to {args.target}" if args.target else "nothing was ever deployed")
    for place in places:
        for signed in place.target.under_way:
            record = signed.record
            since = f"{record.created:%Y-%m-%d %H:%M} UTC"
            what = f"a {record.kind} of {record.model}:{record.version} by {record.author}"
            output.line(f"{record.target}: {what} started at {since} and has not ended: {short(signed.id)}", UNSURE)
    for one in left_out:
        record = one.signed.record
        what = f"{record.kind} of {record.model}:{record.version} on {record.target} by {record.author}"
        output.line(f"left out, does not count: {what}: {one.standing.reason}: {short(one.signed.id)}", BAD)
    show_freshness(output, known, now)
    for problem in found.problems:
        output.note(f"cannot decide: this may not be all: {problem}")
    if found.problems:
        return _CANNOT_DECIDE
    return 1 if args.target is not None and not any(place.target.history.live for place in places) else 0


def target_value(one: OnTarget) -> dict[str, Any]:
    """Return for JSON what is on a target; nothing is named where it is not known which change came last."""
    put = None if one.unordered else one.deployment
    return {
        "model": one.model,
        "context": one.context,
        "target": one.target,
        "version": put.record.version if put else "",
        "deployment": put.id if put else "",
        "deployed": time_text(put.record.created) if put else "",
        "author": put.record.author if put else "",
        "under_way": [signed.id for signed in one.under_way],
    }


def target_row(one: OnTarget, ids: Iterable[str]) -> tuple[str, ...]:
    """Return the same as a line of a table, which ends with `ids`."""
    put = one.deployment
    what: tuple[str, ...] = ("nothing", "", "", "")
    if one.unordered:
        what = ("not known", "", "", "")
    elif put is not None:
        when = f"{put.record.created:%Y-%m-%d %H:%M:%S}"
        what = (put.record.version, when, put.record.author, ", ".join(map(short, ids)) or "none")
    return (one.model, one.context, one.target, *what)


def _value(place: Place) -> dict[str, Any]:
    value = target_value(place.target)
    return value | {"reports": list(place.reports) if value["version"] else []}


def _left_out_value(one: Uncounted) -> dict[str, Any]:
    record = one.signed.record
    return {
        "kind": record.kind,
        "id": one.signed.id,
        "model": record.model,
        "version": record.version,
        "context": record.context,
        "target": record.target,
        "author": record.author,
        "counts": one.standing.say.value,
        "why_not": one.standing.reason,
    }
