"""A push that touches a ledger, or a ref that a rule is about: judged under the policies as they shall be."""

from collections.abc import Iterator, Sequence

from gitgates.errors import CannotDecide
from gitgates.ledger.pin import CONFIG_KEY
from gitgates.ledger.reading import Ledger
from gitgates.ledger.receiving.branch import judge_branch
from gitgates.ledger.receiving.changes import RefChange, Refusal
from gitgates.ledger.receiving.deployable import refuse_undeployable
from gitgates.ledger.receiving.rules import Rule
from gitgates.ledger.receiving.server import Ledgers, Server, branches_of


class LedgerPush:
    """The part of a push that is about ledgers.

    Attributes:
        notes: what people should know although the push may be taken.
    """

    def __init__(self, server: Server, branches: Sequence[RefChange]) -> None:
        """Take the branches whose push touches a ledger."""
        self._server = server
        self._branches = branches
        self._changes = {change.ref: change for change in branches}
        self._after: dict[str, Ledger] = {}
        self._judged: set[str] = set()
        self.notes: list[str] = []

    def refusals(self, ruled: Sequence[RefChange], rules: Sequence[Rule]) -> Iterator[Refusal]:
        """Yield why the push is not taken.

        Args:
            ruled: the refs to which one of `rules` applies.
        """
        ledgers = self._server.ledgers()
        for change in self._branches:
            if change.ref in ledgers.unclear:
                yield change.undecided(ledgers.unclear[change.ref])
        for ledger in ledgers.current:
            self._after[ledger.location.ref] = ledger
            if ledger.location.ref in self._changes:
                yield from self._judge(self._changes[ledger.location.ref], (ledger,))
        yield from self._moved(ledgers)
        yield from self._new_homes(ledgers)
        self._note_roots()
        if ledgers.unclear and not self._deciding():
            yield from (change.undecided(error) for change in ruled for error in ledgers.unclear.values())
        else:
            yield from refuse_undeployable(self._server, ruled, rules, self._deciding())

    def _judge(self, change: RefChange, before: Sequence[Ledger], copies: Sequence[Ledger] = ()) -> Iterator[Refusal]:
        judged = judge_branch(self._server, change, before, copies)
        self._judged.add(change.ref)
        if judged.after is not None:
            self._after[change.ref] = judged.after
        yield from judged.refusals

    def _moved(self, ledgers: Ledgers) -> Iterator[Refusal]:
        """Judge the branch that a policy has the ledger move to, in this push or an earlier one."""
        for ledger in ledgers.current:
            ref = ledger.location.ref
            homes = branches_of(self._after[ref].chain)
            for home in homes if ref not in homes else ():
                yield from self._move(ref, home)

    def _move(self, ref: str, home: str) -> Iterator[Refusal]:
        change = self._changes.get(home)
        if home in self._judged:
            return
        if change is None or change.new is None:
            self.notes.append(f"the policy has the ledger move from {ref} to {home}: push it there, too")
            return
        try:
            copies = self._there_already(change, self._after[ref])
        except CannotDecide as error:
            yield change.undecided(error)
            return
        yield from self._judge(change, (self._after[ref],), copies)

    def _there_already(self, change: RefChange, leaving: Ledger) -> tuple[Ledger, ...]:
        """Return the copy of the ledger that the branch has, to which it moves."""
        if change.old is None or self._server.policy_entries(change.old) is None:
            return ()
        return (self._server.ledger_at(change.ref, change.old, leaving.root),)

    def _new_homes(self, ledgers: Ledgers) -> Iterator[Refusal]:
        """Judge branches that would be a ledger's by their own policies: the first one, or one beside the ledger.

        A branch off the ledger's, which its policies do not name, is code: what it holds is judged when it is merged.
        A second ledger, of another root, is refused on every branch: no clone without a pin could decide any more.
        """
        there = self._deciding()
        pin = self._server.pin
        root = there[0].root if there else pin.root if pin else None
        for change in self._branches:
            if change.new is None or change.ref in self._judged or change.ref in ledgers.unclear:
                continue
            try:
                if self._server.policy_entries(change.new) is None:
                    continue
                if root is not None and not self._server.has_root(change.new, root):
                    remedy = f"Push the ledger of that root, or have the server's admin mend {CONFIG_KEY}"
                    yield change.refused("", f"this ledger does not have the server's root {root}", remedy)
                elif change.ref in branches_of(self._server.ledger_at(change.ref, change.new, root).chain):
                    yield from self._judge(change, there)
            except CannotDecide as error:
                yield change.undecided(error)

    def _note_roots(self) -> None:
        if self._server.pin is None:
            told = "no root is pinned on the server; once you have compared it, run there: git config"
            self.notes += (f"{told} {CONFIG_KEY} {ledger.root}" for ledger in self._after.values())

    def _deciding(self) -> tuple[Ledger, ...]:
        """Return the ledgers as they shall be, each where its policy says that it is, or is yet to move from."""
        homes = {ref: branches_of(ledger.chain) for ref, ledger in self._after.items()}
        return tuple(
            ledger for ref, ledger in self._after.items() if ref in homes[ref] or homes.keys().isdisjoint(homes[ref])
        )
