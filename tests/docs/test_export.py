"""docs/how-to/export.md: every command, run as printed, prints what the page shows."""

import re
import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.project import Project
from tests.docs.test_audit import CONSOLE, alike
from tests.support import CHECKOUT, Gitgates, Keys, git, run

PAGE = CHECKOUT / "docs/how-to/export.md"
ROOT = "00c9591a1b3c6cb7a839170faa1000adf1fcacd082a30b1a231d770087ae9080"


@pytest.fixture
def exporter(workplace: Path, gitgates: Gitgates, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A ledger in which alice checked and deployed, and bob approved."""
    project = Project(workplace, gitgates, keys.alice)
    project.ok("init")
    project.ok("member", "add", "bob@example.com", "--role", "approver", "--public-key", keys.bob.public)
    project.check("veran:v6.1", "production")
    with monkeypatch.context() as patch:
        patch.setenv("GITGATES_SIGNING_KEY", str(keys.bob.path))
        project.approve("veran:v6.1", "production")
    project.ok("deploy", "--model", "veran:v6.1", "--context", "production", "--target", "prod")
    return project


def test_every_command_prints_what_the_page_shows(exporter: Project) -> None:
    root = git(exporter.path, "config", "gitgates.root")
    yesterday = f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}"
    steps = [
        part for text in CONSOLE.findall(PAGE.read_text()) for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]
    ]
    assert len(steps) == 11
    for step in steps:
        command, _, shown = step.partition("\n")
        command = command.replace(ROOT, root).replace("2026-03-01", yesterday)
        program, *args = shlex.split(command)
        done = exporter(*args) if program == "gitgates" else run("sh", "-c", command, cwd=exporter.path)
        printed = done.out + done.err
        assert done.code == 0, (command, done)
        assert alike(_stamps(printed)) == alike(_stamps(shown)), command


def _stamps(text: str) -> str:
    return re.sub(r"\d{8}T\d{6}Z", "STAMP", text)
