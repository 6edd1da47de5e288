"""Which records a command is asked for: the arguments that `list` and `export` share, and what they mean."""

import argparse
from typing import TYPE_CHECKING

from gitgates.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitgates.ledger.listing import Listed, Wanted
    from gitgates.ledger.reading import Ledger

KINDS = (
    *("report", "decision", "waiver", "withdrawal", "deployment", "rollback", "assertion"),
    *("policy", "endorsement"),
)
OUTCOMES = (
    *("passed", "failed", "approved", "forced", "rejected", "waived", "withdrawn", "started", "succeeded"),
    *("asserted-approval", "asserted-rejection", "asserted-deployment", "asserted-rollback"),
    *("accepted", "pending", "refused", "endorsed"),
)


def add_filters(parser: "argparse._ActionsContainer") -> None:
    """Add what says which records are wanted, but for `--model` and `--context`."""
    parser.add_argument("--by", metavar="PRINCIPAL", help="only records by this person or machine")
    # `key` is where commands that sign keep theirs
    parser.add_argument("--key", dest="fingerprint", metavar="SHA256:...", help="only records signed with this key")
    parser.add_argument("--since", metavar="DATE", help="only records of this day or time (ISO, UTC) and later")
    parser.add_argument("--until", metavar="DATE", help="only records up to the end of this day or time")
    parser.add_argument("--kind", choices=KINDS, metavar="KIND", help=f"one of {', '.join(KINDS)}")
    parser.add_argument("--outcome", choices=OUTCOMES, metavar="OUTCOME", help=f"one of {', '.join(OUTCOMES)}")


def has_filters(args: argparse.Namespace) -> bool:
    """Tell whether any of these arguments was given."""
    asked = (args.by, args.fingerprint, args.since, args.until, args.kind, args.outcome)
    return any(one is not None for one in asked)


def wanted_of(args: argparse.Namespace) -> "Wanted":
    """Return what the arguments ask for; UsageError where nothing can be meant by one."""
    from gitgates.cli.dates import parse_span
    from gitgates.cli.options import context_of
    from gitgates.ledger.listing import Wanted

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


def model_wanted(args: argparse.Namespace) -> tuple[str | None, str | None]:
    """Return the model and the version of `--model NAME[:VERSION]`, each None for any; UsageError for no name."""
    from gitgates.errors import InvalidValue
    from gitgates.model.names import ModelVersion, check_name

    if args.model is None:
        return None, None
    try:
        if ":" in args.model:
            name = ModelVersion.parse(args.model)
            return name.model, name.version
        return check_name(args.model, "model name"), None
    except InvalidValue as error:
        raise UsageError(f"--model: {error.message}", remedy=error.remedy) from None


def refuse_unknown(wanted: "Wanted", ledger: "Ledger", records: "Iterable[Listed]" = ()) -> None:
    """Raise UsageError where nothing can fit: a typing mistake is no "nothing was done"."""
    from gitgates.trust.keys import PublicKey

    policies = [signed.record.parsed for signed in ledger.policies.signed]
    people = {signer.principal for policy in policies for signer in policy.signers}
    people |= {one.signed.record.author for one in records}
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
