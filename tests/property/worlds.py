"""Random ledgers in memory: a team of honest members who work in clones, seldom united.

A plan is a sequence of numbers, one a step; a step depends on its number and on the ledger that it finds alone. So a
plan can be shortened by leaving out steps, which is how hypothesis finds the smallest ledger that breaks a rule.
"""

import random
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from gitgates.decision.authority import Say
from gitgates.decision.policy_lint import lockouts
from gitgates.decision.signed import Signed
from gitgates.errors import InvalidValue
from gitgates.model.policy import Role, Signer
from gitgates.model.records import DecisionRecord
from tests.property.amendments import CONTEXTS, PEOPLE, amended
from tests.property.clones import Clone, able, revoked_keys
from tests.unit.decision.builder import BAD, GOOD, NOW, World, rules


class Team:
    """Members who write what the rules let them write, each into one of three clones.

    Attributes:
        saw: by the id of each record, the policies that were accepted where and when it was written.
    """

    def __init__(self, quorum: int = 1) -> None:
        text = f'format = "gitgates-policy/1"\nledger_branch = "main"\nadmin_quorum = {quorum}\n[members]\n'
        names = [f'{name} = ["admin", "approver", "checker", "deployer"]\n' for name in PEOPLE[:3]]
        base = rules(text + "".join(names) + "[contexts.staging]\n[contexts.production]\n")
        first = World(base).root
        self.clones = [Clone(first) for _ in range(3)]
        self.now = NOW
        self.saw: dict[str, frozenset[str]] = {}
        self.keys_made = 0

    def united(self) -> Clone:
        """Return what all clones hold together."""
        whole = self.clones[0].copy()
        for other in self.clones[1:]:
            whole.absorb(other)
        return whole

    def step(self, rng: random.Random) -> Clone:
        """Do one thing, if the rules let anybody do it, and return the clone where."""
        self.now += rng.choice((timedelta(minutes=1), timedelta(hours=1)))
        clone = rng.choice(self.clones)
        _ACTIONS[rng.choice(_CHANCES)](self, clone, rng)
        return clone

    # --- what members do ---

    def pull(self, clone: Clone, rng: random.Random) -> None:
        clone.absorb(rng.choice(self.clones))

    def report(self, clone: Clone, rng: random.Random) -> None:
        metrics = GOOD if rng.random() < 0.75 else BAD
        self._write(clone, rng, Role.CHECKER, clone.report, metrics, context=rng.choice(CONTEXTS))

    def approve(self, clone: Clone, rng: random.Random) -> None:
        context = rng.choice(CONTEXTS)
        reports = clone.known(now=self.now).latest_reports(context)
        for report in reports:
            if report.record.outcome == "passed":
                self._write(clone, rng, Role.APPROVER, clone.approve, report)
            else:
                self._write(clone, rng, Role.APPROVER, clone.approve, report, forced=True, reason="we know why")

    def release(self, clone: Clone, rng: random.Random) -> None:
        """Pull everything, settle a fork, report and approve as much as a context ever asks for."""
        clone.absorb(self.united())
        if clone.in_force() is None:
            self.change(clone, rng)
        for context in ("staging", "production"):
            self._write(clone, rng, Role.CHECKER, clone.report, GOOD, context=context)
            for name in PEOPLE:
                for report in clone.known(now=self.now).latest_reports(context):
                    self._write(clone, rng, Role.APPROVER, clone.approve, report, only=name)

    def reject(self, clone: Clone, rng: random.Random) -> None:
        self._write(clone, rng, Role.APPROVER, clone.reject, context=rng.choice(CONTEXTS))

    def withdraw(self, clone: Clone, rng: random.Random) -> None:
        decisions = [signed for signed in clone.records if isinstance(signed.record, DecisionRecord)]
        if decisions:
            taken = rng.choice(decisions)
            self._write(clone, rng, Role.APPROVER, clone.withdraw, taken, only=taken.record.author)

    def deploy(self, clone: Clone, rng: random.Random) -> None:
        self._write(clone, rng, Role.DEPLOYER, clone.deploy)

    def roll_back(self, clone: Clone, rng: random.Random) -> None:
        self._write(clone, rng, Role.DEPLOYER, clone.roll_back)

    def change(self, clone: Clone, rng: random.Random) -> None:
        """Change the policy; half the time the other admins endorse it at once."""
        chain = clone.chain()
        heads = chain.heads()
        revoked = revoked_keys(chain)
        admins = able(chain.policy(rng.choice(heads)), Role.ADMIN, revoked)
        if not admins:
            return
        values = self._extras(clone, rng)
        try:
            parsed = amended(chain.policy(rng.choice(heads)), values.get("revoked", ()), rng, self._new_key)
        except InvalidValue:  # nobody could change it again: the program refuses such a file
            return
        if lockouts(parsed, revoked | set(values.get("revoked", ()))):
            return
        made = clone.propose(parsed, rng.choice(admins), self.now, **values)
        if rng.random() < 0.7:
            self._endorse_by_all(clone, made)

    def endorse(self, clone: Clone, rng: random.Random) -> None:
        pending = [signed for signed in clone.policies if signed.id in clone.chain().pending]
        if pending:
            self._endorse_by_all(clone, rng.choice(pending))

    def _endorse_by_all(self, clone: Clone, made: Signed[Any]) -> None:
        """Every admin of what the policy follows, and of the policy itself, signs it."""
        chain = clone.chain()
        followed = [chain.policy(i) for i in made.record.parents if i in chain.accepted]
        signers = {
            s.key: s for policy in (*followed, made.record.parsed) for s in able(policy, Role.ADMIN, frozenset())
        }
        for key, signer in sorted(signers.items()):
            if key != made.key:
                clone.endorse(made, signer)

    def _write(
        self, clone: Clone, rng: random.Random, role: Role, write: Callable[..., Any], *args: Any, **values: Any
    ) -> None:
        """Let a member who may do so append a record after all heads that the clone knows, under its policy."""
        policy_id, only = clone.in_force(), values.pop("only", None)
        if policy_id is None:
            return
        chain = clone.chain()
        keys = [s for s in able(chain.policy(policy_id), role, revoked_keys(chain)) if only in (None, s.principal)]
        if not keys:
            return
        signer, known = rng.choice(keys), clone.known(now=self.now)
        after = [known.records[i] for i in known.heads]
        about = {"by": signer.principal, "key": signer.key, "after": after, "policy": policy_id, "created": self.now}
        made = write(*args, **about, **values)
        self.saw[made.id] = frozenset(chain.accepted)

    def _new_key(self, name: str) -> Signer:
        self.keys_made += 1
        return Signer(name, f"ssh-ed25519 {name}{self.keys_made}")

    def _extras(self, clone: Clone, rng: random.Random) -> dict[str, Any]:
        """Return what else a policy does: revoke a key, admit what no longer counts, annul a record."""
        chance, known = rng.random(), clone.known(now=self.now)
        lost = sorted(i for i, standing in known.standings.items() if standing.say is Say.NONE)
        if chance < 0.2:
            return {"revoked": (rng.choice(sorted(clone.chain().known_keys())),)}
        if chance < 0.35 and lost:
            return {"admits": (rng.choice(lost),)}
        if chance < 0.45 and known.records:
            return {"annuls": (rng.choice(sorted(known.records)),)}
        return {}


Action = Callable[[Team, Clone, random.Random], None]
_ACTIONS: Mapping[str, Action] = {
    "pull": Team.pull,
    "report": Team.report,
    "approve": Team.approve,
    "release": Team.release,
    "reject": Team.reject,
    "withdraw": Team.withdraw,
    "deploy": Team.deploy,
    "roll back": Team.roll_back,
    "change": Team.change,
    "endorse": Team.endorse,
}
_CHANCES = (
    *("pull",) * 5,
    *("release",) * 3,
    *("report", "report", "approve", "approve", "reject", "reject", "withdraw", "deploy", "roll back", "endorse"),
    *("change",) * 3,
)
