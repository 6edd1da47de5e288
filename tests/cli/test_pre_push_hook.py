"""`hooks/pre-push` with a real push: a ledger whose records do not verify stays here."""

import os
import shutil
import sys
from pathlib import Path

from tests.cli.project import Project
from tests.support import CHECKOUT, RepositoryFactory, Result, git, run


def push(project: Project, tmp_path: Path) -> Result:
    """Push main to a bare repository, with a `gitgates` on PATH that runs this Python."""
    program = tmp_path / "bin/gitgates"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m gitgates "$@"\n')
    program.chmod(0o755)
    env = {"PATH": f"{program.parent}:{os.environ['PATH']}", "PYTHONPATH": str(CHECKOUT)}
    return run("git", "push", "origin", "main", cwd=project.path, env=env)


def install(project: Project, repository: RepositoryFactory) -> None:
    git(project.path, "remote", "add", "origin", str(repository("server", bare=True)))
    hook = project.path / ".git/hooks/pre-push"
    hook.parent.mkdir(exist_ok=True)
    shutil.copy(CHECKOUT / "hooks/pre-push", hook)


def test_a_whole_ledger_is_pushed(project: Project, repository: RepositoryFactory, tmp_path: Path) -> None:
    install(project, repository)
    done = push(project, tmp_path)
    assert done.code == 0, done


def test_a_ledger_with_a_deleted_record_is_not(project: Project, repository: RepositoryFactory, tmp_path: Path) -> None:
    install(project, repository)
    project.check("veran:v1", "staging")
    (record, _) = sorted((project.path / ".quality-gates/models/veran/v1").glob("*-report-*"))
    git(project.path, "rm", "-q", str(record), f"{record}.sig")
    git(project.path, "commit", "-q", "-m", "tidy up")
    done = push(project, tmp_path)
    assert done.code == 1
    assert "gone or changed" in done.err
    assert "the ledger is not pushed" in done.err
