"""The properties of random ledgers on real repositories: clones that append, and git that merges them."""

import contextlib
import os
import random
import shutil
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gitgates.codec.policy_edit import set_roles
from gitgates.decision.decide import Question, decide
from gitgates.errors import CannotDecide, ConfigError, NotAllowed, UnknownVersion, UsageError
from gitgates.ledger.proposing import Draft, propose
from gitgates.ledger.query import open_version
from gitgates.ledger.reading import Ledger
from gitgates.ledger.verification.verify import remember, verify
from gitgates.model.names import ModelVersion
from gitgates.model.policy import Signer
from gitgates.trust.allowed_signers import render
from tests.git.ledgers import METRICS, NOW, Book, new_book
from tests.support import Keys, RepositoryFactory, git

NAME = ModelVersion("veran", "v1")
QUESTION = Question("veran", "v1", "staging")
FOLDER = ".quality-gates"
EVERYTHING = ["admin", "approver", "checker", "deployer"]
REFUSED = (CannotDecide, NotAllowed, UnknownVersion, UsageError, ConfigError)
"""What the program says to a member who may not do a thing, or not yet."""


class Company:
    """Alice, bob and carol, all with all roles, each in a clone without remotes; they pull from each other."""

    def __init__(self, make: RepositoryFactory, keys: Keys, rng: random.Random) -> None:
        self.rng, self.now = rng, NOW
        first = new_book(make("alice"), keys.alice, os.environ)
        people = (keys.alice, keys.bob, keys.carol)
        signers = render([Signer(key.principal, key.public) for key in people])
        with first.open() as ledger:
            text = ledger.chain.accepted[ledger.root].record.policy_toml
            for key in people:
                text = set_roles(text, key.principal, EVERYTHING)
            self.root = ledger.root
            propose(ledger, first.signer(), Draft(policy_toml=text, allowed_signers=signers), NOW, _silent)
        others = [Book(copy(first.path, key.principal), key, os.environ) for key in people[1:]]
        self.books = [first, *others]
        for book in self.books:
            git(book.path, "config", "gitgates.root", self.root)
            git(book.path, "reset", "--quiet", "--hard")

    def step(self) -> None:
        """Let somebody do something, or be refused; then the clone must be sound."""
        self.now += timedelta(minutes=10)
        book = self.rng.choice(self.books)
        book.now = self.now
        actions = (self.pull, self.pull, self.report, self.report, self.approve, self.reject, self.deploy, self.change)
        with contextlib.suppress(*REFUSED):
            self.rng.choice(actions)(book)
        is_sound(book, self.now)

    def pull(self, book: Book) -> None:
        merge(book.path, self.rng.choice(self.books).path)

    def report(self, book: Book) -> None:
        report = book.report(str(NAME), metrics=METRICS)
        if self.rng.random() < 0.6:
            book.approve(str(NAME), report)

    def approve(self, book: Book) -> None:
        with book.open() as ledger:
            reports = open_version(ledger, NAME, self.now).known.latest_reports("staging")
        for report in reports:
            book.approve(str(NAME), report)  # type: ignore[arg-type] # anything with an id is written already

    def reject(self, book: Book) -> None:
        book.reject(str(NAME))

    def deploy(self, book: Book) -> None:
        book.deploy(str(NAME), undo=self.rng.random() < 0.3)

    def change(self, book: Book) -> None:
        """Change how many approvals the context asks for; where policies have forked, that joins them."""
        with book.open() as ledger:
            newest = ledger.chain.accepted[self.rng.choice(ledger.chain.heads())].record
            before = newest.parsed.context("staging")
            assert before is not None
            wanted = self.rng.choice([n for n in (0, 1, 2) if n != before.required_approvals])
            old = f"[contexts.staging]\nrequired_approvals = {before.required_approvals}"
            text = newest.policy_toml
            text = text.replace(old, "[contexts.staging]")
            text = text.replace("[contexts.staging]", f"[contexts.staging]\nrequired_approvals = {wanted}")
            draft = Draft(policy_toml=text, allowed_signers=newest.allowed_signers)
            propose(ledger, book.signer(), draft, self.now, _silent)


def _silent(done: int, total: int) -> None:
    """Tell nobody."""


def copy(path: Path, name: str) -> Path:
    """Return a clone of `path` beside it that knows of no remote."""
    made = path.parent / name
    git(path.parent, "clone", "--quiet", path, made)
    git(made, "remote", "remove", "origin")
    return made


def merge(into: Path, source: Path) -> None:
    """Merge another clone's branch; where both changed the files for people, keep one's own."""
    git(into, "fetch", "--quiet", source, "main")
    git(into, "merge", "--quiet", "--no-edit", "-X", "ours", "FETCH_HEAD")


def is_sound(book: Book, now: datetime) -> None:
    """`verify` has nothing to say that could affect an answer, but for a fork; what it saw is remembered."""
    with book.open() as ledger:
        outcome = verify(ledger, now)
        found = [finding for finding in outcome.findings if finding.affects_decision]
        if len(ledger.chain.heads()) == 1:
            assert found == []
            assert remember(ledger, outcome)
        else:
            assert [(f.code, "are in force at once" in f.text) for f in found] == [("policy", True)]
        assert not ledger.chain.missing
        assert set(ledger.chain.refused) <= ledger.chain.pending


def gist(path: Path, now: datetime) -> Any:
    """Return the decision, as far as it does not tell the order in which files are read."""
    with Ledger.open(str(path), environ=os.environ) as ledger:
        try:
            decision = decide(open_version(ledger, NAME, now, must_exist=False).known, QUESTION)
        except CannotDecide as error:
            return error.cause
    states = [(c.state, sorted(c.records), c.cause) for c in decision.conditions]
    return decision.answer.value, decision.policy, sorted(decision.reports), sorted(decision.approvals), states


def union_by_files(paths: Iterable[Path], into: Path) -> None:
    """Copy the ledgers' files together and commit them: a union that git knows nothing of."""
    for path in paths:
        shutil.copytree(path / FOLDER, into / FOLDER, dirs_exist_ok=True)
    git(into, "add", "--force", FOLDER)
    git(into, "commit", "--quiet", "--allow-empty", "--message", "Union")


def named_files(path: Path) -> dict[str, Path]:
    """Return the records that other records name as parents, by id."""
    with Ledger.open(str(path), environ=os.environ) as ledger:
        known = open_version(ledger, NAME, NOW, must_exist=False).known
        inner = known.graph.reached_from(known.heads)
        versions = path / FOLDER / "models" / NAME.model / NAME.version
        return {i: next(versions.glob(f"*-{i}.json")) for i in sorted(inner & known.records.keys())}


def check_one_history(make: RepositoryFactory, keys: Keys, seed: int) -> str:
    """Let a company work, then unite its clones in several ways; return the answer."""
    rng = random.Random(seed)
    company = Company(make, keys, rng)
    for _ in range(rng.randint(6, 14)):
        company.step()
    paths = [book.path for book in company.books]
    top, answers = paths[0].parent, []
    for number in range(2):
        order = rng.sample(paths, len(paths))
        united = copy(order[0], f"united{number}")
        git(united, "config", "gitgates.root", company.root)
        for path in order[1:]:
            merge(united, path)
        is_sound(Book(united, keys.alice, os.environ), company.now)
        answers.append(gist(united, company.now))
    by_files = copy(paths[0], "by-files")
    git(by_files, "config", "gitgates.root", company.root)
    union_by_files(paths, by_files)
    answers.append(gist(by_files, company.now))
    assert answers[0] == answers[1] == answers[2]
    check_a_gap(top / "by-files", company.now, rng)
    return str(answers[0][0])


def check_a_gap(path: Path, now: datetime, rng: random.Random) -> None:
    """Delete one record that another names, with its signature: nothing is allowed any more."""
    named = named_files(path)
    if named:
        lost = rng.choice(list(named.values()))
        git(path, "rm", "--quiet", lost, f"{lost}.sig")
        git(path, "commit", "--quiet", "--message", "Less")
        assert gist(path, now)[0] == "cannot decide"


@pytest.mark.parametrize("seed", range(4))
def test_clones_that_work_apart_and_merge(repository: RepositoryFactory, keys: Keys, seed: int) -> None:
    check_one_history(repository, keys, seed)


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(100, 160))
def test_many_clones_that_work_apart_and_merge(repository: RepositoryFactory, keys: Keys, seed: int) -> None:
    check_one_history(repository, keys, seed)
