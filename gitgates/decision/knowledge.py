"""All that a decision may rest on: what a reader knows of one model version, judged once."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import TypeVar

from gitgates.codec.seals import Seal, VersionName
from gitgates.decision.authority import Authority, Say, Standing
from gitgates.decision.chain import PolicyChain
from gitgates.decision.completeness import missing_ids
from gitgates.decision.graph import Graph
from gitgates.decision.signed import Signed, SignedVersionRecord
from gitgates.model.frozen import frozen
from gitgates.model.provenance import Baseline
from gitgates.model.records import DecisionRecord, ReportRecord, RollbackRecord, VersionRecord, WithdrawalRecord
from gitgates.model.waivers import WaiverRecord

MAX_CLOCK_SKEW = timedelta(minutes=5)

R = TypeVar("R", bound=VersionRecord)

Unfounded = Callable[[Signed[ReportRecord], Baseline], str]


@frozen
class Obstacle:
    """Something that keeps a reader from knowing all records.

    Attributes:
        cause: one word for programs: incomplete, shallow, unreadable, newer format.
    """

    cause: str
    text: str
    remedy: str


class Knowledge:
    """The records of one model version with their standing.

    Attributes:
        chain: the accepted policies.
        records: every validly signed record, by id.
        graph: their order.
        standings: whether each counts, by id.
        unfounded: why a report's baseline is not the record that it names, "" where it is.
    """

    def __init__(
        self,
        chain: PolicyChain,
        seals: Mapping[str, Seal],
        records: Iterable[SignedVersionRecord],
        *,
        name: VersionName,
        now: datetime,
        elsewhere: frozenset[str] = frozenset(),
        obstacles: tuple[Obstacle, ...] = (),
        unfounded: Unfounded = lambda *_: "",
    ) -> None:
        """Judge `records`.

        Args:
            name: model and version that the records belong to.
            now: the reader's time, fixed once for the whole answer.
            elsewhere: ids that are there under another version of the model.
            obstacles: what keeps the reader from the whole: newer formats, objects that this clone lacks, ...
            unfounded: tells why a report was not compared with the record that it names as its baseline. That lies
                with another version, so it is asked only where the policy requires such a baseline.
        """
        self.chain = chain
        self.now = now
        self.obstacles = obstacles
        self.unfounded = unfounded
        self.records = {signed.id: signed for signed in records}
        self.graph = Graph({signed.id: signed.record.parents for signed in self.records.values()})
        authority = Authority(chain, seals, name, self.records.values())
        self.standings: Mapping[str, Standing] = {i: authority.standing(s) for i, s in self.records.items()}
        self.missing = missing_ids(name, self.records.values(), self.standings, chain, seals, elsewhere)

    def counting(self, kind: type[R], context: str, *, against: bool = False) -> tuple[Signed[R], ...]:
        """Return the counting records of a kind in a context.

        Args:
            against: also those that count against only.
        """
        says = (Say.FULL, Say.AGAINST) if against else (Say.FULL,)
        return tuple(
            signed  # type: ignore[misc] # the record's class was just checked
            for signed in self.records.values()
            if isinstance(signed.record, kind)
            and signed.record.context == context
            and self.standings[signed.id].say in says
        )

    @cached_property
    def heads(self) -> tuple[str, ...]:
        """The heads among the counting records: what a new record names as its parents."""
        return self.graph.heads(i for i, standing in self.standings.items() if standing.say is not Say.NONE)

    def heads_to_seal(self, annuls: frozenset[str]) -> tuple[str, ...]:
        """Return the heads among what counts once a policy that annuls `annuls` is in force.

        What is annulled is not missed, so nobody could tell from it what came before: what stood below an annulled
        record, and below no other, is a head.
        """
        annulled = annuls | self.chain.annulled()
        graph = Graph({i: signed.record.parents for i, signed in self.records.items() if i not in annulled})
        counting = (i for i, standing in self.standings.items() if standing.say is not Say.NONE)
        return graph.heads(i for i in counting if i not in annulled)

    @cached_property
    def ahead_of_clock(self) -> tuple[str, ...]:
        """Counting records dated more than five minutes after the reader's time."""
        return tuple(
            i
            for i, signed in self.records.items()
            if self.standings[i].say is not Say.NONE and signed.record.created > self.now + MAX_CLOCK_SKEW
        )

    def latest_reports(self, context: str) -> tuple[Signed[ReportRecord], ...]:
        """Return the pre-deployment reports that no other supersedes by parents.

        A passing report by a revoked key neither counts nor supersedes; a failing one does both.
        """
        reports = {
            signed.id: signed
            for signed in self.counting(ReportRecord, context, against=True)
            if signed.record.stage == "pre"
            and (self.standings[signed.id].say is Say.FULL or signed.record.outcome != "passed")
        }
        return tuple(reports[i] for i in self.graph.heads(reports))

    @cached_property
    def withdrawn(self) -> frozenset[str]:
        """Ids of the decisions and waivers that their own authors took back.

        A withdrawal by a revoked key can take back an approval or a waiver, but no rejection: it counts against only.
        """
        taken_back = set()
        for i, signed in self.records.items():
            record, say = signed.record, self.standings[i].say
            if not isinstance(record, WithdrawalRecord) or say is Say.NONE:
                continue
            named = self.records.get(record.withdraws)
            if named is None or not isinstance(named.record, DecisionRecord | WaiverRecord):
                continue
            is_rejection = isinstance(named.record, DecisionRecord) and not named.record.approved
            if named.record.author == record.author and (say is Say.FULL or not is_rejection):
                taken_back.add(record.withdraws)
        return frozenset(taken_back)

    def approvals(self, report_id: str, context: str) -> tuple[Signed[DecisionRecord], ...]:
        """Return the approvals of a report that count and are not withdrawn."""
        return tuple(
            signed
            for signed in self.counting(DecisionRecord, context)
            if signed.record.approved and signed.record.report == report_id and signed.id not in self.withdrawn
        )

    def objections(self, context: str) -> tuple[str, ...]:
        """Return the ids of the rejections and rollbacks in a context that are not withdrawn."""
        rejections = (
            signed.id
            for signed in self.counting(DecisionRecord, context, against=True)
            if not signed.record.approved and signed.id not in self.withdrawn
        )
        rollbacks = (signed.id for signed in self.counting(RollbackRecord, context, against=True))
        return tuple(sorted((*rejections, *rollbacks)))
