"""An opened ledger: one root's policies, and the records of any model version on demand."""

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING

from gitgates.codec.records import RecordCodec
from gitgates.decision.chain import PolicyChain
from gitgates.decision.knowledge import Knowledge, Obstacle
from gitgates.decision.signed import Signed, SignedVersionRecord
from gitgates.errors import CannotDecide, StoreError
from gitgates.ledger.continuity import Lost, Removals, lost_records
from gitgates.ledger.elsewhere import elsewhere
from gitgates.ledger.files import POLICY_LIMIT, RECORD_LIMIT, Authenticator, Foreign, pair_up
from gitgates.ledger.folders import Layers, Union
from gitgates.ledger.locate import Location
from gitgates.ledger.obstacles import (
    clone_obstacles,
    file_obstacle,
    history_obstacle,
    lost_obstacles,
    policies_elsewhere,
)
from gitgates.ledger.opening import find_ledger
from gitgates.ledger.past import PastRecords
from gitgates.ledger.pin import CONFIG_KEY, Pin, find_pin
from gitgates.ledger.policies import Policies
from gitgates.model.entries import VersionEntry
from gitgates.model.frozen import frozen
from gitgates.model.names import ModelVersion
from gitgates.model.paths import ANCHOR_NAME, POLICY_FOLDER, id_in_name, version_folder
from gitgates.store.objects import ObjectReader
from gitgates.store.repository import Repository
from gitgates.store.trees import TreeEntry
from gitgates.trust.verify import Verifier

if TYPE_CHECKING:
    from gitgates.ledger.claimed import ClaimedBaselines


@frozen
class VersionFiles:
    """What the folder of a model version holds.

    Attributes:
        exists: whether there is such a folder, or was when this clone last verified the ledger.
    """

    name: ModelVersion
    exists: bool
    records: tuple[SignedVersionRecord, ...] = ()
    foreign: tuple[Foreign, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()


class Ledger:
    """A ledger opened for reading; a context manager, since it holds a git process.

    Attributes:
        location: the ref and commit that are read.
        root: id of the root policy.
        pin: why that root is trusted; None where it is only the first one met.
    """

    def __init__(
        self,
        repository: Repository,
        reader: ObjectReader,
        location: Location,
        root: str,
        pin: Pin | None,
        policies: Policies,
        removals: Removals | None = None,
    ) -> None:
        """Take what `open` found.

        Args:
            removals: what the history took away, where it is not to be asked from the last verification on.
        """
        self.repository = repository
        self.reader = reader
        self.location = location
        self.root = root
        self.pin = pin
        self.policies = policies
        self.codec = RecordCodec()
        self._folders = Union(reader, location.commits)
        self._removals = removals
        self._authenticator = Authenticator(Verifier(), self.codec)

    @classmethod
    def open(cls, path: str | None = None, *, root: str | None = None, environ: Mapping[str, str]) -> "Ledger":
        """Open the ledger of the repository that `path`, or the current folder, lies in.

        Args:
            root: a pin that beats the environment's and git's.

        Raises:
            NoLedger: there is none.
            CannotDecide: several geneses and no pin, an unreadable policy, or a branch that this clone lacks.
        """
        repository = Repository.open(path)
        reader = ObjectReader(repository)
        try:
            return cls._open(repository, reader, find_pin(repository, root, environ))
        except BaseException:
            reader.close()
            raise

    @classmethod
    def _open(cls, repository: Repository, reader: ObjectReader, pin: Pin | None) -> "Ledger":
        found = find_ledger(repository, reader, pin)
        return cls(repository, reader, found.location, found.root, pin, found.policies)

    def looking_back(self, removals: Removals) -> "Ledger":
        """Return the same ledger, held against another stretch of its history."""
        return Ledger(self.repository, self.reader, self.location, self.root, self.pin, self.policies, removals)

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.reader.close()

    @property
    def chain(self) -> PolicyChain:
        """The accepted policies."""
        return self.policies.chain

    def require_pin(self, *, trust_first_use: bool) -> None:
        """Raise CannotDecide unless the root is pinned, or the caller said that the first one met will do."""
        if self.pin is None and not trust_first_use:
            raise CannotDecide(
                "no pin",
                f"this clone does not say which root it trusts; the ledger here has the root {self.root}",
                remedy=f"Compare the root with a colleague's, then run `git config {CONFIG_KEY} {self.root}`; "
                "or pass --root, set GITGATES_ROOT, or accept it with --trust-first-use",
            )

    def entries(self, folder: str) -> tuple[TreeEntry, ...] | None:
        """Return the entries of a folder of the ledger's tips together, None where there is none."""
        return self._folders.entries(folder)

    def layers(self, folder: str) -> Layers:
        """Return the entries that a folder has in each of the ledger's tips, the branch that is written to first."""
        return self._folders.layers(folder)

    def verified_entries(self, folder: str) -> tuple[TreeEntry, ...]:
        """Return the entries that a folder had when this clone last verified the ledger."""
        return self._before.entries(folder) or () if self._before else ()

    def version(self, name: ModelVersion) -> VersionFiles:
        """Return the files of a model version, verified and sorted."""
        folder = version_folder(name.model, name.version)
        entries = self.entries(folder)
        lost = self._lost_obstacles(folder, entries or (), RECORD_LIMIT)
        if entries is None and not lost:
            return VersionFiles(name, exists=False, obstacles=self.shared_obstacles)
        obstacles = [*lost, *self.shared_obstacles]
        records: list[SignedVersionRecord] = []
        foreign: list[Foreign] = []
        known_keys = self._known_keys
        others = tuple(entry for entry in entries or () if entry.name != ANCHOR_NAME.encode())
        for file in pair_up(self.reader, folder, others, RECORD_LIMIT):
            found = file if isinstance(file, Foreign) else self._authenticator.authenticate(file, known_keys)
            if isinstance(found, Foreign):
                foreign.append(found)
            elif isinstance(found.record, VersionEntry):
                records.append(Signed(found.id, found.record, found.key))
        obstacles += [file_obstacle(file) for file in foreign if file.newer or file.lacking]
        return VersionFiles(name, True, tuple(records), tuple(foreign), tuple(obstacles))

    def has_kinds(self, name: ModelVersion, kinds: tuple[str, ...]) -> bool:
        """Tell by the file names alone whether a model version may have records of `kinds`."""
        marks = tuple(f"-{kind}-".encode() for kind in kinds)
        entries = self.entries(version_folder(name.model, name.version)) or ()
        return any(mark in entry.name for entry in entries for mark in marks)

    def knowledge(self, files: VersionFiles, now: datetime) -> Knowledge:
        """Return the records of a model version with their standing."""
        return Knowledge(
            self.chain,
            self.policies.seals,
            files.records,
            name=(files.name.model, files.name.version),
            now=now,
            elsewhere=elsewhere(self.entries, self.reader, files.records),
            obstacles=files.obstacles,
            unfounded=lambda report, baseline: self._claimed.problem(report, baseline, now),
        )

    @cached_property
    def _claimed(self) -> "ClaimedBaselines":
        from gitgates.ledger.claimed import ClaimedBaselines  # few policies require a report as baseline

        return ClaimedBaselines(self)

    @cached_property
    def removals(self) -> Removals:
        """What the history since the last verification took away."""
        if self._removals is not None:
            return self._removals
        here = self.location.commits  # a clone that never verified has nothing to hold the history against
        return Removals(self.repository, here, self.location.verified or here)

    @cached_property
    def _before(self) -> Union | None:
        """The states that this one is held against."""
        here = self.location
        commits = {*here.verified, *here.seen, *self.removals.since} - {*here.commits}
        return Union(self.reader, sorted(commits)) if commits else None

    @cached_property
    def _known_keys(self) -> frozenset[str]:
        return self.chain.known_keys()

    @cached_property
    def was_record(self) -> PastRecords:
        """What tells whether a file that is gone was a record of this ledger."""
        return PastRecords(self.chain, self._authenticator)

    @cached_property
    def clone_obstacles(self) -> tuple[Obstacle, ...]:
        """What keeps this clone from knowing every record, whichever model version is asked for."""
        return clone_obstacles(self.repository, self.location)

    @cached_property
    def shared_obstacles(self) -> tuple[Obstacle, ...]:
        """The same, and lost policies: without one, the rules before it would seem to be in force."""
        entries = self.entries(POLICY_FOLDER) or ()
        there = {id_in_name(entry.name.decode("utf-8", "replace")) or "" for entry in entries}
        elsewhere = policies_elsewhere(self.chain.accepted.keys(), there, self.location.ref)
        return (*self._lost_obstacles(POLICY_FOLDER, entries, POLICY_LIMIT), *elsewhere, *self.clone_obstacles)

    def _lost_obstacles(self, folder: str, entries: tuple[TreeEntry, ...], limit: int) -> tuple[Obstacle, ...]:
        try:
            return lost_obstacles(self.lost(folder, entries, limit))
        except StoreError as error:
            return (history_obstacle(error),)

    def lost(self, folder: str, entries: tuple[TreeEntry, ...], limit: int = RECORD_LIMIT) -> tuple[Lost, ...]:
        """Return the records of a folder that were there and are gone or changed.

        They were there when this clone last verified the ledger, or until a commit since took them away.

        Args:
            entries: what the folder holds now.

        Raises:
            StoreError: the history cannot be read.
        """
        before = [(removal.entry, removal.commit) for removal in self.removals.of(folder)]
        before += [(entry, "") for entry in self.verified_entries(folder)]
        return lost_records(self.reader, folder, before, entries, self.was_record, limit) if before else ()
