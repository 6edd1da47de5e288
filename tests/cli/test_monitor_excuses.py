"""`gitgates monitor`: what need not be measured after deployment, and what an approver has accepted."""

import json
from typing import Any

import pytest

from tests.cli.project import MEASURED, Project

IN = ("--model", "veran:v6.1", "--context", "production")
MONITOR = ("monitor", "--model", "veran", "--context", "production", "--metrics", "prod.json")
ROLL_BACK = ("--rollback-on-fail", "--or-take-off", "--", "touch", "rolled-back")
PINNED = """
[[contexts.production.metric]]
name = "toxicity"
max = 0.05
max_increase = 0.1

[[contexts.production.metric]]
name = "bias"
max = 1
"""


def measure(project: Project, **numbers: Any) -> None:
    """Write metrics: those of v6.1 but for `numbers`; None leaves one out."""
    metrics = json.loads((project.path / "metrics-v6.1.json").read_text()) | numbers
    (project.path / "prod.json").write_text(
        json.dumps({name: value for name, value in metrics.items() if value is not None})
    )


def deploy(project: Project) -> None:
    project.ok("check", *IN, "--metrics", "prod.json", *MEASURED)
    project.approve()
    project.ok("deploy", *IN, "--target", "prod")


def propose(project: Project, *, more: str = "", **settings: str) -> None:
    """Have the policy say something else of production."""
    policy = project.path / ".quality-gates" / "policy.toml"
    head, table, rest = policy.read_text().partition("[contexts.production]\n")
    kept = [line for line in rest.splitlines(keepends=True) if line.partition(" =")[0] not in settings]
    policy.write_text("".join([head, table, *(f"{key} = {value}\n" for key, value in settings.items()), *kept, more]))
    project.ok("policy", "propose")


# --- not measured ---


@pytest.fixture
def pinning(project: Project) -> Project:
    """What is live was judged by two metrics that the policy pins."""
    propose(project, more=PINNED)
    measure(project, toxicity=0.02, bias=0.5)
    deploy(project)
    return project


def test_metrics_of_ones_own_need_not_be_measured(pinning: Project) -> None:
    measure(pinning, toxicity=0.02)
    done = pinning.ok(*MONITOR, *ROLL_BACK)
    assert "prod: PASSED; not judged: bias not measured; recorded report " in done.out
    value = pinning.json(*MONITOR)
    assert (value["outcome"], value["not_judged"], value["worse"]) == ("passed", ["bias not measured"], [])
    (report,) = pinning.json("report", *IN, "--record", value["records"][0]["id"])["reports"]
    assert [rule["name"] for rule in report["metric_rules"]] == ["toxicity"]
    assert report["metrics"]["custom"] == [{"name": "toxicity", "value": 0.02, "baseline": 0.02}]
    pinning.ok("verify")
    # Before a deployment they are needed as ever.
    assert pinning("check", *IN, "--metrics", "prod.json", *MEASURED).code == 1


def test_none_of_them_is_measured(pinning: Project) -> None:
    measure(pinning)
    value = pinning.json(*MONITOR)
    assert value["not_judged"] == ["bias not measured", "toxicity not measured"]
    (report,) = pinning.json("report", *IN, "--record", value["records"][0]["id"])["reports"]
    assert (report["rules"], "metric_rules" in report) == ("gates/1", False)
    pinning.ok("verify")


def test_nothing_else_is_measured(pinning: Project) -> None:
    (pinning.path / "prod.json").write_text('{"toxicity": 0.02, "bias": 0.5}')
    value = pinning.json(*MONITOR)
    assert [check["gate_name"] for check in value["checks"]] == ["bias", "toxicity"]
    (pinning.path / "prod.json").write_text('{"toxicity": 0.03}')
    done = pinning(*MONITOR, *ROLL_BACK)
    assert done.code == 1
    assert "toxicity 0.03 against 0.02 exceeds the allowed increase of 10%; not judged: bias not measured" in done.out
    assert "; rolled back and no version was live before it" in done.out
    pinning.ok("verify")


def test_what_the_policy_pins_cannot_be_loosened_for_monitoring(pinning: Project) -> None:
    (pinning.path / "pyproject.toml").write_text('[[tool.gitgates.production.metric]]\nname = "bias"\nmax = 9\n')
    measure(pinning, toxicity=0.02)
    done = pinning(*MONITOR)
    assert (done.code, "the metric bias: max = 9 is looser than the floor 1" in done.err) == (2, True)


def test_a_baseline_that_the_policy_asks_for_is_that_of_the_live_version(pinning: Project) -> None:
    propose(pinning, require_baseline='"record"')
    measure(pinning, quality_score=None, toxicity=0.02, bias=0.5)
    done = pinning(*MONITOR)
    assert (done.code, "quality score not measured" in done.out) == (1, True)


def test_samples_that_are_not_told(pinning: Project) -> None:
    policy = pinning.path / ".quality-gates" / "policy.toml"
    policy.write_text(policy.read_text().replace("max_increase = 0.1\n", "max_increase = 0.1\nmin_samples = 10\n"))
    pinning.ok("policy", "propose")
    measure(pinning, toxicity=0.02, bias=0.5)
    told = "toxicity: how many samples there were is not known"
    assert told in pinning("check", *IN, "--metrics", "prod.json", *MEASURED, "--no-record").out
    assert f"PASSED; not judged: {told}; recorded" in pinning.ok(*MONITOR).out
    measure(pinning, toxicity=0.06, bias=0.5)
    assert pinning.json(*MONITOR, code=1)["worse"][0] == "toxicity 0.06 is above the maximum 0.05"


def test_nothing_to_monitor(pinning: Project) -> None:
    commits = len(pinning.records())
    (pinning.path / "prod.json").write_text('{"perplexity": 7.5}')
    done = pinning(*MONITOR, *ROLL_BACK)
    assert done.code == 2
    assert "nothing to monitor: no number is one that production judges (quality score not measured; " in done.err
    assert "bias not measured; toxicity not measured). Give the metrics that the live version's report has" in done.err
    assert len(pinning.records()) == commits


# --- waived ---


@pytest.fixture
def waiving(project: Project) -> Project:
    """v6.1 is live, and may be a little slow."""
    propose(project, allow_waivers="true")
    measure(project)
    deploy(project)
    return project


def waive(project: Project, finding: str = "max_latency_increase") -> str:
    value = project.json("waive", *IN, "--finding", finding, "--expires", "30d", "--reason", "a larger model")
    return str(value["records"][0]["id"])


def test_what_was_waived_rolls_nothing_back(waiving: Project) -> None:
    measure(waiving, latency_ms=60)
    assert waiving(*MONITOR).code == 1
    waiver = waive(waiving)
    done = waiving.ok(*MONITOR, *ROLL_BACK)
    (line,) = done.out.splitlines()
    assert line.startswith("veran:v6.1 production on prod: PASSED with what was waived; model_quality: latency 60")
    assert "; waived: max_latency_increase until " in line
    assert "by alice@example.com; recorded report " in line
    assert not (waiving.path / "rolled-back").exists()
    value = waiving.json(*MONITOR)
    assert (value["outcome"], value["passes_with_waivers"], value["worse"]) == ("failed", True, [])
    assert value["waivers"] == [waiver]
    assert value["waived"][0].startswith("max_latency_increase until ")
    # The record says what the numbers say.
    assert waiving.records()[0] == "gates: report veran:v6.1 production failed after deployment"
    waiving.ok("verify")
    # Withdrawn, it excuses nothing any more.
    waiving.ok("withdraw", *IN, "--record", waiver[:12], "--reason", "too slow after all")
    done = waiving(*MONITOR, *ROLL_BACK)
    assert (done.code, "; rolled back and " in done.out) == (1, True)


def test_a_version_that_went_live_on_a_waiver(project: Project) -> None:
    """It is watched like any other, and is not rolled back for what was accepted before it was deployed."""
    propose(project, allow_waivers="true")
    measure(project, quality_score=0.8)
    assert project("check", *IN, "--metrics", "prod.json", *MEASURED).code == 1
    waive(project, "min_quality_score")
    project.approve()
    project.ok("deploy", *IN, "--target", "prod")
    assert "PASSED with what was waived; model_quality: quality score 0.8" in project.ok(*MONITOR, *ROLL_BACK).out
    measure(project, quality_score=0.7)  # a loss against its own report was not accepted
    assert project.json(*MONITOR, code=1)["worse"] == [
        "quality score 0.7 against 0.8 exceeds the allowed regression of 2.00%"
    ]


def test_something_else_is_worse_too(waiving: Project) -> None:
    waive(waiving)
    measure(waiving, latency_ms=60, quality_score=0.5)
    done = waiving(*MONITOR, *ROLL_BACK)
    assert (done.code, "prod: FAILED; " in done.out, "; rolled back and " in done.out) == (1, True, True)
    told = waiving.ok("history", "--model", "veran:v6.1").out
    assert "of monitoring failed: quality score 0.5 is below 0.85; quality score 0.5 against 0.91" in told
    assert "latency" not in told.partition("of monitoring failed")[2].splitlines()[0]


def test_something_else_is_missing(waiving: Project) -> None:
    waive(waiving)
    measure(waiving, latency_ms=60, throughput_tokens_per_sec=None)
    done = waiving(*MONITOR, *ROLL_BACK)
    assert done.code == 1
    assert "; not rolled back: no other number is worse than allowed, some are missing; " in done.out
    assert not (waiving.path / "rolled-back").exists()


def test_a_waiver_of_something_else(waiving: Project) -> None:
    waive(waiving, "max_memory_increase_percent")
    measure(waiving, latency_ms=60)
    done = waiving(*MONITOR)
    assert (done.code, "waived" in done.out) == (1, False)


def test_a_policy_that_allows_no_waivers_any_more(waiving: Project) -> None:
    waive(waiving)
    propose(waiving, allow_waivers="false")
    measure(waiving, latency_ms=60)
    assert waiving(*MONITOR).code == 1
