"""What an auditor asks for: all records, policies among them, each with its standing."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from gitgates.decision.authority import Say, Standing
from gitgates.decision.chain import PolicyChain
from gitgates.decision.graph import Graph
from gitgates.decision.quorum import admins_among, quorums
from gitgates.decision.signed import SignedEndorsement, SignedPolicy, SignedVersionRecord
from gitgates.errors import CannotDecide, StoreError
from gitgates.ledger.files import Foreign
from gitgates.ledger.index import outcome_word
from gitgates.ledger.query import all_versions, open_version
from gitgates.ledger.reading import Ledger
from gitgates.ledger.verification.model import names_of
from gitgates.ledger.verification.verify import models_of
from gitgates.model.frozen import frozen
from gitgates.model.names import ModelVersion, check_name
from gitgates.trust.keys import PublicKey

_COUNTS = Standing(Say.FULL)


@frozen
class Listed:
    """A record with its standing.

    Attributes:
        outcome: in one word; of a policy or endorsement accepted, pending, refused or endorsed.
    """

    signed: SignedVersionRecord | SignedPolicy | SignedEndorsement
    outcome: str
    standing: Standing
    withdrawn: bool = False

    @property
    def fingerprint(self) -> str:
        """The signing key, as people compare it."""
        return PublicKey.parse(self.signed.key).fingerprint


@frozen
class Listing:
    """What there is.

    Attributes:
        records: each after those that it descends from.
        foreign: files that are no records, so that nobody can tell whose they are.
        problems: why there may be more than that, or why dates cannot be relied on; empty where all is known.
    """

    records: tuple[Listed, ...]
    foreign: tuple[Foreign, ...]
    problems: tuple[str, ...]


@frozen(kw_only=True)
class Wanted:
    """Which records are asked for; None for any.

    Attributes:
        since, before: the first moment wanted, and the first no longer wanted.
    """

    author: str | None = None
    fingerprint: str | None = None
    since: datetime | None = None
    before: datetime | None = None
    kind: str | None = None
    outcome: str | None = None
    context: str | None = None

    def takes(self, one: Listed) -> bool:
        """Tell whether a record is asked for."""
        record = one.signed.record
        pairs = (
            (self.author, record.author),
            (self.kind, record.kind),
            (self.outcome, one.outcome),
            (self.context, getattr(record, "context", "")),
        )
        return (
            all(wanted is None or wanted == found for wanted, found in pairs)
            and (self.since is None or record.created >= self.since)
            and (self.before is None or record.created < self.before)
            and (self.fingerprint is None or self.fingerprint == one.fingerprint)
        )


def list_everything(ledger: Ledger, now: datetime, model: str | None = None, version: str | None = None) -> Listing:
    """Return all records of the ledger, or those of a model or of one of its versions; policies belong to none.

    Versions are listed too of which this clone knows only that they were there.

    Raises:
        InvalidValue: `model` or `version` is no name.
    """
    reading = _Reading(ledger, now)
    for _ in reading.steps(model, version):
        pass
    return reading.taken()


def list_in_parts(
    ledger: Ledger, now: datetime, model: str | None = None, version: str | None = None
) -> Iterator[Listing]:
    """Yield what `list_everything` returns, the policies first and then version by version, so that little is held.

    Raises:
        InvalidValue: `model` or `version` is no name.
    """
    reading = _Reading(ledger, now)
    for _ in reading.steps(model, version):
        yield reading.taken()
    yield reading.taken()


class _Reading:
    """One walk over the ledger."""

    def __init__(self, ledger: Ledger, now: datetime) -> None:
        self._ledger = ledger
        self._now = now
        self.found: dict[str, Listed] = {}
        self.foreign: list[Foreign] = []
        self.problems: dict[str, None] = {f"{o.text}. {o.remedy}": None for o in ledger.shared_obstacles}
        try:
            ledger.chain.effective()
        except CannotDecide as error:
            self._problem(str(error))

    def _problem(self, text: str) -> None:
        self.problems[text] = None

    def steps(self, model: str | None, version: str | None) -> Iterator[None]:
        """Read part by part."""
        if model is None:
            self.policies()
            yield
        for name in self.names(model):
            if version is None or name.version == version:
                self.version(name)
                yield

    def taken(self) -> Listing:
        """Return what was read since the last time, in order."""
        found, foreign, problems = self.found, tuple(self.foreign), tuple(self.problems)
        self.found, self.foreign, self.problems = {}, [], {}
        parents = {one.signed.id: one.signed.record.parents for one in found.values()}
        order = Graph(parents).in_order(lambda i: found[i].signed.record.created)
        return Listing(tuple(found[i] for i in order), foreign, problems)

    def names(self, model: str | None) -> Iterator[ModelVersion]:
        if model is not None:
            check_name(model, "model name")
        try:
            models = sorted(models_of(self._ledger)) if model is None else [model]
            yield from [name for one in models for name in names_of(self._ledger, one)]
        except StoreError:  # the history cannot be read, which is among the problems already
            yield from all_versions(self._ledger, model)

    def policies(self) -> None:
        chain, policies = self._ledger.chain, self._ledger.policies
        for signed in policies.signed:
            if signed.id in chain.accepted:
                self.found[signed.id] = Listed(signed, "accepted", _COUNTS)
            else:
                outcome = "pending" if signed.id in chain.pending else "refused"
                self.found[signed.id] = Listed(signed, outcome, Standing(Say.NONE, chain.refused[signed.id]))
        for endorsement in policies.endorsements:
            reason = why_no_endorsement(endorsement, policies.signed, chain)
            standing = Standing(Say.NONE, reason) if reason else _COUNTS
            self.found[endorsement.id] = Listed(endorsement, "endorsed", standing)
        self.foreign += policies.foreign

    def version(self, name: ModelVersion) -> None:
        try:
            opened = open_version(self._ledger, name, self._now, must_exist=False)
        except (CannotDecide, StoreError) as error:
            self._problem(f"{name}: {error}")
            return
        known = opened.known
        self.foreign += opened.files.foreign
        for i, signed in known.records.items():
            self.found[i] = Listed(signed, outcome_word(signed.record), known.standings[i], i in known.withdrawn)
        for obstacle in known.obstacles:
            if obstacle not in self._ledger.shared_obstacles:
                self._problem(f"{name}: {obstacle.text}. {obstacle.remedy}")
        if known.missing:
            self._problem(f"{name}: incomplete: records that others know of are missing: {', '.join(known.missing)}")
        if known.ahead_of_clock:
            ahead = ", ".join(known.ahead_of_clock)
            self._problem(f"{name}: dated more than five minutes ahead of this machine's clock: {ahead}")


def why_no_endorsement(endorsement: SignedEndorsement, policies: Iterable[SignedPolicy], chain: PolicyChain) -> str:
    """Return why an endorsement adds nothing to its policy, "" if it does."""
    record = endorsement.record
    if record.ledger != chain.root:
        return "it belongs to another ledger"
    policy = next((signed for signed in policies if signed.id == record.endorses), None)
    if policy is None:
        return f"the policy {record.endorses}, which it endorses, is not in this ledger"
    if not set(policy.record.parents) <= chain.accepted.keys():
        return f"the policy {record.endorses} follows one that is not accepted"
    made = {(record.author, endorsement.key)}
    if not any(admins_among(made, quorum.rules, quorum.revoked) for quorum in quorums(policy, (), chain.accepted)):
        return f"its key is no admin's whom the policy {record.endorses} asks, or is revoked"
    return ""
