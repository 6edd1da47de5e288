"""A whole push: all of its refs, and all reasons why it is not taken."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from gitgates.errors import GitgatesError, InvalidValue
from gitgates.ledger.receiving.changes import BRANCHES, RefChange, Refusal, Verdict, unreadable
from gitgates.ledger.receiving.refs import refuse_ref
from gitgates.ledger.receiving.rules import read_rules
from gitgates.ledger.receiving.touching import leaves_ledger_alone
from gitgates.store.objects import ObjectReader
from gitgates.store.repository import Repository


def judge_push(path: str | None, changes: Sequence[RefChange], now: datetime) -> Verdict:
    """Return what is wrong with a push to the repository at `path`; nothing is written.

    Raises:
        StoreError: there is no repository.
        UsageError: `gitgates.root` on the server is no root.
    """
    repository = Repository.open(path)
    notes: list[str] = []
    with ObjectReader(repository) as reader:
        refusals = tuple(_refusals(repository, reader, changes, now, notes))
    return Verdict(refusals, tuple(dict.fromkeys(notes)))


def _refusals(
    repository: Repository, reader: ObjectReader, changes: Sequence[RefChange], now: datetime, notes: list[str]
) -> Iterator[Refusal]:
    """Yield why the push is not taken. The ledger is read only where a ref of it, or a rule, asks for that."""
    try:
        rules = read_rules(repository.config)
    except InvalidValue as error:
        yield Refusal("", "", error.message, error.remedy)
        return
    branches = []
    for change in changes:
        yield from refuse_ref(repository, reader, change)
        if change.ref.startswith(BRANCHES):
            try:
                if not leaves_ledger_alone(repository, reader, change):
                    branches.append(change)
            except GitgatesError as error:
                yield change.undecided(unreadable(error))
    ruled = tuple(change for change in changes if any(rule.match(change.ref) is not None for rule in rules))
    if branches or ruled:
        from gitgates.ledger.receiving.ledgers import LedgerPush  # what it brings costs more than a push of code
        from gitgates.ledger.receiving.server import Server

        push = LedgerPush(Server(repository, reader, now), branches)
        yield from push.refusals(ruled, rules)
        notes += push.notes
