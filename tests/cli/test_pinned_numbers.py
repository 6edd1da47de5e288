"""The policy pins which number of a file is which metric, and no command line and no project's file chooses another."""

import json
import re
from typing import Any

import pytest

from tests.cli.project import Project
from tests.support import CHECKOUT

WHERE = ("--model", "veran:v1", "--context", "staging")
CHECK = ("check", *WHERE)
PINS = '\n[contexts.staging.metric_paths]\nquality_score = "tasks.arc.acc"\ncoverage_percent = "branches"\n'
MAPPING = "[tool.afs.gates.metrics]\n"
EASY = f'{MAPPING}quality_score = "tasks.easy.acc"\n'


def results(project: Project, name: str = "results.json", arc: float = 0.9, **more: float) -> None:
    """Write what a harness writes of a hard task and an easy one."""
    tasks = {"arc": arc, "easy": 0.99} | more
    value = {
        "results": {task: {"acc,none": score} for task, score in tasks.items()},
        "versions": dict.fromkeys(tasks, 1),
        "higher_is_better": {task: {"acc": True} for task in tasks},
    }
    (project.path / name).write_text(json.dumps(value))


def covered(project: Project, lines: int = 99, branches: int = 85) -> None:
    """Write what coverage.py writes of 100 lines and 100 branches."""
    totals = {
        "covered_lines": lines, "num_statements": 100, "covered_branches": branches, "num_branches": 100,
        "percent_covered": (lines + branches) / 2,
    }  # fmt: skip
    (project.path / "covered.json").write_text(json.dumps({"meta": {"format": 3}, "totals": totals, "files": {}}))


def pin(project: Project, pins: str = PINS) -> str:
    policy = project.path / ".quality-gates" / "policy.toml"
    policy.write_text(policy.read_text() + pins)
    return project.ok("policy", "propose").out


@pytest.fixture
def measured(project: Project) -> Project:
    """A project with results of two tasks and a report of coverage; nothing is pinned."""
    results(project)
    covered(project)
    return project


@pytest.fixture
def pinned(measured: Project) -> Project:
    """The same under a policy that pins the hard task and the branches."""
    assert "staging takes quality_score from tasks.arc.acc alone" in pin(measured)
    return measured


def configure(project: Project, text: str, file: str = "pyproject.toml") -> None:
    (project.path / file).write_text(text)


def recorded(project: Project, code: int = 0) -> dict[str, dict[str, str]]:
    """Return by role what the latest report was read from."""
    (report,) = project.json("report", *WHERE, code=code)["reports"]
    sources = {item["role"]: item.get("read_from", []) for item in report["inputs"]}
    return {role: {one["metric"]: one["path"] for one in found} for role, found in sources.items()}


def numbers(project: Project, *where: str) -> dict[str, Any]:
    """Return the numbers of the latest report that a file gave."""
    metrics = project.json("report", *(where or WHERE))["reports"][-1]["metrics"]
    return {**metrics.get("model", {}), **metrics.get("tests", {})}


def refused(project: Project, *args: str) -> str:
    """Return what is said to a command that is refused and records nothing, with a record and without."""
    before = project.records()
    done, judged = project(*args), project(*args, "--no-record")
    assert (done.code, judged.code) == (2, 2), (done, judged)
    assert done.err == judged.err
    assert project.records() == before
    return done.err


FILES = ("--metrics", "results.json", "--test-metrics", "covered.json")


def test_the_pinned_numbers_are_taken_by_themselves(pinned: Project) -> None:
    done = pinned.ok(*CHECK, *FILES, "--verbose")
    assert numbers(pinned) == {"quality_score": 0.9, "coverage_percent": 85}
    assert "input tests: covered.json (coverage-json, coverage_percent from branches), sha256" in done.out
    expected = {"tests": {"coverage_percent": "branches"}, "model": {"quality_score": "tasks.arc.acc"}}
    assert recorded(pinned) == expected
    value = pinned.json(*CHECK, *FILES, "--no-record")
    assert value["inputs"][0]["read_from"] == [{"metric": "coverage_percent", "path": "branches"}]
    pinned.ok("approve", *WHERE)
    assert pinned.answer("veran:v1", "staging") == "allowed"
    pinned.ok("verify")
    assert "quality_score from tasks.arc.acc alone" in pinned.ok("policy", "show").out


def test_the_same_choice_may_be_made_again(pinned: Project) -> None:
    configure(pinned, f'{MAPPING}quality_score = "tasks.arc.acc"\ncoverage_percent = "branches"\n')
    pinned.ok(*CHECK, *FILES, "--quality-score", "tasks.arc.acc", "--coverage", "branches")


ANOTHER: dict[str, tuple[str, tuple[str, ...], str, str]] = {
    "command line": (
        "", ("--quality-score", "tasks.easy.acc"),
        "--quality-score: quality_score is tasks.easy.acc, and the policy pins tasks.arc.acc for staging",
        "Leave quality_score out there, or have an admin change metric_paths in the policy",
    ),
    "project's file": (
        EASY, (), "pyproject.toml: [tool.afs.gates.metrics]: quality_score is tasks.easy.acc, and the policy pins",
        "Leave quality_score out",
    ),
    "figure of coverage": (
        "", ("--coverage", "lines"), "--coverage: coverage_percent is lines, and the policy pins branches for staging",
        "Leave coverage_percent out",
    ),
    "figure in the file": (
        f'{MAPPING}coverage_percent = "total"\n', (),
        "pyproject.toml: [tool.afs.gates.metrics]: coverage_percent is total, and the policy pins branches",
        "Leave coverage_percent out",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("config", "options", "fault", "remedy"), ANOTHER.values(), ids=ANOTHER.keys())
def test_another_choice(config: str, options: tuple[str, ...], fault: str, remedy: str, pinned: Project) -> None:
    configure(pinned, config)
    told = refused(pinned, *CHECK, *FILES, *options)
    assert fault in told
    assert remedy in told


def test_the_command_line_beats_the_file_and_then_the_policy_agrees(pinned: Project) -> None:
    configure(pinned, EASY)
    pinned.ok(*CHECK, *FILES, "--quality-score", "tasks.arc.acc")


def test_a_mapping_of_files_that_are_not_given_is_no_matter(pinned: Project) -> None:
    configure(pinned, EASY)
    pinned.ok(*CHECK, "--test-metrics", "covered.json")
    assert recorded(pinned) == {"tests": {"coverage_percent": "branches"}}


def test_other_contexts_are_free(pinned: Project) -> None:
    configure(pinned, EASY)
    args = ("check", "--model", "veran:v1", "--context", "development", "--metrics", "results.json")
    pinned.ok(*args)
    assert numbers(pinned, *args[1:5])["quality_score"] == 0.99


LACKING: dict[str, tuple[dict[str, Any], str]] = {
    "its own name": (
        {"quality_score": 0.99},
        "m.json: has no number tasks.arc.acc, and the policy takes quality_score from nothing else. Give a file that",
    ),
    "another task": (
        {"results": {"easy": {"acc,none": 0.99}}, "versions": {"easy": 1}, "higher_is_better": {}},
        "m.json: has no number tasks.arc.acc, and the policy takes quality_score from nothing else",
    ),
}


@pytest.mark.parametrize(("content", "fault"), LACKING.values(), ids=LACKING.keys())
def test_a_file_without_the_number(content: dict[str, Any], fault: str, pinned: Project) -> None:
    (pinned.path / "m.json").write_text(json.dumps(content))
    assert fault in refused(pinned, *CHECK, "--metrics", "m.json")


def test_a_figure_that_nobody_knows(pinned: Project) -> None:
    (pinned.path / "t.json").write_text('{"total_tests": 1, "passed_tests": 1, "coverage_percent": 99}')
    told = refused(pinned, *CHECK, "--test-metrics", "t.json")
    assert "t.json: $.coverage_percent: does not tell what it counts, and the figure asked for is branches" in told
    assert "or have an admin change metric_paths in the policy" in told
    (pinned.path / "t.json").write_text('{"total_tests": 1, "passed_tests": 1}')
    pinned.ok(*CHECK, "--test-metrics", "t.json")


def test_a_report_of_coverage_without_the_figure(pinned: Project) -> None:
    totals = {"covered_lines": 90, "num_statements": 100, "percent_covered": 90.0}
    (pinned.path / "lines.json").write_text(json.dumps({"meta": {"format": 3}, "totals": totals, "files": {}}))
    done = pinned(*CHECK, "--test-metrics", "lines.json")
    assert done.code == 2
    assert "lines.json: tells nothing of branches. Measure branches: the policy pins coverage_percent to" in done.err
    assert "branches; an admin can change metric_paths there" in done.err
    assert "--coverage" not in done.err
    unpinned = pinned(*CHECK[:3], "--context", "development", "--test-metrics", "lines.json", "--coverage", "branches")
    assert "Measure branches, or choose another figure with --coverage" in unpinned.err


def test_a_pinned_number_that_is_not_there_is_not_measured(measured: Project) -> None:
    pin(measured, '\n[contexts.staging.metric_paths]\nlatency_ms = "stats.p50"\n')
    done = measured.ok(*CHECK, "--metrics", "results.json", "--quality-score", "tasks.arc.acc")
    assert "results.json: latency_ms is not measured, the file has no stats.p50" in done.err
    (measured.path / "m.json").write_text('{"quality_score": 0.9, "latency_ms": 1}')
    told = refused(measured, *CHECK, "--metrics", "m.json")
    assert "m.json: has no number stats.p50, and the policy takes latency_ms from nothing else" in told
    (measured.path / "m.json").write_text('{"quality_score": 0.9}')
    measured.ok(*CHECK, "--metrics", "m.json")


def test_a_report_from_before_the_pin_falls_short(measured: Project) -> None:
    configure(measured, EASY)
    measured.ok(*CHECK, *FILES)
    measured.ok("approve", *WHERE)
    assert measured.answer("veran:v1", "staging") == "allowed"
    pin(measured)
    done = measured("can-deploy", *WHERE)
    assert done.code == 1
    assert "its quality_score was read from tasks.easy.acc, the policy pins tasks.arc.acc" in done.out
    assert "its coverage_percent was read from total, the policy pins branches" in done.out
    assert measured("approve", *WHERE).code == 1


def test_python_has_numbers_and_no_files(
    pinned: Project, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from gitgates import ModelMetrics, QualityGate, RegistryIntegration

    monkeypatch.chdir(pinned.path)
    gate = QualityGate.staging()
    report = gate.check_all("veran", "v1", model_metrics=ModelMetrics(0.9, throughput_tokens_per_sec=50))
    assert not RegistryIntegration().approve_version(report, approved_by="alice")
    told = "falls short of the policy: its quality_score was read from no file, the policy pins tasks.arc.acc"
    assert told in caplog.text
    assert pinned.answer("veran:v1", "staging") == "denied"


def test_the_pages(measured: Project) -> None:
    """What the pages show can be written as it stands."""
    pages = CHECKOUT / "docs" / "reference"
    blocks = re.findall(r"```toml\n(.*?)```", (pages / "policy.md").read_text(), re.DOTALL)
    (shown,) = [block for block in blocks if "metric_paths" in block]
    told = pin(measured, shown)
    assert "production takes coverage_percent from branches alone" in told
    assert "production takes quality_score from tasks.arc_challenge.acc_norm alone" in told
    blocks = re.findall(r"```toml\n(.*?)```", (pages / "formats.md").read_text(), re.DOTALL)
    configure(measured, next(block for block in blocks if "[tool.afs.gates.metrics]" in block))
    done = measured("check", "--model", "veran:v1", "--context", "production", *FILES)
    assert done.code == 2
    assert "covered.json" not in done.err, "the page maps the same figure"
    assert "no number tasks.arc_challenge.acc_norm, and the policy takes quality_score from nothing else" in done.err


# --- coverage without a policy ---


def test_the_figure_of_coverage_in_the_projects_files(measured: Project) -> None:
    covering = (*CHECK, "--test-metrics", "covered.json")
    measured.ok(*covering)
    assert numbers(measured) == {"coverage_percent": 92}
    assert recorded(measured) == {"tests": {"coverage_percent": "total"}}
    configure(measured, f'{MAPPING}coverage_percent = "branches"\n')
    measured.ok(*covering)
    assert numbers(measured) == {"coverage_percent": 85}
    measured.ok(*covering, "--coverage", "lines")
    assert numbers(measured) == {"coverage_percent": 99}, "the command line beats the file"
    assert recorded(measured) == {"tests": {"coverage_percent": "lines"}}
    measured.ok(*CHECK, "--test-metrics", "junit.xml")
    configure(measured, f'{MAPPING}coverage_percent = "statements"\n')
    told = refused(measured, *covering)
    assert "[tool.afs.gates.metrics] coverage_percent must be one of lines, branches, total, got 'statements'" in told


# --- baselines ---

NEXT = ("check", "--model", "veran:v2", "--context", "staging", "--metrics", "results.json")


def test_a_baseline_of_another_task_is_none(measured: Project) -> None:
    measured.ok(*CHECK, "--metrics", "results.json", "--quality-score", "tasks.easy.acc")
    told = refused(measured, *NEXT, "--quality-score", "tasks.arc.acc", "--baseline", "veran:v1")
    assert "quality_score is read from tasks.arc.acc, and that of the baseline veran:v1 (report " in told
    assert ") from tasks.easy.acc. Take the same number, or choose another baseline" in told
    measured.ok(*NEXT, "--quality-score", "tasks.easy.acc", "--baseline", "veran:v1")


def test_a_baseline_under_its_own_name(measured: Project) -> None:
    (measured.path / "m.json").write_text('{"quality_score": 0.9}')
    measured.ok(*CHECK, "--metrics", "m.json")
    measured.ok(*NEXT, "--quality-score", "tasks.arc.acc", "--baseline", "veran:v1")


def test_the_pin_holds_for_the_file_of_a_baseline(pinned: Project) -> None:
    results(pinned, "before.json", arc=0.89)
    pinned.ok(*CHECK, "--metrics", "results.json", "--baseline", "before.json")
    assert numbers(pinned) == {"quality_score": 0.9, "baseline_quality_score": 0.89}
    assert recorded(pinned)["baseline"] == {"quality_score": "tasks.arc.acc"}
    (pinned.path / "own.json").write_text('{"quality_score": 0.88}')
    pinned.ok(*CHECK, "--metrics", "results.json", "--baseline", "own.json")
    assert numbers(pinned) == {"quality_score": 0.9, "baseline_quality_score": 0.88}
    pinned.ok("approve", *WHERE)
    assert pinned.answer("veran:v1", "staging") == "allowed"


# --- monitoring ---


@pytest.fixture
def live(pinned: Project) -> Project:
    pinned.ok(*CHECK, *FILES)
    pinned.ok("approve", *WHERE)
    pinned.ok("deploy", *WHERE, "--target", "prod")
    return pinned


MONITOR = ("monitor", "--model", "veran", "--context", "staging", "--metrics")


def test_monitoring_holds_to_the_pin(live: Project) -> None:
    results(live, "prod.json", arc=0.5)
    assert "quality score 0.5 against 0.9" in live(*MONITOR, "prod.json", "--no-record").out
    told = refused(live, *MONITOR, "prod.json", "--quality-score", "tasks.easy.acc")
    assert "--quality-score: quality_score is tasks.easy.acc, and the policy pins tasks.arc.acc" in told
    (live.path / "own.json").write_text('{"quality_score": 0.91}')
    live.ok(*MONITOR, "own.json")
    live.ok("verify")


def test_monitoring_refuses_another_task(measured: Project) -> None:
    measured.ok(*CHECK, "--metrics", "results.json", "--quality-score", "tasks.arc.acc")
    measured.ok("approve", *WHERE)
    measured.ok("deploy", *WHERE, "--target", "prod")
    told = refused(measured, *MONITOR, "results.json", "--quality-score", "tasks.easy.acc")
    assert "quality_score is read from tasks.easy.acc, and that of the baseline veran:v1, live on prod (report" in told


# --- metrics of the policy's own ---

TOXICITY = """
[[contexts.staging.metric]]
name = "toxicity"
path = "tasks.tox.acc"
max = 0.02
"""


def test_a_policys_metric_is_enough_of_a_file(project: Project) -> None:
    pin(project, TOXICITY)
    value = {"results": {"tox": {"acc,none": 0.01}}, "versions": {"tox": 1}, "higher_is_better": {}}
    (project.path / "tox.json").write_text(json.dumps(value))
    assert "toxicity 0.01 meets the maximum 0.02" in project.ok(*CHECK, "--metrics", "tox.json").out
    (project.path / "native.json").write_text('{"quality_score": 0.9, "tasks.tox.acc": 0.03}')
    assert "toxicity 0.03 is above the maximum 0.02" in project(*CHECK, "--metrics", "native.json").out


def test_without_a_ledger(bare_project: Project) -> None:
    results(bare_project)
    configure(bare_project, EASY)
    done = bare_project.ok(*CHECK, "--metrics", "results.json", "--no-record")
    assert "note: results.json: quality_score is tasks.easy.acc" in done.err
