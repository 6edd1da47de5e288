"""A model's repository with a ledger, and the commands that most sessions start with."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import attrs
import pytest

from gitgates.cli.demo import FILES
from tests.support import CHECKOUT, Gitgates, Key, Result, git

TESTS = ("--test-metrics", "junit.xml", "--test-metrics", "coverage.json")
MEASURED = (*TESTS, "--security-scan", "scan.json")


def copy_inputs(to: Path) -> None:
    """Copy what real tools wrote for `veran` into `to`."""
    shutil.copytree(FILES, to, dirs_exist_ok=True)


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a process that runs this checkout's gitgates, installed or not."""
    return {**os.environ, "PYTHONPATH": f"{CHECKOUT}{os.pathsep}{CHECKOUT / 'shim'}", **more}


@attrs.frozen
class Project:
    """A repository at `path`; calling it runs gitgates there."""

    path: Path
    run: Gitgates
    key: Key

    def __call__(self, *args: str | Path) -> Result:
        return self.run(*args, cwd=self.path)

    def json(self, *args: str | Path, code: int = 0) -> dict[str, Any]:
        """Run with `--json`, insist on the exit code, and return what was printed."""
        done = self(*args, "--json")
        assert done.code == code, done
        value = json.loads(done.out)
        assert isinstance(value, dict)
        return value

    def ok(self, *args: str | Path) -> Result:
        """Run a command that must succeed."""
        done = self(*args)
        assert done.code == 0, done
        return done

    def check(self, model: str = "veran:v6.1", context: str = "production", *more: str | Path) -> Result:
        """Record a report that passes in any context."""
        return self.ok(
            "check", "--model", model, "--context", context, "--metrics", "metrics-v6.1.json", *MEASURED, *more
        )

    def approve(self, model: str = "veran:v6.1", context: str = "production", *more: str | Path) -> Result:
        """Approve the latest report."""
        return self.ok("approve", "--model", model, "--context", context, *more)

    def approved(self, model: str = "veran:v6.1", context: str = "production") -> "Project":
        """Check and approve."""
        self.check(model, context)
        self.approve(model, context)
        return self

    def fail(self, model: str = "veran:v6.2", context: str = "staging") -> None:
        """Record a report that fails in any context."""
        (self.path / "bad.json").write_text('{"quality_score": 0.1, "throughput_tokens_per_sec": 50}')
        done = self("check", "--model", model, "--context", context, "--metrics", "bad.json")
        assert done.code == 1, done

    def records(self) -> list[str]:
        """Return the subjects of the ledger's commits, the newest first."""
        return git(self.path, "log", "--format=%s", "--grep=^Gates-Record:").splitlines()

    def answer(self, model: str = "veran:v6.1", context: str = "production", *more: str) -> str:
        """Return what `can-deploy` answers."""
        done = self("can-deploy", "--model", model, "--context", context, "--json", *more)
        value = json.loads(done.out)
        answer = str(value.get("answer", value.get("cause")))
        codes = {"allowed": 0, "denied": 1}
        assert done.code == codes.get(answer, 3), done
        return answer

    def deployments(self, model: str = "veran:v6.1") -> list[str]:
        """Return kind and outcome of every deployment and rollback of a version, the oldest first."""
        events = self.json("history", "--model", model)["events"]
        return [f"{e['kind']} {e['outcome']}" for e in events if e["kind"] in ("deployment", "rollback")]


def make_project(path: Path, gitgates: Gitgates, key: Key, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Commit the input files in the repository `path`, make a ledger there, and sign as `key` from now on."""
    monkeypatch.setenv("GITGATES_SIGNING_KEY", str(key.path))
    made = Project(path, gitgates, key)
    copy_inputs(path)
    git(path, "add", ".")
    git(path, "commit", "--quiet", "--message", "What tools wrote")
    made.ok("init")
    return made
