"""Whether a branch of this clone has nothing but records that a remote has too."""

from gitgates.ledger.policy_files import POLICY_FILE, SIGNERS_FILE
from gitgates.ledger.reading import Ledger
from gitgates.ledger.sync.unshared import Mine
from gitgates.model.paths import LEDGER_FOLDER
from gitgates.store.comparing import differences, only_touch
from gitgates.store.pack import object_id


def brings_only(ledger: Ledger, theirs: str, ours: str, mine: Mine) -> bool:
    """Tell whether all that the commits of `ours` bring to `theirs` is in `mine`, so that without them nothing is lost.

    Code that is not pushed yet, an edit of the policy's text or a file that is no record keeps the branch where it is.
    """
    if not only_touch(ledger.repository, theirs, ours, LEDGER_FOLDER):
        return False
    texts, files = _texts(ledger, theirs, ours, mine), mine.files
    for one in differences(ledger.repository, theirs, ours, LEDGER_FOLDER):
        if one.after is None:  # theirs alone has it, and keeps it
            continue
        path = f"{one.folder}/{one.after.name.decode('utf-8', 'surrogateescape')}"
        if one.after.id not in texts.get(path, {files.get(path)}):
            return False
    return True


def _texts(ledger: Ledger, theirs: str, ours: str, mine: Mine) -> dict[str, set[str]]:
    """Return the blobs of both texts that are no edit of the user's.

    Those are the texts of the policies in force, those that came with a policy of `mine`, and those that the two sides
    began with. An older policy's is an edit: somebody wants it back.
    """
    ids = {*ledger.chain.heads(), *(one.id for one in mine.records)}
    records = [signed.record for signed in ledger.chain.accepted.values() if signed.id in ids]
    both = {
        POLICY_FILE: [record.policy_toml for record in records],
        SIGNERS_FILE: [record.allowed_signers for record in records],
    }
    kind = ledger.repository.object_format
    blobs = {path: {object_id(kind, "blob", text.encode()) for text in texts} for path, texts in both.items()}
    bases = ledger.repository.git("merge-base", "--all", theirs, ours, ok_codes=(0, 1)).decode("ascii").split()
    for base in bases:
        for path in both:
            entry = ledger.reader.get(f"{base}:{path}", limit=0)
            if entry is not None:
                blobs[path].add(entry.id)
    return blobs
