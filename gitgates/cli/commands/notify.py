"""`gitgates notify`."""

import argparse
import os
from typing import TYPE_CHECKING, Any

from gitgates.cli.handler import USAGE
from gitgates.cli.options import add_folder
from gitgates.cli.output import BAD, GOOD, Output
from gitgates.errors import UsageError

if TYPE_CHECKING:
    from gitgates.config.notify_routes import Routes


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    test = actions.add_parser("test", help="send a test to each name, and tell which arrived", allow_abbrev=False)
    only = test.add_mutually_exclusive_group()
    only.add_argument("--name", metavar="NAME", help="to this name only")
    only.add_argument("--event", metavar="EVENT", help="to the names that are told of this event or level only")
    listed = actions.add_parser("list", help="show each name, what it is told of, and where its URL is from")
    for action in (test, listed):
        action.add_argument("--json", action="store_true", help="print the result as JSON")
        add_folder(action)


def run(args: argparse.Namespace, output: Output) -> int:
    """Test or list the names: 0 all is well, 1 a test did not arrive, or a listed name has no URL here.

    2 where what sends is not installed.
    """
    from gitgates.config.notify import find_routes

    folder = args.path or os.curdir
    routes = find_routes(folder)
    return _list(output, routes, folder) if args.action == "list" else _test(args, output, routes, folder)


def _list(output: Output, routes: "Routes", folder: str) -> int:
    from gitgates.integrations.notify.channels import find_channels, open_to_others, user_file, variable

    channels = find_channels(routes.all_names, os.environ, folder)
    if open_to_others(file := user_file(os.environ)):
        output.note(f"note: {file} may hold tokens, and others on this machine can read it: chmod 600 {file}")
    listed: list[dict[str, Any]] = [
        {
            "name": name,
            "told_of": list(routes.keys_of(name)),
            "variable": variable(name),
            "source": channels[name].source if name in channels else "",
            "signed": name in channels and channels[name].secret is not None,
        }
        for name in routes.all_names
    ]
    output.json("notify-list/1", {"names": listed})
    if not listed:
        output.line("no name is told of anything: the table notify is empty or absent")
        return 0
    rows = [(one["name"], ", ".join(one["told_of"]), one["source"] or f"none; set {one['variable']}") for one in listed]
    output.table(("name", "told of", "URL from"), rows)
    return 0 if all(one["source"] for one in listed) else 1


def _test(args: argparse.Namespace, output: Output, routes: "Routes", folder: str) -> int:
    from gitgates.integrations.notify.events import TEST, Message
    from gitgates.integrations.notify.notifications import Notifications
    from gitgates.integrations.notify.worker import NOT_INSTALLED

    message = Message(
        event=TEST,
        level="info",
        title="gitgates notify test",
        facts=(("meaning", "somebody tries whether notifications arrive here; nothing happened"),),
    )
    outcomes = Notifications(folder).send_all([(name, message) for name in _wanted(args, routes)])
    output.json(
        "notify-test/1", {"names": [{"name": one.name, "sent": one.sent, "problem": one.problem} for one in outcomes]}
    )
    for one in sorted(outcomes, key=lambda outcome: outcome.name):
        output.line(f"{one.name}: {'sent' if one.sent else one.problem}", GOOD if one.sent else BAD)
    if any(one.problem == NOT_INSTALLED for one in outcomes):
        return USAGE
    return 0 if all(one.sent for one in outcomes) else 1


def _wanted(args: argparse.Namespace, routes: "Routes") -> tuple[str, ...]:
    from gitgates.codec.toml_text import nearest
    from gitgates.config.notify_routes import EVENTS, LEVELS

    names = routes.all_names
    if not names:
        raise UsageError(
            "no name is told of anything here",
            remedy='Write gates_blocked = ["slack-deployments"] below [tool.gitgates.notify] in pyproject.toml',
        )
    if args.name is not None:
        if args.name not in names:
            raise UsageError(f"--name: unknown name {args.name!r}", remedy=nearest(args.name, list(names), "names"))
        return (args.name,)
    if args.event is None:
        return names
    if args.event not in (*EVENTS, *LEVELS):
        known = nearest(args.event, [*EVENTS, *LEVELS], "events and levels")
        raise UsageError(f"--event: unknown event or level {args.event!r}", remedy=known)
    told = tuple(name for name in names if args.event in routes.keys_of(name))
    if not told:
        raise UsageError(f"--event: no name is told of {args.event}", remedy="`gitgates notify list` shows who is told")
    return told
