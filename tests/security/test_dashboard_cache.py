"""What lists remember under `.git/` can be forged by whoever can write there; no answer rests on it."""

import json
from typing import Any

from gitgates import RegistryIntegration
from gitgates.api.session import Session
from gitgates.ledger.dashboard.kept import FILE_NAME
from tests.security.world import World


def forged(world: World) -> dict[str, Any]:
    """Have the lists say that veran:v1, which lacks an approval, is approved."""
    world.half()
    world.commit()
    assert world("list").code == 0
    cache = world.path / ".git" / FILE_NAME
    value: dict[str, Any] = json.loads(cache.read_text())
    for summary in value["models"]["veran"][3][0][2]:
        if summary[0] == "production":
            summary[2:5] = ["allowed", "all conditions are met", "2026-01-01T00:00:00.000000Z"]
    cache.write_text(json.dumps(value))
    return value


def test_a_forged_memory_of_lists(world: World) -> None:
    forged(world)
    assert "veran:v1       production  allowed" in world("list").out  # a list is no answer, and says what it is told
    answer = world.ask()
    assert (answer.code, answer.answer) == (1, "denied")
    assert "has 1 of 2 approvals" in answer.reason
    (shown,) = [line for line in world("status", "--model", "veran:v1").out.splitlines() if "production" in line]
    assert "denied" in shown
    dashboard = json.loads(world("dashboard", "--json").out)["models"]["veran"]["production"]
    assert dashboard["approved_versions"] == ["v1"]
    assert dashboard["latest_approval"]["approved"] is False
    registry = RegistryIntegration(session=Session(path=str(world.path)))
    assert registry.list_approved_versions("veran", "production") == ["v1"]
    status = registry.get_approval_status("veran", "v1", "production")
    assert status is not None
    assert status.approved is False
    assert registry.is_deployable("veran", "v1", "production") is False
    assert "denied" in world("list", "--no-cache").out
    assert "allowed" not in world("list").out


def test_a_memory_that_others_can_write(world: World) -> None:
    """The file lies in a repository that a group shares, and another of the group may write it."""
    forged(world)
    (world.path / ".git" / FILE_NAME).chmod(0o620)
    assert "allowed" not in world("list").out


def test_a_link_in_place_of_the_memory(world: World) -> None:
    value = forged(world)
    cache = world.path / ".git" / FILE_NAME
    elsewhere = world.path.parent / "elsewhere.json"
    elsewhere.write_text(json.dumps(value))
    elsewhere.chmod(0o600)
    cache.unlink()
    cache.symlink_to(elsewhere)
    assert "allowed" not in world("list").out
    assert json.loads(elsewhere.read_text()) == value
