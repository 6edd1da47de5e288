"""Killed at any call of git, a command loses nothing that it accepted, and the next one works."""

import json
import os
from pathlib import Path

import pytest

from tests.git.killing import Killer, Point, check_sound, commits_as_user, process
from tests.git.ledgers import notes
from tests.git.team import Clone, Team, files_of
from tests.support import git

NAME = "veran:v1"
AT = ("--model", NAME, "--context", "staging")
REJECT = ("reject", *AT, "--reason", "slow", "--json")
MIGRATE = ("migrate", "--to", "quality-gates", "--json")
DEPLOY = ("deploy", *AT, "--target", "cluster", "--json", "--offline")


@pytest.fixture
def killer(tmp_path: Path) -> Killer:
    return Killer.made(tmp_path / "bin")


def approved(team: Team) -> set[str]:
    """Have an approved version; return the paths of its records."""
    report = team.alice.report(NAME)
    return {report.path, team.alice.approve(NAME, report).path}


def deployments(team: Team, clone: Clone) -> list[str]:
    """Return the outcome of every record of a deployment, the oldest first."""
    events = json.loads(team.cli(clone, "history", "--model", NAME, "--json").out)["events"]
    return [event["outcome"] for event in events if event["kind"] == "deployment"]


def answer(team: Team, clone: Clone) -> str:
    """Return what `can-deploy` answers, by the clock of the processes that were killed."""
    return str(json.loads(team.cli(clone, "can-deploy", *AT, "--json").out)["answer"])


POINTS = (
    Point("unpack-objects"), Point("update-index"), Point("update-index", after=True), Point("update-ref"),
    Point("update-ref", after=True),
)  # fmt: skip


@pytest.mark.parametrize("at", POINTS, ids=str)
def test_a_rejection(code: Team, killer: Killer, at: Point) -> None:
    alice = code.alice
    written = approved(code)
    assert killer.run(at, alice, *REJECT).killed
    is_there = at == Point("update-ref", after=True)
    assert answer(code, alice) == ("denied" if is_there else "allowed")
    check_sound(code, alice, written)
    done = process(alice, *REJECT)
    assert done.code == 0, done
    assert answer(code, alice) == "denied"
    commits_as_user(alice)
    check_sound(code, alice, written | set(done.paths()))


@pytest.mark.deep
@pytest.mark.parametrize("after", [False, True])
def test_a_rejection_at_every_call(team: Team, killer: Killer, after: bool) -> None:
    alice = team.alice
    written = approved(team)
    for number, done in enumerate(killer.runs(alice, *REJECT, after=after)):
        written |= {*done.paths(), alice.report(f"other:{number}").path}
        check_sound(team, alice, written)
    assert answer(team, alice) == "denied"
    commits_as_user(alice)
    check_sound(team, alice, written)


@pytest.mark.parametrize("at", [Point("unpack-objects"), Point("update-ref"), Point("update-ref", after=True)], ids=str)
def test_reindex(own: Team, killer: Killer, at: Point) -> None:
    alice = own.alice
    written = approved(own)
    whole = notes(alice.path)
    assert whole
    for ref in whole:
        git(alice.path, "update-ref", "-d", ref)
    branches = git(alice.path, "for-each-ref", "refs/heads")
    assert killer.run(at, alice, "reindex").killed
    assert notes(alice.path) in ({}, whole)
    check_sound(own, alice, written)
    assert process(alice, "reindex").code == 0
    assert notes(alice.path) == whole
    assert git(alice.path, "for-each-ref", "refs/heads") == branches


@pytest.mark.deep
@pytest.mark.parametrize("after", [False, True])
def test_reindex_at_every_call(team: Team, killer: Killer, after: bool) -> None:
    alice = team.alice
    written = approved(team)
    written.add(alice.report("other:1").path)
    whole = notes(alice.path)
    for ref in whole:
        git(alice.path, "update-ref", "-d", ref)
    for _ in killer.runs(alice, "reindex", after=after):
        found = notes(alice.path)
        assert found == {ref: whole[ref] for ref in found}
        check_sound(team, alice, written)
        if found == whole:
            git(alice.path, "update-ref", "-d", next(iter(whole)))


def test_the_command_of_a_deployment_dies_with_it(own: Team) -> None:
    """A deployment that started and never ended shows, and keeps nobody from deploying again."""
    alice = own.alice
    written = approved(own)
    assert process(alice, *DEPLOY, "--", "sh", "-c", "kill -KILL $PPID").killed
    check_sound(own, alice, written)
    status = own.cli(alice, "status", "--model", NAME)
    assert "and not ended: deployment on cluster by alice@example.com" in status.out
    assert "deployment started" in own.cli(alice, "history", "--model", NAME).out
    done = process(alice, *DEPLOY, "--", "true")
    assert done.code == 0, done
    written |= set(done.paths())
    check_sound(own, alice, written)
    shown = own.cli(alice, "status", "--model", NAME).out
    assert shown.count("and not ended") == 1  # what was cut off stays told


@pytest.mark.parametrize(
    ("at", "outcomes"),
    [
        (Point("update-ref"), []),
        (Point("update-ref", after=True), ["started"]),
        (Point("update-ref", number=3), ["started"]),
        (Point("update-ref", after=True, number=3), ["started", "succeeded"]),
    ],
    ids=str,
)
def test_a_deployment(own: Team, killer: Killer, at: Point, outcomes: list[str]) -> None:
    alice = own.alice
    written = approved(own)
    ran = alice.path.parent / "ran"
    assert killer.run(at, alice, *DEPLOY, "--", "touch", str(ran)).killed
    assert ran.exists() == (at.number == 3)
    assert deployments(own, alice) == outcomes
    check_sound(own, alice, written)
    assert ("not ended" in own.cli(alice, "status", "--model", NAME).out) == (outcomes == ["started"])
    assert process(alice, *DEPLOY, "--", "true").code == 0
    assert deployments(own, alice) == [*outcomes, "started", "succeeded"]
    check_sound(own, alice, written)


@pytest.mark.deep
@pytest.mark.parametrize("after", [False, True])
def test_a_deployment_at_every_call(team: Team, killer: Killer, after: bool) -> None:
    alice = team.alice
    written = approved(team)
    ran = alice.path.parent / "ran"
    for done in killer.runs(alice, *DEPLOY, "--", "touch", str(ran), after=after):
        written |= set(done.paths())
        check_sound(team, alice, written)
        assert deployments(team, alice) or not ran.exists()  # never without a record that it began
        assert answer(team, alice) == "allowed"


MOVES = (
    Point("update-ref"), Point("update-ref", after=True), Point("unpack-objects", number=2), Point("config --local"),
)  # fmt: skip


@pytest.mark.parametrize("at", MOVES, ids=str)
def test_a_move_to_another_branch(code: Team, killer: Killer, at: Point) -> None:
    alice = code.alice
    written = approved(code)
    assert killer.run(at, alice, *MIGRATE).killed
    assert answer(code, alice) == "allowed"
    check_sound(code, alice, written)
    assert process(alice, *MIGRATE).code == 0
    assert answer(code, alice) == "allowed"
    check_moved(code, alice, written)


@pytest.mark.deep
@pytest.mark.parametrize("after", [False, True])
def test_a_move_at_every_call(code: Team, killer: Killer, after: bool) -> None:
    alice = code.alice
    written = approved(code)
    for _ in killer.runs(alice, *MIGRATE, after=after):
        assert answer(code, alice) == "allowed"
        check_sound(code, alice, written)
    check_moved(code, alice, written)


def check_moved(team: Team, clone: Clone, written: set[str]) -> None:
    check_sound(team, clone, written)
    changed = clone.git("status", "--porcelain", "--untracked-files=all").splitlines()
    assert [line for line in changed if line.endswith("policy.toml")] == []
    assert written <= dict(files_of(clone.path, "quality-gates")).keys()
    commits_as_user(clone)
    done = process(clone, *MIGRATE)
    assert (done.code, json.loads(done.out)["changed"]) == (0, False), done


@pytest.mark.parametrize("after", [False, True])
def test_sync_leaves_refs_that_doctor_clears(own: Team, killer: Killer, after: bool) -> None:
    """What keeps a dead command's objects from being collected is found, and goes when it is told to."""
    alice, bob = own.alice, own.bob
    written = approved(own)
    bob.report("other:1")
    bob.sync()
    assert killer.run(Point("push --porcelain", after), alice, "sync").killed
    scratch = git(alice.path, "for-each-ref", "--format=%(refname)", "refs/gitgates/scratch").splitlines()
    assert scratch
    check_sound(own, alice, written)
    for file in alice.path.glob(".git/refs/gitgates/scratch/**/*"):
        os.utime(file, (0, 0))
    assert "`gitgates doctor --clean`" in own.cli(alice, "doctor").out
    done = own.cli(alice, "doctor", "--clean", "--json")
    assert (done.code, json.loads(done.out)["left"]) == (0, [])
    assert git(alice.path, "for-each-ref", "refs/gitgates/scratch") == ""
    assert own.cli(alice, "doctor", "--clean").out == "nothing was left behind\n"
    alice.sync()
    own.settle(alice, bob)
    own.check(alice, bob, names=(NAME, "other:1"))
