"""Append-only history: what was once in the ledger must be there, whatever commits did; records decide, not commits."""

import os
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest

from gitgates.ledger.locate import VERIFIED_REF
from gitgates.ledger.restoring import accept_rewind, find_lost, open_for_repair, restore
from gitgates.ledger.verification.findings import Verification
from gitgates.ledger.verification.verify import remember, verify
from gitgates.ledger.writing import Written
from gitgates.store import history
from gitgates.store.bounded import bounded
from gitgates.store.history import added_names, lacks_commits
from gitgates.store.repository import Repository
from tests.git.ledgers import Book, commit_files, new_book
from tests.support import Keys, RepositoryFactory, git, set_verified

NAME = "veran:v1"


@pytest.fixture
def book(repository: RepositoryFactory, keys: Keys) -> Book:
    """A version that is approved, verified by this clone."""
    book = new_book(repository(), keys.alice, os.environ)
    book.approve(NAME, book.report(NAME))
    commit_files(book.path, "code", {"train.py": "x"})
    checked(book)
    return book


def checked(book: Book, **options: object) -> Verification:
    with book.open() as ledger:
        outcome = verify(ledger, book.now, **options)  # type: ignore[arg-type] # options by name
        remember(ledger, outcome)
    return outcome


def files_of(written: Written) -> dict[str, None]:
    return {written.path: None, f"{written.path}.sig": None}


def deleted(outcome: Verification) -> list[str]:
    return [finding.path for finding in outcome.findings if finding.code == "deleted"]


# --- how a rejection that this clone never verified can vanish: the ledger's tip tells nothing ----------------------


def by_a_commit(book: Book, written: Written) -> None:
    commit_files(book.path, "tidy", files_of(written))


def by_its_signature(book: Book, written: Written) -> None:
    commit_files(book.path, "tidy", {f"{written.path}.sig": None})


def by_other_bytes(book: Book, written: Written) -> None:
    commit_files(book.path, "tidy", {written.path: (book.path / written.path).read_bytes() + b" "})


def by_its_mode(book: Book, written: Written) -> None:
    git(book.path, "update-index", "--chmod=+x", written.path)
    git(book.path, "commit", "-qm", "tidy")


def by_moving(book: Book, written: Written) -> None:
    for path in files_of(written):
        git(book.path, "mv", path, path.replace("/v1/", "/"))
    git(book.path, "commit", "-qm", "tidy")


def by_a_merge_with_ours(book: Book, written: Written) -> None:
    """The side with the rejection is merged, and nothing of it is taken."""
    git(book.path, "branch", "side")
    git(book.path, "reset", "-q", "--hard", "HEAD~1")
    commit_files(book.path, "code", {"train.py": "y"})
    git(book.path, "merge", "-q", "-s", "ours", "-m", "merge", "side")


def by_an_edited_merge(book: Book, written: Written) -> None:
    """A deletion inside a merge shows only where the merge is compared with each parent."""
    git(book.path, "checkout", "-q", "-b", "side", "HEAD~1")
    commit_files(book.path, "code", {"train.py": "y"})
    git(book.path, "checkout", "-q", "main")
    git(book.path, "merge", "-q", "--no-commit", "--no-ff", "side")
    git(book.path, "rm", "-q", "-f", *files_of(written))
    git(book.path, "commit", "-qm", "merge")


def by_reverting(book: Book, written: Written) -> None:
    git(book.path, "revert", "--no-edit", "HEAD")


WAYS = [
    by_a_commit, by_its_signature, by_other_bytes, by_its_mode, by_moving, by_a_merge_with_ours, by_an_edited_merge,
    by_reverting,
]  # fmt: skip


@pytest.mark.parametrize("vanish", WAYS)
def test_a_rejection_that_vanished_since(book: Book, vanish: Callable[[Book, Written], None]) -> None:
    git(book.path, "update-ref", "refs/keep", VERIFIED_REF)
    rejected = book.reject(NAME)
    set_verified(book.path, "refs/keep")  # a colleague's rejection, which this clone pulled
    vanish(book, rejected)
    git(book.path, "config", "log.diffMerges", "off")  # the repository's settings do not hide it
    assert book.allowed(NAME) == "cannot decide"
    for options in ({}, {"all_history": True}, {"since": git(book.path, "rev-parse", VERIFIED_REF)}):
        outcome = checked(book, **options)
        assert deleted(outcome) == [rejected.path]
        assert outcome.affects_decision
    assert git(book.path, "rev-parse", VERIFIED_REF) == git(book.path, "rev-parse", "refs/keep")


@pytest.mark.parametrize("vanish", [by_a_commit, by_its_signature, by_other_bytes, by_a_merge_with_ours])
def test_restoring_heals(book: Book, vanish: Callable[[Book, Written], None]) -> None:
    rejected = book.reject(NAME)
    vanish(book, rejected)
    with book.open() as ledger:
        lost = find_lost(ledger)
        assert [one.path for one in lost] == [rejected.path]
        restore(ledger, lost, book.now)
    assert checked(book).findings == ()
    assert checked(book, all_history=True).findings == ()
    assert book.allowed(NAME) == "denied"
    assert git(book.path, "status", "--porcelain") == ""


def test_a_clone_that_never_verified_looks_at_all_of_history_when_it_verifies(book: Book, tmp_path: Path) -> None:
    rejected = book.reject(NAME)
    by_a_commit(book, rejected)
    git(tmp_path, "clone", "-q", book.path, "clone")
    clone = attrs.evolve(book, path=tmp_path / "clone")
    assert deleted(checked(clone)) == [rejected.path]
    assert deleted(checked(clone, since="HEAD")) == []
    set_verified(clone.path, "HEAD~2")
    assert clone.allowed(NAME) == "cannot decide"


def test_what_was_no_record_may_go(book: Book) -> None:
    """Rule 1: garbage can neither allow nor lock out."""
    junk = f"models/veran/v1/20260101T000000Z-report-{'a' * 64}.json"
    paths = [f".quality-gates/{junk}", f".quality-gates/{junk}.sig", ".quality-gates/models/veran/v1/readme"]
    commit_files(book.path, "junk", dict.fromkeys(paths, "x"))
    commit_files(book.path, "tidy", dict.fromkeys(paths))
    assert checked(book, all_history=True).findings == ()
    assert book.allowed(NAME) == "allowed"


def test_a_deleted_root_comes_back_by_what_this_clone_verified(book: Book) -> None:
    (policy,) = (book.path / ".quality-gates/policy").glob("*.json")
    path = str(policy.relative_to(book.path))
    commit_files(book.path, "tidy", {path: None, f"{path}.sig": None})
    with open_for_repair(str(book.path), root=None, environ=book.environ) as ledger:
        lost = find_lost(ledger)
        assert [one.path for one in lost] == [path]
        restore(ledger, lost, book.now)
    assert book.allowed(NAME) == "allowed"
    assert checked(book).findings == ()


# --- rewinds and rewritten history ----------------------------------------------------------------------------------


def test_a_rewind_that_loses_a_record(book: Book) -> None:
    rejected = book.reject(NAME)
    checked(book)
    git(book.path, "reset", "-q", "--hard", "HEAD~1")
    assert book.allowed(NAME) == "cannot decide"
    assert deleted(checked(book)) == [rejected.path]
    with book.open() as ledger:
        restore(ledger, find_lost(ledger), book.now)
    assert book.allowed(NAME) == "denied"


def test_a_rewritten_history_that_keeps_every_record_is_as_good(book: Book) -> None:
    book.reject(NAME)
    checked(book)
    before = git(book.path, "rev-parse", "HEAD")
    git(book.path, "reset", "-q", "--soft", git(book.path, "rev-list", "--max-parents=0", "HEAD"))
    git(book.path, "commit", "-q", "--amend", "-m", "squashed")
    assert book.allowed(NAME) == "denied"
    assert checked(book).findings == ()
    kept = git(book.path, "rev-parse", VERIFIED_REF)
    assert kept == git(book.path, "rev-parse", "HEAD") != before


def test_an_accepted_rewind_is_forgotten_and_later_deletions_are_not(book: Book) -> None:
    book.reject(NAME)
    checked(book)
    forgotten = git(book.path, "rev-parse", "HEAD")
    git(book.path, "reset", "-q", "--hard", "HEAD~1")
    with book.open() as ledger:
        assert accept_rewind(ledger) == (forgotten,)
    assert book.allowed(NAME) == "allowed"
    assert {finding.code for finding in checked(book).findings} == {"index"}
    by_a_commit(book, book.reject(NAME))
    assert book.allowed(NAME) == "cannot decide"


def test_what_cannot_be_read_of_history_stops_the_answer(book: Book) -> None:
    book.reject(NAME)
    set_verified(book.path, "HEAD~1")
    commit_files(book.path, "code", {"train.py": "z"})
    commit = git(book.path, "rev-parse", "HEAD~1")
    file = book.path / ".git/objects" / commit[:2] / commit[2:]
    file.chmod(0o644)
    file.write_bytes(b"junk")
    assert book.allowed(NAME) == "cannot decide"
    outcome = checked(book)
    assert ("", "unreadable") in {(finding.path, finding.code) for finding in outcome.findings}


def test_one_git_process_for_the_first_version_and_one_for_all_others(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in ("v2", "v3", "v4"):
        book.report(f"veran:{version}")
    checked(book)
    asked: list[tuple[str, ...]] = []
    real = bounded

    def counting(repo: Repository, *args: str) -> bytes:
        asked.extend([args] if args[0] == "log" else [])
        return real(repo, *args)

    monkeypatch.setattr(history, "bounded", counting)
    assert book.allowed(NAME) == "allowed"
    assert asked == []  # the tip is verified
    commit_files(book.path, "code", {"train.py": "z"})
    assert book.allowed(NAME) == "allowed"
    assert len(asked) == 1
    assert asked[0][-1].endswith("models/veran/v1")
    with book.open() as ledger:
        for entry in ledger.entries(".quality-gates/models/veran") or ():
            ledger.lost(f".quality-gates/models/veran/{entry.name.decode()}", ())
    assert len(asked) == 3


# --- the questions to git -------------------------------------------------------------------------------------------


def test_what_a_merge_threw_away_is_seen(repository: RepositoryFactory) -> None:
    path = repository()
    git(path, "checkout", "-q", "-b", "side")
    commit_files(path, "side", {".quality-gates/policy/genesis": "x"})
    git(path, "checkout", "-q", "main")
    commit_files(path, "code", {"train.py": "x"})
    ours = git(path, "rev-parse", "HEAD")
    git(path, "merge", "-q", "-s", "ours", "-m", "merge", "side")
    repo = Repository.open(str(path))
    assert added_names(repo, ["HEAD"], ".quality-gates") == {"genesis"}
    assert lacks_commits(repo, ours, "HEAD", ".quality-gates")
