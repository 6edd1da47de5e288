"""The entry point of `gitgates`, `python -m gitgates` and `afs gates`."""

import sys
from collections.abc import Sequence

from gitgates.cli.commands import COMMANDS
from gitgates.cli.handler import settled
from gitgates.cli.output import Output
from gitgates.cli.parser import build_parser


def main(argv: Sequence[str] | None = None, prog: str = "gitgates") -> int:
    """Run the command line and return the exit code.

    Args:
        argv: arguments without the program's name; by default those of the process.
        prog: the program's name in messages.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    return settled(Output(), lambda: _run(arguments, prog))


def _run(arguments: Sequence[str], prog: str) -> int:
    names = {command.name for command in COMMANDS}
    # Only the named command's parser is made: start-up is most of a command's cost.
    only = arguments[0] if arguments and arguments[0] in names else None
    try:
        args, unknown = build_parser(prog, only).parse_known_args(arguments)
        if unknown:  # told with the usage of the command, which names the arguments that it has
            args.own_parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    except SystemExit as stop:  # argparse has printed what there is to say
        return stop.code if isinstance(stop.code, int) else 2
    code: int = args.func(args)
    return code
