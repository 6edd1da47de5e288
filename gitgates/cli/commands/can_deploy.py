"""`gitgates can-deploy`."""

import argparse
import sys

from gitgates.cli.options import add_common, add_context, add_model, context_of, duration_of, model_of, session_of
from gitgates.cli.output import DIM, UNSURE, Output
from gitgates.cli.views import STYLES, decision_value, explanation, remedies


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    add_model(parser)
    add_context(parser)
    parser.add_argument(
        "--artifact",
        metavar="PATH",
        action="append",
        default=[],
        help="a file or folder to be deployed; may be repeated",
    )
    parser.add_argument("--explain", action="store_true", help="show each of the seven conditions and what it rests on")
    text = "refuse to decide on knowledge of the remote that is older than this, e.g. 10m or 1h"
    parser.add_argument("--fresh", metavar="DURATION", help=text)
    parser.add_argument("--trust-first-use", action="store_true", help="accept the root that is there, without a pin")
    add_common(parser)


def run(args: argparse.Namespace, output: Output) -> int:
    """Answer with 0 allowed, 1 denied, 3 cannot decide."""
    from gitgates.cli.asking import ask
    from gitgates.cli.freshness_view import freshness_value, known_freshness, show_freshness
    from gitgates.cli.trust_note import tell_unpinned

    session, name, context = session_of(args), model_of(args), context_of(args)
    longest = duration_of("--fresh", args.fresh) if args.fresh is not None else None
    interactive = sys.stdin.isatty() and output.is_terminal
    with session.open() as ledger:
        tell_unpinned(ledger, output)
        now = session.clock()
        known = known_freshness(ledger, longest, now)
        asked = ask(ledger, name, context, args.artifact, now, trust_first_use=args.trust_first_use or interactive)
    decision = asked.decision
    output.json("can-deploy/1", {**decision_value(decision), **freshness_value(known)})
    forced = " (rests on a forced approval)" if decision.forced else ""
    output.line(f"{name} to {context}: {decision.answer.value}{forced}", STYLES[decision.answer])
    if args.explain:
        for style, line in explanation(decision):
            output.line(line, style)
        if decision.waivers:
            output.line(f"  {decision.resting_on_waivers}", UNSURE)
    else:
        output.line(f"  {decision.reason}")
        for remedy in remedies(decision):
            output.line(f"  {remedy}", DIM)
    show_freshness(output, known, now)
    return asked.exit_code
