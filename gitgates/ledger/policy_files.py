"""Appending a policy record or an endorsement: one commit, which also brings the files for people up to date."""

from collections.abc import Callable, Mapping
from datetime import datetime

from gitgates.decision.chain import PolicyChain
from gitgates.errors import CannotDecide, StoreError, UsageError
from gitgates.ledger.migration.moving import bring_to, settle
from gitgates.ledger.opening import ledger_branch
from gitgates.ledger.reading import Ledger
from gitgates.ledger.writing import append_change
from gitgates.model.paths import LEDGER_FOLDER, POLICY_FOLDER
from gitgates.store.append import Change, Tip

POLICY_FILE = f"{LEDGER_FOLDER}/policy.toml"
SIGNERS_FILE = f"{LEDGER_FOLDER}/allowed_signers"


def refuse_partial_view(ledger: Ledger, annuls: frozenset[str] = frozenset()) -> None:
    """Raise CannotDecide where this clone knows that it lacks policies: what follows only some of them makes a fork.

    Args:
        annuls: ids that the new policy annuls, so that they are not missed.
    """
    if ledger.clone_obstacles:
        first = ledger.clone_obstacles[0]
        raise CannotDecide(first.cause, first.text, remedy=first.remedy)
    missing = ledger.chain.missing - ledger.chain.annulled() - annuls
    if missing:
        raise CannotDecide(
            "incomplete",
            f"policies that others follow are missing: {', '.join(sorted(missing))}",
            remedy="Fetch the ledger's branch from a clone that has them, or annul them with "
            "`gitgates policy propose --annuls ID`",
        )


def append_policy_files(
    ledger: Ledger, files: Mapping[str, bytes], after: PolicyChain, message: str, author: str, now: datetime
) -> str:
    """Append `files`, and return the ledger's branch.

    Where they move the ledger, the branch that it moves to gets all of it first, see `migration.moving`.

    Args:
        after: the chain with them; the texts of its policy in force become the files for people. In a fork these stay.

    Raises:
        StoreError: somebody wrote a policy or an endorsement since the ledger was opened.
        UsageError: they move the ledger to a branch that has another one, or are to be pushed before they count here.
    """
    unmoved, branch = _unmoved(ledger), ledger.location.branch
    if not branch.startswith("refs/heads/"):  # a ref to be pushed
        branch = ledger_branch(ledger.chain)
    to = ledger_branch(after) if len(after.heads()) == 1 else branch
    files = {**files, **texts_of(after)}
    new = None
    if to != branch:
        _refuse_push(ledger, to)
        unmoved(_tip(ledger))
        new = bring_to(ledger, to, files, message, author, now)
    # Each name follows from the content, or is that of a copy for people: whatever else is there is foreign.
    change = Change(files, message, replace=frozenset(files))
    old = append_change(ledger.location, ledger.repository, change, author, now, unmoved)
    if new is not None:
        settle(ledger, to, new, old)
    return to


def _refuse_push(ledger: Ledger, to: str) -> None:
    if not ledger.location.branch.startswith("refs/heads/"):
        name = to.removeprefix("refs/heads/")
        raise UsageError(
            f"this moves the ledger to the branch {name}, which cannot be pushed in one step with the old one",
            remedy="Run it without --push, and then `gitgates sync`",
        )


def _tip(ledger: Ledger) -> Tip:
    ref = ledger.location.branch
    return Tip(ledger.repository.refs(ref).get(ref, ledger.location.commit), None, ledger.reader)


def texts_of(chain: PolicyChain) -> dict[str, bytes]:
    """Return the files for people by path: the texts of the policy in force. In a fork there are none."""
    heads = chain.heads()
    if len(heads) != 1:
        return {}
    record = chain.accepted[heads[0]].record
    return {POLICY_FILE: record.policy_toml.encode(), SIGNERS_FILE: record.allowed_signers.encode()}


def _unmoved(ledger: Ledger) -> Callable[[Tip], None]:
    """Return a check that the policies are still those that were read: a policy beside an unseen one is a fork."""
    before = ledger.reader.get(f"{ledger.location.commit}:{POLICY_FOLDER}")

    def check(tip: Tip) -> None:
        found = None if tip.commit is None else tip.reader.get(f"{tip.commit}:{POLICY_FOLDER}")
        if found is None or before is None or found.id != before.id:
            raise StoreError(
                "somebody wrote a policy or an endorsement meanwhile; nothing was written",
                remedy="Look at it with `gitgates policy log`, and run the command again",
            )

    return check


def policy_message(kind: str, identifier: str, author: str, lines: tuple[str, ...]) -> str:
    """Return the message of the commit that appends a policy or an endorsement: `git log` reads as an audit log."""
    body = "".join(f"{line}\n" for line in lines)
    return f"gates: {kind} by {author}\n\n{body}\nGates-Record: {identifier}\nGates-Kind: {kind}\n"
