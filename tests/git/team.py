"""Several clones of one bare repository with a ledger, for tests of sharing it."""

import os
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs

from gitgates.ledger.genesis import create_ledger
from gitgates.ledger.membership import add_member
from gitgates.ledger.proposing import Draft, Proposed, propose
from gitgates.ledger.sync.outcome import Options, Synced
from gitgates.ledger.sync.sync import sync
from gitgates.store.repository import Repository
from gitgates.trust.keys import PublicKey
from tests.git.ledgers import Book, commit_files
from tests.support import Gitgates, Key, Keys, Result, git

START = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=6)
BRANCHES: Mapping[str, str] = {"own": "quality-gates", "code": "main"}
"""A ledger on a branch of its own, and one on the branch that holds the code."""
ROLES = ("admin", "approver", "checker", "deployer")
LEDGER = ".quality-gates"


@attrs.define
class Clock:
    """One time for all clones: each record a second after the last."""

    now: datetime = START


@attrs.define
class Clone(Book):
    """A clone of the team's repository, and who writes in it."""

    clock: Clock = attrs.field(factory=Clock)

    def later(self) -> datetime:
        self.clock.now += timedelta(seconds=1)
        self.now = self.clock.now
        return self.now

    def sync(self, *, remote: str | None = None, fetch_only: bool = False, restore: bool = False) -> Synced:
        return sync(self.open, self.later, Options(remote=remote, fetch_only=fetch_only, restore=restore))

    def git(self, *args: str | Path) -> str:
        return git(self.path, *args)

    def propose(self, old: str, new: str) -> Proposed:
        """Sign a policy in which `old` reads `new`."""
        with self.open() as ledger:
            record = ledger.chain.accepted[ledger.chain.heads()[0]].record
            assert old in record.policy_toml
            draft = Draft(policy_toml=record.policy_toml.replace(old, new), allowed_signers=record.allowed_signers)
            return propose(ledger, self.signer(), draft, self.later(), lambda *_: None)

    def records(self) -> dict[str, str]:
        """Return the blob of each file of a record, in all copies of the branch that this clone reads, by path."""
        with self.open() as ledger:
            return {path: blob for commit in ledger.location.commits for path, blob in files_of(self.path, commit)}


@attrs.define
class Team:
    """A bare repository `hub`, and clones of it."""

    top: Path
    branch: str
    keys: Keys
    gitgates: Gitgates
    clock: Clock

    @property
    def hub(self) -> Path:
        return self.top / "hub.git"

    @property
    def alice(self) -> Clone:
        return self.at("alice", self.keys.alice)

    @property
    def bob(self) -> Clone:
        return self.at("bob", self.keys.bob)

    def at(self, name: str, key: Key) -> Clone:
        return Clone(self.top / name, key, os.environ, self.clock.now, self.clock)

    def clone(self, name: str, *options: str, key: Key | None = None) -> Clone:
        """Make another clone, with the root pinned."""
        git(self.top, "clone", "--quiet", *options, self.hub.as_uri(), name)
        git(self.top / name, "config", "gitgates.root", git(self.top / "alice", "config", "gitgates.root"))
        return self.at(name, key or self.keys.carol)

    def cli(self, clone: Clone, *args: str) -> Result:
        """Run gitgates in a clone."""
        return self.gitgates(*args, cwd=clone.path)

    def tip(self) -> str:
        """Return the commit of the ledger's branch on the hub, "" where it has none."""
        return git(self.hub, "for-each-ref", "--format=%(objectname)", f"refs/heads/{self.branch}")

    def on_hub(self, tip: str | None = None) -> dict[str, str]:
        return dict(files_of(self.hub, tip or self.tip()))

    def settle(self, *clones: Clone) -> None:
        """Sync until nothing goes either way."""
        for _ in range(4):
            if not any(done.received or done.sent for done in [clone.sync() for clone in clones]):
                return
        raise AssertionError("never quiet")

    def check(self, *clones: Clone, names: tuple[str, ...] = ("veran:v1",)) -> None:
        """Insist that every clone, and the hub, holds the same sound ledger, and gives the same answers."""
        there = self.on_hub()
        git(self.hub, "fsck", "--strict", "--no-dangling")
        answers = set()
        for clone in clones:
            assert clone.records() == there, clone.path.name
            clone.git("fsck", "--no-dangling")
            answers.add(tuple(clone.allowed(name) for name in names))
            done = self.cli(clone, "verify", "--jobs", "1")
            assert done.code == 0, (clone.path.name, done)
        assert len(answers) == 1, answers


def files_of(path: Path, commit: str) -> list[tuple[str, str]]:
    """Return path and blob of each file of a record, a signature or a seal."""
    rows = git(path, "ls-tree", "-r", commit, "--", f"{LEDGER}/models", f"{LEDGER}/policy").splitlines()
    return [(name, row.split()[2]) for row, _, name in (line.partition("\t") for line in rows)]


def build(top: Path, kind: str, keys: Keys) -> None:
    """Make a hub, and the clones of alice, who made the ledger, and bob; both may do everything."""
    top.mkdir()
    git(top, "init", "--quiet", "--bare", "hub.git")
    git(top, "clone", "--quiet", "hub.git", "alice")
    book = Clone(top / "alice", keys.alice, os.environ, START)
    commit_files(book.path, "First", {"train.py": "x = 1\n"})
    branch = BRANCHES[kind]
    repository = Repository.open(str(book.path))
    create_ledger(
        repository, book.signer(), keys.alice.principal, START, f"refs/heads/{branch}" if kind == "own" else None
    )
    for key in (keys.bob, keys.carol):
        with book.open() as ledger:
            record = ledger.chain.accepted[ledger.chain.heads()[0]].record
            draft = add_member(record, key.principal, ROLES, PublicKey.parse(key.public))
            assert propose(ledger, book.signer(), draft, book.later(), lambda *_: None).accepted
    book.git("push", "--quiet", "origin", *dict.fromkeys(("main", branch)))
    git(top, "clone", "--quiet", "hub.git", "bob")
    git(top / "bob", "config", "gitgates.root", book.git("config", "gitgates.root"))
    for name in ("alice", "bob"):
        git(top / name, "remote", "set-url", "origin", "../hub.git")


def copy(template: Path, to: Path, kind: str, keys: Keys, gitgates: Gitgates) -> Team:
    """Return a team of the given kind below `to`; the first one that is asked for is kept in `template`."""
    if not (template / kind).exists():
        build(template / kind, kind, keys)
    shutil.copytree(template / kind, to, symlinks=True)
    return Team(to, BRANCHES[kind], keys, gitgates, Clock(START + timedelta(hours=1)))
