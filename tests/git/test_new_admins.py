"""Admins whom a policy that waits brings in: what they sign travels before it is in force."""

import os
from pathlib import Path

import attrs

from gitgates.ledger.endorsing import endorse
from gitgates.ledger.membership import add_member
from gitgates.ledger.proposing import propose
from gitgates.ledger.sync.outcome import Options
from gitgates.ledger.sync.sync import sync
from gitgates.trust.keys import PublicKey
from tests.git.ledgers import Book, new_book
from tests.support import Keys, RepositoryFactory, git


def test_the_endorsement_of_a_new_admin_is_shared(repository: RepositoryFactory, keys: Keys, tmp_path: Path) -> None:
    book = new_book(repository(), keys.alice, os.environ, "quality-gates")
    git(tmp_path, "init", "--quiet", "--bare", "hub.git")
    git(book.path, "remote", "add", "origin", str(tmp_path / "hub.git"))
    git(book.path, "push", "--quiet", "origin", "quality-gates")
    with book.open() as ledger:
        record = ledger.chain.accepted[ledger.chain.effective()].record
        for key in (keys.bob, keys.carol):
            draft = add_member(record, key.principal, ("admin",), PublicKey.parse(key.public))
            record = attrs.evolve(record, policy_toml=draft.policy_toml, allowed_signers=draft.allowed_signers)
        draft = attrs.evolve(draft, policy_toml=draft.policy_toml.replace("admin_quorum = 1", "admin_quorum = 3"))
        policy = propose(ledger, book.signer(), draft, book.later(), lambda *_: None)
    bob = Book(book.path, keys.bob, book.environ, book.now)
    with bob.open() as ledger:
        endorsement = endorse(ledger, bob.signer(), policy.id, bob.later())
    assert endorsement.lacking == "it lacks 1 more admin signature(s) of its own"
    done = sync(bob.open, bob.later, Options())
    assert set(done.sent) == {policy.id, endorsement.id}
    assert done.foreign == ()
