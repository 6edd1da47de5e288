"""What people read about a ledger that moved to another branch."""

from typing import TYPE_CHECKING

from gitgates.cli.output import BAD, DIM, GOOD, Output
from gitgates.ledger.endorsing import MIN_PREFIX

if TYPE_CHECKING:
    from gitgates.ledger.migration.migrate import Migrated


def show_migrated(output: Output, done: "Migrated", remote: str) -> None:
    """Print what `migrate` did, and what is left to do."""
    name, left = _short(done.branch), ", ".join(map(_short, done.left)) or "nowhere else"
    if done.lacking:
        output.line(f"the policy {done.policy} moves the ledger from {left} to {name}", BAD)
        output.line(f"  it is not in force: {done.lacking}", BAD)
        output.line(f"  another admin: gitgates policy endorse {done.policy[:MIN_PREFIX]}", DIM)
        if remote:
            output.line("  share it first: gitgates sync", DIM)
        return
    if done.wrote:
        output.line(f"the ledger moved from {left} to {name} with the policy {done.policy}", GOOD)
    else:
        output.line(f"the ledger is on {name} already; nothing is left to do here", GOOD)
    tell_to_share(output, remote, done.left, done.branch)


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
