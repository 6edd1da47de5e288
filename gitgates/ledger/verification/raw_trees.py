"""Findings about tree objects as a push can bring them, which no git command makes."""

from collections import Counter
from collections.abc import Iterator

from gitgates.ledger.folders import Layers
from gitgates.ledger.verification.findings import Finding, error, warning
from gitgates.model.paths import LEDGER_FOLDER
from gitgates.store.trees import TreeEntry, is_in_order

_REWRITE = (
    "Write the trees anew on the ledger branch: `git read-tree --empty`, `git add -f .quality-gates` and all else that "
    "belongs there, then commit"
)
_NEVER = frozenset([b"", b".", b"..", b".git"])


def tree_findings(folder: str, layers: Layers) -> Iterator[Finding]:
    """Yield what is malformed in the tree of a folder, in each of the ledger's tips.

    All that it holds is read all the same. Only a folder that is there twice affects decisions: other programs see one
    of both, and so other records.
    """
    found = (finding for entries in layers for finding in _tree_findings(folder, entries or ()))
    yield from dict.fromkeys(found)


def _tree_findings(folder: str, entries: tuple[TreeEntry, ...]) -> Iterator[Finding]:
    if not entries:
        return
    if not is_in_order(entries):
        yield warning(folder, "tree", "its entries are out of order or there twice: git may not find all", _REWRITE)
    for name, count in sorted(Counter(entry.name for entry in entries).items()):
        path = f"{folder}/{_shown(name)}"
        if count > 1:
            tell = error if any(entry.is_folder for entry in entries if entry.name == name) else warning
            yield tell(path, "tree", f"the name is there {count} times; programs differ in what they read", _REWRITE)
        if name.lower() in _NEVER or b"/" in name:
            yield warning(path, "tree", "no file can have this name; it cannot be checked out", _REWRITE)
        elif name != _shown(name).encode("utf-8"):
            yield warning(path, "tree", "the name is not UTF-8", _REWRITE)


def top_findings(entries: tuple[TreeEntry, ...]) -> Iterator[Finding]:
    """Yield what is malformed in the top folder, as far as it touches the ledger folder."""
    ledger = LEDGER_FOLDER.encode()
    near = tuple(entry for entry in entries if entry.name.lower().partition(b"/")[0] == ledger)
    yield from (
        Finding(one.severity, one.path.removeprefix("/"), one.code, one.text, one.remedy, one.affects_decision)
        for one in _tree_findings("", near)
    )
    if not is_in_order(entries):
        yield warning("", "tree", "the entries of the top folder are out of order or there twice", _REWRITE)
    for entry in near:
        if entry.name != ledger and b"/" not in entry.name:
            path = _shown(entry.name)
            text = f"differs from {LEDGER_FOLDER} by case alone; some file systems mix both"
            yield warning(path, "collision", text, "Rename it with `git mv` on the ledger branch and commit")


def _shown(name: bytes) -> str:
    return name.decode("utf-8", "replace")
