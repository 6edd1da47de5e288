"""Trees as bytes, held against a plain model and against real git."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitgates.errors import StoreError
from gitgates.store.pack import object_id
from gitgates.store.trees import (
    FILE,
    FOLDER,
    TreeEntry,
    find_entry,
    find_folders,
    find_other_case,
    is_in_order,
    parse_tree,
    raw_entries,
    read_tree,
    splice_entries,
)
from tests.support import git, run


def entry(name: bytes, seed: int = 0, mode: bytes = FILE, id_bytes: int = 20) -> TreeEntry:
    return TreeEntry(mode, name, hashlib.sha256(b"%d" % seed).hexdigest()[: 2 * id_bytes])


def built(entries: list[TreeEntry]) -> bytes:
    return b"".join(item.encode() for item in sorted(entries, key=TreeEntry.key))


# Few letters, so that prefixes, neighbours of "/" and equal names come up.
names = st.text(alphabet="aAb-./0".replace("/", ""), min_size=1, max_size=3).map(str.encode)
entries = st.builds(
    TreeEntry,
    st.sampled_from([FILE, FOLDER]),
    names,
    # Ids made of what an entry is made of, so that a search hits inside them.
    st.lists(st.sampled_from([b" a\0", b"\0", b"100644 ", b"a"]), min_size=20).map(lambda p: b"".join(p)[:20].hex()),
)
trees = st.lists(entries, max_size=30, unique_by=lambda item: item.name)


@given(trees, names)
def test_find_agrees_with_parse(tree: list[TreeEntry], name: bytes) -> None:
    data = built(tree)
    assert sorted(parse_tree(data, 20), key=TreeEntry.key) == sorted(tree, key=TreeEntry.key)
    expected = next((item for item in tree if item.name == name), None)
    assert find_entry(data, name, 20) == expected
    for item in tree:
        assert find_entry(data, item.name, 20) == item


@given(trees, st.lists(entries, max_size=20, unique_by=lambda item: item.name))
def test_splice_agrees_with_sorting(tree: list[TreeEntry], new: list[TreeEntry]) -> None:
    merged = {item.name: item for item in (*tree, *new)}
    assert splice_entries(built(tree), new) == built(list(merged.values()))


@given(trees, names)
def test_other_case(tree: list[TreeEntry], name: bytes) -> None:
    others = {item.name for item in tree if item.name.lower() == name.lower() and item.name != name}
    found = find_other_case(built(tree), name, 20)
    assert (found in others) if others else found is None


@pytest.mark.parametrize("sha256", [False, True])
def test_order_is_gits(repository: object, tmp_path: Path, sha256: bool) -> None:
    path = repository("r", sha256=sha256)  # type: ignore[operator]
    size = 32 if sha256 else 20
    kind = "sha256" if sha256 else "sha1"
    blob = git(path, "hash-object", "-w", "--stdin")
    folder = git(path, "rev-parse", "HEAD^{tree}")
    listed = [(FILE, b"a", blob), (FOLDER, b"a-b", folder), (FOLDER, b"ab", folder), (FILE, b"a.b", blob)]
    listed += [(FOLDER, b"a0", folder), (FILE, b"a0b", blob), (b"100755", "ä".encode(), blob)]
    data = splice_entries(b"", [TreeEntry(*item) for item in reversed(listed)])
    text = "".join(f"{m.decode()} {'tree' if m == FOLDER else 'blob'} {i}\t{n.decode()}\n" for m, n, i in listed)
    made = run("git", "mktree", cwd=path, stdin=text).out.strip()
    assert object_id(kind, "tree", data) == made
    assert len(parse_tree(data, size)) == len(listed)


GOOD = entry(b"a").encode()


@pytest.mark.parametrize(
    "data",
    [
        GOOD[:-1],
        GOOD + b"1",
        b"100644",
        b"100644 a",
        b"0100644" + GOOD[6:],
        b"100685" + GOOD[6:],
        b"100644 " + GOOD[8:],
        GOOD + GOOD,
        entry(b"b").encode() + GOOD,
        GOOD + entry(b"a", mode=FOLDER).encode(),
        entry(b"a/b").encode(),
    ],
)
def test_malformed_trees_are_refused(data: bytes) -> None:
    with pytest.raises(StoreError, match="malformed"):
        parse_tree(data, 20)


def test_an_odd_mode_is_kept_for_the_reader_to_judge() -> None:
    (odd,) = parse_tree(b"100777" + GOOD[6:], 20)
    assert odd.mode == b"100777"


def test_finding_and_splicing_in_a_broken_tree_raise() -> None:
    for broken in (GOOD[:-1], b"999999 a\0" + bytes(20), b"x a\0"):
        with pytest.raises(StoreError):
            find_entry(broken, b"a", 20)
    for broken in (GOOD[:-1], b"junk", b"100644 a"):
        with pytest.raises(StoreError):
            splice_entries(broken, [entry(b"z")])


raw_trees = st.lists(
    st.builds(
        TreeEntry,
        st.sampled_from([FILE, FOLDER, b"040000", b"100777", b"160000"]),
        st.sampled_from([b"a", b"a/b", b".git", b"..", b"\xff", b"b"]),
        st.sampled_from([b" a\0".ljust(20, b"x").hex(), bytes(20).hex(), (b"40000 a\0" * 3)[:20].hex()]),
    ),
    max_size=12,
)


@given(raw_trees, st.sampled_from([b"a", b"b", b"a/b", b"absent"]))
def test_whatever_a_push_brings_is_read_as_it_stands(tree: list[TreeEntry], name: bytes) -> None:
    data = b"".join(item.encode() for item in tree)
    assert list(raw_entries(data, 20)) == tree
    assert [(item.name, item.id) for item in read_tree(data, 20)] == [(item.name, item.id) for item in tree]
    folders = [item.id for item in tree if item.name == name and item.is_folder]
    assert list(find_folders(data, name, 20)) == list(dict.fromkeys(folders))
    assert is_in_order(tree) == (sorted({item.key() for item in tree}) == [item.key() for item in tree])


@pytest.mark.parametrize("data", [GOOD[:-1], b"junk", b"100644 a", GOOD + b"1"])
def test_what_is_no_row_of_entries_cannot_be_read(data: bytes) -> None:
    with pytest.raises(StoreError, match="malformed"):
        read_tree(data, 20)
