"""The index: `reindex` makes what appending had made, `verify` sees every difference, and nothing else rests on it."""

import os
from datetime import timedelta
from pathlib import Path

import attrs
import pytest

from gitgates.errors import RefMoved
from gitgates.ledger.reading import Ledger
from gitgates.ledger.reindex import Reindexed, reindex
from gitgates.ledger.verification.findings import Finding
from gitgates.ledger.verification.verify import verify
from tests.git.ledgers import NOW, Book, new_book, notes
from tests.support import Keys, RepositoryFactory, git

VERAN, OTHER = "refs/notes/gates/veran", "refs/notes/gates/other"


@pytest.fixture
def book(repository: RepositoryFactory, keys: Keys) -> Book:
    return new_book(repository(), keys.alice, os.environ).filled()


def heal(book: Book) -> Reindexed:
    return reindex(book.open, book.now)


def findings(book: Book) -> list[Finding]:
    with book.open() as ledger:
        return [finding for finding in verify(ledger, book.now).findings if finding.code == "index"]


def other_refs(path: Path) -> list[str]:
    return [line for line in git(path, "show-ref").splitlines() if "refs/notes/" not in line]


@pytest.mark.parametrize("sha256", [False, True])
def test_reindex_makes_what_appending_made(repository: RepositoryFactory, keys: Keys, sha256: bool) -> None:
    book = new_book(repository(sha256=sha256), keys.alice, os.environ).filled()
    appended = notes(book.path)
    assert heal(book) == Reindexed(2, 9, 17, ())
    for ref in appended:
        git(book.path, "update-ref", "-d", ref)
    assert heal(book) == Reindexed(2, 9, 17, (OTHER, VERAN))
    assert notes(book.path) == appended
    assert findings(book) == []
    shown = git(
        book.path, "log", "-1", "--notes=gates/*", "--format=%N", git(book.path, "rev-list", "--max-parents=0", "HEAD")
    )
    assert "report staging passed" in shown


def test_a_clone_gets_the_same_index(book: Book, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", str(book.path), "clone")
    clone = attrs.evolve(book, path=tmp_path / "clone")
    assert heal(clone).changed == (OTHER, VERAN)
    assert notes(clone.path) == notes(book.path)


def forge_line(book: Book) -> None:
    anchor = git(book.path, "rev-parse", "HEAD:.quality-gates/models/veran/v1/model.json")
    git(book.path, "notes", "--ref", VERAN, "append", "-m", f"{'e' * 64} report staging passed", anchor)


def change_line(book: Book) -> None:
    anchor = git(book.path, "rev-parse", "HEAD:.quality-gates/models/veran/v1/model.json")
    text = notes(book.path)[VERAN][anchor].replace("approved", "rejected")
    git(book.path, "notes", "--ref", VERAN, "add", "-f", "-m", text, anchor)


def drop_note(book: Book) -> None:
    git(book.path, "notes", "--ref", VERAN, "remove", git(book.path, "rev-list", "--max-parents=0", "HEAD"))


def note_elsewhere(book: Book) -> None:
    git(book.path, "notes", "--ref", VERAN, "add", "-m", "x", git(book.path, "rev-parse", "HEAD"))


def swap_models(book: Book) -> None:
    git(book.path, "update-ref", VERAN, git(book.path, "rev-parse", OTHER))


def garbage_ref(book: Book) -> None:
    git(book.path, "update-ref", VERAN, git(book.path, "rev-parse", "HEAD:README.md"))


def foreign_model(book: Book) -> None:
    git(book.path, "update-ref", "refs/notes/gates/nobody", git(book.path, "rev-parse", VERAN))


def ref_in_the_way(book: Book) -> None:
    commit = git(book.path, "rev-parse", VERAN)
    git(book.path, "update-ref", "-d", VERAN)
    git(book.path, "update-ref", f"{VERAN}/x", commit)


def duplicate_line(book: Book) -> None:
    anchor = git(book.path, "rev-parse", "HEAD:.quality-gates/models/veran/v1/model.json")
    blob = book.path / "note"
    blob.write_text((notes(book.path)[VERAN][anchor] + "\n") * 2)
    git(book.path, "notes", "--ref", VERAN, "add", "-f", "-C", git(book.path, "hash-object", "-w", blob), anchor)


DAMAGE = {
    forge_line: "names no record",
    change_line: "differs from the record's",
    drop_note: "are missing",
    note_elsewhere: "names no record",
    swap_models: "names no record",
    garbage_ref: "has no index",
    foreign_model: "a model that the ledger does not have",
    ref_in_the_way: "a model that the ledger does not have",
    duplicate_line: "twice",
}


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda damage: damage.__name__)
def test_damage_is_seen_healed_and_changes_no_answer(book: Book, damage: object) -> None:
    assert callable(damage)
    whole, refs = notes(book.path), other_refs(book.path)
    damage(book)
    seen = findings(book)
    assert any(DAMAGE[damage] in finding.text for finding in seen), seen
    assert all("reindex" in finding.remedy and not finding.affects_decision for finding in seen)
    assert book.allowed("veran:v1") == "allowed"
    assert heal(book).changed
    assert notes(book.path) == whole
    assert findings(book) == []
    assert other_refs(book.path) == refs
    assert heal(book).changed == ()


def test_many_damaged_notes_are_counted(book: Book) -> None:
    for number in range(70):
        (book.path / "x").write_text(str(number))
        blob = git(book.path, "hash-object", "-w", book.path / "x")
        git(book.path, "notes", "--ref", VERAN, "add", "-m", "x", blob)
    texts = [finding.text for finding in findings(book)]
    assert len(texts) == 65
    assert "6 more notes differ from the records" in texts


def test_history_of_the_notes_is_kept_where_it_can_be_read(book: Book) -> None:
    forge_line(book)
    before = git(book.path, "rev-parse", VERAN)
    heal(book)
    assert git(book.path, "rev-parse", f"{VERAN}^") == before
    garbage_ref(book)
    heal(book)
    assert git(book.path, "rev-list", "--count", VERAN) == "1"


def test_a_record_appended_meanwhile_keeps_its_lines(book: Book) -> None:
    opened = 0

    def open_late() -> Ledger:
        nonlocal opened
        opened += 1
        ledger = book.open()
        if opened == 1:
            book.reject("veran:v1")
        return ledger

    git(book.path, "update-ref", "-d", OTHER)
    assert reindex(open_late, book.now).changed == (OTHER,)
    assert opened == 2
    assert findings(book) == []
    assert sum("rejected" in text for text in notes(book.path)[VERAN].values()) >= 1


def test_reindex_gives_up_where_the_ledger_never_rests(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gitgates.ledger.reindex.ATTEMPTS", 2)

    def open_late() -> Ledger:
        ledger = book.open()
        book.reject("veran:v1")
        return ledger

    with pytest.raises(RefMoved, match="moved every time"):
        reindex(open_late, NOW + timedelta(hours=1))
