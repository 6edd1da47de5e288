"""`gitgates init`."""

import argparse
import os
from typing import TYPE_CHECKING

from gitgates.cli.options import add_folder, session_of
from gitgates.cli.output import DIM, GOOD, Output
from gitgates.cli.sharing import Shared, add_push, share_if_asked
from gitgates.errors import StoreError, UsageError

if TYPE_CHECKING:
    from gitgates.store.repository import Repository

PROPOSAL = "quality-gates-team.toml"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    add_folder(parser)
    parser.add_argument("--ledger-branch", metavar="BRANCH", help="keep the ledger on a branch of its own")
    parser.add_argument(
        "--policy", choices=("team",), help="also write a commented policy for a team, to be edited and proposed"
    )
    parser.add_argument("--principal", metavar="NAME", help="who you are in the ledger; by default git's user.email")
    parser.add_argument("--key", metavar="KEY", help="sign with this SSH key: a path, or the key's text")
    parser.add_argument(
        "--generate-key", action="store_true", help="make an ed25519 key at --key, or ~/.ssh/id_ed25519"
    )
    add_push(parser)
    parser.set_defaults(root=None)


def run(args: argparse.Namespace, output: Output) -> int:
    """Make a ledger, with whoever runs this in all roles, and pin its root in this clone."""
    from gitgates.ledger.genesis import create_ledger, default_principal
    from gitgates.store.repository import Repository

    repository = Repository.open(args.path)
    proposal = _proposal_path(repository) if args.policy else ""
    session = session_of(args)
    principal = args.principal or default_principal(repository)
    if args.push:
        from gitgates.ledger.genesis import refuse_unseen

        refuse_unseen(repository, args.remote, args.ledger_branch)
    if args.generate_key:
        _generate(args.key, principal, output)
    key = session.signing_key(repository)
    genesis = create_ledger(repository, key, principal, session.clock(), args.ledger_branch)
    if proposal:
        _write_proposal(proposal, genesis.ref)
    shared = share_if_asked(args, session)
    output.json(
        "init/1",
        {
            "root": genesis.root,
            "branch": genesis.ref,
            "commit": genesis.commit,
            "principal": principal,
            "key_fingerprint": key.public.fingerprint,
            "proposal": proposal,
            **shared.value(),
        },
    )
    branch = genesis.ref.removeprefix("refs/heads/")
    output.line(f"made a ledger on {branch}", GOOD)
    output.line(f"  root       {genesis.root} (pinned in this clone)")
    output.line(f"  principal  {principal}, in all roles, signing with {key.public.fingerprint} ({key.origin})")
    output.line(f"  policy     .quality-gates/policy.toml on {branch}")
    if proposal:
        output.line(
            f"  proposal   {proposal}, without effect so far; bring in members with `gitgates member add`, then"
        )
        output.line(f"             gitgates policy propose --policy {os.path.basename(proposal)}")
    _show_sharing(output, repository, shared, is_own=args.ledger_branch is not None)
    output.line("  next       gitgates check --model NAME:VERSION --metrics FILE --test-metrics FILE", DIM)
    return shared.code(0)


def _show_sharing(output: Output, repository: "Repository", shared: Shared, *, is_own: bool) -> None:
    """Say who has the ledger, and where it might rather be."""
    if shared.remote:
        output.line(f"  shared     it is here and on {shared.remote}", DIM)
    elif remotes := tuple(repository.config.subsections("remote")):
        output.line("  shared     no, it is in this clone only: gitgates sync", DIM)
        if not is_own:
            output.line(
                f"             Where branches of {remotes[0]} are protected, a ledger on a branch of its own", DIM
            )
            output.line("             saves trouble: gitgates migrate --to quality-gates", DIM)
    shared.tell(output)


def _proposal_path(repository: "Repository") -> str:
    """Return where the team's policy goes: beside the code, whichever branch the ledger is on; never over a file."""
    path = os.path.join(repository.worktree or os.getcwd(), PROPOSAL)
    if os.path.lexists(path):
        raise UsageError(f"{path} is there already", remedy="Move it away; nothing was written")
    return path


def _write_proposal(path: str, ref: str) -> None:
    from gitgates.codec.policy_template import team_policy

    try:
        with open(path, "x", encoding="utf-8", newline="\n") as file:
            file.write(team_policy(ref))
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written: {error.strerror}",
            remedy="The ledger is made; get the text with `gitgates policy template team`",
        ) from None


def _generate(path: str | None, principal: str, output: Output) -> None:
    from gitgates.trust.signing import generate_key

    where = os.path.expanduser(path or "~/.ssh/id_ed25519")
    public = generate_key(where, principal, os.environ)
    output.note(f"made the key {where} ({public.fingerprint}), without a passphrase")
