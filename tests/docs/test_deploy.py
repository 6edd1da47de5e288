"""docs/how-to/deploy.md: its script does what the page says, and its tables name every variable."""

import re
from pathlib import Path

import pytest

from tests.cli.project import Project
from tests.docs.markdown import blocks
from tests.support import CHECKOUT, Gitgates, Keys

PAGE = CHECKOUT / "docs/how-to/deploy.md"


@pytest.fixture
def scripted(workplace: Path, gitgates: Gitgates, keys: Keys) -> Project:
    """The page's script lies in the repository, and v6.2 may be deployed."""
    project = Project(workplace, gitgates, keys.alice)
    project.ok("init")
    (text,) = [block.text for block in blocks(PAGE, "sh") if block.text.startswith("#!")]
    script = project.path / "deploy.sh"
    script.write_text(text)
    script.chmod(0o755)
    return project.approved("veran:v6.2")


def on_cluster(version: str) -> tuple[str, ...]:
    return ("--model", f"veran:{version}", "--context", "production", "--target", "prod-cluster")


def test_the_script_deploys_and_goes_back(scripted: Project) -> None:
    serving = scripted.path / "serving"
    scripted.ok("deploy", *on_cluster("v6.2"), "--", "./deploy.sh", "--region", "eu")
    assert serving.read_text() == "veran:v6.2\n"
    scripted.approved("veran:v6.3").ok("deploy", *on_cluster("v6.3"), "--", "./deploy.sh")
    assert serving.read_text() == "veran:v6.3\n"
    scripted.ok("rollback", *on_cluster("v6.3"), "--reason", "latency", "--", "./deploy.sh")
    assert serving.read_text() == "veran:v6.2\n"


def test_nothing_to_go_back_to(scripted: Project) -> None:
    """Neither gitgates nor the script, should it be asked to, calls the bad version rolled back."""
    scripted.ok("deploy", *on_cluster("v6.2"), "--", "./deploy.sh")
    assert scripted("rollback", *on_cluster("v6.2"), "--", "./deploy.sh").code == 2
    done = scripted("rollback", *on_cluster("v6.2"), "--or-take-off", "--", "./deploy.sh")
    assert (done.code, "GATES_TO_VERSION" in done.err) == (1, True)
    assert scripted.deployments("veran:v6.2")[2:] == ["rollback started", "rollback failed"]


def test_every_variable_is_told(scripted: Project) -> None:
    show = ("--", "sh", "-c", 'env | grep -o "^GATES_[A-Z_]*" >> variables')
    scripted.ok("deploy", *on_cluster("v6.2"), *show)
    scripted.approved("veran:v6.3").ok("deploy", *on_cluster("v6.3"), *show)
    scripted.ok("rollback", *on_cluster("v6.3"), *show)
    given = set((scripted.path / "variables").read_text().split())
    rows = [line.split("|")[1] for line in PAGE.read_text().splitlines() if line.startswith("| `GATES_")]
    assert given == set(re.findall(r"GATES_[A-Z_]+", " ".join(rows)))
