"""What `pre-push` protects without being asked: the ledger's branch and its notes."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from gitgates.errors import GitgatesError
from gitgates.integrations.hooks.pushes import Push, Refusal
from gitgates.ledger.locate import DEDICATED_BRANCH
from gitgates.ledger.reading import Ledger
from gitgates.model.frozen import frozen
from gitgates.store.process import attempt
from gitgates.store.repository import Repository

if TYPE_CHECKING:
    from gitgates.ledger.verification.findings import Finding

_NOTES = "refs/notes/gates/"
"""As in `ledger.index`, which brings in all that writes: too much for every push."""
APPEND_ONLY = "the ledger is append-only"
VERIFIES = "every record that is pushed verifies"


@frozen
class Protected:
    """What came of looking at one push.

    Attributes:
        warnings: findings that affect no decision, or that the remote has already.
    """

    refusals: tuple[Refusal, ...] = ()
    warnings: "tuple[Finding, ...]" = ()


def protect(repository: Repository, ledger: Ledger | None, push: Push, now: datetime) -> Protected:
    """Return what is wrong with pushing to the ledger's branch or notes; nothing where it is another ref.

    Args:
        ledger: this clone's, None where it has none; then the branch that ledgers are usually on is protected.
    """
    branches = _branches(ledger)
    if push.ref not in branches and not push.ref.startswith(_NOTES):
        return Protected()
    refusals = tuple(_rewinds(repository, push))
    if refusals or ledger is None or push.ref not in branches or push.new is None or push.new == push.old:
        return Protected(refusals)
    from gitgates.integrations.hooks.pushed_ledger import findings_to_push  # most pushes are of other refs

    try:
        found = findings_to_push(ledger, push.ref, push.new, push.old, now)
    except GitgatesError as error:
        return Protected((Refusal(push.ref, VERIFIES, (error.message,), (error.remedy,), error.exit_code),))
    blocking = tuple(finding for finding in found if finding.affects_decision)
    warnings = tuple(finding for finding in found if not finding.affects_decision)
    if not blocking:
        return Protected(warnings=warnings)
    reasons = tuple(f"{one.path}: {one.text}" if one.path else one.text for one in blocking)
    return Protected((Refusal(push.ref, VERIFIES, reasons, tuple(one.remedy for one in blocking)),), warnings)


def _branches(ledger: Ledger | None) -> frozenset[str]:
    """Return the branches that the policies name; where they fork, there may be several."""
    if ledger is None:
        return frozenset([DEDICATED_BRANCH])
    chain = ledger.chain
    return frozenset(chain.policy(head).ledger_branch for head in chain.heads() or (chain.root,))


def _rewinds(repository: Repository, push: Push) -> Iterator[Refusal]:
    """Yield why the push would take something away: with `--force`, git itself would not ask."""
    if push.new is None:
        yield Refusal(
            push.ref,
            APPEND_ONLY,
            ("the push would delete the ref, and with it what it holds",),
            ("Leave it. A wrong record is withdrawn, or annulled in a policy, not deleted",),
        )
    elif push.old is not None and push.old != push.new:
        done = attempt(["merge-base", "--is-ancestor", push.old, push.new], git_dir=repository.git_dir)
        fetch = (
            f"Run `git fetch` for {push.ref} or `gitgates sync`, bring both together, and push again without --force"
        )
        if done.returncode == 1:
            text = f"the push would rewind the ref: it lacks commits that the remote has ({push.old[:12]})"
            yield Refusal(push.ref, APPEND_ONLY, (text,), (fetch,))
        elif done.returncode != 0:
            text = f"the remote has {push.old[:12]}, which this clone lacks, so it cannot be told what would be lost"
            yield Refusal(push.ref, APPEND_ONLY, (text,), (fetch,), 3)
