"""`gitgates status`."""

import argparse

from gitgates.cli.options import (
    add_common,
    add_context,
    add_model,
    add_no_cache,
    context_of,
    named_or_newest,
    session_of,
)
from gitgates.cli.output import DIM, UNSURE, Output
from gitgates.cli.views import STYLES, decision_value, remedies, short


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    which = parser.add_mutually_exclusive_group(required=True)
    add_model(which, bare=True)
    which.add_argument("--pending", action="store_true", help="show which reports and policies wait, and for whom")
    which.add_argument("--all", action="store_true", help="show the newest version of every model")
    add_context(parser, required=False)
    add_no_cache(parser)
    add_common(parser)


def run(args: argparse.Namespace, output: Output) -> int:
    """Show how a model version stands in each context in which it has records."""
    if args.pending:
        from gitgates.cli.pending_view import show_all_pending

        return show_all_pending(args, output)
    only = context_of(args) if args.context is not None else None
    if args.all:
        from gitgates.cli.dashboard_view import show_versions

        return show_versions(args, output, "status-all/1", only, newest=True)
    from gitgates.cli.freshness_view import freshness_value, known_freshness, show_freshness
    from gitgates.cli.trust_note import tell_unpinned
    from gitgates.ledger.query import open_version, status

    session = session_of(args)
    with session.open() as ledger:
        tell_unpinned(ledger, output)
        now = session.clock()
        name = named_or_newest(args, ledger, now, output)
        known = known_freshness(ledger, None, now)
        statuses = status(ledger, open_version(ledger, name, now), only)
    contexts = [decision_value(one.decision) for one in statuses]
    value = {"model": name.model, "version": name.version, "contexts": contexts, **freshness_value(known)}
    output.json("status/1", {**value, "under_way": [signed.id for one in statuses for signed in one.under_way]})
    output.line(str(name))
    for one in statuses:
        decision = one.decision
        forced = " (forced)" if decision.forced else ""
        output.line(f"  {one.context:<12} {decision.answer.value}{forced}: {decision.reason}", STYLES[decision.answer])
        for report in one.reports:
            when = f"{report.record.created:%Y-%m-%d %H:%M} UTC"
            output.line(f"    report {short(report.id)} {report.record.outcome} by {report.record.author}, {when}", DIM)
        for signed in one.under_way:
            record = signed.record
            what = f"{record.kind} on {record.target} by {record.author}: {short(signed.id)}"
            output.line(f"    started at {record.created:%Y-%m-%d %H:%M} UTC and not ended: {what}", UNSURE)
        for remedy in remedies(decision):
            output.line(f"    {remedy}", DIM)
    if not statuses:
        output.line("  no record counts in any context of the policy; see `gitgates history`")
    show_freshness(output, known, now)
    return 0
