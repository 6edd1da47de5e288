"""What people read about a ledger that moved to another branch."""

import argparse
from contextlib import suppress
from typing import TYPE_CHECKING

from gitgates.cli.output import BAD, DIM, GOOD, Output
from gitgates.cli.sharing import Shared
from gitgates.errors import CannotDecide, GitgatesError
from gitgates.ledger.endorsing import MIN_PREFIX

if TYPE_CHECKING:
    from gitgates.api.session import Session
    from gitgates.ledger.migration.migrate import Migrated
    from gitgates.store.repository import Repository


def sync_first(args: argparse.Namespace, session: "Session") -> None:
    """Sync where `--push` was given: the move must come after all that others have written.

    A ledger between two branches cannot be synced; `migrate` finishes its move.

    Raises:
        RemoteUnreachable, PushRefused, UsageError: sharing the move would meet the same, and nothing is written.
    """
    if args.push:
        from gitgates.cli.progress import telling
        from gitgates.ledger.sync.outcome import Options
        from gitgates.ledger.sync.sync import sync

        with suppress(CannotDecide), telling() as on_progress:
            sync(session.open, session.clock, Options(remote=args.remote, on_progress=on_progress))


def share_left(repository: "Repository", shared: Shared, left: tuple[str, ...]) -> Shared:
    """Push the branches that the ledger left, too; return what was shared, and why the rest was not."""
    from gitgates.cli.progress import telling
    from gitgates.ledger.migration.telling import push_left

    for branch in left:
        try:
            with telling() as on_progress:
                push_left(repository, shared.remote, branch, on_progress)
        except GitgatesError as error:
            told = f"the new branch is shared, but who reads {_short(branch)} is not told: {error.message}"
            return Shared(shared.remote, problem=told, remedy=error.remedy)
    return shared


def show_migrated(output: Output, done: "Migrated", remote: str, shared: Shared) -> None:
    """Print what `migrate` did, and what is left to do."""
    name, left = _short(done.branch), ", ".join(map(_short, done.left)) or "nowhere else"
    if done.lacking:
        output.line(f"the policy {done.policy} moves the ledger from {left} to {name}", BAD)
        output.line(f"  it is not in force: {done.lacking}", BAD)
        output.line(f"  another admin: gitgates policy endorse {done.policy[:MIN_PREFIX]}", DIM)
        if shared.remote:
            output.line(f"  it is here and on {shared.remote}", DIM)
        elif remote:
            output.line("  share it first: gitgates sync", DIM)
        shared.tell(output)
        return
    if done.wrote:
        output.line(f"the ledger moved from {left} to {name} with the policy {done.policy}", GOOD)
    else:
        output.line(f"the ledger is on {name} already; nothing is left to do here", GOOD)
    if shared.remote:
        told = "" if shared.problem else f", and who reads {', '.join(map(_short, done.left))} there is told"
        output.line(f"  it is here and on {shared.remote}{told}", DIM)
    else:
        tell_to_share(output, remote, done.left, done.branch)
    shared.tell(output)


def tell_to_share(output: Output, remote: str, left: tuple[str, ...], branch: str) -> None:
    """Say how others get to know of a move: records go to the new branch, and the old ones must name it."""
    if not remote:
        return
    output.line(f"  share {_short(branch)} with all records: gitgates sync", DIM)
    for old in map(_short, left):
        output.line(f"  tell who reads {old}: git push {remote} {old}", DIM)
        output.line(f"  (where {old} takes no pushes: bring its last commit in as you bring in code)", DIM)


def _short(branch: str) -> str:
    return branch.removeprefix("refs/heads/")
