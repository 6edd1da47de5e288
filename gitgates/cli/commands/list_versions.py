"""`gitgates list`."""

import argparse

from gitgates.cli.options import add_common, add_context, context_of, session_of
from gitgates.cli.output import Output
from gitgates.cli.record_filters import add_filters, has_filters


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--model", metavar="NAME", help="only this model's versions; for records also NAME:VERSION")
    add_context(parser, required=False)
    records = parser.add_argument_group("records", "each of these lists records, policies among them, by their dates")
    records.add_argument("--records", action="store_true", help="list every record, and what does not count")
    add_filters(records)
    text = "instead, show which version was live on each target at the end of this day or time"
    parser.add_argument("--live-on", metavar="DATE", help=text)
    add_common(parser)


def run(args: argparse.Namespace, output: Output) -> int:
    """List model versions, records, or what was live."""
    if args.live_on is not None:
        from gitgates.cli.live_on_view import show_live

        return show_live(args, output)
    if args.records or has_filters(args):
        from gitgates.cli.records_view import show_records

        return show_records(args, output)
    return _show_versions(args, output)


def _show_versions(args: argparse.Namespace, output: Output) -> int:
    """List all model versions with the answer of `can-deploy` in each context, from verified records."""
    from gitgates.cli.asking import refuse_unknown_context
    from gitgates.cli.trust_note import tell_unpinned
    from gitgates.errors import InvalidValue, UsageError
    from gitgates.ledger.query import all_versions, open_version, status

    session = session_of(args)
    only = context_of(args) if args.context is not None else None
    rows, values = [], []
    with session.open() as ledger:
        tell_unpinned(ledger, output)
        if only is not None:
            refuse_unknown_context(ledger, only)
        now = session.clock()
        try:
            names = tuple(all_versions(ledger, args.model))
        except InvalidValue as error:
            raise UsageError(f"--model: {error.message}", remedy=error.remedy) from None
        for name in names:
            for one in status(ledger, open_version(ledger, name, now, must_exist=False), only):
                answer, reason = one.decision.answer.value, one.decision.reason
                rows.append((str(name), one.context, answer, reason))
                values.append(
                    {
                        "model": name.model,
                        "version": name.version,
                        "context": one.context,
                        "answer": answer,
                        "reason": reason,
                        "waivers": list(one.decision.waivers),
                        "waived": list(one.decision.waived),
                    }
                )
    output.json("list/1", {"versions": values})
    if rows:
        output.table(("model version", "context", "deploy", "reason"), rows)
    else:
        output.line("no model version has records")
    return 0
