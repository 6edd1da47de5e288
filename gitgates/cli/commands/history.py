"""`gitgates history`."""

import argparse

from gitgates.cli.options import add_common, add_context, add_model, context_of, named_or_newest, session_of
from gitgates.cli.output import Output


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    add_model(parser, bare=True)
    add_context(parser, required=False)
    parser.add_argument("--last", type=int, metavar="N", help="show only the last N events")
    parser.add_argument("--verbose", action="store_true", help="show the whole ids, paths and key fingerprints")
    add_common(parser)


def run(args: argparse.Namespace, output: Output) -> int:
    """Show every event of a model version, what does not count, and why."""
    from gitgates.cli.asking import refuse_unknown_context
    from gitgates.cli.freshness_view import freshness_value, known_freshness, show_freshness
    from gitgates.cli.history_view import event_value, show_event
    from gitgates.cli.trust_note import tell_unpinned
    from gitgates.errors import UsageError
    from gitgates.ledger.query import history, open_version

    if args.last is not None and args.last < 1:
        raise UsageError(f"--last: must be at least 1, got {args.last}")
    session = session_of(args)
    only = context_of(args) if args.context is not None else None
    with session.open() as ledger:
        tell_unpinned(ledger, output)
        now = session.clock()
        name = named_or_newest(args, ledger, now, output)
        opened = open_version(ledger, name, now)
        known = known_freshness(ledger, None, now)
        events = history(opened, only)
        if only is not None and not events:
            refuse_unknown_context(ledger, only)
    shown = events[-args.last :] if args.last else events
    value = {"model": name.model, "version": name.version, "events": [event_value(event) for event in shown]}
    output.json("history/1", {**value, **freshness_value(known)})
    output.line(f"{name}, {len(shown)} of {len(events)} event(s)" if args.last else str(name))
    for event in shown:
        show_event(output, event, verbose=args.verbose)
    show_freshness(output, known, now)
    for obstacle in opened.known.obstacles:
        output.note(f"note: {obstacle.text}. {obstacle.remedy}")
    if opened.known.missing:
        output.note(f"note: records that others know of are missing: {', '.join(opened.known.missing)}")
    return 0
