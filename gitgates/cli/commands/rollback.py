"""`gitgates rollback`."""

import argparse

from gitgates.cli.options import add_common, add_context, add_key, add_model, context_of, model_of, session_of
from gitgates.cli.output import BAD, DIM, GOOD, Output
from gitgates.cli.sharing import add_push, fetch_if_asked, share_if_asked


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    add_model(parser)
    add_context(parser)
    parser.add_argument("--target", metavar="NAME", help="where it is taken off; needed if it is live on several")
    parser.add_argument("--reason", default="", help="why")
    parser.add_argument("run_command", nargs="*", metavar="-- COMMAND", help="what rolls it back; not given to a shell")
    add_common(parser)
    add_key(parser)
    add_push(parser)


def run(args: argparse.Namespace, output: Output) -> int:
    """Record a rollback, and run the command where one is given: 0 rolled back, 1 the command failed."""
    from gitgates.cli.notifying import rollback_ended
    from gitgates.cli.rolling_back import rollback
    from gitgates.cli.views import written_line, written_value

    name, session = model_of(args), session_of(args)
    fetch_if_asked(args, session)
    done = rollback(
        session,
        name,
        context_of(args),
        args.target,
        reason=args.reason,
        command=args.run_command,
        aside=args.json,
    )
    rollback_ended(args, output, done.written[-1], done=done.done)
    shared = share_if_asked(args, session)
    output.json(
        "rollback/1",
        {
            "rolled_back": done.done,
            "target": done.target.name,
            "to_version": done.to_version or "",
            "records": [written_value(written) for written in done.written],
            "command_exit_code": -1 if done.command_code is None else done.command_code,
            **shared.value(),
        },
    )
    back = f"back to {name.model}:{done.to_version}" if done.to_version else "no version was live before it"
    if done.done:
        output.line(f"{name} is rolled back on {done.target.name}: {back}", GOOD)
    else:
        output.line(f"{name} is not rolled back on {done.target.name}: the command ended with {done.command_code}", BAD)
    if not args.run_command and done.to_version:
        output.line("  this is recorded only; putting the other version in place is up to you", DIM)
    for written in done.written:
        output.line(f"  {written_line(written, shared)}", DIM)
    shared.tell(output)
    return shared.code(0 if done.done else 1)
