"""`gitgates sync` as it is typed: what it prints, and its exit codes."""

from collections.abc import Callable

import pytest

from tests.cli.project import Project
from tests.support import RepositoryFactory, git


@pytest.fixture
def shared(project: Project, repository: RepositoryFactory) -> Project:
    """Give a project whose `origin` has its ledger."""
    hub = repository("hub.git", bare=True)
    git(project.path, "remote", "add", "origin", hub)
    git(project.path, "push", "--quiet", "-u", "origin", "main")
    return project


@pytest.fixture
def other(shared: Project, clone_of: Callable[..., Project]) -> Project:
    """Give a clone of the same remote, with the root pinned."""
    clone = clone_of(shared, "other")
    git(clone.path, "remote", "set-url", "origin", git(shared.path, "remote", "get-url", "origin"))
    git(clone.path, "config", "gitgates.root", git(shared.path, "config", "gitgates.root"))
    return clone


def test_words(shared: Project, other: Project) -> None:
    shared.check()
    other.fail()
    assert shared.ok("sync").out == "origin main: 0 record(s) received, 1 sent\n"
    fetched = other.ok("sync", "--fetch-only")
    assert fetched.out.splitlines() == [
        "origin main: 1 record(s) received, 0 sent",
        "  1 record(s) of this clone are not shared yet: gitgates sync",
    ]
    assert other.ok("sync").out == "origin main: 0 record(s) received, 1 sent\n"
    assert "passed" in other.ok("history", "--model", "veran:v6.1").out


def test_json(shared: Project, other: Project) -> None:
    shared.check()
    sent = shared.json("sync")
    (identifier,) = sent["sent"]
    assert (sent["remote"], sent["branch"], sent["received"], sent["unshared"]) == ("origin", "refs/heads/main", [], 0)
    assert (sent["restored"], sent["foreign"], sent["index_refused"]) == ([], [], [])
    received = other.json("sync")
    assert (received["received"], received["sent"]) == ([identifier], [])


def test_json_where_records_are_lost(shared: Project) -> None:
    shared.check()
    shared.ok("sync")
    hub = git(shared.path, "remote", "get-url", "origin")
    git(shared.path, "push", "--quiet", "--force", hub, "HEAD~1:main")
    failed = shared.json("sync", code=3)
    assert (failed["cause"], "origin has lost 1 record(s)" in failed["error"]) == ("incomplete", True), failed
    restored = shared.json("sync", "--restore")
    assert len(restored["restored"]) == len(restored["sent"]) == 1


def test_options_that_contradict_each_other(shared: Project) -> None:
    done = shared("sync", "--fetch-only", "--restore")
    assert (done.code, "--fetch-only sends nothing, and --restore does" in done.err) == (2, True), done


def test_outside_a_ledger(bare_project: Project) -> None:
    done = bare_project("sync")
    assert (done.code, "there is no quality-gate ledger here" in done.err) == (2, True), done


def test_approved_there_allowed_here(shared: Project, other: Project) -> None:
    shared.check()
    shared.ok("sync")
    other.ok("sync")
    other.approve()
    assert shared.answer() == "denied"
    other.ok("sync")
    shared.ok("sync", "--fetch-only")
    assert shared.answer() == other.answer() == "allowed"
