"""`--registry afs`: a registry by AFS's contract, found where AFS's own would be."""

import enum
import sys
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from gitgates.model.names import ModelVersion
from tests.cli.project import MEASURED, Project

NAME = ModelVersion("veran", "v6.2")


class Status(enum.StrEnum):
    DRAFT = "draft"
    COMPLETED = "completed"
    DEPLOYED = "deployed"


class ModelRegistry:
    """AFS's, by its contract."""

    def __init__(self) -> None:
        self.versions: dict[tuple[str, str], Any] = {}

    def get_version(self, model: str, version: str) -> Any:
        return self.versions.get((model, version))

    def set_status(self, model: str, version: str, status: str) -> None:
        self.versions[model, version].status = Status(status)


@pytest.fixture
def registry() -> Iterator[ModelRegistry]:
    """Put a registry with `veran:v6.2` where `import afs.registry.database` finds it."""
    made = ModelRegistry()
    scores = {"overall": np.float64(0.93), "latency_ms": 100, "throughput_tokens_per_sec": 60, "memory_mb": 1000}
    made.versions["veran", "v6.2"] = SimpleNamespace(status=Status.COMPLETED, evaluation_scores=scores)
    modules = {name: ModuleType(name) for name in ("afs", "afs.registry", "afs.registry.database")}
    for module in modules.values():
        module.__path__ = []
    vars(modules["afs.registry.database"])["ModelRegistry"] = lambda: made
    sys.modules.update(modules)
    yield made
    for name in [name for name in sys.modules if name == "afs" or name.startswith("afs.")]:
        del sys.modules[name]


def check(project: Project, *more: str, code: int = 0) -> dict[str, Any]:
    words = ("check", "--model", "veran:v6.2", "--context", "production", *MEASURED, "--registry", "afs")
    return project.json(*words, "--quality-score", "overall", *more, code=code)


def version(registry: ModelRegistry) -> Any:
    return registry.versions["veran", "v6.2"]


def require(project: Project, statuses: str) -> None:
    """Have the policy ask for a status in production."""
    text = (project.path / ".quality-gates/policy.toml").read_text()
    changed = text.replace("[contexts.production]\n", f"[contexts.production]\nafs_status = {statuses}\n")
    assert changed != text
    (project.path / "policy.toml").write_text(changed)
    done = project.ok("policy", "propose", "--policy", "policy.toml")
    assert "production: afs_status is completed or deployed instead of none" in done.out + done.err


def test_scores_are_metrics_and_the_status_is_recorded(project: Project, registry: ModelRegistry) -> None:
    checked = check(project)
    (model,) = [one for one in checked["inputs"] if one["role"] == "model"]
    assert (model["file"], model["format"]) == ("afs-registry.json", "afs-registry")
    (report,) = project.json("report", "--model", "veran:v6.2", "--context", "production")["reports"]
    assert (report["afs_status"], report["metrics"]["model"]["quality_score"]) == ("completed", 0.93)


def test_the_policy_requires_a_status(project: Project, registry: ModelRegistry) -> None:
    require(project, '["deployed", "completed"]')
    version(registry).status = Status.DRAFT
    refused = check(project, code=2)["error"]
    assert refused == (
        "veran:v6.2 is draft in AFS's model registry, and the policy requires completed or deployed for production"
    )
    words = ("check", "--model", "veran:v6.2", "--context", "production", *MEASURED, "--metrics", "metrics-v6.1.json")
    assert "was not looked up in AFS's model registry" in project(*words).err
    version(registry).status = Status.COMPLETED
    check(project)
    project.approve("veran:v6.2")
    assert project.answer("veran:v6.2") == "allowed"


def test_a_report_from_before_the_policy_does_not_serve(project: Project, registry: ModelRegistry) -> None:
    project.approved("veran:v6.2")
    require(project, '["completed", "deployed"]')
    asked = project.json("can-deploy", "--model", "veran:v6.2", "--context", "production", code=1)
    assert "it was not looked up in AFS's model registry" in asked["reason"]


def test_a_deployment_sets_the_status(project: Project, registry: ModelRegistry) -> None:
    check(project)
    project.approve("veran:v6.2")
    words = ("deploy", "--model", "veran:v6.2", "--context", "production", "--target", "prod", "--registry", "afs")
    assert project(*words, "--", "false").code == 1
    assert version(registry).status is Status.COMPLETED
    assert project.ok(*words, "--", "true").err == ""
    assert version(registry).status is Status.DEPLOYED


def test_a_registry_that_refuses_leaves_the_deployment(
    project: Project, registry: ModelRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(project)
    project.approve("veran:v6.2")
    words = ("deploy", "--model", "veran:v6.2", "--context", "production", "--target", "prod", "--registry", "afs")

    def refuse(*args: str) -> None:
        raise PermissionError("read-only")

    with monkeypatch.context() as refusing:
        refusing.setattr(registry, "set_status", refuse)
        told = project.ok(*words).err
    assert "is deployed, but AFS's model registry raised PermissionError('read-only')" in told
    monkeypatch.delattr(ModelRegistry, "set_status")
    assert "has no way to set a status (set_status, update_status" in project.ok(*words).err
    assert project.json("live", "--context", "production")["targets"][0]["version"] == "v6.2"


def test_what_cannot_be_looked_up_is_told(project: Project, registry: ModelRegistry) -> None:
    before = project.records()
    version(registry).status = "odd"
    assert "the unknown status 'odd'" in check(project, code=2)["error"]
    version(registry).status = "completed"
    version(registry).evaluation_scores = {"overall": "high"}
    assert check(project, code=2)["error"] == "veran:v6.2: score overall is str, not a number"
    version(registry).evaluation_scores = {"overall": float("nan")}
    assert "afs-registry.json" in check(project, code=2)["error"]
    registry.versions.clear()
    assert check(project, code=2)["error"] == "AFS's model registry knows no veran:v6.2"
    assert project.records() == before


def test_without_afs(project: Project) -> None:
    assert "AFS's model registry is not installed here" in check(project, code=2)["error"]


def test_a_registry_that_breaks_is_no_bug_of_ours(
    project: Project, registry: ModelRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "get_version", lambda model, version: 1 / 0)
    assert "AFS's model registry raised ZeroDivisionError" in check(project, code=2)["error"]
    monkeypatch.setattr(sys.modules["afs.registry.database"], "ModelRegistry", lambda: 1 / 0)
    assert "AFS's model registry cannot be opened: ZeroDivisionError" in check(project, code=2)["error"]


def test_scores_beside_a_file_are_not_taken(project: Project, registry: ModelRegistry) -> None:
    words = ("check", "--model", "veran:v6.2", "--context", "production", *MEASURED, "--registry", "afs")
    checked = project.json(*words, "--metrics", "metrics-v6.1.json")
    assert [one["file"] for one in checked["inputs"] if one["role"] == "model"] == ["metrics-v6.1.json"]
    version(registry).evaluation_scores = {}
    nothing = project("check", "--model", "veran:v6.2", "--registry", "afs")
    assert "nothing to check" in nothing.err
