"""Findings about files: what is foreign, what is in the wrong place, what names are not the spelling of a name."""

from collections.abc import Iterator

from gitgates.errors import InvalidValue
from gitgates.ledger.continuity import Lost
from gitgates.ledger.files import REGULAR, Foreign
from gitgates.ledger.index import anchor_bytes
from gitgates.ledger.obstacles import RESTORE
from gitgates.ledger.reading import Ledger
from gitgates.ledger.verification.findings import Finding, error, warning
from gitgates.ledger.verification.raw_trees import top_findings, tree_findings
from gitgates.model.names import ModelVersion, check_name
from gitgates.model.paths import (
    ANCHOR_NAME,
    LEDGER_FOLDER,
    MODELS_FOLDER,
    POLICY_FOLDER,
    decode_component,
    version_folder,
)
from gitgates.store.pack import object_id
from gitgates.store.trees import TreeEntry

_FILES = frozenset([b"README.md", b".gitattributes", b".gitignore", b"policy.toml", b"allowed_signers"])
_FOLDERS = frozenset([b"policy", b"models"])
_REMOVE = "It has no effect. Remove it with `git rm` on the ledger branch and commit"


def foreign_finding(file: Foreign) -> Finding:
    """Return the finding for a file that is no record."""
    if file.newer:
        return error(file.path, "newer-format", file.reason, "Upgrade gitgates")
    if file.lacking:
        return error(file.path, "unreadable", file.reason, "Run `git fetch --refetch --no-filter`")
    return warning(file.path, "foreign", f"foreign file: {file.reason}", _REMOVE)


def lost_findings(lost: tuple[Lost, ...]) -> Iterator[Finding]:
    """Yield a finding for each record that was there and is gone or changed."""
    for one in lost:
        how = f"the commit {one.commit} deleted or changed it" if one.commit else "this clone has verified it"
        yield error(one.path, "deleted", f"this record is gone or changed: {how}", RESTORE)


def layout_findings(ledger: Ledger) -> Iterator[Finding]:
    """Yield what is in the ledger folder and in `models/` and does not belong there, and which trees are malformed."""
    for entries in ledger.layers(""):
        yield from top_findings(entries or ())
    for folder in (LEDGER_FOLDER, POLICY_FOLDER, MODELS_FOLDER):
        yield from tree_findings(folder, ledger.layers(folder))
    for entry in ledger.entries(LEDGER_FOLDER) or ():
        expected = entry.is_folder if entry.name in _FOLDERS else entry.name in _FILES and entry.mode == REGULAR
        if not expected:
            yield warning(
                f"{LEDGER_FOLDER}/{_shown(entry)}", "foreign", f"it does not belong here{_mode(entry)}", _REMOVE
            )
    yield from folder_findings(MODELS_FOLDER, ledger.entries(MODELS_FOLDER) or (), "model name")


def folder_findings(folder: str, entries: tuple[TreeEntry, ...], what: str) -> Iterator[Finding]:
    """Yield the entries of a folder that are no folder named by a model or version, and names that collide."""
    seen: dict[str, str] = {}
    for entry in entries:
        name = _shown(entry)
        path = f"{folder}/{name}"
        if not entry.is_folder:
            yield warning(path, "foreign", f"only folders belong here{_mode(entry)}", _REMOVE)
            continue
        try:
            check_name(decode_component(name), what)
        except InvalidValue as problem:
            yield warning(path, "name", f"no {what}: {problem.bare_message}", _REMOVE)
            continue
        other = seen.setdefault(name.lower(), name)
        if other != name:
            yield warning(
                path, "collision", f"differs from {other} by case alone", "Use a clone on a case-sensitive disk"
            )


def anchor_finding(ledger: Ledger, name: ModelVersion, entries: tuple[TreeEntry, ...]) -> Finding | None:
    """Return the finding for an anchor that is absent or not the one of its model version."""
    path = f"{version_folder(name.model, name.version)}/{ANCHOR_NAME}"
    wanted = object_id(ledger.repository.object_format, "blob", anchor_bytes(name.model, name.version))
    raw = ANCHOR_NAME.encode()
    found = next((entry for entry in entries if entry.name == raw), None)
    if found is None:
        return warning(
            path, "anchor", "the anchor is missing, so git cannot show its notes", "The next record brings it back"
        )
    if (found.mode, found.id) != (REGULAR, wanted):
        text = f"it is not the anchor of {name}"
        return warning(path, "anchor", text, "Remove it with `git rm` and commit; the next record brings it back")
    return None


def _shown(entry: TreeEntry) -> str:
    return entry.name.decode("utf-8", "replace")


def _mode(entry: TreeEntry) -> str:
    return "" if entry.mode == REGULAR else f" (mode {entry.mode.decode('ascii', 'replace')})"
