"""`gitgates policy`."""

import argparse

from gitgates.cli.options import add_common, add_key
from gitgates.cli.output import Output
from gitgates.cli.sharing import add_push


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the actions and their arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    show = actions.add_parser("show", help="show the policy in force, and where the files differ from it")
    show.add_argument("policy", metavar="ID", nargs="?", help="another policy instead: its id, or the beginning")
    show.add_argument("--text", choices=("policy", "signers"), help="print the text of policy.toml or allowed_signers")
    propose = actions.add_parser("propose", help="sign the edited files as a policy")
    add_files(propose)
    propose.add_argument("--annuls", metavar="ID", action="append", default=[], help="a record that shall not count")
    propose.add_argument(
        "--admits", metavar="ID", action="append", default=[], help="a record that was sealed too late"
    )
    propose.add_argument("--dry-run", action="store_true", help="show what would change, and sign nothing")
    lint = actions.add_parser("lint", help="check the edited files")
    add_files(lint)
    template = actions.add_parser("template", help="print a commented policy.toml to start from")
    template.add_argument("name", choices=("team",), help="team: two approvals, separation of duties")
    endorse = actions.add_parser("endorse", help="sign a pending policy as a further admin")
    endorse.add_argument("policy", metavar="ID", help="id of the policy, or at least 12 digits of it")
    adopt = actions.add_parser("adopt", help="in a fork, rest this clone's answers on one policy")
    adopt.add_argument("policy", metavar="ID", help="id of the policy, or its beginning")
    log = actions.add_parser("log", help="list all policies and what each changed")
    for action in (show, propose, lint, template, endorse, adopt, log):
        add_common(action)
    for action in (propose, endorse):
        add_key(action)
        add_push(action)


def add_files(parser: argparse.ArgumentParser) -> None:
    """Add where the edited files are."""
    parser.add_argument(
        "--policy", metavar="FILE", help="the edited policy.toml; by default the ledger's own, where checked out"
    )
    parser.add_argument("--signers", metavar="FILE", help="the edited allowed_signers; likewise")


def run(args: argparse.Namespace, output: Output) -> int:
    """Do what the action says."""
    from gitgates.cli import policies, policy_views

    module = policy_views if args.action in ("show", "log") else policies
    code: int = getattr(module, args.action)(args, output)
    return code
