"""What one clone of a random ledger holds."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar

from gitgates.decision.authority import ROLE_NEEDED
from gitgates.decision.chain import PolicyChain
from gitgates.decision.signed import Signed
from gitgates.errors import CannotDecide
from gitgates.model.policy import Policy, Role, Signer
from tests.unit.decision.builder import World, endorsement

S = TypeVar("S", bound=Signed[Any])


def _take(mine: list[S], theirs: Iterable[S]) -> None:
    here = {signed.id for signed in mine}
    mine.extend(signed for signed in theirs if signed.id not in here)


class Clone(World):
    """What one clone holds; it grows only."""

    def __init__(self, root: Signed[Any]) -> None:
        super().__init__(root.record.parsed)
        self.root = root
        self.policies = [root]
        self._chains: dict[tuple[str | None, int, int], PolicyChain] = {}

    def absorb(self, other: World) -> None:
        """Take all that `other` has: a git merge of two branches on which files are only added."""
        _take(self.policies, other.policies)
        _take(self.endorsements, other.endorsements)
        _take(self.records, other.records)
        self.seals |= other.seals

    def copy(self, left_out: frozenset[str] = frozenset()) -> "Clone":
        """Return the same without the files whose ids are given."""
        made = Clone(self.root)
        made.policies = [signed for signed in self.policies if signed.id not in left_out]
        made.endorsements = [signed for signed in self.endorsements if signed.id not in left_out]
        made.records = [signed for signed in self.records if signed.id not in left_out]
        made.seals = {digest: seal for digest, seal in self.seals.items() if digest not in left_out}
        return made

    def chain(self, adopted: str | None = None) -> PolicyChain:
        key = (adopted, len(self.policies), len(self.endorsements))
        if key not in self._chains:
            self._chains[key] = super().chain(adopted)
        return self._chains[key]

    def in_force(self) -> str | None:
        """Return the id of the one policy in force, None where there is none."""
        try:
            return self.chain().effective()
        except CannotDecide:
            return None

    def propose(self, parsed: Policy, by: Signer, at: datetime, **values: Any) -> Signed[Any]:
        """Append a policy after all heads that seals what no other sealed, as `gitgates policy propose` does."""
        chain, known = self.chain(), self.known(now=at)
        sealed = {i for seal in self.seals.values() for ids in seal.values() for i in ids}
        fresh = [known.records[i] for i in known.heads_to_seal(frozenset(values.get("annuls", ()))) if i not in sealed]
        heads = [chain.accepted[i] for i in chain.heads()]
        values |= {"by": by.principal, "key": by.key, "created": at}
        return self.follow(parsed, *heads, seals=fresh, **values)  # type: ignore[no-any-return] # as the builder says

    def endorse(self, policy: Signed[Any], by: Signer) -> None:
        """Append an endorsement."""
        self.endorsements.append(endorsement(policy, by.principal, self.root.id, by.key))


def revoked_keys(chain: PolicyChain) -> frozenset[str]:
    return frozenset(key for key, _ in chain.revoked_by())


def able(policy: Policy, role: Role, revoked: frozenset[str]) -> list[Signer]:
    """Return the keys that may act in a role."""
    return [s for s in policy.signers if role in policy.roles_of(s.principal) and s.key not in revoked]


def authorised(policy: Policy, author: str, key: str, cls: type[Any]) -> bool:
    """Tell whether a policy by itself lets a key write a kind of record in somebody's name."""
    return policy.holds(author, key) and ROLE_NEEDED[cls] in policy.roles_of(author)
