"""docs/how-to/monitor.md: every command, in order, prints what the page shows."""

import json
import re
import shlex
from pathlib import Path

import pytest

from tests.cli.project import Project
from tests.docs.markdown import rows
from tests.support import CHECKOUT, Gitgates, Keys

PAGE = CHECKOUT / "docs/how-to/monitor.md"
CONSOLE = re.compile(r"^```console\n\$ (.*?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CHANGING = (
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "TIME"),
    (r"\b[0-9a-f]{12}\b", "ID"),
)


def alike(output: str) -> str:
    """Return an output without what differs from run to run."""
    for pattern, word in CHANGING:
        output = re.sub(pattern, word, output)
    return output


@pytest.fixture
def deployed(workplace: Path, gitgates: Gitgates, keys: Keys) -> Project:
    """v6.0 and then v6.1 were deployed to production, v6.0 to staging."""
    project = Project(workplace, gitgates, keys.alice)
    project.ok("init")
    for version, context, target in (
        ("v6.0", "staging", "lab"),
        ("v6.0", "production", "prod-cluster"),
        ("v6.1", "production", "prod-cluster"),
    ):
        name = f"veran:{version}"
        project.approved(name, context)
        project.ok("deploy", "--model", name, "--context", context, "--target", target)
    metrics = json.loads((workplace / "metrics-v6.1.json").read_text())
    (workplace / "prod.json").write_text(json.dumps(metrics))
    (workplace / "worse.json").write_text(json.dumps({**metrics, "quality_score": 0.7}))
    script = workplace / "deploy.sh"
    script.write_text('#!/bin/sh\necho "$GATES_MODEL:$GATES_TO_VERSION" > deployed\n')
    script.chmod(0o755)
    return project


def test_every_command_prints_what_the_page_shows(deployed: Project) -> None:
    for command, shown in CONSOLE.findall(PAGE.read_text()):
        done = deployed(*shlex.split(command)[1:])
        assert done.code == (1 if "FAILED" in shown else 0), done
        assert alike(done.out) == alike(shown), command
    assert (deployed.path / "deployed").read_text() == "veran:v6.0\n"
    deployed.ok("verify")


def test_every_baseline_is_one(deployed: Project) -> None:
    check = ("check", "--model", "veran:v6.2", "--context", "production", "--metrics", "prod.json", "--no-record")
    for cell, _ in rows(PAGE, "baseline"):
        value = deployed.json(*check, "--baseline", cell.strip("`"), code=1)  # no tests, no scan
        assert value["baseline"]["version"] == "veran:v6.1", cell
