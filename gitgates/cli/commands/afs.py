"""`gitgates afs`."""

import argparse

from gitgates.cli.output import DIM, GOOD, UNSURE, Output


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the actions and their arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listed = (
        ("install", "link the extension into ~/.config/afs/extensions/: its commands, and tools for its MCP server"),
        ("uninstall", "take the extension away"),
        ("status", "show whether AFS finds the extension, and whose afs.gates an import finds"),
    )
    for name, text in listed:
        action = actions.add_parser(name, help=text)
        action.add_argument("--json", action="store_true", help="print the result as JSON")


def run(args: argparse.Namespace, output: Output) -> int:
    """Do what the action says; `status` returns 1 where the extension is not installed."""
    from gitgates.cli.diagnoses import afs_diagnosis
    from gitgates.integrations.afs import installing

    done = {"install": installing.install, "uninstall": installing.uninstall}.get(args.action)
    changed = done() if done is not None else False
    state, gates = installing.state(), afs_diagnosis()
    value = {"changed": changed, "extension": state.value, "path": installing.place(), "gates": gates.text}
    output.json(f"afs-{args.action}/1", value)
    is_installed = state is installing.ExtensionState.INSTALLED
    output.line(f"extension: {state} ({installing.place()})", GOOD if is_installed else UNSURE)
    if args.action == "status":
        output.line(f"afs.gates: {gates.text}", DIM)
        for remedy in filter(None, (gates.remedy, "" if is_installed else "Install it: `gitgates afs install`")):
            output.line(f"  {remedy}", DIM)
    return 0 if is_installed or args.action == "uninstall" else 1
