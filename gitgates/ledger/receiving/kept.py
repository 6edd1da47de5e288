"""Every record that was there must still be there, with the same bytes and the same signature."""

from collections.abc import Iterator, Mapping, Sequence

from gitgates.codec.records import RecordCodec
from gitgates.ledger.continuity import lost_records
from gitgates.ledger.files import POLICY_LIMIT, RECORD_LIMIT, Authenticator, FileOfRecord
from gitgates.ledger.past import by_its_author
from gitgates.ledger.policies import SEAL_SUFFIX
from gitgates.ledger.reading import Ledger
from gitgates.ledger.receiving.changes import RefChange, Refusal
from gitgates.ledger.receiving.trees import ChangedFolder
from gitgates.model.paths import MODELS_FOLDER, POLICY_FOLDER, id_in_name, seal_path
from gitgates.store.history import Removal, removals
from gitgates.store.repository import Repository
from gitgates.store.trees import TreeEntry
from gitgates.trust.verify import Verifier

BRING_BACK = "Bring it back with the same bytes: `gitgates doctor --restore`, or rewrite the commits"
Removed = Mapping[str, tuple[Removal, ...]]


def removed_on_the_way(repository: Repository, since: Sequence[str], commit: str) -> Removed:
    """Return what the commits up to `commit` and not in `since` deleted or changed in the ledger, by folder.

    A merge counts as deleting what any of its parents had and it has not.
    """
    found: dict[str, tuple[Removal, ...]] = {}
    for removal in removals(repository, since, (commit,), (POLICY_FOLDER, MODELS_FOLDER)):
        found[removal.folder] = (*found.get(removal.folder, ()), removal)
    return found


class Kept:
    """Compares what was there with what shall be there."""

    def __init__(self, change: RefChange, after: Ledger, before: Sequence[Ledger]) -> None:
        """Take the ledger as it shall be, and as it is; several where it moves to another branch."""
        self._change = change
        self._after = after
        self._before = before
        # What nobody ever read here may be annulled and taken out again before it arrives; what is here stays.
        self._may_go = after.chain.annulled()
        known = (ledger.chain.known_signers() for ledger in (after, *before))
        self._known_signers = frozenset[tuple[str, str]]().union(*known)
        self._known_keys = frozenset(key for _, key in self._known_signers)
        self._authenticator = Authenticator(Verifier(), RecordCodec())

    def refusals(self, changed: Sequence[ChangedFolder], on_the_way: Removed) -> Iterator[Refusal]:
        """Yield a refusal for each record that is gone or changed."""
        folders = [folder.path for folder in changed if folder.removed]
        for folder in sorted({*folders, *on_the_way}):
            yield from self._in_folder(folder, on_the_way.get(folder, ()))
        yield from self._seals()

    def _in_folder(self, folder: str, on_the_way: tuple[Removal, ...]) -> Iterator[Refusal]:
        now = self._after.entries(folder) or ()
        here = set(now)
        there: dict[TreeEntry, str] = {
            entry: "" for ledger in self._before for entry in ledger.entries(folder) or () if entry not in here
        }
        stems = {entry.name.removesuffix(b".sig") for entry in there}
        passing = [
            (removal.entry, removal.commit)
            for removal in on_the_way
            if removal.entry in there
            or removal.entry.name.removesuffix(b".sig") in stems
            or self._counted(removal.entry.name)
        ]
        limit = POLICY_LIMIT if folder == POLICY_FOLDER else RECORD_LIMIT
        was_there = [*passing, *there.items()]
        lost = lost_records(self._after.reader, folder, was_there, now, self._was_record, limit)
        for one in lost:
            how = f", by the commit {one.commit[:12]}" if one.commit else ""
            yield self._change.refused(one.path, f"this record would be deleted or changed{how}", BRING_BACK)

    def _counted(self, name: bytes) -> bool:
        """Tell whether a file that came and went on the way was not annulled."""
        return id_in_name(name.decode("utf-8", "replace").removesuffix(".sig")) not in self._may_go

    def _was_record(self, file: FileOfRecord, _: tuple[FileOfRecord, ...]) -> bool:
        """Tell whether a file was a record: by its author's signature, since the true one may replace another's."""
        return by_its_author(self._authenticator.authenticate(file, self._known_keys), self._known_signers)

    def _seals(self) -> Iterator[Refusal]:
        """Yield the seals that are gone and that a policy names: without one, all answers stop."""
        named = {signed.record.seal for signed in self._after.policies.signed}
        there = set(self._after.entries(POLICY_FOLDER) or ())
        for ledger in self._before:
            for entry in ledger.entries(POLICY_FOLDER) or ():
                name = entry.name.decode("utf-8", "replace")
                digest = name.removesuffix(SEAL_SUFFIX)
                if entry not in there and name.endswith(SEAL_SUFFIX) and digest in named:
                    text = "this seal would be deleted or changed, and a policy names it"
                    yield self._change.refused(seal_path(digest), text, BRING_BACK)
