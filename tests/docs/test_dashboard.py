"""docs/how-to/dashboard.md: every command prints what the page shows, and the Python block runs."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.cli.project import Project
from tests.docs.markdown import blocks
from tests.support import CHECKOUT, Gitgates, Keys

PAGE = CHECKOUT / "docs/how-to/dashboard.md"
CONSOLE = re.compile(r"^```console\n\$ (.*?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CHANGING = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d|\b[0-9a-f]{12}\b")


@pytest.fixture
def models(workplace: Path, gitgates: Gitgates, keys: Keys) -> Project:
    """Two versions of veran are approved, one is live; din failed."""
    project = Project(workplace, gitgates, keys.alice)
    project.ok("init")
    project.approved("veran:v6.1", "production")
    project.ok("deploy", "--model", "veran:v6.1", "--context", "production", "--target", "prod-cluster")
    project.approved("veran:v6.2", "staging")
    project.approved("veran:v6.2", "production")
    project.fail("din:v1.0")
    return project


def test_every_command_prints_what_the_page_shows(models: Project) -> None:
    steps = CONSOLE.findall(PAGE.read_text())
    assert len(steps) == 3
    for command, shown in steps:
        done = models.ok(*shlex.split(command)[1:])
        assert CHANGING.sub("X", done.out) == CHANGING.sub("X", shown), command


def test_the_python_block(models: Project) -> None:
    (block,) = blocks(PAGE, "python")
    names: dict[str, Any] = {}
    exec(compile(block.text, PAGE.name, "exec"), names)
    data = names["dashboard_data"]
    assert data["veran"]["production"]["approved_versions"] == ["v6.1", "v6.2"]
    assert data["veran"]["production"]["latest_approval"].approved
    assert data["veran"]["development"] == {"approved_versions": [], "latest_approval": None}
    assert data["din"]["staging"] == {"approved_versions": [], "latest_approval": None}
    del names["registry"]
    assert (models.path / ".git/gitgates-dashboard.json").stat().st_mode & 0o777 == 0o600
