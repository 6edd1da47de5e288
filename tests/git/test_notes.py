"""Notes trees, held against git's own notes commands."""

import hashlib
from pathlib import Path

import pytest

from gitgates.errors import StoreError
from gitgates.store.notes import find_note, merge_lines, put_notes
from gitgates.store.objects import ObjectReader
from gitgates.store.pack import ObjectBatch
from gitgates.store.refs import RefUpdate, update_refs
from gitgates.store.repository import Identity, Repository
from gitgates.store.trees import FILE, FOLDER, TreeEntry, splice_entries
from tests.support import RepositoryFactory, git, run

REF = "refs/notes/gates/veran"
WHO = Identity("a", "a@example.com")


def ids(count: int, sha256: bool = False) -> list[str]:
    return [hashlib.sha256(b"%d" % number).hexdigest()[: 64 if sha256 else 40] for number in range(count)]


def put(repo: Repository, notes: dict[str, bytes]) -> str:
    """Put notes under REF and return the id of the tree."""
    with ObjectReader(repo) as reader:
        old = reader.get(REF)
        tree = reader.get(f"{REF}^{{tree}}")
        batch = ObjectBatch(repo.object_format)
        new = put_notes(reader, batch, tree.id if tree else None, notes)
        commit = batch.commit(new, (old.id,) if old else (), "index", WHO, 0)
        batch.write(repo)
        update_refs(repo, [RefUpdate(REF, commit, old.id if old else None)])
        return new


def check(repo: Repository, path: Path, expected: dict[str, bytes]) -> None:
    """Hold every note against git's list, and some against `git notes show`."""
    listed = dict(line.split()[::-1] for line in git(path, "notes", "--ref", REF, "list").splitlines())
    assert set(listed) == set(expected)
    with ObjectReader(repo) as reader:
        tree = reader.get(f"{REF}^{{tree}}")
        assert tree is not None
        for object_id, data in expected.items():
            assert find_note(reader, tree.id, object_id) == data
            assert reader.require(listed[object_id]).data == data
        assert find_note(reader, tree.id, "f" * len(tree.id)) is None
    git(path, "fsck", "--strict")


def fanned(batch: ObjectBatch, notes: dict[str, bytes], levels: int) -> str:
    """Return a notes tree with `levels` levels of folders."""
    if levels == 0:
        return batch.tree(splice_entries(b"", [TreeEntry(FILE, k.encode(), batch.blob(v)) for k, v in notes.items()]))
    groups: dict[str, dict[str, bytes]] = {}
    for name, data in notes.items():
        groups.setdefault(name[:2], {})[name[2:]] = data
    below = [TreeEntry(FOLDER, name.encode(), fanned(batch, inner, levels - 1)) for name, inner in groups.items()]
    return batch.tree(splice_entries(b"", below))


@pytest.mark.parametrize("sha256", [False, True])
def test_new_notes_are_found_by_git(repository: RepositoryFactory, sha256: bool) -> None:
    path = repository(sha256=sha256)
    repo = Repository.open(str(path))
    notes = {name: name.encode() for name in ids(40, sha256)}
    for name in list(notes)[:3]:
        put(repo, {name: b"first"})
    put(repo, notes)
    check(repo, path, notes)
    name = next(iter(notes))
    listed = run("git", "ls-tree", "-r", "--name-only", REF, cwd=path).out.split()
    assert f"{name[:2]}/{name[2:]}" in listed


@pytest.mark.parametrize("levels", [0, 1, 2, 3])
def test_each_fan_out_is_kept_and_added_to(repository: RepositoryFactory, levels: int) -> None:
    path = repository()
    repo = Repository.open(str(path))
    all_ids = ids(600)
    notes = {name: b"old " + name.encode() for name in all_ids[:500]}
    batch = ObjectBatch(repo.object_format)
    tree = fanned(batch, notes, levels)
    commit = batch.commit(tree, (), "index", WHO, 0)
    batch.write(repo)
    update_refs(repo, [RefUpdate(REF, commit, None)])
    before = set(git(path, "ls-tree", "-r", "--name-only", REF).split())
    new = {name: b"new " + name.encode() for name in all_ids[480:]}
    put(repo, new)
    check(repo, path, notes | new)
    assert before < set(git(path, "ls-tree", "-r", "--name-only", REF).split())
    assert put(repo, new) == put(repo, {})


def test_thousands_of_notes_made_by_git(repository: RepositoryFactory) -> None:
    """`git fast-import` makes notes with the fan-out that git itself chooses for their number."""
    path = repository()
    repo = Repository.open(str(path))
    names = made_commits(path, 3000)
    lines = [f"commit {REF}\ncommitter a <a@b> 0 +0000\ndata 1\nx\n"]
    lines += [f"N inline {name}\ndata {len(name)}\n{name}\n" for name in names]
    run("git", "fast-import", "--quiet", cwd=path, stdin="".join(lines))
    notes = {name: name.encode() for name in names}
    assert "/" in git(path, "ls-tree", "-r", "--name-only", REF).split()[0]
    check(repo, path, notes)
    new = dict.fromkeys(names[:50], b"again") | dict.fromkeys(ids(50), b"more")
    put(repo, new)
    check(repo, path, notes | new)
    git(path, "notes", "--ref", REF, "add", "-f", "-m", "by git", "HEAD")  # git rewrites the fan-out now
    head = git(path, "rev-parse", "HEAD")
    check(repo, path, notes | new | {head: b"by git\n"})


def made_commits(path: Path, count: int) -> list[str]:
    made = [f"commit refs/heads/many\ncommitter a <a@b> {n} +0000\ndata 1\nx\n" for n in range(count)]
    run("git", "fast-import", "--quiet", cwd=path, stdin="".join(made))
    return git(path, "rev-list", "many").split()


def test_a_note_on_two_levels_is_read_whole(repository: RepositoryFactory) -> None:
    repo = Repository.open(str(repository()))
    (name,) = ids(1)
    batch = ObjectBatch(repo.object_format)
    inner = batch.tree(splice_entries(b"", [TreeEntry(FILE, name[2:].encode(), batch.blob(b"b\n"))]))
    both = [TreeEntry(FILE, name.encode(), batch.blob(b"a\n")), TreeEntry(FOLDER, name[:2].encode(), inner)]
    tree = batch.tree(splice_entries(b"", both))
    batch.write(repo)
    with ObjectReader(repo) as reader:
        assert merge_lines(find_note(reader, tree, name), ()) == b"a\nb\n"


def test_a_tree_that_is_none_is_refused(repository: RepositoryFactory) -> None:
    repo = Repository.open(str(repository()))
    with ObjectReader(repo) as reader, pytest.raises(StoreError):
        find_note(reader, "f" * 40, "a" * 40)


def test_lines_merge_sorted_and_once() -> None:
    assert merge_lines(None, ["b", "a"]) == b"a\nb\n"
    assert merge_lines(b"c\n\na", ["b", "a", "ä"]) == "a\nb\nc\nä\n".encode()
    assert merge_lines(b"", []) == b""


def test_merging_two_indexes_with_git(repository: RepositoryFactory) -> None:
    path = repository()
    repo = Repository.open(str(path))
    head = git(path, "rev-parse", "HEAD")
    put(repo, {head: b"a\nc\n"})
    git(path, "update-ref", "refs/notes/other", REF)
    put(repo, {head: b"a\nb\nc\n"})
    git(path, "notes", "--ref", "other", "append", "-m", "d", head)
    git(path, "notes", "--ref", REF, "merge", "-q", "-s", "cat_sort_uniq", "refs/notes/other")
    assert git(path, "notes", "--ref", REF, "show", head) == "a\nb\nc\nd"
