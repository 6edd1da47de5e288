"""`gitgates rollback`."""

import argparse
from typing import TYPE_CHECKING

from gitgates.cli.options import add_common, add_context, add_key, add_model, context_of, model_of, session_of
from gitgates.cli.output import BAD, DIM, GOOD, Output
from gitgates.cli.sharing import add_push, fetch_if_asked, share_if_asked
from gitgates.errors import UsageError

if TYPE_CHECKING:
    from gitgates.cli.rolling_back import RolledBack
    from gitgates.model.names import ModelVersion


def add_or_take_off(parser: argparse.ArgumentParser) -> None:
    """Add the option that lets a command run which has no version to go back to."""
    text = "run the command also where no version was live before: it must take this one off"
    parser.add_argument("--or-take-off", action="store_true", help=text)


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    add_model(parser)
    add_context(parser)
    parser.add_argument("--target", metavar="NAME", help="where it is taken off; needed if it is live on several")
    parser.add_argument("--reason", default="", help="why")
    add_or_take_off(parser)
    parser.add_argument("run_command", nargs="*", metavar="-- COMMAND", help="what rolls it back; not given to a shell")
    add_common(parser)
    add_key(parser)
    add_push(parser)


def run(args: argparse.Namespace, output: Output) -> int:
    """Record a rollback, and run the command where one is given: 0 rolled back, 1 the command failed."""
    from gitgates.cli.notifying import rollback_ended
    from gitgates.cli.rolling_back import rollback
    from gitgates.cli.running_view import ran_value
    from gitgates.cli.views import written_line, written_value

    if args.or_take_off and not args.run_command:
        raise UsageError("--or-take-off is given without a command", remedy="Give what takes it off after --")
    name, session = model_of(args), session_of(args)
    fetch_if_asked(args, session)
    done = rollback(
        session,
        name,
        context_of(args),
        args.target,
        reason=args.reason,
        command=args.run_command,
        or_take_off=args.or_take_off,
        aside=args.json,
    )
    rollback_ended(args, output, done.ran)
    shared = share_if_asked(args, session)
    output.json(
        "rollback/1",
        {
            "rolled_back": done.done,
            "target": done.target.name,
            "to_version": done.to_version or "",
            "records": [written_value(written) for written in done.ran.written],
            **ran_value(done.ran),
            **shared.value(),
        },
    )
    _tell(output, name, done, by_hand=not args.run_command)
    for written in done.ran.written:
        output.line(f"  {written_line(written, shared)}", DIM)
    shared.tell(output)
    return shared.code(done.ran.exit_code)


def _tell(output: Output, name: "ModelVersion", done: "RolledBack", *, by_hand: bool) -> None:
    from gitgates.cli.running_view import tell_problem

    for note in done.notes:
        output.note(f"note: {note}")
    tell_problem(output, done.ran)
    back = f"back to {name.model}:{done.to_version}" if done.to_version else "no version was live before it"
    if done.done:
        output.line(f"{name} is rolled back on {done.target.name}: {back}", GOOD)
    else:
        output.line(f"{name} is {done.ran.negation} rolled back on {done.target.name}: {done.ran.why_not}", BAD)
    if by_hand and done.to_version:
        output.line("  this is recorded only; putting the other version in place is up to you", DIM)
