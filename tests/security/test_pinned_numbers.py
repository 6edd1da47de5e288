"""Numbers of a file that the policy pins: an easier benchmark, or an easier figure, does not take their place."""

import json

import pytest

from gitgates.model.metric_paths import MetricPath
from gitgates.model.provenance import Input
from tests.security.world import RULES, World
from tests.support import git

PINS = '[contexts.production.metric_paths]\nquality_score = "tasks.hard.acc"\ncoverage_percent = "branches"\n'
DIGEST = "d" * 64


def read(role: str, **paths: str) -> Input:
    """Return a file of that role, of which these numbers were taken."""
    found = tuple(MetricPath(metric, path) for metric, path in paths.items())
    return Input(role, f"{role}.json", "lm-eval", DIGEST, read_from=found)


HARD = read("model", quality_score="tasks.hard.acc")
BRANCHES = read("tests", coverage_percent="branches")
FORGED: dict[str, tuple[tuple[Input, ...], str]] = {
    "no file": ((), "its quality_score was read from no file, the policy pins tasks.hard.acc"),
    "an easier benchmark": (
        (read("model", quality_score="tasks.easy.acc"), BRANCHES), "its quality_score was read from tasks.easy.acc",
    ),
    "the pinned one beside it": (
        (HARD, read("model", quality_score="tasks.easy.acc"), BRANCHES),
        "its quality_score was read from tasks.easy.acc",
    ),
    "the pinned one in the baseline's file": (
        (read("model"), read("baseline", quality_score="tasks.hard.acc"), BRANCHES),
        "its quality_score was read from a file that does not say which number it is",
    ),
    "as another metric": (
        (read("model", accuracy="tasks.hard.acc"), BRANCHES),
        "its quality_score was read from a file that does not say which number it is",
    ),
    "lines": ((HARD, read("tests", coverage_percent="lines")), "its coverage_percent was read from lines"),
    "lines beside branches": (
        (HARD, BRANCHES, read("tests", coverage_percent="lines")), "its coverage_percent was read from lines",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGED)
def test_a_report_from_other_numbers(world: World, name: str) -> None:
    """Everybody approved it, and did not look; the approver's own command does."""
    inputs, reason = FORGED[name]
    world.follow(rules=RULES + PINS)
    report = world.report(inputs=inputs)
    world.approve("bob", report)
    world.approve("carol", report)
    before = world.commit()
    asked = world.ask()
    assert (asked.code, asked.answer) == (1, "denied")
    assert reason in asked.reason
    done = world.as_person("bob", "approve", "--model", "veran:v1", "--context", "production")
    assert (done.code, reason in done.err) == (1, True)
    assert git(world.path, "rev-parse", "HEAD") == before


def test_a_report_from_the_pinned_numbers(world: World) -> None:
    world.follow(rules=RULES + PINS)
    report = world.report(inputs=(HARD, BRANCHES))
    world.approve("bob", report)
    world.approve("carol", report)
    world.commit()
    assert world.ask().answer == "allowed"


def test_a_pin_is_no_file_in_the_repository(world: World) -> None:
    """Who edits `policy.toml` and signs nothing changes no pin, and who may not sign a policy neither."""
    world.follow(rules=RULES + PINS)
    easier = RULES + PINS.replace("hard", "easy")
    world.follow(by="ci", rules=easier)
    world.commit()
    policy = world.path / ".quality-gates" / "policy.toml"
    assert "tasks.easy.acc" in policy.read_text()
    (world.path / "results.json").write_text(
        json.dumps({
            "results": {"hard": {"acc,none": 0.5}, "easy": {"acc,none": 0.99}},
            "versions": {"hard": 1, "easy": 1},
            "higher_is_better": {},
        })
    )  # fmt: skip
    check = ("--model", "veran:v1", "--context", "production", "--metrics", "results.json", "--no-record")
    judged = world.as_person("ci", "check", *check)
    assert (judged.code, "note: results.json: quality_score is tasks.hard.acc" in judged.err) == (1, True), judged
    chosen = world.as_person("ci", "check", *check, "--quality-score", "tasks.easy.acc")
    assert (chosen.code, "the policy pins tasks.hard.acc for production" in chosen.err) == (2, True), chosen
