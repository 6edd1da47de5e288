"""What `gitgates list --records` prints, and what `list --live-on` shares with it."""

import argparse
from typing import Any

from gitgates.cli.options import session_of
from gitgates.cli.output import BAD, Output
from gitgates.cli.record_filters import model_wanted, refuse_unknown, wanted_of
from gitgates.cli.trust_note import tell_unpinned
from gitgates.cli.views import short
from gitgates.codec.convert import Converter
from gitgates.decision.authority import Say
from gitgates.ledger.listing import Listed, Listing, Wanted, list_everything
from gitgates.ledger.query import refuse_unknown_version
from gitgates.ledger.reading import Ledger
from gitgates.model.paths import record_path

_CANNOT_DECIDE = 3


def show_records(args: argparse.Namespace, output: Output) -> int:
    """List the records that the arguments ask for; 3 where there may be more than this clone knows of."""
    wanted = wanted_of(args)
    with session_of(args).open() as ledger:
        tell_unpinned(ledger, output)
        listing = everything(args, ledger)
        listed = tuple(one for one in listing.records if wanted.takes(one))
        if not listed and not listing.problems:
            refuse_unknown(wanted, ledger, listing.records)
    filtered = wanted != Wanted()
    foreign = () if filtered else listing.foreign
    output.json(
        "list-records/1",
        {
            "problems": list(listing.problems),
            "foreign": [{"path": file.path, "why_not": file.reason} for file in foreign],
            "records": [listed_value(one) for one in listed],
        },
    )
    if listed:
        show_table(output, listed)
    else:
        output.line("no record fits")
    for file in foreign:
        output.line(f"foreign file, does not count: {file.path}: {file.reason}", BAD)
    if filtered and listing.foreign:
        output.note(f"note: {len(listing.foreign)} foreign file(s) are left out; `gitgates verify` tells of them")
    return told(output, listing)


def everything(args: argparse.Namespace, ledger: Ledger) -> Listing:
    """Return all records, or those of `--model NAME[:VERSION]`.

    Raises:
        UsageError: that is no name.
        UnknownVersion: the ledger knows none of that name.
    """
    model, version = model_wanted(args)
    listing = list_everything(ledger, session_of(args).clock(), model, version)
    if not listing.records and not listing.foreign and not listing.problems:
        refuse_unknown_version(ledger, model, version)
    return listing


def listed_value(one: Listed) -> dict[str, Any]:
    """Return a record for JSON, with the keys that `history` has."""
    signed = one.signed
    return {
        "kind": signed.record.kind,
        "id": signed.id,
        "outcome": one.outcome,
        "path": record_path(signed.record, signed.id),
        "key_fingerprint": one.fingerprint,
        "counts": one.standing.say.value,
        "why_not": one.standing.reason,
        "withdrawn": one.withdrawn,
        "record": Converter().unstructure(signed.record),
    }


def show_table(output: Output, listed: tuple[Listed, ...]) -> None:
    """Print a line for each record."""
    rows = []
    for one in listed:
        record = one.signed.record
        version = f"{getattr(record, 'model', '')}:{getattr(record, 'version', '')}".strip(":")
        rows.append(
            (
                f"{record.created:%Y-%m-%d %H:%M:%S}",
                f"{record.kind} {one.outcome}",
                version,
                getattr(record, "context", ""),
                record.author,
                short(one.signed.id),
                _standing(one),
            )
        )
    output.table(("created (UTC)", "record", "model version", "context", "by", "id", "counts"), rows)


def _standing(one: Listed) -> str:
    counts = "yes" if one.standing.say is Say.FULL else f"{one.standing.say.value}: {one.standing.reason}"
    return f"{counts}, withdrawn by its author" if one.withdrawn else counts


def told(output: Output, listing: Listing, *more: str) -> int:
    """Say what is in the way of a whole answer; return the exit code."""
    for problem in (*listing.problems, *more):
        output.note(f"cannot decide: this may not be all: {problem}")
    return _CANNOT_DECIDE if listing.problems or more else 0
