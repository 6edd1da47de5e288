"""What AFS loads: as plugin `afs_plugin_gitgates`, as extension, or where it imports `afs.gates` by itself.

AFS imports this at every start, so it imports nothing; the command line loads when a command runs.
"""

TYPE_CHECKING = False  # what type checkers read as True; importing `typing` for it would cost more than all the rest
if TYPE_CHECKING:
    import argparse
    from typing import Any

    from gitgates.integrations.afs.tools import Tool


def register_parsers(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the group `gates` to another command line, once: whatever has that name already stays.

    It sets `func` by `set_defaults`: a function of the parsed arguments that returns the exit code and never raises.
    What follows `gates` is parsed there, `--help` too.
    """
    if "gates" in subparsers.choices:
        return
    # No character begins an option, so that the host leaves everything after `gates` to us, options first or not.
    group = subparsers.add_parser("gates", help="quality gates of models", add_help=False, prefix_chars="\0")
    group.add_argument("gates_arguments", nargs="...", metavar="COMMAND ...")
    group.set_defaults(func=_run)


def _run(args: "argparse.Namespace") -> int:
    from gitgates.cli.main import main

    return main(args.gates_arguments, prog="afs gates")


def register_mcp_tools(manager: "Any") -> "list[Tool]":
    """Return the tools for AFS's MCP server: each a dict of name, description, inputSchema and handler.

    Args:
        manager: AFS's own, which the handlers are called with too; none of them needs it.
    """
    from gitgates.integrations.afs.tools import tools

    return tools()
