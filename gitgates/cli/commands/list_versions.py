"""`gitgates list`."""

import argparse

from gitgates.cli.options import add_common, add_context, context_of, session_of
from gitgates.cli.output import Output


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--model", metavar="NAME", help="only this model's versions")
    add_context(parser, required=False)
    add_common(parser)


def run(args: argparse.Namespace, output: Output) -> int:
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
