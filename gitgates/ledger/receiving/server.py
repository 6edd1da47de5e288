"""The ledgers that a server has: on which branches, and what one commit of them says."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property

from gitgates.decision.chain import PolicyChain
from gitgates.decision.graph import Graph
from gitgates.errors import CannotDecide
from gitgates.ledger.folders import folder_entries
from gitgates.ledger.locate import CONFIG_KEY, Location
from gitgates.ledger.opening import load_policies
from gitgates.ledger.pin import CONFIG_KEY as PIN_KEY
from gitgates.ledger.pin import Pin, find_pin
from gitgates.ledger.reading import Ledger
from gitgates.ledger.receiving.changes import BRANCHES
from gitgates.model.frozen import frozen
from gitgates.model.paths import POLICY_FOLDER, id_in_name
from gitgates.store.objects import ObjectReader
from gitgates.store.repository import Repository
from gitgates.store.trees import TreeEntry


def heads_of(chain: PolicyChain) -> tuple[str, ...]:
    """Return the accepted policies that no other follows, whatever the server's admin adopted: a fork is a fork."""
    return Graph({i: signed.record.parents for i, signed in chain.accepted.items()}).heads(chain.accepted)


def branches_of(chain: PolicyChain) -> tuple[str, ...]:
    """Return the branches that the last policies name: one, but for a fork, in which each head may name another."""
    return tuple(dict.fromkeys(chain.policy(head).ledger_branch for head in heads_of(chain)))


@frozen(slots=False)
class Server:
    """A repository that is pushed to.

    Attributes:
        now: the server's time, fixed once for a push.
    """

    repository: Repository
    reader: ObjectReader
    now: datetime

    @cached_property
    def pin(self) -> Pin | None:
        """The root that git's configuration names here; the environment is not asked: a pusher might set it."""
        return find_pin(self.repository, None, {})

    @cached_property
    def branches(self) -> Mapping[str, str]:
        """The branches that are there before the push, with their commits."""
        return self.repository.refs(BRANCHES.rstrip("/"))

    def policy_entries(self, commit: str) -> tuple[TreeEntry, ...] | None:
        """Return the entries of a commit's policy folder, None where it has no ledger."""
        return folder_entries(self.reader, commit, POLICY_FOLDER)

    def has_other_root(self, commit: str) -> bool:
        """Tell whether a commit has a ledger that cannot be the pinned one: the root is not among its files."""
        return self.pin is not None and not self.has_root(commit, self.pin.root)

    def has_root(self, commit: str, root: str) -> bool:
        """Tell whether a commit has a file that by its name is the root policy `root`."""
        entries = self.policy_entries(commit) or ()
        return any(id_in_name(entry.name.decode("utf-8", "replace")) == root for entry in entries)

    def ledger_at(self, ref: str, commit: str, root: str | None = None) -> Ledger:
        """Return the ledger as one commit has it.

        Args:
            root: the root to go by where none is pinned; None for the only one in the commit's history.

        Raises:
            CannotDecide: no root is pinned and several are there, the root is not there, or a policy is unreadable.
        """
        pin = self.pin or (Pin(root, None, "the ledger on this server") if root else None)
        try:
            found, policies = load_policies(self.repository, self.reader, pin, [commit])
        except CannotDecide as error:
            if error.cause != "no pin":
                raise
            text = error.message.partition(": ")[2]
            remedy = f"On the server, run `git config {PIN_KEY} ROOT` with the root that your team knows"
            raise CannotDecide(error.cause, text, remedy=remedy) from None
        return Ledger(self.repository, self.reader, Location(ref, commit), found, self.pin, policies)

    def ledgers(self) -> "Ledgers":
        """Return the ledgers that are there before the push."""
        there: dict[str, Ledger] = {}
        unclear: dict[str, CannotDecide] = {}
        waiting = list(self._where_to_look())
        while waiting:
            ref = waiting.pop()
            commit = self.branches.get(ref)
            if commit is None or ref in there or ref in unclear:
                continue
            try:
                if self.policy_entries(commit) is None or self.has_other_root(commit):
                    continue
                there[ref] = self.ledger_at(ref, commit)
            except CannotDecide as error:
                unclear[ref] = error
            else:
                waiting += branches_of(there[ref].chain)
        current = tuple(
            ledger for ref, ledger in there.items() if _lived_on(ledger, ref) and not _has_left(ledger, there)
        )
        left = tuple(ledger for ref, ledger in there.items() if _lived_on(ledger, ref) and _has_left(ledger, there))
        return Ledgers(current, left, unclear)

    def heads_in(self, ledgers: Sequence[Ledger]) -> frozenset[str]:
        """Return the last policies of one ledger over several branches: a clone reads all of them together.

        Raises:
            CannotDecide: a policy is unreadable.
        """
        if len(ledgers) < 2:
            return frozenset(head for ledger in ledgers for head in heads_of(ledger.chain))
        commits = [ledger.location.commit for ledger in ledgers]
        pin = Pin(ledgers[0].root, None, "the ledger on this server")
        return frozenset(heads_of(load_policies(self.repository, self.reader, pin, commits)[1].chain))

    def _where_to_look(self) -> tuple[str, ...]:
        configured = self.repository.config.get(CONFIG_KEY)
        if not configured:
            return tuple(self.branches)
        return (configured if configured.startswith("refs/") else BRANCHES + configured,)


@frozen
class Ledgers:
    """What a server has before a push.

    Attributes:
        current: the ledgers on the branches that their policies name. One, unless somebody made several.
        left: what is on branches that they have left. Records may still be on their way from there.
        unclear: branches with a ledger that cannot be read.
    """

    current: tuple[Ledger, ...]
    left: tuple[Ledger, ...]
    unclear: Mapping[str, CannotDecide]


def _lived_on(ledger: Ledger, ref: str) -> bool:
    """Tell whether one of the policies has named `ref`: on any other branch, e.g. off the ledger's, is a copy."""
    return any(ledger.chain.policy(policy_id).ledger_branch == ref for policy_id in ledger.chain.accepted)


def _has_left(ledger: Ledger, there: Mapping[str, Ledger]) -> bool:
    """Tell whether the ledger lives elsewhere by now: the branch that its last policy names has all of its policies.

    Between a policy that moves the ledger and the push that does, it is still on the old branch.
    """
    homes = [there.get(branch) for branch in branches_of(ledger.chain)]
    return all(
        home is not None and home is not ledger and ledger.chain.accepted.keys() <= home.chain.accepted.keys()
        for home in homes
    )
