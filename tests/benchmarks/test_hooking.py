"""The hooks that are measured do their work: what they let pass, they refuse where a record is missing."""

from pathlib import Path

import attrs

from benchmarks.environment import Installed
from benchmarks.hooking import environ_of, hooks_of
from benchmarks.ledgers import Shape, build
from benchmarks.measure import run_once
from tests.support import git


def test_both_hooks_judge_what_is_pushed(installed: Installed, tmp_path: Path) -> None:
    built = build(tmp_path / "built", Shape(versions=100, plan="production report"))
    good = git(built.path, "rev-parse", "quality-gates")
    git(built.path, "checkout", "-q", "quality-gates")
    git(built.path, "rm", "-q", ".quality-gates/models/model-0000/v99/*-report-*")
    git(built.path, "commit", "-q", "-m", "Take a record away")
    bad = git(built.path, "rev-parse", "quality-gates")
    git(built.path, "branch", "kept", bad)  # so that the bare clone has it
    git(built.path, "reset", "-q", "--hard", good)
    hooks = dict(hooks_of(installed, built))
    assert [title.split(",")[0] for title in hooks] == [
        "`pre-push` of 10 records of 10 model versions",
        "`pre-receive` of 100 records of 100 model versions",
    ]
    for hook in hooks.values():
        run_once(hook, environ_of(installed))
        tampered = attrs.evolve(hook, stdin=hook.stdin.replace(good.encode(), bad.encode()), codes=(1,))
        assert tampered.stdin != hook.stdin
        run_once(tampered, environ_of(installed))
