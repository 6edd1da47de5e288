"""Attacks on the index: git notes that nobody signs, and that must decide nothing."""

from collections.abc import Callable

import pytest

from gitgates.ledger.index import notes_ref
from tests.security.world import Made, World
from tests.support import git, run

REF = notes_ref("veran")
FOLDER = ".quality-gates/models/veran/v1"
READING = (
    ("history", "--model", "veran:v1"),
    ("status", "--model", "veran:v1", "--context", "production"),
    ("list", "--model", "veran"),
)


def anchor(world: World) -> str:
    return git(world.path, "rev-parse", f"HEAD:{FOLDER}/model.json")


def noted(world: World, *lines: str, on: str | None = None) -> None:
    """Write a note with these lines in place of the one that is there."""
    args = ("-c", "core.notesRef=", "notes", "--ref", REF, "add", "-f", "-F", "-", on or anchor(world))
    done = run("git", *args, cwd=world.path, stdin="".join(f"{line}\n" for line in lines))
    assert done.code == 0, done


def line(of: Made, outcome: str = "approved", kind: str = "decision") -> str:
    return f"{of.id} {kind} production {outcome} 2026-01-01T00:00:00Z carol {of.path}"


def forged(world: World, report: Made) -> None:
    """An approval that stands in the index only."""
    approval = world.approval("carol", report)
    noted(world, line(report, "passed", "report"), line(approval))


def stale(world: World, report: Made) -> None:
    """The index knows nothing of what came after the approvals: here, nothing of the report's one approval."""
    noted(world, line(report, "passed", "report"))


def removed(world: World, report: Made) -> None:
    assert world("reindex").code == 0
    git(world.path, "update-ref", "-d", REF)


def of_another_model(world: World, report: Made) -> None:
    """The lines of a model that may be deployed, under the name of this one."""
    for name in ("bob", "carol"):
        approval = world.approval(name, report, "other:v1")
        noted(world, line(approval))


def ref_to_a_blob(world: World, report: Made) -> None:
    git(world.path, "update-ref", REF, anchor(world))


def junk(world: World, report: Made) -> None:
    noted(world, "x" * 100_000, "\x1b[2J\x1b[1;1Hveran:v1 allowed", "\u202e deny")


def ref_of_another_model(world: World, report: Made) -> None:
    git(world.path, "update-ref", REF, "HEAD")


ROWS: dict[str, tuple[Callable[[World, Made], None], int]] = {
    "forged": (forged, 1),
    "stale": (stale, 1),
    "removed": (removed, 0),
    "of another model": (of_another_model, 1),
    "a ref to a blob": (ref_to_a_blob, 0),
    "a ref to the code": (ref_of_another_model, 1),
    "junk and terminal escapes": (junk, 1),
}


@pytest.mark.parametrize("name", ROWS)
def test_index(world: World, name: str) -> None:
    """No note changes an answer or a list; verify names what is wrong, and reindex mends it."""
    attack, code = ROWS[name]
    report = world.half()
    world.commit()
    before = [world(*args, "--json") for args in READING]
    attack(world, report)
    asked = world.ask()
    assert (asked.code, asked.answer) == (1, "denied")
    assert "has 1 of 2 approvals" in asked.reason
    assert [world(*args, "--json") for args in READING] == before
    done = world("verify", "--jobs", "1")
    assert done.code == code, done
    assert REF in done.out
    assert "\x1b" not in done.out + done.err
    assert "\u202e" not in done.out + done.err
    assert world("reindex").code == 0
    assert REF not in world("verify", "--jobs", "1").out


def test_a_rejection_that_the_index_does_not_know(world: World) -> None:
    """A stale index shows two approvals; the rejection is a record, and decides."""
    report = world.allowed()
    world.commit()
    assert world("reindex").code == 0
    world.reject("carol")
    world.commit()
    asked = world.ask()
    assert (asked.code, asked.answer) == (1, "denied")
    assert "reject" in asked.reason
    noted(world, line(report, "passed", "report"))
    assert world.ask() == asked
