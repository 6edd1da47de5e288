"""`gitgates hooks`."""

import argparse
from typing import TYPE_CHECKING

from gitgates.cli.options import add_folder
from gitgates.cli.output import BAD, DIM, GOOD, UNSURE, Output

if TYPE_CHECKING:
    from gitgates.integrations.hooks.installing import Hook
    from gitgates.store.repository import Repository


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the actions and their arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listed = (
        ("install", "put the hooks where git looks for them; those that are there are kept, and called first"),
        ("uninstall", "take them away, and put back those that were there before"),
        ("status", "show each hook: installed or not, and where"),
    )
    for name, text in listed:
        action = actions.add_parser(name, help=text)
        what = "pre-push, post-merge, post-rewrite or pre-receive; by default those that this repository has use for"
        action.add_argument("hooks", nargs="*", metavar="HOOK", help=what)
        action.add_argument("--json", action="store_true", help="print the result as JSON")
        add_folder(action)


def run(args: argparse.Namespace, output: Output) -> int:
    """Do what the action says; `status` returns 1 where a hook is not in force."""
    from gitgates.integrations.hooks import installing
    from gitgates.store.repository import Repository

    names = tuple(args.hooks)
    installing.check_names(names)
    repository = Repository.open()
    names = names or installing.offered(repository)
    done = {"install": installing.install, "uninstall": installing.uninstall}.get(args.action)
    if args.action == "install":
        installing.refuse_shared(repository, names)
    changed = [name for name in names if done is not None and done(repository, name)]
    return _show(args.action, repository, names, changed, output)


def _show(action: str, repository: "Repository", names: tuple[str, ...], changed: list[str], output: Output) -> int:
    from gitgates.integrations.hooks.installing import IN_FORCE, status

    hooks = [status(repository, name) for name in names]
    values = [{"name": one.name, "state": one.state.value, "path": one.path, "chained": one.chained} for one in hooks]
    output.json(f"hooks-{action}/1", {"changed": changed, "hooks": values})
    for hook in hooks:
        _line(output, hook)
    if action == "uninstall":
        return 0
    return 0 if all(hook.state in IN_FORCE for hook in hooks) else 1


def _line(output: Output, hook: "Hook") -> None:
    from gitgates.integrations.hooks.installing import HookState

    styles = {HookState.INSTALLED: GOOD, HookState.CALLING: GOOD, HookState.ABSENT: DIM, HookState.NOT_EXECUTABLE: BAD}
    output.line(f"{hook.name}: {hook.state} ({hook.path})", styles.get(hook.state, UNSURE))
    if hook.chained:
        output.line(f"  calls first: {hook.chained}", DIM)
    if hook.state in (HookState.OUTDATED, HookState.NOT_EXECUTABLE):
        output.line(f"  renew it: `gitgates hooks install {hook.name}`", DIM)
