"""The parsers: all of them for `--help` and for hosts, or only that of the command that is named."""

import argparse
import os
from importlib import import_module
from typing import NoReturn

from gitgates.cli.commands import COMMANDS, Command
from gitgates.cli.examples import shown
from gitgates.cli.handler import guarded
from gitgates.cli.output import Output

DESCRIPTION = "A quality-gate ledger for models that lives in the model's own git repository."
EPILOG = "Exit codes: 0 passed or allowed, 1 failed or not allowed, 2 usage, 3 cannot decide, 4 a bug, 130 interrupted."


class _Formatter(argparse.HelpFormatter):
    """argparse's own, but for how the width is found: it makes one for each argument, and imports shutil for that."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_columns() - 2)


class _RawFormatter(_Formatter, argparse.RawDescriptionHelpFormatter):
    """The same for descriptions that are laid out already."""


def _columns() -> int:
    """Return the width that `shutil.get_terminal_size` would give."""
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given) > 0:
        return int(given)
    try:
        return os.get_terminal_size(1).columns or 80
    except OSError:  # standard output is no terminal
        return 80


class Parser(argparse.ArgumentParser):
    """A parser whose errors repeat what was typed as text only: it may come from a pull request."""

    def error(self, message: str) -> NoReturn:
        """Print usage and message, and end with 2."""
        super().error(Output().safe(message))


def build_parser(prog: str = "gitgates", only: str | None = None) -> argparse.ArgumentParser:
    """Return the parser of the whole command line.

    Args:
        prog: what the user typed.
        only: make the parser of this command alone, where the command line begins with its name.
    """
    from gitgates import __version__

    parser = Parser(prog=prog, description=DESCRIPTION, epilog=EPILOG, formatter_class=_Formatter, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"gitgates {__version__}")
    _add_commands(parser.add_subparsers(dest="command", metavar="COMMAND", required=True), only)
    return parser


def _add_commands(subparsers: "argparse._SubParsersAction[Parser]", only: str | None) -> None:
    for command in COMMANDS:
        if only in (None, command.name):
            parser = subparsers.add_parser(
                command.name, help=command.summary, description=_sentence(command), epilog=shown(command.name),
                formatter_class=_RawFormatter, allow_abbrev=False,
            )  # fmt: skip
            module = import_module(f"gitgates.cli.commands.{command.module}")
            module.configure(parser)
            parser.set_defaults(func=guarded(module.run), own_parser=parser)


def _sentence(command: Command) -> str:
    return f"{command.summary[0].upper()}{command.summary[1:]}."
