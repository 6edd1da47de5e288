"""New entries of the ledger's trees: only files and folders that belong there, with the one mode that counts."""

from collections.abc import Iterator

from gitgates.errors import InvalidValue
from gitgates.ledger.files import REGULAR
from gitgates.ledger.index import anchor_bytes
from gitgates.ledger.receiving.changes import RefChange, Refusal
from gitgates.ledger.receiving.trees import ChangedFolder
from gitgates.model.names import ModelVersion, check_name
from gitgates.model.paths import ANCHOR_NAME, LEDGER_FOLDER, MODELS_FOLDER, POLICY_FOLDER, decode_component
from gitgates.store.pack import object_id
from gitgates.store.trees import FOLDER, TreeEntry, is_in_order

PEOPLE_FILES = frozenset([b"policy.toml", b"allowed_signers"])
_OTHER_FILES = frozenset([b"README.md", b".gitattributes", b".gitignore"])
_FOLDERS = frozenset([POLICY_FOLDER.rpartition("/")[2].encode(), MODELS_FOLDER.rpartition("/")[2].encode()])
TAKE_OUT = "Take it out of what you push: rewrite the commits that are not pushed yet, e.g. with `git rebase -i`"
_REWRITE = "Write the trees anew: `git read-tree --empty`, `git add -f` what belongs there, and commit"


def refuse_top(change: RefChange, near: tuple[TreeEntry, ...], in_order: bool) -> Iterator[Refusal]:
    """Yield what is wrong in the top folder as far as it touches the ledger.

    Args:
        near: the entries that are the ledger's folder, or could be taken for it.
        in_order: whether all entries of the top folder stand in git's order, none twice.
    """
    if not in_order:
        yield change.refused("", "the entries of the top folder are out of order or there twice", _REWRITE)
    for entry in near:
        if entry.name != LEDGER_FOLDER.encode():
            text = f"some programs take this for {LEDGER_FOLDER}"
            yield change.refused(_shown(entry.name), text, "Rename it, and rewrite the commits that are not pushed yet")
        elif entry.mode != FOLDER:
            yield change.refused(LEDGER_FOLDER, f"it must be a folder{_mode(entry)}", TAKE_OUT)


def refuse_code(change: RefChange, top: tuple[TreeEntry, ...]) -> Iterator[Refusal]:
    """Yield what does not belong on a branch that held the ledger alone until now."""
    for entry in top:
        if entry.name != LEDGER_FOLDER.encode():
            yield change.refused(_shown(entry.name), "this branch holds the ledger alone", TAKE_OUT)


def refuse_entries(change: RefChange, folder: ChangedFolder, object_format: str) -> Iterator[Refusal]:
    """Yield what is wrong with the new entries of a folder, whatever the files hold."""
    if not is_in_order(folder.entries):
        yield change.refused(folder.path, "its entries are out of order or there twice", _REWRITE)
    lowered: dict[str, set[bytes]] = {}
    for entry in folder.entries:
        lowered.setdefault(_shown(entry.name).lower(), set()).add(entry.name)
    for entry in folder.added:
        path = f"{folder.path}/{_shown(entry.name)}"
        others = sorted(lowered[_shown(entry.name).lower()] - {entry.name})
        if others:
            text = f"it differs from {_shown(others[0])} by case alone"
            yield change.refused(path, text, f"Some file systems mix both. {TAKE_OUT}")
        problem = problem_of(folder.path, entry, object_format)
        if problem:
            yield change.refused(path, problem, TAKE_OUT)


def problem_of(folder: str, entry: TreeEntry, object_format: str) -> str:
    """Return why an entry does not belong in a folder, "" where it does as far as name and mode tell."""
    if folder == LEDGER_FOLDER:
        expected = FOLDER if entry.name in _FOLDERS else REGULAR if entry.name in PEOPLE_FILES | _OTHER_FILES else None
    elif folder == POLICY_FOLDER or folder.count("/") == 3:
        expected = REGULAR
    else:
        expected = FOLDER
        what = "model name" if folder == MODELS_FOLDER else "model version"
        try:
            check_name(decode_component(_shown(entry.name)), what)
        except InvalidValue as error:
            return f"no {what}: {error.bare_message}"
    if expected is None:
        return "no such file belongs in a ledger"
    if entry.mode != expected:
        return f"only {'folders' if expected == FOLDER else 'plain files'} belong here{_mode(entry)}"
    if entry.name == ANCHOR_NAME.encode() and folder.count("/") == 3:
        name = version_of(folder)
        if name and entry.id != object_id(object_format, "blob", anchor_bytes(name.model, name.version)):
            return f"it is not the anchor of {name}"
    return ""


def version_of(folder: str) -> ModelVersion | None:
    """Return the model version whose records are in a folder, None where it is no such folder."""
    parts = folder.split("/")
    if len(parts) != 4 or not folder.startswith(f"{MODELS_FOLDER}/"):
        return None
    try:
        return ModelVersion(decode_component(parts[2]), decode_component(parts[3]))
    except InvalidValue:
        return None


def _shown(name: bytes) -> str:
    return name.decode("utf-8", "replace")


def _mode(entry: TreeEntry) -> str:
    return f", this has the mode {entry.mode.decode('ascii', 'replace')}"
