"""The tools for AFS's MCP server, called as the server calls them."""

import os
from pathlib import Path
from typing import Any

import pytest

from gitgates.integrations.afs import register_mcp_tools
from tests.cli.project import Project, environment, make_project
from tests.support import Gitgates, Keys, RepositoryFactory, git

MANAGER = object()


def handled(tool: str, /, **arguments: object) -> dict[str, Any]:
    (one,) = [one for one in register_mcp_tools(MANAGER) if one["name"] == tool]
    return one["handler"](arguments, MANAGER)


@pytest.fixture
def project(repository: RepositoryFactory, gitgates: Gitgates, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("PYTHONPATH", environment()["PYTHONPATH"])
    return make_project(repository(), gitgates, keys.alice, monkeypatch).approved()


def test_every_tool_reads_and_none_writes(project: Project) -> None:
    before = git(project.path, "for-each-ref"), git(project.path, "status", "--short")
    where = {"path": str(project.path)}
    status = handled("gates.status", model="veran", **where)
    assert status["version"] == "v6.1"
    assert {context["context"]: context["answer"] for context in status["contexts"]}["production"] == "allowed"
    history = handled("gates.history", model="veran:v6.1", context="production", **where)
    assert [event["kind"] for event in history["events"]] == ["report", "decision"]
    report = handled("gates.report", model="veran:v6.1", context="production", **where)
    assert report["reports"][0]["outcome"] == "passed"
    asked = handled("gates.can_deploy", model="veran:v6.1", context="staging", **where)
    assert (asked["answer"], asked["exit_code"]) == ("denied", 1)
    assert (git(project.path, "for-each-ref"), git(project.path, "status", "--short")) == before


def test_artifacts_are_compared(project: Project) -> None:
    (project.path / "model.bin").write_bytes(b"weights")
    project.check("veran:v6.3", "production", "--artifact", "model.bin")
    project.approve("veran:v6.3")
    asked = {"model": "veran:v6.3", "context": "production", "path": str(project.path)}
    assert handled("gates.can_deploy", **asked, artifacts=["model.bin"])["answer"] == "allowed"
    (project.path / "model.bin").write_bytes(b"others")
    denied = handled("gates.can_deploy", **asked, artifacts=["model.bin"])
    assert denied["answer"] == "denied"
    assert "is not what report" in denied["reason"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({}, "model: missing"),
        ({"model": 5}, "model: must be text"),
        ({"model": ""}, "model: must be text"),
        ({"model": ["veran:v6.1"]}, "model: must be text"),
        ({"model": "a:1\0"}, "model: must be text"),
        ({"model": "a:1", "context": "production", "artifacts": "model.bin"}, "artifacts: must be a list"),
        ({"model": "a:1", "context": "production", "artifacts": [1]}, "artifacts: must be text"),
        ({"model": "a:1", "force": "yes"}, "force: unknown argument; known are model, context, artifacts, path"),
    ],
)
def test_wrong_arguments_are_told(arguments: dict[str, object], error: str) -> None:
    answer = handled("gates.can_deploy", **arguments)
    assert answer["exit_code"] == 2
    assert error in answer["error"]


def test_a_list_where_text_belongs_is_refused() -> None:
    assert handled("gates.status", model=["a:1", "b:1"]) == {
        "schema": "gitgates/error/1",
        "error": "model: must be text",
        "remedy": "",
        "exit_code": 2,
        "notes": "",
    }


def test_a_value_is_never_an_option(project: Project) -> None:
    answer = handled("gates.can_deploy", model="--trust-first-use", context="production", path=str(project.path))
    assert (answer["exit_code"], "answer" in answer) == (2, False)
    assert "--trust-first-use" in answer["error"]


def test_mistakes_are_answers(project: Project, tmp_path: Path) -> None:
    nowhere = handled("gates.status", model="veran:v6.1", path=str(tmp_path / "nowhere"))
    assert (nowhere["exit_code"], "-C" in nowhere["error"]) == (2, True)
    unknown = handled("gates.report", model="veran:v7", path=str(project.path))
    assert unknown["exit_code"] == 1
    assert "knows no model version veran:v7" in unknown["error"]
    own = handled("gates.report")
    unsaid = handled("gates.can_deploy", model="--force", context="production", path=str(project.path))
    assert own.keys() == unknown.keys() == nowhere.keys() == unsaid.keys()
    assert {one["schema"] for one in (own, unknown, nowhere, unsaid)} == {"gitgates/error/1"}


def test_nothing_in_the_servers_folder_is_run(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("gitgates", "json"):
        (project.path / f"{name}.py").write_text("open('run', 'w')\n")
    monkeypatch.chdir(project.path)
    assert handled("gates.status", model="veran:v6.1")["exit_code"] == 0
    assert not os.path.lexists("run")


def test_schemas_say_what_is_needed() -> None:
    schemas = {tool["name"]: tool["inputSchema"] for tool in register_mcp_tools(MANAGER)}
    assert schemas["gates.can_deploy"]["required"] == ["model", "context"]
    assert schemas["gates.can_deploy"]["properties"]["artifacts"]["type"] == "array"
    assert all(schema["additionalProperties"] is False for schema in schemas.values())
