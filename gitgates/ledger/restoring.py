"""The two loud ways out where records are gone: bring them back, or accept that they are gone."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from gitgates.errors import CannotDecide, NoLedger, StoreError
from gitgates.ledger.continuity import Lost
from gitgates.ledger.files import POLICY_LIMIT, RECORD_LIMIT
from gitgates.ledger.freshness import forget_refusals
from gitgates.ledger.locate import ALSO_VERIFIED, FETCHED, REFUSED, VERIFIED_REF, Location
from gitgates.ledger.marks import marked
from gitgates.ledger.opening import ledger_branch, load_policies
from gitgates.ledger.pin import find_pin
from gitgates.ledger.policies import SEAL_SUFFIX
from gitgates.ledger.reading import Ledger
from gitgates.ledger.verified import keep_as_verified
from gitgates.ledger.writing import append_change
from gitgates.model.paths import MODELS_FOLDER, POLICY_FOLDER, SIGNATURE_SUFFIX
from gitgates.store.append import Appended, Change
from gitgates.store.objects import ObjectReader
from gitgates.store.refs import RefUpdate, update_refs
from gitgates.store.repository import Repository

_BY = "gitgates doctor"


def open_for_repair(path: str | None, *, root: str | None, environ: Mapping[str, str]) -> Ledger:
    """Open the ledger as `Ledger.open` does; where its policies are gone, by those that this clone verified last.

    Raises:
        NoLedger, CannotDecide: it cannot be opened, and this clone verified nothing that could help.
    """
    try:
        return Ledger.open(path, root=root, environ=environ)
    except (CannotDecide, NoLedger):
        repaired = _open_by_verified(path, root, environ)
        if repaired is None:
            raise
        return repaired


def _open_by_verified(path: str | None, root: str | None, environ: Mapping[str, str]) -> Ledger | None:
    repository = Repository.open(path)
    reader = ObjectReader(repository)
    try:
        kept = repository.refs(VERIFIED_REF, ALSO_VERIFIED).values()
        verified = tuple(dict.fromkeys((*kept, *marked(repository, reader)[0])))
        if verified:
            pin = find_pin(repository, root, environ)
            chosen, policies = load_policies(repository, reader, pin, verified)
            branch = ledger_branch(policies.chain)
            tip = repository.refs(branch).get(branch)
            if tip is not None:
                return Ledger(repository, reader, Location(branch, tip, verified=verified), chosen, pin, policies)
        reader.close()
    except BaseException:
        reader.close()
        raise
    return None


def find_lost(ledger: Ledger) -> tuple[Lost, ...]:
    """Return every record and seal that was in the ledger, as far as this clone knows, and is gone or changed.

    Raises:
        StoreError: the history cannot be read.
        CannotDecide: a tree cannot be read.
    """
    return tuple(sorted(_lost(ledger), key=lambda lost: lost.path))


def _lost(ledger: Ledger) -> Iterator[Lost]:
    yield from ledger.lost(POLICY_FOLDER, ledger.entries(POLICY_FOLDER) or (), POLICY_LIMIT)
    yield from _lost_seals(ledger)
    folders = {folder for folder in ledger.removals.everywhere() if folder.startswith(f"{MODELS_FOLDER}/")}
    for model in _folders(ledger, MODELS_FOLDER):
        folders.update(_folders(ledger, model))
    for folder in sorted(folders):
        yield from ledger.lost(folder, ledger.entries(folder) or (), RECORD_LIMIT)


def _folders(ledger: Ledger, above: str) -> set[str]:
    names = {entry.name.decode("utf-8", "replace") for entry in ledger.verified_entries(above) if entry.is_folder}
    return {f"{above}/{name}" for name in names}


def _lost_seals(ledger: Ledger) -> Iterator[Lost]:
    """Yield the seals that accepted policies name, that are not there, and that once were."""
    named = {signed.record.seal for signed in ledger.chain.accepted.values()} - {None}
    here = set(ledger.entries(POLICY_FOLDER) or ())
    before = [*ledger.verified_entries(POLICY_FOLDER), *(one.entry for one in ledger.removals.of(POLICY_FOLDER))]
    found: dict[str, Lost] = {}
    for entry in before:
        name = entry.name.decode("utf-8", "replace")
        if name.endswith(SEAL_SUFFIX) and name.removesuffix(SEAL_SUFFIX) in named and entry not in here:
            found.setdefault(name, Lost(f"{POLICY_FOLDER}/{name}", entry.id, None))
    yield from found.values()


def restore(ledger: Ledger, lost: tuple[Lost, ...], now: datetime) -> Appended:
    """Bring records back with the bytes that they had, in one commit on the ledger branch.

    Raises:
        StoreError: this clone lacks the bytes of one of them, or what stands in their place is no plain file.
    """
    files: dict[str, bytes] = {}
    for one in lost:
        if one.record is None:
            raise StoreError(
                f"{one.path}: its bytes are not in this clone",
                remedy="Run `git fetch --refetch --no-filter`, and try again",
            )
        files[one.path] = ledger.reader.require(one.record, "blob").data
        if one.signature is not None:
            files[one.path + SIGNATURE_SUFFIX] = ledger.reader.require(one.signature, "blob").data
    message = f"gates: restore {len(lost)} record(s)\n\n" + "".join(f"Gates-Restored: {one.path}\n" for one in lost)
    change = Change(files, message, replace=frozenset(files))
    return append_change(ledger.location, ledger.repository, change, _BY, now)


def accept_rewind(ledger: Ledger) -> tuple[str, ...]:
    """Forget what this clone verified, fetched and refused: the ledger as it is now takes its place.

    From now on later deletions are measured by the tip; what it lacks is no longer missed by this clone, unless a
    record that is there names it.

    Returns:
        The commits that were verified.

    Raises:
        RefMoved: somebody else verified meanwhile.
    """
    repository = ledger.repository
    fetched = [RefUpdate(ref, None, commit) for ref, commit in repository.refs(FETCHED, REFUSED).items()]
    update_refs(repository, fetched, "gitgates: rewind accepted")
    forget_refusals(repository)
    return keep_as_verified(ledger, "gitgates: rewind accepted")
