"""docs/how-to/audit.md: every command, on a ledger with something to find, prints what the page shows."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.project import Project
from tests.support import CHECKOUT, Gitgates, Keys, Result, git, run

PAGE = CHECKOUT / "docs/how-to/audit.md"
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CHANGING = (
    (r"SHA256:[\w+/]{43}", "SHA256:KEY"),
    (r"\d{8}T\d{6}Z-", "STAMP-"),
    (r"\d{4}-\d\d-\d\d", "DAY"),
    (r"\d\d:\d\d:\d\d(\.\d{6})?", "TIME"),
    (r"\b([0-9a-f]{64}|[0-9a-f]{12})\b", "ID"),
    (r"\.\.\.[\w+/]{12}\b", "...KEY"),
)


def sessions() -> list[tuple[str, str]]:
    """Return each command of the page with the output that it shows."""
    found = []
    for text in CONSOLE.findall(PAGE.read_text()):
        for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append((command, output))
    return found


def without_notices(output: str) -> str:
    """Return an output as it is where the ledger is on main and the index is there, which the page tells of."""
    assert output.count("notice: ") == output.count("has no index here")
    output = re.sub(r"^notice: .*\n  .*\n|^  rebuilt refs/.*\n", "", output, flags=re.MULTILINE)
    return output.replace("origin/quality-gates:", "main:")


def alike(output: str) -> str:
    """Return an output without what differs from run to run."""
    for pattern, word in CHANGING:
        output = re.sub(pattern, word, output)
    return output


def fill(project: Project, keys: Keys, monkeypatch: pytest.MonkeyPatch, *init: str) -> None:
    """Make a ledger in which alice and bob checked, approved, forced, rejected and deployed."""

    def as_bob(*args: str | Path) -> None:
        with monkeypatch.context() as patch:
            patch.setenv("GITGATES_SIGNING_KEY", str(keys.bob.path))
            project.ok(*args)

    project.ok("init", *init)
    project.ok("member", "add", "bob@example.com", "--role", "approver", "--public-key", keys.bob.public)
    project.check("veran:v6.1", "production")
    as_bob("approve", "--model", "veran:v6.1", "--context", "production")
    project.ok("deploy", "--model", "veran:v6.1", "--context", "production", "--target", "prod-cluster")
    project.fail("veran:v6.2", "staging")
    as_bob("approve", "--model", "veran:v6.2", "--context", "staging", "--force", "--reason", "only for the demo")
    as_bob("reject", "--model", "veran:v6.2", "--context", "production", "--reason", "it stutters")


@pytest.fixture(params=["main", "origin/quality-gates"])
def audited(
    workplace: Path, gitgates: Gitgates, keys: Keys, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Project:
    """Give a clone, and its shell what the page has people type; far from Greenwich, so that days are another's."""
    project = Project(workplace, gitgates, keys.alice)
    types = f"ledger={request.param}"
    assert f"| `{types}` |" in PAGE.read_text()
    monkeypatch.setenv(*types.split("="))
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    if request.param == "main":
        fill(project, keys, monkeypatch)
        return project
    fill(project, keys, monkeypatch, "--ledger-branch", "quality-gates")
    git(workplace.parent, "clone", "--quiet", workplace.as_uri(), "fresh")
    git(workplace.parent / "fresh", "config", "gitgates.root", git(workplace, "config", "gitgates.root"))
    return Project(workplace.parent / "fresh", gitgates, keys.alice)


def ask(project: Project, command: str, keys: Keys) -> Result:
    """Run a command of the page, with the days and the key of this ledger in place of the page's."""
    now = datetime.now(UTC)
    days = {"2026-03-01": now - timedelta(days=1), "2026-03-02": now, "2026-03-31": now + timedelta(days=1)}
    for day, here in days.items():
        command = command.replace(day, f"{here:%Y-%m-%d}")
    (fingerprint,) = re.findall(r"SHA256:\S+", run("ssh-keygen", "-l", "-f", f"{keys.bob.path}.pub").out)
    command = re.sub(r"SHA256:\S+", lambda _: fingerprint, command)
    if command.startswith("gitgates "):
        return project(*command.split()[1:])
    return run("sh", "-c", command, cwd=project.path)


def test_every_command_prints_what_the_page_shows(audited: Project, keys: Keys) -> None:
    for command, shown in sessions():
        done = ask(audited, command, keys)
        assert (done.code, done.err) == (0, ""), command
        if "--json" in command:
            value = json.loads(done.out)
            assert [one["outcome"] for one in value["records"]] == ["forced"]
            assert value["records"][0]["record"]["reason"] == "only for the demo"
        else:
            assert alike(without_notices(done.out)) == alike(shown), command


def test_every_question_has_a_command_and_its_answer() -> None:
    asked = PAGE.read_text().split("\n## ")[1:]
    assert all(CONSOLE.search(question) for question in asked)
    assert len(asked) == 9
    assert all(shown for command, shown in sessions() if "--json" not in command)
