"""Metrics of a project's own, as users meet them: declared in a file, pinned by the policy, read from tools' files."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.project import MEASURED, Project
from tests.support import git

IN = ("--model", "veran:v6.1", "--context", "production")
STAGING = ("--model", "veran:v6.1", "--context", "staging")
PINNED = """
[[contexts.production.metric]]
name = "toxicity"
path = "tasks.tox.score"
max = 0.02
max_increase = 0.1
min_samples = 100
"""
DECLARED = '[[tool.afs.gates.production.metric]]\nname = "toxicity"\n'


def results(project: Project, score: float, name: str = "results.json", stderr: float = 0.001, n: int = 500) -> None:
    """Write what lm-evaluation-harness writes."""
    value = {
        "results": {
            "tox": {"alias": "tox", "score,none": score, "score_stderr,none": stderr},
            "arc": {"alias": "arc", "acc,none": 0.9, "acc_stderr,none": 0.01},
        },
        "versions": {"tox": 1, "arc": 1},
        "n-samples": {"tox": {"original": n, "effective": n}},
        "higher_is_better": {"tox": {"score": False}, "arc": {"acc": True}},
    }
    (project.path / name).write_text(json.dumps(value))


def configure(project: Project, text: str, file: str = "pyproject.toml") -> None:
    (project.path / file).write_text(text)


@pytest.fixture
def pinning(bare_project: Project) -> Project:
    """A project whose policy pins a metric and requires its gate; its harness leaves results."""
    bare_project.ok("init")
    policy = bare_project.path / ".quality-gates" / "policy.toml"
    text = policy.read_text().replace(
        'required_gates = ["model_quality", "security", "tests"]', 'required_gates = ["tests", "security", "toxicity"]'
    )
    policy.write_text(text.replace("per_sec = 10.0", "per_sec = 0") + PINNED)
    assert "production defines the metric toxicity: max = 0.02" in bare_project.ok("policy", "propose").out
    results(bare_project, 0.015)
    return bare_project


def check(project: Project, *more: str, code: int = 0, where: tuple[str, ...] = IN) -> dict[str, Any]:
    metrics = ("--metrics", "results.json", "--quality-score", "tasks.arc.acc", "--threshold")
    return project.json("check", *where, *metrics, "min_throughput_tokens_per_sec=0", *MEASURED, *more, code=code)


def told(project: Project, *more: str, metrics: str = "results.json", where: tuple[str, ...] = IN) -> tuple[int, str]:
    done = project("check", *where, "--metrics", metrics, *more)
    return done.code, done.out + done.err


def own(value: dict[str, Any], gate: str = "toxicity") -> tuple[str, bool, str]:
    (found,) = [one for one in value["checks"] if one["gate_name"] == gate]
    return found["status"], found["passed"], found["message"]


# --- declared in the project's files ---


def test_a_metric_of_the_projects_own(project: Project) -> None:
    configure(project, '[[tool.afs.gates.staging.metric]]\nname = "toxicity"\nmax = 0.02\nmax_increase = 0.1\n')
    good = {"quality_score": 0.9, "throughput_tokens_per_sec": 50, "toxicity": 0.01}
    (project.path / "m.json").write_text(json.dumps(good))
    (project.path / "b.json").write_text(json.dumps(good | {"toxicity": 0.005}))
    code, out = told(project, "--verbose", metrics="m.json", where=STAGING)
    assert code == 0
    assert "pass  toxicity       toxicity 0.01 meets the maximum 0.02" in out
    assert "toxicity  max = 0.02, max_increase = 0.1, lower is better, confidence = 0.95  pyproject.toml" in out
    code, out = told(project, "--baseline", "b.json", metrics="m.json", where=STAGING)
    assert code == 1
    assert "FAIL  toxicity       toxicity 0.01 against 0.005 exceeds the allowed increase of 10%" in out
    report = project.json("report", *STAGING, code=1)["reports"][0]
    assert report["rules"] == "gates/2"
    assert report["metric_rules"][0]["source"] == "pyproject.toml"
    assert report["metrics"]["custom"] == [{"name": "toxicity", "value": 0.01, "baseline": 0.005}]
    assert "toxicity  0.01   0.005" in project("report", *STAGING, "--verbose").out


def test_files_beat_each_other_key_by_key(project: Project) -> None:
    metric = '[[tool.gitgates.staging.metric]]\nname = "toxicity"\n'
    configure(project, f"{metric}max = 0.02\nmin_samples = 10\npath = 'tasks.tox.score'\n")
    configure(project, f"{metric}max = 0.03\n", "gates.toml")
    results(project, 0.025)
    value = check(project, where=STAGING)
    (rule,) = value["metric_rules"]
    assert (rule["max"], rule["min_samples"], rule["source"]) == (0.03, 10, "gates.toml")
    told_twice = f"{metric}max = 1\n{metric}max = 2\n"
    configure(project, told_twice, "gates.toml")
    code, out = told(project, where=STAGING)
    assert code == 2
    assert "gates.toml: tool.gitgates.staging.metric[1].name: toxicity is defined twice" in out


def test_strict_takes_productions_metrics(project: Project) -> None:
    configure(project, f"{DECLARED}max = 0.01\npath = 'tasks.tox.score'\n")
    results(project, 0.015)
    assert "metric_rules" not in check(project, where=STAGING)
    value = check(project, "--strict", where=STAGING, code=1)
    assert own(value) == ("blocked", False, "toxicity 0.015 is above the maximum 0.01")
    assert value["metric_rules"][0]["source"] == "--strict"


def test_strict_takes_the_stricter_bound(project: Project) -> None:
    staging = DECLARED.replace("production", "staging") + "max = 0.02\nmin_samples = 9\npath = 'tasks.tox.score'\n"
    configure(project, f"{DECLARED}max = 0.03\nmax_increase = 0.1\nmin_samples = 7\nconfidence = 0.9\n{staging}")
    results(project, 0.015)
    (rule,) = check(project, "--strict", where=STAGING)["metric_rules"]
    assert (rule["max"], rule["max_increase"], rule["min_samples"], rule["confidence"]) == (0.02, 0.1, 9, 0.9)
    assert (rule["path"], rule["source"]) == ("tasks.tox.score", "--strict")


PIN = '[[contexts.production.metric]]\nname = "toxicity"\nmax = 0.02\n'
NATIVE = {"quality_score": 0.9, "throughput_tokens_per_sec": 50, "toxicity": 0.9}


def pin(project: Project, text: str) -> None:
    policy = project.path / ".quality-gates" / "policy.toml"
    policy.write_text(f"{policy.read_text()}\n{text}")
    project.ok("policy", "propose")


@pytest.mark.parametrize("metrics", [NATIVE, {"acc": 0.9, "toxicity": 0.9, "throughput_tokens_per_sec": 50}])
def test_strict_takes_what_the_policy_pins_for_production(metrics: dict[str, float], project: Project) -> None:
    pin(project, PIN)
    (project.path / "m.json").write_text(json.dumps(metrics))
    quality = ("--quality-score", "acc") if "acc" in metrics else ()
    assert told(project, *quality, metrics="m.json", where=STAGING)[0] == 0
    value = project.json("check", *STAGING, "--metrics", "m.json", *quality, "--strict", code=1)
    assert own(value) == ("blocked", False, "toxicity 0.9 is above the maximum 0.02")
    assert value["metric_rules"][0]["source"] == "--strict"


def test_strict_is_not_loosened_by_a_file(project: Project) -> None:
    pin(project, PIN)
    (project.path / "m.json").write_text(json.dumps(NATIVE))
    configure(project, f"{DECLARED}max = 1\n{DECLARED.replace('production', 'staging')}max = 2\n")
    value = project.json("check", *STAGING, "--metrics", "m.json", "--strict", code=1)
    assert own(value) == ("blocked", False, "toxicity 0.9 is above the maximum 0.02")


@pytest.mark.parametrize("context", ["production", "staging"])
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('path = "kindness"\nmax = 0.02\n', "the path of toxicity is kindness, and the policy pins toxicity"),
        ('direction = "higher"\nmax = 0.02\n', "the direction of toxicity is higher, and the policy pins lower"),
    ],
)
def test_strict_refuses_another_number(text: str, says: str, context: str, project: Project) -> None:
    pin(project, PIN)
    (project.path / "m.json").write_text(json.dumps(NATIVE))
    configure(project, DECLARED.replace("production", context) + text)
    assert told(project, metrics="m.json", where=STAGING)[0] in (0, 1)
    code, out = told(project, "--strict", metrics="m.json", where=STAGING)
    assert code == 2
    assert f"{says} for production" in out
    assert "leave out --strict" in out


def test_one_file_serves_all_contexts(project: Project) -> None:
    (project.path / "m.json").write_text(json.dumps(NATIVE))
    code, out = told(project, metrics="m.json", where=STAGING)
    assert code == 2
    assert "m.json: $.toxicity: unknown key" in out
    assert "A metric of your own is defined in [[tool.afs.gates.CONTEXT.metric]]" in out
    configure(project, f"{DECLARED}max = 1\n")
    assert told(project, metrics="m.json", where=STAGING)[0] == 0
    configure(project, "")
    pin(project, PIN)
    assert told(project, metrics="m.json", where=STAGING)[0] == 0
    (project.path / "m.json").write_text(json.dumps(NATIVE | {"toxicty": 1}))
    assert "$.toxicty: unknown key. Did you mean toxicity?" in told(project, metrics="m.json", where=STAGING)[1]


def test_a_file_of_nothing_but_own_metrics(project: Project) -> None:
    configure(project, '[[tool.afs.gates.staging.metric]]\nname = "toxicity"\nmax = 0.02\n')
    (project.path / "m.json").write_text('{"toxicity": 0.01, "bias": 3}')
    value = project.json("check", *STAGING, "--metrics", "m.json")
    assert [(one["gate_name"], one["status"]) for one in value["checks"]] == [("toxicity", "passed")]


def test_a_metric_that_is_not_in_the_file(project: Project) -> None:
    configure(project, '[[tool.afs.gates.staging.metric]]\nname = "toxicity"\nmax = 0.02\n')
    code, out = told(project, metrics="metrics-v6.1.json", where=STAGING)
    assert code == 1
    assert "skip  toxicity       not run: nothing was measured" in out


@pytest.mark.parametrize(
    ("metrics", "says"),
    [
        ('{"quality_score": 0.9, "latency_ms": 1, "toxicity": 0.01, "bios": 1}', "m.json: $.bios: unknown key"),
        ('{"quality_score": 0.9, "toxicity": "low"}', "m.json: $.toxicity: must be a number, a metric is read from it"),
        ('{"quality_score": 0.9, "toxicity": 1e400}', "m.json: "),
        ('{"quality_score": 0.9, "toxicity": true}', "m.json: toxicity: is true or false, not a number"),
    ],
)
def test_files_that_cannot_be(metrics: str, says: str, project: Project) -> None:
    configure(project, '[[tool.afs.gates.staging.metric]]\nname = "toxicity"\nmax = 0.02\n')
    (project.path / "m.json").write_text(metrics)
    records = project.records()
    code, out = told(project, metrics="m.json", where=STAGING)
    assert code == 2
    assert says in out
    assert project.records() == records


@pytest.mark.parametrize("declared", [True, False])
def test_a_key_that_nobody_knows_is_refused(declared: bool, project: Project) -> None:
    configure(project, f"{DECLARED}max = 1\n" if declared else "")
    (project.path / "m.json").write_text('{"quality_score": 0.9, "qualty": 0.01}')
    code, out = told(project, metrics="m.json", where=STAGING)
    assert (code, "m.json: $.qualty: unknown key" in out) == (2, True)
    code, out = told(project, "--baseline", "m.json", metrics="metrics-v6.1.json", where=STAGING)
    assert (code, "m.json: $.qualty: unknown key" in out) == (2, True)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("maximum = 1\n", "pyproject.toml: tool.afs.gates.production.metric[0].maximum: unknown key. Did you mean max"),
        ("", "pyproject.toml: tool.afs.gates.production.metric[0].name: judges nothing"),
        ('max = 1\ngate = "tests"\n', "metric[0].gate: tests is a built-in gate"),
        ("min = 1\nmax = 2\n", "metric[0].direction: missing, and the bounds point both ways"),
    ],
)
def test_tables_that_cannot_be(table: str, says: str, project: Project) -> None:
    configure(project, DECLARED + table)
    code, out = told(project, metrics="metrics-v6.1.json", where=STAGING)
    assert code == 2
    assert says in out


def test_a_direction_that_the_file_knows_otherwise(project: Project) -> None:
    configure(project, f"{DECLARED}path = 'tasks.tox.score'\nmin = 0.5\n")
    results(project, 0.6)
    code, out = told(project, "--quality-score", "tasks.arc.acc")
    assert code == 2
    assert "tasks.tox.score: cannot be toxicity, of which higher is better: the lower it is, the better" in out


# --- pinned by the policy ---


def test_from_the_harness_to_the_answer(pinning: Project) -> None:
    assert own(check(pinning))[:2] == ("passed", True)
    (report,) = pinning.json("report", *IN)["reports"]
    assert report["metrics"]["custom"] == [{"name": "toxicity", "value": 0.015, "samples": 500, "stderr": 0.001}]
    assert report["metric_rules"][0]["source"] == "policy"
    assert pinning.answer() == "denied"
    pinning.approve()
    assert pinning.answer() == "allowed"


def approved(project: Project, *more: str) -> None:
    """Check with a file of own metrics beside tests and a scan, and approve."""
    project.ok("check", *IN, "--metrics", "own.json", *MEASURED, *more)
    project.ok("approve", *IN)


ATTACKS = {
    "loosened": "max = 0.5\n",
    "another number": 'path = "tasks.arc.acc"\nmax = 0.02\n',
    "other direction": 'direction = "higher"\nmin = 0\n',
    "another gate": 'gate = "other"\nmax = 0.02\n',
    "all is noise": "confidence = 0.9999\nmax = 0.02\n",
    "one that joins": 'max = 0.02\n[[tool.afs.gates.production.metric]]\nname = "arc"\ngate = "toxicity"\nmin = 0\n',
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_pull_request_cannot_change_what_is_pinned(attack: str, pinning: Project) -> None:
    configure(pinning, DECLARED + ATTACKS[attack])
    before = git(pinning.path, "rev-parse", "HEAD")
    code, out = told(pinning, "--quality-score", "tasks.arc.acc")
    assert code == 2, out
    assert "toxicity" in out
    assert git(pinning.path, "rev-parse", "HEAD") == before


@pytest.mark.parametrize("text", ["", '[[tool.afs.gates.production.metric]]\nname = "kindness"\nmin = 0\n'])
def test_a_pull_request_that_removes_or_renames_changes_nothing(text: str, pinning: Project) -> None:
    configure(pinning, text)
    results(pinning, 0.5)
    assert own(check(pinning, code=1))[2].startswith("toxicity 0.5 is above the maximum 0.02")
    assert pinning.answer() == "denied"


def test_a_pull_request_may_tighten(pinning: Project) -> None:
    configure(pinning, f"{DECLARED}max = 0.01\n")
    value = check(pinning, code=1)
    assert own(value)[2] == "toxicity 0.015 is above the maximum 0.01"
    (rule,) = value["metric_rules"]
    assert (rule["path"], rule["max_increase"], rule["source"]) == ("tasks.tox.score", 0.1, "pyproject.toml")


def test_too_few_samples(pinning: Project) -> None:
    results(pinning, 0.015, n=99)
    assert own(check(pinning, code=1))[2] == "toxicity on 99 samples, too few (at least 100)"


@pytest.mark.parametrize(
    ("stderr", "status", "code", "says"),
    [
        (0.001, "warning", 0, "within the noise of 0.00277 at 95% confidence: no regression"),
        (0.0005, "blocked", 1, "exceeds the allowed increase of 10%, and the noise of 0.00139 at 95% confidence"),
    ],
)
def test_noise(stderr: float, status: str, code: int, says: str, pinning: Project) -> None:
    results(pinning, 0.012, "before.json", stderr)
    results(pinning, 0.0145, stderr=stderr)
    found = own(check(pinning, "--baseline", "before.json", code=code))
    assert found[0] == status
    assert says in found[2]
    (kept,) = pinning.json("report", *IN, code=code)["reports"][0]["metrics"]["custom"]
    shown = pinning("report", *IN, "--verbose").out
    assert f"toxicity  0.0145 ± {stderr!r} (500 samples)  0.012 ± {stderr!r} (500 samples)" in shown
    assert (kept["baseline"], kept["baseline_samples"], kept["baseline_stderr"]) == (0.012, 500, stderr)


def test_a_baseline_from_the_ledger(pinning: Project) -> None:
    check(pinning)
    results(pinning, 0.019, stderr=0.0001)
    later = ("--model", "veran:v6.2", "--context", "production")
    value = check(pinning, "--baseline", "veran:v6.1", where=later, code=1)
    assert "toxicity 0.019 against 0.015 exceeds the allowed increase of 10%" in own(value)[2]


def test_allowed_and_waived(bare_project: Project, tmp_path: Path) -> None:
    project = bare_project
    project.ok("init")
    policy = project.path / ".quality-gates" / "policy.toml"
    text = policy.read_text().replace("allow_waivers = false", "allow_waivers = true")
    policy.write_text(f'{text}\n[[contexts.production.metric]]\nname = "toxicity"\nmax = 0.02\n')
    project.ok("policy", "propose")
    metrics = project.path / "own.json"
    good = {"quality_score": 0.9, "throughput_tokens_per_sec": 50, "toxicity": 0.01}
    metrics.write_text(json.dumps(good))
    approved(project)
    assert project.answer() == "allowed"
    metrics.write_text(json.dumps(good | {"toxicity": 0.03}))
    assert project("check", *IN, "--metrics", "own.json", *MEASURED).code == 1
    assert project.answer() == "denied"
    unknown = project("waive", *IN, "--finding", "toxcity_", "--expires", "30d", "--reason", "known")
    assert unknown.code == 2
    assert "--finding: 'toxcity_' names no threshold, metric or vulnerability for production" in unknown.err
    assert "Did you mean toxicity?" in unknown.err
    far = project("waive", *IN, "--finding", "bias", "--expires", "30d", "--reason", "known")
    assert (far.code, "What fails: toxicity" in far.err) == (2, True)
    project.ok("waive", *IN, "--finding", "toxicity", "--expires", "30d", "--reason", "known")
    project.ok("approve", *IN)
    assert project.answer() == "allowed"


def test_lint_tells_a_gate_that_nothing_defines(project: Project) -> None:
    policy = project.path / ".quality-gates" / "policy.toml"
    policy.write_text(policy.read_text().replace('"tests"]', '"tests", "toxicity"]'))
    done = project("policy", "lint")
    assert done.code == 2
    assert "that no metric of this policy is in: toxicity" in done.out + done.err
