"""Trees as only a push can bring them: everything that can be read counts, and `verify` tells what is malformed."""

import os
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest

from gitgates.codec.records import RecordCodec
from gitgates.decision.signed import Signed
from gitgates.errors import NoLedger
from gitgates.ledger.files import Authenticator, FileOfRecord, Foreign
from gitgates.ledger.verification.findings import Finding
from gitgates.ledger.verification.verify import verify
from gitgates.store.trees import TreeEntry, read_tree
from gitgates.trust.verify import Verifier
from tests.git.ledgers import Book, new_book
from tests.support import Keys, RepositoryFactory, git, run, set_verified

FOLDER = ".quality-gates"
VERSION = f"{FOLDER}/models/veran/v1"

Entries = list[TreeEntry]
Change = Callable[[Entries], Entries]


@pytest.fixture
def book(repository: RepositoryFactory, keys: Keys) -> Book:
    book = new_book(repository(), keys.alice, os.environ)
    book.approve("veran:v1", book.report("veran:v1"))
    book.report("other:v1")
    return book


def write(path: Path, kind: str, data: bytes) -> str:
    """Write an object as it is, as git's own commands refuse to."""
    file = path.parent / "raw"
    file.write_bytes(data)
    return git(path, "hash-object", "-w", "--literally", "-t", kind, file)


def entries_of(path: Path, tree: str) -> Entries:
    file = path / ".git/raw"
    done = run("sh", "-c", f"git cat-file tree {tree} > {file}", cwd=path)
    assert done.code == 0, done
    return list(read_tree(file.read_bytes(), 20))


def change(book: Book, folder: str, how: Change) -> None:
    """Commit the branch's tree with the raw tree of one folder changed, and the trees above it."""
    parts = folder.split("/") if folder else []
    trees = [git(book.path, "rev-parse", "HEAD^{tree}")]
    for part in parts:
        trees.append(next(e.id for e in entries_of(book.path, trees[-1]) if e.name == part.encode()))
    new = ""
    for depth in range(len(parts), -1, -1):
        entries = entries_of(book.path, trees[depth])
        if depth == len(parts):
            entries = how(entries)
        else:
            entries = [e if e.id != trees[depth + 1] else TreeEntry(e.mode, e.name, new) for e in entries]
        new = write(book.path, "tree", b"".join(entry.encode() for entry in entries))
    commit = git(book.path, "commit-tree", "-p", "HEAD", "-m", "raw", new)
    git(book.path, "update-ref", "HEAD", commit)


def told(book: Book) -> list[Finding]:
    with book.open() as ledger:
        return [finding for finding in verify(ledger, book.now).findings if finding.code != "index"]


def blob(book: Book, content: bytes = b"junk") -> str:
    return write(book.path, "blob", content)


def added(book: Book, name: bytes, mode: bytes = b"100644") -> Change:
    return lambda entries: sorted([*entries, TreeEntry(mode, name, blob(book))], key=TreeEntry.key)


ODD_NAMES = {
    "dot": b".", "dots": b"..", "git": b".git", "GIT": b".GIT", "slash": b"a/b", "Latin-1": b"\xe9t\xe9",
    "line break": b"a\nb", "escape": b"\x1b[2J",
}  # fmt: skip


@pytest.mark.parametrize("folder", [FOLDER, f"{FOLDER}/policy", f"{FOLDER}/models", f"{FOLDER}/models/veran", VERSION])
@pytest.mark.parametrize("name", ["dots", "slash", "Latin-1"])
def test_a_name_that_git_would_not_write_changes_no_answer(book: Book, folder: str, name: str) -> None:
    change(book, folder, added(book, ODD_NAMES[name]))
    found = told(book)
    assert "tree" in {finding.code for finding in found}
    assert not any(finding.affects_decision for finding in found)
    assert all(finding.remedy for finding in found)
    assert book.allowed("veran:v1") == "allowed"


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names_beside_records(book: Book, name: str) -> None:
    change(book, VERSION, added(book, ODD_NAMES[name]))
    assert "foreign" in {finding.code for finding in told(book)}
    assert book.allowed("veran:v1") == "allowed"


@pytest.mark.parametrize("mode", [b"100755", b"100777", b"120000"])
def test_only_plain_files_count(book: Book, mode: bytes) -> None:
    change(book, VERSION, lambda entries: [TreeEntry(mode, e.name, e.id) for e in entries])
    found = told(book)
    assert {"foreign", "deleted"} <= {finding.code for finding in found}
    assert any(finding.affects_decision for finding in found)
    assert book.allowed("veran:v1") == "cannot decide"
    set_verified(book.path, None)
    assert book.allowed("veran:v1") == "denied"


@pytest.mark.parametrize("mode", [b"100755", b"100777", b"120000", b"160000"])
def test_other_modes_beside_records_change_nothing(book: Book, mode: bytes) -> None:
    change(book, VERSION, added(book, b"20260101T000000Z-report-" + b"a" * 64 + b".json", mode))
    change(book, f"{FOLDER}/models", added(book, b"zzz", mode))
    assert {finding.code for finding in told(book)} <= {"foreign"}
    assert book.allowed("veran:v1") == "allowed"


@pytest.mark.parametrize("folder", ["", FOLDER, f"{FOLDER}/models", f"{FOLDER}/models/veran", VERSION])
def test_a_tree_out_of_order_hides_nothing(book: Book, folder: str) -> None:
    """git itself misses entries in such a tree: it stops where the name should stand."""
    change(book, folder, lambda entries: entries[::-1])
    if folder != f"{FOLDER}/models/veran":  # one entry is always in order
        assert (folder, "tree") in {(finding.path, finding.code) for finding in told(book)}
    assert book.allowed("veran:v1") == "allowed"


@pytest.mark.parametrize("first", [True, False])
def test_a_name_with_other_bytes_beside_the_record(book: Book, first: bool) -> None:
    def double(entries: Entries) -> Entries:
        false = blob(book)
        twins = ([TreeEntry(e.mode, e.name, false), e][:: 1 if first else -1] for e in entries)
        return [entry for twin in twins for entry in twin]

    change(book, VERSION, double)
    assert book.allowed("veran:v1") == "allowed"
    found = [finding for finding in told(book) if finding.code == "tree"]
    assert len(found) > 4
    assert not any(finding.affects_decision for finding in found)


def test_a_second_signature_by_a_member_takes_nothing_away(book: Book, keys: Keys) -> None:
    """Bob's signature over alice's record is valid and would leave the record without authority: nobody chooses it."""
    rejected = book.reject("veran:v1")
    data, signature = ((book.path / f"{rejected.path}{suffix}").read_bytes() for suffix in ("", ".sig"))
    second = attrs.evolve(book, key=keys.bob).signer().sign(data)
    authenticator = Authenticator(Verifier(), RecordCodec())
    for file in (
        FileOfRecord(rejected.path, data, signature, (second,)),
        FileOfRecord(rejected.path, data, second, (signature,)),
    ):
        found = authenticator.authenticate(file, frozenset([keys.alice.public, keys.bob.public]))
        assert isinstance(found, Foreign)
        assert found.lacking
        alone = authenticator.authenticate(file, frozenset([keys.alice.public]))
        assert isinstance(alone, Signed)
        assert alone.key == keys.alice.public


def test_a_folder_that_is_there_twice_is_read_together(book: Book) -> None:
    """The twin that git finds lacks the rejection; both are read, and `verify` tells that others may read less."""
    old = next(e.id for e in entries_of(book.path, git(book.path, "rev-parse", f"HEAD:{FOLDER}/models/veran")))
    book.reject("veran:v1")
    set_verified(book.path, None)
    change(book, f"{FOLDER}/models/veran", lambda entries: [TreeEntry(b"40000", b"v1", old), *entries])
    assert book.allowed("veran:v1") == "denied"
    (twice,) = [finding for finding in told(book) if finding.affects_decision]
    assert (twice.code, twice.path) == ("tree", VERSION)


def test_a_path_as_one_name_is_no_folder(book: Book) -> None:
    """git takes an entry called `a/b` of the top folder for the path a/b."""
    old = git(book.path, "rev-parse", f"HEAD:{VERSION}")
    book.reject("veran:v1")
    set_verified(book.path, None)
    change(book, "", lambda entries: [TreeEntry(b"40000", VERSION.encode(), old), *entries])
    assert book.allowed("veran:v1") == "denied"
    assert "tree" in {finding.code for finding in told(book)}


def test_a_folder_mode_as_old_programs_wrote_it(book: Book) -> None:
    change(book, f"{FOLDER}/models", lambda entries: [TreeEntry(b"040000", e.name, e.id) for e in entries])
    assert book.allowed("veran:v1") == "allowed"
    assert told(book) == []


def test_a_second_ledger_folder_by_case(book: Book) -> None:
    change(book, "", lambda entries: sorted([*entries, TreeEntry(b"40000", b".Quality-Gates", entries[0].id)],
                                            key=TreeEntry.key))  # fmt: skip
    (finding,) = told(book)
    assert (finding.code, finding.path) == ("collision", ".Quality-Gates")


def test_the_ledger_folder_as_a_link_is_no_ledger(book: Book) -> None:
    change(book, "", lambda entries: [e if e.name != FOLDER.encode() else TreeEntry(b"120000", e.name, blob(book, b"x"))
                                      for e in entries])  # fmt: skip
    with pytest.raises(NoLedger):
        book.open()


@pytest.mark.parametrize("data", [b"100644 a\0short", b"junk", b"10x644 a\0" + bytes(20)])
def test_git_takes_no_unreadable_tree_from_a_push(book: Book, repository: RepositoryFactory, data: bytes) -> None:
    """So `read_tree` may refuse them: they come from a broken disk, and not from somebody else."""
    server = repository("server", bare=True)
    tree = write(book.path, "tree", data)
    commit = write(book.path, "commit", f"tree {tree}\nauthor a <a> 0 +0000\ncommitter a <a> 0 +0000\n\nx\n".encode())
    assert run("git", "push", server, f"{commit}:refs/heads/x", cwd=book.path).code != 0
