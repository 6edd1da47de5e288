"""docs/how-to/afs.md: its commands and its Python, with stand-ins where AFS itself is needed."""

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gitgates.integrations import afs_script
from gitgates.integrations.afs import register_mcp_tools
from tests.cli.project import MEASURED, Project
from tests.cli.test_afs_registry import ModelRegistry, Status
from tests.docs.afs_world import forget_afs, stand_in
from tests.docs.markdown import blocks, rows
from tests.support import CHECKOUT, Gitgates, Keys
from tests.unit.integrations.test_afs_manager import NotificationManager, run_gates

PAGE = CHECKOUT / "docs/how-to/afs.md"


@pytest.fixture
def project(workplace: Path, gitgates: Gitgates, keys: Keys) -> Project:
    made = Project(workplace, gitgates, keys.alice)
    made.ok("init")
    return made


@pytest.fixture
def afs() -> Iterator[ModelRegistry]:
    """Give AFS's registry, and put it and AFS's notifications where imports find them."""
    registry = ModelRegistry()
    scores = {"overall": 0.93, "latency_ms": 100, "throughput_tokens_per_sec": 60, "memory_mb": 1000}
    registry.versions["veran", "v6.2"] = SimpleNamespace(status=Status.COMPLETED, evaluation_scores=scores)
    for name in ("afs", "afs.registry"):
        stand_in(name, package=True)
    stand_in("afs.registry.database", ModelRegistry=lambda: registry)
    stand_in("afs.notifications", NotificationManager=NotificationManager)
    yield registry
    forget_afs()


def test_commands(
    project: Project,
    afs: ModelRegistry,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    status, install, check = (block.text.splitlines() for block in blocks(PAGE, "console"))
    words = shlex.split(check[0].removeprefix("$ gitgates ").removesuffix(" ..."))
    assert project(*words, *MEASURED).code == 0
    (report,) = project.json("report", "--model", "veran:v6.2", "--context", "production")["reports"]
    assert report["afs_status"] == "completed"
    forget_afs()
    monkeypatch.setattr(sys, "argv", shlex.split(status[0].removeprefix("$ ")))
    capfd.readouterr()
    assert afs_script.main() == 0
    assert "veran:v6.2" in capfd.readouterr().out
    done = project.ok(*shlex.split(install[0].removeprefix("$ gitgates ")))
    assert done.out.replace(str(home), "/home/you").splitlines() == install[1:]


def test_python(afs: ModelRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    (block,) = blocks(PAGE, "python")
    manager = NotificationManager()
    monkeypatch.setattr(sys.modules["afs.notifications"], "NotificationManager", lambda: manager)
    names: dict[str, Any] = {}
    exec(compile(block.text, str(PAGE), "exec"), names)
    run_gates(names["gate"], 0.1)
    (message,) = manager.got
    assert (message["channel"], message["destination"], message["level"]) == ("slack", "#deployments", "error")


def test_the_page_lists_every_tool() -> None:
    told = {name.strip("`"): set(takes.replace("`", "").split(", ")) for name, takes, _ in rows(PAGE, "tool")}
    tools = register_mcp_tools(None)
    assert told == {tool["name"]: set(tool["inputSchema"]["properties"]) - {"path"} for tool in tools}
