"""Proposals and endorsements on real ledgers: races, clocks, forged endorsements, progress."""

import os
from datetime import timedelta
from pathlib import Path

import attrs
import pytest

from gitgates.codec.records import record_id
from gitgates.errors import CannotDecide, NotAllowed, StoreError
from gitgates.ledger.endorsing import endorse, endorsers_of, pending_policies
from gitgates.ledger.membership import add_member
from gitgates.ledger.policy_files import append_policy_files
from gitgates.ledger.proposing import Draft, Proposed, propose
from gitgates.ledger.reading import Ledger
from gitgates.model.paths import SIGNATURE_SUFFIX, record_path
from gitgates.model.records import EndorsementRecord, PolicyRecord
from gitgates.trust.keys import PublicKey
from tests.git.ledgers import Book, new_book
from tests.support import Key, Keys, RepositoryFactory, git

ALL = ("admin", "approver", "checker", "deployer")


def silent(done: int, total: int) -> None:
    """Tell nobody."""


def record_of(ledger: Ledger) -> PolicyRecord:
    return ledger.chain.accepted[ledger.chain.effective()].record


def edited(record: PolicyRecord, old: str, new: str) -> Draft:
    assert old in record.policy_toml
    return Draft(policy_toml=record.policy_toml.replace(old, new), allowed_signers=record.allowed_signers)


def with_member(book: Book, key: Key, roles: tuple[str, ...] = ALL) -> Proposed:
    with book.open() as ledger:
        draft = add_member(record_of(ledger), key.principal, roles, PublicKey.parse(key.public))
        return propose(ledger, book.signer(), draft, book.later(), silent)


def raised(book: Book, quorum: int = 2) -> Proposed:
    with book.open() as ledger:
        draft = edited(record_of(ledger), "admin_quorum = 1", f"admin_quorum = {quorum}")
        return propose(ledger, book.signer(), draft, book.later(), silent)


@pytest.fixture
def book(repository: RepositoryFactory, keys: Keys) -> Book:
    """Give a ledger with three members: alice and bob are admins, carol is a checker."""
    book = new_book(repository(), keys.alice, os.environ)
    with_member(book, keys.bob)
    with_member(book, keys.carol, ("checker",))
    return book


def as_(book: Book, key: Key) -> Book:
    return Book(book.path, key, book.environ, book.now)


def test_a_policy_written_meanwhile_is_not_forked(book: Book) -> None:
    with book.open() as ledger:
        draft = edited(record_of(ledger), "allow_force = false", "allow_force = true")
        raised(book)
        before = git(book.path, "rev-parse", "HEAD")
        with pytest.raises(StoreError, match="somebody wrote a policy or an endorsement meanwhile"):
            propose(ledger, book.signer(), draft, book.later(), silent)
    assert git(book.path, "rev-parse", "HEAD") == before
    with book.open() as ledger:
        assert propose(ledger, book.signer(), draft, book.later(), silent).accepted


def test_a_report_written_meanwhile_does_not_stop_a_policy(book: Book) -> None:
    with book.open() as ledger:
        draft = edited(record_of(ledger), "allow_force = false", "allow_force = true")
        book.report("veran:v1")
        assert propose(ledger, book.signer(), draft, book.later(), silent).sealing.heads == {}
    assert book.allowed("veran:v1") == "denied"  # it lacks approvals, and nothing is missing


def test_an_endorsement_in_somebody_elses_name_blocks_nobody(book: Book, keys: Keys) -> None:
    """carol, no admin, signs a file that names bob: it counts for nothing, and bob can still endorse."""
    pending = raised(book)
    with book.open() as ledger:
        forged = EndorsementRecord(
            ledger=ledger.root, created=book.later(), author=keys.bob.principal, endorses=pending.id
        )
        data = ledger.codec.encode(forged)
        path = record_path(forged, record_id(data))
        files = {path: data, path + SIGNATURE_SUFFIX: as_(book, keys.carol).signer().sign(data)}
        append_policy_files(ledger, files, ledger.chain, "forged", keys.carol.principal, book.now)
    with book.open() as ledger:
        assert len(ledger.policies.endorsements) == 1
        (one,) = pending_policies(ledger)
        assert [(q.lacking, q.open_to) for q in one.quorums] == [(1, (keys.bob.principal,))]
        done = endorse(ledger, as_(book, keys.bob).signer(), pending.id, book.later())
        assert done.accepted
    with book.open() as ledger:
        assert endorsers_of(ledger, pending.id) == (keys.bob.principal,)
        assert endorsers_of(ledger, ledger.root) == ()


def test_who_is_no_admin_endorses_nothing(book: Book, keys: Keys) -> None:
    pending = raised(book)
    with book.open() as ledger, pytest.raises(NotAllowed, match="is no admin's, or revoked"):
        endorse(ledger, as_(book, keys.carol).signer(), pending.id, book.later())


def test_a_policy_after_one_that_waits(book: Book, keys: Keys) -> None:
    """Somebody follows a policy that is not accepted: what it would need cannot be told yet."""
    pending = raised(book)
    with book.open() as ledger:
        waiting = next(signed for signed in ledger.policies.signed if signed.id == pending.id)
        record = attrs.evolve(waiting.record, parents=(pending.id,), created=book.later())
        data = ledger.codec.encode(record)
        path = record_path(record, record_id(data))
        files = {path: data, path + SIGNATURE_SUFFIX: as_(book, keys.carol).signer().sign(data)}
        append_policy_files(ledger, files, ledger.chain, "too early", keys.carol.principal, book.now)
    with book.open() as ledger:
        early = next(one for one in pending_policies(ledger) if one.signed.id != pending.id)
        assert (early.quorums, early.overtaken) == ((), False)
        with pytest.raises(NotAllowed, match="it follows a policy that is not accepted"):
            endorse(ledger, as_(book, keys.bob).signer(), early.signed.id, book.later())


@pytest.mark.parametrize("behind", [timedelta(minutes=1), timedelta(minutes=6)])
def test_a_clock_that_is_behind(behind: timedelta, book: Book, keys: Keys) -> None:
    pending = raised(book)
    with book.open() as ledger:
        newest = record_of(ledger).created
        draft = edited(record_of(ledger), "allow_force = false", "allow_force = true")
        early = newest - behind
        if behind > timedelta(minutes=5):
            with pytest.raises(CannotDecide, match="clock"):
                propose(ledger, book.signer(), draft, early, silent)
            with pytest.raises(CannotDecide, match="clock"):
                endorse(ledger, as_(book, keys.bob).signer(), pending.id, early)
            return
        done = propose(ledger, book.signer(), draft, early, silent)
    with book.open() as ledger:
        assert ledger.chain.accepted[done.id].record.created == newest + timedelta(microseconds=1)


def test_progress_tells_how_many_versions_there_are(book: Book) -> None:
    for name in ("veran:v1", "veran:v2", "other:1.0"):
        book.report(name)
    told: list[tuple[int, int]] = []
    with book.open() as ledger:
        draft = edited(record_of(ledger), "allow_force = false", "allow_force = true")
        done = propose(ledger, book.signer(), draft, book.later(), lambda *counts: told.append(counts))
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert set(done.sealing.heads) == {("veran", "v1"), ("veran", "v2"), ("other", "1.0")}


def test_a_missing_policy_stops_a_proposal_until_it_is_annulled(book: Book) -> None:
    """An admin's policy follows one that is not here: who proposes must not do as if it had never been."""
    ghost = "9" * 64
    with book.open() as ledger:
        record = attrs.evolve(record_of(ledger), parents=(ghost,), created=book.later())
        data = ledger.codec.encode(record)
        path = record_path(record, record_id(data))
        files = {path: data, path + SIGNATURE_SUFFIX: book.signer().sign(data)}
        append_policy_files(ledger, files, ledger.chain, "ghost", book.key.principal, book.now)
    with book.open() as ledger:
        draft = edited(record_of_head(ledger), "allow_force = false", "allow_force = true")
        with pytest.raises(CannotDecide, match=f"missing: {ghost}"):
            propose(ledger, book.signer(), draft, book.later(), silent)
        annulling = Draft(policy_toml=draft.policy_toml, allowed_signers=draft.allowed_signers, annuls=(ghost,))
        assert propose(ledger, book.signer(), annulling, book.later(), silent).accepted
    with book.open() as ledger:
        assert ledger.chain.current().context("production") is not None


def record_of_head(ledger: Ledger) -> PolicyRecord:
    return ledger.chain.accepted[ledger.chain.heads()[0]].record


def test_an_adopted_policy_is_followed_alone(book: Book, tmp_path: Path) -> None:
    """A seal of the branch that the reader did not adopt seals nothing for a policy on the other branch."""
    book.report("veran:v1")
    git(tmp_path, "clone", "--quiet", book.path, "other")
    other = Book(tmp_path / "other", book.key, book.environ, book.now)
    with other.open() as ledger:
        theirs = propose(
            ledger, other.signer(), edited(record_of(ledger), '"30 days"', '"9 days"'), other.later(), silent
        )
    with book.open() as ledger:
        ours = propose(ledger, book.signer(), edited(record_of(ledger), '"30 days"', '"8 days"'), book.later(), silent)
    assert theirs.sealing.heads == ours.sealing.heads != {}
    book.report("veran:v2")
    git(book.path, "fetch", "--quiet", other.path, "main")
    git(book.path, "merge", "--quiet", "--strategy-option", "ours", "FETCH_HEAD", "--message", "join")
    with Ledger.open(str(book.path), root=f"{record_root(book)}@{ours.id}", environ=book.environ) as ledger:
        draft = edited(record_of(ledger), '"8 days"', '"7 days"')
        done = propose(ledger, book.signer(), draft, book.later(), silent)
        assert (done.accepted, done.joins) == (True, 1)
        assert set(done.sealing.heads) == {("veran", "v2")}


def record_root(book: Book) -> str:
    return git(book.path, "config", "gitgates.root")
