"""What `gitgates list --records` prints, and what `list --live-on` shares with it."""

import argparse
from typing import Any

from gitgates.cli.dates import parse_span
from gitgates.cli.options import context_of, session_of
from gitgates.cli.output import BAD, Output
from gitgates.cli.trust_note import tell_unpinned
from gitgates.cli.views import short
from gitgates.codec.convert import Converter
from gitgates.decision.authority import Say
from gitgates.errors import InvalidValue, UsageError
from gitgates.ledger.listing import Listed, Listing, Wanted, list_everything
from gitgates.ledger.reading import Ledger
from gitgates.model.names import ModelVersion
from gitgates.model.paths import record_path
from gitgates.trust.keys import PublicKey

_CANNOT_DECIDE = 3


def show_records(args: argparse.Namespace, output: Output) -> int:
    """List the records that the arguments ask for; 3 where there may be more than this clone knows of."""
    wanted = _wanted(args)
    with session_of(args).open() as ledger:
        tell_unpinned(ledger, output)
        listing = everything(args, ledger)
        listed = tuple(one for one in listing.records if wanted.takes(one))
        if not listed and not listing.problems:
            _refuse_unknown(wanted, ledger, listing)
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


def _wanted(args: argparse.Namespace) -> Wanted:
    since = parse_span("--since", args.since).start if args.since is not None else None
    before = parse_span("--until", args.until).end if args.until is not None else None
    if since and before and since >= before:
        raise UsageError(f"--until {args.until} is before --since {args.since}")
    return Wanted(
        author=args.by,
        fingerprint=args.fingerprint,
        since=since,
        before=before,
        kind=args.kind,
        outcome=args.outcome,
        context=context_of(args) if args.context is not None else None,
    )


def everything(args: argparse.Namespace, ledger: Ledger) -> Listing:
    """Return all records, or those of `--model NAME[:VERSION]`; UsageError where that is no name."""
    model, version = args.model, None
    try:
        if model is not None and ":" in model:
            name = ModelVersion.parse(model)
            model, version = name.model, name.version
        return list_everything(ledger, session_of(args).clock(), model, version)
    except InvalidValue as error:
        raise UsageError(f"--model: {error.message}", remedy=error.remedy) from None


def _refuse_unknown(wanted: Wanted, ledger: Ledger, listing: Listing) -> None:
    """Raise UsageError where nothing can fit: a typing mistake is no "nothing was done"."""
    policies = [signed.record.parsed for signed in ledger.policies.signed]
    people = {signer.principal for policy in policies for signer in policy.signers}
    people |= {one.signed.record.author for one in listing.records}
    keys = {PublicKey.parse(signer.key).fingerprint for policy in policies for signer in policy.signers}
    contexts = {context.name for policy in policies for context in policy.contexts}
    for option, value, known in (
        ("--by", wanted.author, people),
        ("--key", wanted.fingerprint, keys),
        ("--context", wanted.context, contexts),
    ):
        if value is not None and value not in known:
            remedy = f"There are {', '.join(sorted(known))}"
            raise UsageError(f"{option}: no policy of this ledger ever knew {value!r}", remedy=remedy)


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
