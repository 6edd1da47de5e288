"""`verify` finds every flipped byte of a record and of its signature, and says what is wrong."""

import os
from collections.abc import Iterator

import pytest

from gitgates.ledger.verification.findings import Finding
from gitgates.ledger.verification.verify import verify
from gitgates.store.grow import grow
from gitgates.store.objects import ObjectReader
from gitgates.store.pack import ObjectBatch
from gitgates.store.repository import Identity, Repository
from tests.git.ledgers import Book, new_book
from tests.support import Keys, RepositoryFactory, git

IDENTITY = Identity("Mallory", "mallory@example.com")


@pytest.fixture
def book(repository: RepositoryFactory, keys: Keys) -> Book:
    """A bare-bones ledger: one report, nothing checked out that a moved branch could confuse."""
    made = new_book(repository(), keys.alice, os.environ)
    made.report("veran:v1")
    git(made.path, "checkout", "-q", "--detach")
    return made


def flipped(book: Book, path: str, step: int) -> Iterator[tuple[int, list[Finding]]]:
    """Flip one bit in each `step`-th byte of the file; yield the byte's position and what `verify` then finds."""
    repository = Repository.open(str(book.path))
    data = (book.path / path).read_bytes()
    batch = ObjectBatch(repository.object_format)
    commits = {}
    with ObjectReader(repository) as reader:
        tip = reader.require(git(book.path, "rev-parse", "main").strip(), "commit")
        tree = tip.data[5:45].decode()
        for position in range(0, len(data), step):
            edited = data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :]
            grown = grow(reader, batch, tree, {path: edited}, {path})
            assert grown is not None
            commits[position] = batch.commit(grown, (tip.id,), "x", IDENTITY, int(book.now.timestamp()))
    batch.write(repository)
    for position, commit in commits.items():
        git(book.path, "update-ref", "refs/heads/main", commit)
        with book.open() as ledger:
            yield position, [f for f in verify(ledger, book.now, jobs=1).findings if f.code == "foreign"]
    git(book.path, "update-ref", "refs/heads/main", tip.id)


def report_path(book: Book) -> str:
    (path,) = book.path.glob(".quality-gates/models/veran/v1/*-report-*.json")
    return path.relative_to(book.path).as_posix()


def test_a_sample_of_flipped_bytes(book: Book) -> None:
    check_record(book, 131)
    check_signature(book, 23)


@pytest.mark.deep
def test_every_flipped_byte(book: Book) -> None:
    check_record(book, 1)
    check_signature(book, 1)


def check_record(book: Book, step: int) -> None:
    path = report_path(book)
    for position, findings in flipped(book, path, step):
        (finding,) = findings
        assert (finding.path, "bytes have the id" in finding.text) == (path, True), (position, finding)
        assert finding.remedy


def check_signature(book: Book, step: int) -> None:
    """The record is foreign then: its signature is bad, or, where the flip hit the key in it, nobody's."""
    path = report_path(book)
    for position, findings in flipped(book, f"{path}.sig", step):
        (finding,) = findings
        told = "bad signature" in finding.text or "a key that no policy" in finding.text
        assert (finding.path, told) == (path, True), (position, finding)
        assert finding.remedy
