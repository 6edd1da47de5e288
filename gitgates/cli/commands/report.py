"""`gitgates report`."""

import argparse

from gitgates.cli.ci_output import add_format, format_of, present
from gitgates.cli.options import add_common, add_context, add_model, context_of, named_or_newest, session_of
from gitgates.cli.output import Output


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    add_model(parser, bare=True)
    add_context(parser, required=False)
    parser.add_argument("--record", metavar="ID", help="show this report (or the one whose id begins so)")
    parser.add_argument("--verbose", action="store_true", help="show thresholds, inputs and metrics too")
    add_common(parser)
    add_format(parser)


def run(args: argparse.Namespace, output: Output) -> int:
    """Show the latest report of each context in full, or the one that is named; 0 if all passed, 1 if not."""
    from gitgates.cli.report_view import report_value, show_report, told_of, waived_of
    from gitgates.cli.trust_note import tell_unpinned
    from gitgates.errors import UnknownVersion
    from gitgates.ledger.query import contexts_of, open_version
    from gitgates.model.records import ReportRecord

    form, session = format_of(args), session_of(args)
    with session.open() as ledger:
        tell_unpinned(ledger, output)
        now = session.clock()
        name = named_or_newest(args, ledger, now, output)
        opened = open_version(ledger, name, now)
        contexts = contexts_of(ledger, opened, context_of(args) if args.context is not None else None)
        policy = ledger.chain.current()
    if args.record:
        found = [r for c in contexts for r in opened.known.counting(ReportRecord, c) if r.id.startswith(args.record)]
    else:
        found = [report for context in contexts for report in opened.known.latest_reports(context)]
    if not found:
        wanted = f"report {args.record}" if args.record else f"report for {args.context or 'any context'}"
        raise UnknownVersion(f"{name} has no {wanted}", remedy="`gitgates history` shows what there is")
    shown = [(report, waived_of(opened.known, report, policy)) for report in found]
    output.json(
        "report/1",
        {"model": name.model, "version": name.version, "reports": [report_value(*one) for one in shown]},
    )

    def show() -> None:
        for report, waived in shown:
            show_report(output, report, waived, verbose=args.verbose)

    present(form, output, lambda: [told_of(*one) for one in shown], show)
    return 0 if all(report.record.outcome == "passed" for report in found) else 1
