"""Adding files to a tree: only the trees on their way are read and made anew."""

from collections.abc import Iterable, Mapping, Set
from typing import TYPE_CHECKING

from gitgates.errors import StoreError
from gitgates.model.frozen import frozen
from gitgates.store.objects import ObjectReader
from gitgates.store.trees import FILE, FOLDER, TreeEntry, find_entry, find_other_case, splice_entries

if TYPE_CHECKING:
    from gitgates.store.pack import ObjectBatch

_FORBIDDEN = frozenset(["", ".", "..", ".git"])


@frozen
class StoredBlob:
    """The content of a file that is in the repository already, named by its id: it need not be read."""

    id: str


Content = bytes | StoredBlob


def grow(
    reader: ObjectReader, batch: "ObjectBatch", tree: str | None, files: Mapping[str, Content], replace: Set[str]
) -> str | None:
    """Return the id of the tree `tree` with `files` in it; None where there was no tree and nothing to add.

    Args:
        batch: takes the new objects; `tree` may be one of them.
        replace: the paths at which there may be anything else now: other bytes, a link, a folder, a file for a folder.

    Raises:
        StoreError: a file exists with other bytes, a folder is in the way or missing as such, a new name differs from
            a neighbour's by case alone, a path is none; or a tree cannot be read.
    """
    grower = _Grower(reader, batch, replace)
    return grower.folder("", tree, [(_parts(path), content) for path, content in files.items()])


def _parts(path: str) -> tuple[str, ...]:
    parts = tuple(path.split("/"))
    if any(part.lower() in _FORBIDDEN or "\0" in part or "\\" in part for part in parts):
        raise StoreError(f"{path!r} is not a path that can be stored")
    return parts


class _Grower:
    """One walk down the folders that get files."""

    def __init__(self, reader: ObjectReader, batch: "ObjectBatch", replace: Set[str]) -> None:
        self._reader = reader
        self._batch = batch
        self._replace = replace

    def folder(self, at: str, tree: str | None, files: Iterable[tuple[tuple[str, ...], Content]]) -> str | None:
        """Return the id of the tree `tree`, which is the folder `at`, with files at paths below it."""
        data = self._batch.tree_data(self._reader, tree)
        here: dict[str, Content] = {}
        below: dict[str, list[tuple[tuple[str, ...], Content]]] = {}
        for (name, *rest), content in files:
            if rest:
                below.setdefault(name, []).append((tuple(rest), content))
            else:
                here[name] = content
        _refuse_twins([*here, *below], at)
        changed = [self._file(at + name, name, data, content) for name, content in here.items()]
        changed += [self._subfolder(at + name, name, data, inner) for name, inner in below.items()]
        entries = [entry for entry in changed if entry is not None]
        return self._batch.tree(splice_entries(data, entries)) if entries else tree

    def _file(self, path: str, name: str, data: bytes, content: Content) -> TreeEntry | None:
        blob = content.id if isinstance(content, StoredBlob) else self._batch.blob(content)
        old = self._entry(path, name, data)
        if old is not None and (old.mode, old.id) == (FILE, blob):
            return None
        if old is not None and path not in self._replace:
            raise StoreError(f"{path} exists with other content", remedy="Run `gitgates verify` to see what is there")
        return TreeEntry(FILE, name.encode("utf-8"), blob)

    def _subfolder(
        self, path: str, name: str, data: bytes, files: list[tuple[tuple[str, ...], Content]]
    ) -> TreeEntry | None:
        old = self._entry(path, name, data)
        if old is not None and not old.is_folder and path not in self._replace:
            raise StoreError(f"{path} is not a folder in the branch", remedy="Move it to another name and commit that")
        before = old.id if old is not None and old.is_folder else None
        after = self.folder(f"{path}/", before, files)
        return None if after == before or after is None else TreeEntry(FOLDER, name.encode("utf-8"), after)

    def _entry(self, path: str, name: str, data: bytes) -> TreeEntry | None:
        raw = name.encode("utf-8")
        old = find_entry(data, raw, self._batch.id_bytes)
        if old is None:
            other = find_other_case(data, raw, self._batch.id_bytes)
            if other is not None:
                raise _twins(path, other.decode("utf-8", "replace"))
        return old


def _refuse_twins(names: list[str], at: str) -> None:
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(name.lower(), name)
        if other != name:
            raise _twins(at + name, other)


def _twins(path: str, other: str) -> StoreError:
    return StoreError(
        f"{path} differs from {other!r} beside it by case alone, and some file systems hold only one of them",
        remedy="Choose another name, or the existing spelling",
    )
