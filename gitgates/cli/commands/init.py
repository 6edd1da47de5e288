"""`gitgates init`."""

import argparse
import os

from gitgates.cli.options import add_folder, session_of
from gitgates.cli.output import DIM, GOOD, Output


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    add_folder(parser)
    parser.add_argument("--ledger-branch", metavar="BRANCH", help="keep the ledger on a branch of its own")
    parser.add_argument("--principal", metavar="NAME", help="who you are in the ledger; by default git's user.email")
    parser.add_argument("--key", metavar="KEY", help="sign with this SSH key: a path, or the key's text")
    parser.add_argument(
        "--generate-key", action="store_true", help="make an ed25519 key at --key, or ~/.ssh/id_ed25519"
    )
    parser.set_defaults(root=None)


def run(args: argparse.Namespace, output: Output) -> int:
    """Make a ledger, with whoever runs this in all roles, and pin its root in this clone."""
    from gitgates.ledger.genesis import create_ledger, default_principal
    from gitgates.store.repository import Repository

    repository = Repository.open(args.path)
    session = session_of(args)
    principal = args.principal or default_principal(repository)
    if args.generate_key:
        _generate(args.key, principal, output)
    key = session.signing_key(repository)
    genesis = create_ledger(repository, key, principal, session.clock(), args.ledger_branch)
    output.json(
        "init/1",
        {
            "root": genesis.root,
            "branch": genesis.ref,
            "commit": genesis.commit,
            "principal": principal,
            "key_fingerprint": key.public.fingerprint,
        },
    )
    branch = genesis.ref.removeprefix("refs/heads/")
    output.line(f"made a ledger on {branch}", GOOD)
    output.line(f"  root       {genesis.root} (pinned in this clone)")
    output.line(f"  principal  {principal}, in all roles, signing with {key.public.fingerprint} ({key.origin})")
    output.line(f"  policy     .quality-gates/policy.toml on {branch}")
    remotes = tuple(repository.config.subsections("remote"))
    if remotes and args.ledger_branch is None:
        output.line("There is a remote: where branches are protected, a ledger on a branch of its own", DIM)
        output.line("(gitgates init --ledger-branch quality-gates) saves trouble.", DIM)
    return 0


def _generate(path: str | None, principal: str, output: Output) -> None:
    from gitgates.trust.signing import generate_key

    where = os.path.expanduser(path or "~/.ssh/id_ed25519")
    public = generate_key(where, principal, os.environ)
    output.note(f"made the key {where} ({public.fingerprint}), without a passphrase")
