"""`gitgates hook`: what the scripts in `hooks/` call. People use `gitgates hooks`."""

import argparse
import sys
from importlib import import_module

from gitgates.cli.options import add_folder
from gitgates.cli.output import Output
from gitgates.errors import UsageError

_MODULES = {
    "pre-push": "gitgates.integrations.hooks.pre_push",
    "post-merge": "gitgates.integrations.hooks.refreshing",
    "post-rewrite": "gitgates.integrations.hooks.refreshing",
    "pre-receive": "gitgates.integrations.hooks.pre_receive",
}
"""Each has `run(args, output, stdin) -> int`, and is imported only when git calls it."""
_WITHOUT_LINES = ("post-merge", "post-rewrite")
"""The hooks for which it makes no difference what git writes to them."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the hooks; each takes what git gives it."""
    parser.add_argument("hook", choices=tuple(_MODULES), help="the hook that git runs")
    parser.add_argument("args", nargs="*", metavar="ARG", help="the arguments that git gave the hook")
    add_folder(parser)


def run(args: argparse.Namespace, output: Output) -> int:
    """Run a hook on git's arguments and lines: 0 go on, 1 blocked, 2 bad configuration, 3 cannot decide."""
    stdin = sys.stdin.buffer
    if args.hook not in _WITHOUT_LINES and stdin.isatty():
        raise UsageError(
            f"hook {args.hook} reads lines that git writes", remedy="Install it with `gitgates hooks install`"
        )
    code: int = import_module(_MODULES[args.hook]).run(tuple(args.args), output, stdin)
    return code
