"""A push that touches a ledger, or a ref that a rule is about: judged under the policies as they shall be."""

from collections.abc import Iterator, Sequence

from gitgates.errors import CannotDecide, StoreError
from gitgates.ledger.pin import CONFIG_KEY
from gitgates.ledger.reading import Ledger
from gitgates.ledger.receiving.branch import judge_branch
from gitgates.ledger.receiving.changes import RefChange, Refusal, unreadable
from gitgates.ledger.receiving.deployable import refuse_undeployable
from gitgates.ledger.receiving.kept import Kept
from gitgates.ledger.receiving.rules import Rule
from gitgates.ledger.receiving.server import Ledgers, Server, branches_of, heads_of
from gitgates.ledger.receiving.trees import changed_folders
from gitgates.model.paths import POLICY_FOLDER


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
        yield from self._fork(ledgers)
        for left in ledgers.left:
            yield from self._left_behind(left)
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

    def _fork(self, ledgers: Ledgers) -> Iterator[Refusal]:
        """Yield a fork that no branch has alone: while a move is half pushed, two branches are the ledger's."""
        root = next((ledger.root for ledger in self._after.values()), "")
        before = [ledger for ledger in ledgers.current if ledger.root == root]
        after = [ledger for ledger in self._after.values() if ledger.root == root]
        judged = [self._changes[ref] for ref in self._judged if ref in self._after]
        if len(after) < 2 or not judged:
            return
        try:
            known, heads = self._server.heads_in(before), self._server.heads_in(after)
        except CannotDecide as error:
            yield judged[0].undecided(error)
            return
        told = any(heads <= set(heads_of(ledger.chain)) for ledger in after)
        if 1 < len(heads) >= len(known) and heads != known and not told:
            branches = " and ".join(sorted(ledger.location.ref for ledger in after))
            text = f"{len(heads)} policies would be in force at once, on {branches}: {', '.join(sorted(heads))}"
            remedy = "Fetch these branches, then have an admin write the policy anew, so that it follows all of them"
            brings = (change for change in judged if not known.issuperset(heads_of(self._after[change.ref].chain)))
            yield next(brings, judged[0]).refused(POLICY_FOLDER, text, remedy)

    def _left_behind(self, left: Ledger) -> Iterator[Refusal]:
        """Yield the records that only a branch has that the ledger has left, and that the push would take from it."""
        change = self._changes.get(left.location.ref)
        if change is None or change.ref in self._judged:
            return
        try:
            stays = [self._after[ref] for ref in branches_of(left.chain) if ref in self._after]
            if change.new is not None and self._server.policy_entries(change.new) is not None:
                stays.append(self._server.ledger_at(change.ref, change.new, left.root))
            lost = [self._lost(change, left, ledger) for ledger in stays]
        except (CannotDecide, StoreError) as error:
            yield change.undecided(unreadable(error))
            return
        homes = " and ".join(branches_of(left.chain))
        remedy = f"Bring it to {homes} first: fetch both branches, run `gitgates sync`, and push {homes}"
        for path in sorted(set.intersection(*lost)):
            yield change.refused(path, f"the ledger has moved to {homes}, and this record is here alone", remedy)

    def _lost(self, change: RefChange, left: Ledger, ledger: Ledger) -> set[str]:
        """Return the paths of the records of `left` that `ledger` lacks."""
        changed = changed_folders(self._server.reader, (left.location.commit,), ledger.location.commit)
        return {refusal.path for refusal in Kept(change, ledger, (left,)).refusals(changed, {})}

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
