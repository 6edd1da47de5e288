"""An opened ledger: one root's policies, and the records of any model version on demand."""

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from types import TracebackType

from gitgates.codec.records import RecordCodec, record_id
from gitgates.decision.chain import PolicyChain
from gitgates.decision.knowledge import Knowledge, Obstacle
from gitgates.decision.signed import Signed, SignedVersionRecord
from gitgates.errors import CannotDecide
from gitgates.ledger import locate
from gitgates.ledger.files import RECORD_LIMIT, Authenticator, FileOfRecord, Foreign, pair_up
from gitgates.ledger.folders import Folders, folder_entries
from gitgates.ledger.geneses import only_genesis
from gitgates.ledger.locate import Location
from gitgates.ledger.obstacles import VERIFIED_REF, clone_obstacles, file_obstacle, lost_obstacles
from gitgates.ledger.pin import CONFIG_KEY, Pin, find_pin
from gitgates.ledger.policies import Policies, read_policies, read_policy_folder
from gitgates.model.entries import VersionEntry
from gitgates.model.frozen import frozen
from gitgates.model.names import ModelVersion
from gitgates.model.paths import ANCHOR_NAME, POLICY_FOLDER, SIGNATURE_SUFFIX, id_in_name, version_folder
from gitgates.model.records import TargetEntry
from gitgates.store.objects import ObjectReader
from gitgates.store.repository import Repository
from gitgates.store.trees import TreeEntry
from gitgates.trust.verify import Verifier

_SIGNATURE = SIGNATURE_SUFFIX.encode()


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
    ) -> None:
        """Take what `open` found."""
        self.repository = repository
        self.reader = reader
        self.location = location
        self.root = root
        self.pin = pin
        self.policies = policies
        self.codec = RecordCodec()
        self._folders = Folders(reader, location.commit)
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
        codec = RecordCodec()
        authenticator = Authenticator(Verifier(), codec)

        def load(location: Location) -> tuple[str, Policies]:
            folder = read_policy_folder(reader, folder_entries(reader, location.commit, POLICY_FOLDER) or ())
            chosen = pin.root if pin else only_genesis(repository, location, folder, authenticator, codec)
            adopted = pin.adopted if pin else None
            return chosen, read_policies(folder, chosen, adopted, authenticator, codec.decode)

        location = locate.find_any(repository, reader)
        root, policies = load(location)
        named = locate.follow(repository, reader, _ledger_branch(policies.chain))
        if named.commit != location.commit:
            root, policies = load(named)
        return cls(repository, reader, named, root, pin, policies)

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
        """Return the entries of a folder of the ledger's tip, None where there is none."""
        return self._folders.entries(folder)

    def verified_entries(self, folder: str) -> tuple[TreeEntry, ...]:
        """Return the entries that a folder had when this clone last verified the ledger."""
        return (self._verified.entries(folder) or ()) if self._verified else ()

    def version(self, name: ModelVersion) -> VersionFiles:
        """Return the files of a model version, verified and sorted."""
        folder = version_folder(name.model, name.version)
        entries = self.entries(folder)
        lost = lost_obstacles(folder, self.lost(folder, entries or ()))
        if entries is None and not lost:
            return VersionFiles(name, exists=False, obstacles=self.clone_obstacles)
        obstacles = [*lost, *self.clone_obstacles]
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
            elsewhere=self._elsewhere(files.records),
            obstacles=files.obstacles,
        )

    @cached_property
    def _verified(self) -> Folders | None:
        commit = self.reader.get(VERIFIED_REF)
        if commit is None or commit.type != "commit":
            return None
        return self._folders if commit.id == self.location.commit else Folders(self.reader, commit.id)

    @cached_property
    def _known_keys(self) -> frozenset[str]:
        return self.chain.known_keys()

    @cached_property
    def clone_obstacles(self) -> tuple[Obstacle, ...]:
        """What keeps this clone from knowing every record, whichever model version is asked for."""
        return clone_obstacles(self.repository, self.location)

    def lost(self, folder: str, entries: tuple[TreeEntry, ...], limit: int = RECORD_LIMIT) -> tuple[str, ...]:
        """Return the paths of the records of a folder that this clone has verified and that are gone or changed.

        Args:
            entries: what the folder holds now.
        """
        if self._verified is self._folders:
            return ()
        verified = self.verified_entries(folder)
        if verified == entries:
            return ()
        here = set(entries)
        gone = {entry.name.removesuffix(_SIGNATURE) for entry in verified if entry not in here}
        if not gone:
            return ()
        suspects = tuple(entry for entry in verified if entry.name.removesuffix(_SIGNATURE) in gone)
        files = pair_up(self.reader, folder, suspects, limit)
        return tuple(file.path for file in files if self._was_record(file))

    def _was_record(self, file: FileOfRecord | Foreign) -> bool:
        """Tell whether a file was a record, as far as can be told: foreign files may be removed (rule 1)."""
        if isinstance(file, FileOfRecord):
            found = self._authenticator.authenticate(file, self._known_keys)
            return isinstance(found, Signed) or found.newer
        return file.lacking

    def _elsewhere(self, records: tuple[SignedVersionRecord, ...]) -> frozenset[str]:
        """Return the ids that records name as last of their target, live under another version, and are there."""
        wanted: dict[str, set[str]] = {}
        for signed in records:
            record = signed.record
            if isinstance(record, TargetEntry) and record.previous and record.previous.version != record.version:
                wanted.setdefault(version_folder(record.model, record.previous.version), set()).add(record.previous.id)
        found: set[str] = set()
        for folder, ids in wanted.items():
            entries = [e for e in self.entries(folder) or () if id_in_name(e.name.decode("utf-8", "replace")) in ids]
            contents = self.reader.get_many((entry.id for entry in entries), limit=RECORD_LIMIT)
            found.update(record_id(content.data) for content in contents if content is not None)
        return frozenset(found)


def _ledger_branch(chain: PolicyChain) -> str:
    """Return the branch that the policies name; where they fork, any head's will do: no answer comes of it."""
    return chain.policy((*chain.heads(), chain.root)[0]).ledger_branch
