"""`gitgates member`."""

import argparse

from gitgates.cli.options import add_common, add_key
from gitgates.cli.output import Output
from gitgates.cli.sharing import add_push

ROLES = ("admin", "approver", "checker", "deployer")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the actions and their arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add = actions.add_parser("add", help="add a member, or give a member other roles")
    add.add_argument("principal", metavar="PRINCIPAL", help="e.g. bob@example.com")
    add.add_argument("--role", action="append", choices=ROLES, required=True, help="a role; may be repeated")
    add.add_argument("--public-key", metavar="FILE|KEY", help="the member's public key; needed for a new member")
    remove = actions.add_parser("remove", help="remove a member with all keys; sealed records go on counting")
    rotate = actions.add_parser("rotate-key", help="replace a member's keys by a new one")
    rotate.add_argument("--public-key", metavar="FILE|KEY", required=True, help="the new public key")
    revoke = actions.add_parser(
        "revoke-key", help="revoke a key for good: what it signed counts against only, or nothing"
    )
    revoke.add_argument("fingerprint", metavar="FINGERPRINT", help="SHA256:..., as `member list` shows it")
    listed = actions.add_parser("list", help="list members, roles and keys")
    for action in (remove, rotate):
        action.add_argument("principal", metavar="PRINCIPAL", help="e.g. bob@example.com")
    for action in (add, remove, rotate, revoke, listed):
        add_common(action)
    for action in (add, remove, rotate, revoke):
        add_key(action)
        add_push(action)


def run(args: argparse.Namespace, output: Output) -> int:
    """Do what the action says: edit the files, check them and sign them as a policy, in one step."""
    from gitgates.cli import members

    code: int = getattr(members, args.action.replace("-", "_"))(args, output)
    return code
