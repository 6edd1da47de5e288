"""`gitgates monitor`: production metrics against the report that is live, and the rollback that may follow."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.project import MEASURED, Project
from tests.support import Keys, git, set_verified

MONITOR = ("monitor", "--model", "veran", "--context", "production", "--metrics", "prod.json")
OR_TAKE_OFF = ("--rollback-on-fail", "--or-take-off", "--", "true")
ROLL_BACK = ("--rollback-on-fail", "--", "sh", "-c", 'env | grep ^GATES_ | sort > "$1"', "sh", "variables")


def measure(project: Project, **numbers: Any) -> None:
    """Write production metrics: those of v6.1's report but for `numbers`; None leaves one out."""
    metrics = json.loads((project.path / "metrics-v6.1.json").read_text()) | numbers
    metrics = {name: value for name, value in metrics.items() if value is not None}
    (project.path / "prod.json").write_text(json.dumps(metrics))


@pytest.fixture
def live(project: Project) -> Project:
    """v6.0 and then v6.1 were deployed to prod; production metrics are those of the report."""
    for version in ("v6.0", "v6.1"):
        project.approved(f"veran:{version}")
        project.ok("deploy", "--model", f"veran:{version}", "--context", "production", "--target", "prod")
    measure(project)
    return project


def reports(project: Project, version: str = "v6.1") -> list[str]:
    """Return stage and outcome of every report."""
    events = project.json("history", "--model", f"veran:{version}")["events"]
    return [f"{e['record']['stage']} {e['outcome']}" for e in events if e["kind"] == "report"]


def test_good(live: Project) -> None:
    commits = len(live.records())
    done = live.ok(*MONITOR)
    (line,) = done.out.splitlines()
    assert line.startswith("veran:v6.1 production on prod: PASSED; recorded report ")
    assert done.err == ""
    assert len(live.records()) == commits + 1
    assert reports(live) == ["pre passed", "post passed"]
    assert "measured after deployment" in live.ok("history", "--model", "veran:v6.1").out
    live.ok("verify")
    assert live.records()[0] == "gates: report veran:v6.1 production passed after deployment"
    (outcome,) = git(live.path, "log", "-1", "--format=%(trailers:key=Gates-Outcome,valueonly)").split()
    assert outcome == "passed"


def test_what_is_recorded(live: Project) -> None:
    (before,) = live.json("report", "--model", "veran:v6.1")["reports"]
    (live.path / "README.md").write_text("Changed since.\n")
    git(live.path, "commit", "--quiet", "--all", "--message", "Later")
    value = live.json(*MONITOR)
    (after,) = live.json("report", "--model", "veran:v6.1", "--record", value["records"][0]["id"])["reports"]
    assert value["baseline"] == before["id"]
    assert after["baseline"] == {
        "source": "record",
        "record": before["id"],
        "metrics": {k: v for k, v in before["metrics"]["model"].items() if not k.startswith("baseline_")},
    }
    assert (after["stage"], after["subject"]) == ("post", before["subject"])
    assert (value["version"], value["targets"], value["outcome"], value["worse"]) == ("v6.1", ["prod"], "passed", [])
    # The report before deployment stays the latest: it is what approvals and `can-deploy` are about.
    assert live.json("report", "--model", "veran:v6.1")["reports"][0]["id"] == before["id"]


def test_worse(live: Project) -> None:
    measure(live, quality_score=0.88, latency_ms=60)
    done = live(*MONITOR)
    assert done.code == 1
    (line,) = done.out.splitlines()
    assert line.startswith(
        "veran:v6.1 production on prod: FAILED; model_quality: quality score 0.88 against 0.91 exceeds"
    )
    assert "latency 60 against 41.5 exceeds the allowed increase of 10.00%" in line
    assert reports(live) == ["pre passed", "post failed"]
    assert live.deployments() == ["deployment succeeded"]
    assert live.answer() == "allowed"  # only a rollback is an objection
    assert live.ok("live", "--target", "prod").out.count("v6.1") == 1


def test_rollback(live: Project) -> None:
    measure(live, quality_score=0.5)
    done = live(*MONITOR, *ROLL_BACK)
    assert done.code == 1
    (line,) = done.out.splitlines()
    assert "; rolled back to veran:v6.0; recorded report " in line
    assert live.deployments() == ["deployment succeeded", "rollback started", "rollback succeeded"]
    assert live.answer() == "denied"
    variables = dict(text.split("=", 1) for text in (live.path / "variables").read_text().splitlines())
    wanted = {
        "GATES_ACTION": "rollback",
        "GATES_MODEL": "veran",
        "GATES_VERSION": "v6.1",
        "GATES_TO_VERSION": "v6.0",
        "GATES_TARGET": "prod",
    }
    assert variables.items() >= wanted.items()
    told = live.ok("history", "--model", "veran:v6.1").out
    assert "of monitoring failed: quality score 0.5 is below 0.85; quality score 0.5 against 0.91 exceeds" in told
    # From now on it is the version before that is live, and watched.
    measure(live)
    assert live.ok(*MONITOR).out.startswith("veran:v6.0 production on prod: PASSED")


def test_back_to_a_version_that_was_rejected(live: Project) -> None:
    live.ok("reject", "--model", "veran:v6.0", "--context", "production", "--reason", "leaks")
    measure(live, quality_score=0.5)
    done = live(*MONITOR, *ROLL_BACK)
    assert (done.code, "; rolled back to veran:v6.0; " in done.out) == (1, True)
    assert "note: veran:v6.0, which it goes back to, was rejected by " in done.err


def test_good_numbers_roll_nothing_back(live: Project) -> None:
    live.ok(*MONITOR, *ROLL_BACK)
    assert not (live.path / "variables").exists()
    assert live.deployments() == ["deployment succeeded"]


def test_lack_of_numbers_rolls_nothing_back(live: Project) -> None:
    """An exporter that broke says nothing against the model; that it is not known to be well is told all the same."""
    measure(live, throughput_tokens_per_sec=None)
    done = live(*MONITOR, *ROLL_BACK)
    assert done.code == 1
    assert "throughput not measured; not rolled back: no number is worse than allowed, some are missing" in done.out
    assert live.deployments() == ["deployment succeeded"]
    assert not (live.path / "variables").exists()


def test_a_rollback_that_fails(live: Project) -> None:
    measure(live, quality_score=0.5)
    done = live(*MONITOR, "--rollback-on-fail", "--", "sh", "-c", "exit 7")
    assert done.code == 1
    assert "NOT ROLLED BACK: the command ended with 7" in done.out
    assert live.deployments()[1:] == ["rollback started", "rollback failed"]
    value = json.loads(live(*MONITOR, "--json", "--rollback-on-fail", "--", "sh", "-c", "echo told; exit 8").out)
    assert (value["rolled_back"], value["to_version"], value["command_exit_code"]) == (False, "v6.0", 8)
    assert [f"{r['kind']} {r['outcome']}" for r in value["records"]] == [
        *("report failed", "rollback started", "rollback failed"),
    ]


def test_nothing_to_go_back_to(project: Project) -> None:
    project.approved().ok("deploy", "--model", "veran:v6.1", "--context", "production", "--target", "prod")
    measure(project)
    done = project.ok(*MONITOR, *ROLL_BACK)
    assert "note: a failure would roll nothing back: no version was live on prod before veran:v6.1" in done.err
    assert project.ok(*MONITOR, *OR_TAKE_OFF).err == ""
    measure(project, quality_score=0.5)
    done = project(*MONITOR, *ROLL_BACK)
    assert done.code == 1
    assert "; NOT ROLLED BACK: no version was live on prod before veran:v6.1, so that there is none to go" in done.out
    assert "have the command take this one off, with --or-take-off; recorded report " in done.out
    assert not (project.path / "variables").exists()
    assert project.deployments() == ["deployment succeeded"]
    value = json.loads(project(*MONITOR, "--json", "--rollback-on-fail", "--", "true").out)
    assert (value["rolled_back"], value["problem"][:19], len(value["records"])) == (False, "no version was live", 1)
    done = project(*MONITOR, *OR_TAKE_OFF)
    assert "rolled back and no version was live before it" in done.out
    assert project.deployments()[1:] == ["rollback started", "rollback succeeded"]
    done = project(*MONITOR)
    assert (done.code, "no version of veran is live in production" in done.err) == (2, True)


def test_no_record(live: Project) -> None:
    commits = len(live.records())
    measure(live, quality_score=0.5)
    done = live(*MONITOR, "--no-record")
    assert (done.code, done.out.endswith("; not recorded\n")) == (1, True)
    assert live.json(*MONITOR, "--no-record", code=1)["records"] == []
    assert len(live.records()) == commits


def test_a_version_that_is_named(live: Project) -> None:
    named = ("monitor", "--context", "production", "--metrics", "prod.json", "--model")
    live.ok(*named, "veran:v6.1")
    done = live(*named, "veran:v6.0")
    assert done.code == 2
    assert "veran:v6.0 is not live in production: veran:v6.1 is, on prod" in done.err


def test_several_targets(live: Project) -> None:
    live.ok("deploy", "--model", "veran:v6.1", "--context", "production", "--target", "eu")
    assert live.ok(*MONITOR).out.startswith("veran:v6.1 production on eu, prod: PASSED")
    measure(live, quality_score=0.5)
    commits = len(live.records())
    done = live(*MONITOR, *ROLL_BACK)
    assert (done.code, "veran:v6.1 is live on eu, prod. Name the one" in done.err) == (2, True)
    assert len(live.records()) == commits
    assert "rolled back and no version was live before it" in live(*MONITOR, "--target", "eu", *OR_TAKE_OFF).out
    assert [one["version"] for one in live.json("live")["targets"]] == ["", "v6.1"]


MISUSE: list[tuple[tuple[str, ...], str]] = [
    (("--no-record", "--push"), "--no-record writes nothing that --push could share"),
    (("--no-record", *ROLL_BACK), "--no-record writes nothing that --rollback-on-fail could rest on"),
    (("--rollback-on-fail",), "--rollback-on-fail is given without a command"),
    (("--or-take-off", "--", "true"), "--or-take-off is given without --rollback-on-fail"),
    (("--", "true"), "a command is given without --rollback-on-fail"),
    (("--rollback-on-fail", "--", "no-such-program"), "the program 'no-such-program' is not on PATH"),
    (("--model", "-veran"), "expected one argument"),
    (("--model", "ver an "), "--model: the model name 'ver an '"),
    (("--model", "vera"), "the ledger knows no model 'vera'"),
    (("--context", "prod"), "the policy knows no context 'prod'"),
    (("--target", "eu"), "no version of veran is live in production on eu"),
    (("--metrics", "junit.xml"), "junit.xml"),
]


def test_misuse(live: Project) -> None:
    commits = len(live.records())
    for args, told in MISUSE:
        done = live(*MONITOR, *args)
        assert (done.code, told in done.err) == (2, True), done
    assert len(live.records()) == commits


def test_tests_and_mapped_metrics(live: Project) -> None:
    (live.path / "prod.json").write_text('{"eval": {"score": 0.91}, "throughput_tokens_per_sec": 100}')
    both = ("--quality-score", "eval.score", "--test-metrics", "junit.xml", "--test-metrics", "coverage.json")
    value = live.json(*MONITOR, *both, code=1)
    assert [check["gate_name"] for check in value["checks"]] == ["tests", "model_quality"]
    assert value["worse"] == []


def test_who_may_not_roll_back(live: Project, keys: Keys) -> None:
    live.ok("member", "add", "bob@example.com", "--role", "checker", "--public-key", keys.bob.public)
    as_bob = ("--key", keys.bob.path)
    live.ok(*MONITOR, *as_bob)
    measure(live, quality_score=0.5)
    commits = len(live.records())
    done = live(*MONITOR, *as_bob, *ROLL_BACK)
    assert done.code == 1
    assert "bob@example.com is no deployer, and could not roll veran:v6.1 back. Ask an admin" in done.err
    assert len(live.records()) == commits


def test_a_deployment_under_way_is_told(live: Project) -> None:
    live.approved("veran:v6.3")
    v63 = ("deploy", "--model", "veran:v6.3", "--context", "production", "--target", "prod")
    live.ok(*v63, "--", "sh", "-c", 'git branch cut-off "$(git rev-parse HEAD)"')
    set_verified(live.path, None)
    git(live.path, "reset", "--quiet", "--hard", "cut-off")
    measure(live)
    done = live.ok(*MONITOR)
    assert "note: prod: a deployment of veran:v6.3 has started and not ended: " in done.err
    assert len(done.out.splitlines()) == 1


def test_push(live: Project, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--bare", live.path.as_uri(), "hub.git")
    git(live.path, "remote", "add", "origin", (tmp_path / "hub.git").as_uri())
    measure(live, quality_score=0.5)
    value = json.loads(live(*MONITOR, "--json", "--push", "--rollback-on-fail", "--", "true").out)
    assert (value["shared"], value["sharing_problem"]) == ("origin", "")
    git(live.path, "remote", "set-url", "origin", (tmp_path / "gone.git").as_uri())
    measure(live)
    done = live(*MONITOR, "--push")
    assert (done.code, "written in this clone, and not shared" in done.err) == (3, True)
    git(live.path, "remote", "set-url", "origin", (tmp_path / "hub.git").as_uri())
    live.ok("sync")
    clone = Project(tmp_path / "clone", live.run, live.key)
    git(tmp_path, "clone", "--quiet", (tmp_path / "hub.git").as_uri(), "clone")
    assert reports(clone) == ["pre passed", "post failed"]
    assert reports(clone, "v6.0") == ["pre passed", "post passed"]


def test_incomplete(live: Project) -> None:
    """Nothing is rolled back by what may not be all."""
    folder = live.path / ".quality-gates/models/veran/v6.1"
    for path in folder.glob("*-report-*"):
        git(live.path, "rm", "--quiet", path)
    git(live.path, "commit", "--quiet", "--message", "Delete")
    measure(live, quality_score=0.5)
    done = live(*MONITOR, *ROLL_BACK)
    assert (done.code, "cannot decide (incomplete)" in done.err) == (3, True)
    assert not (live.path / "variables").exists()


def test_metrics_of_the_project_s_own(project: Project) -> None:
    """They are compared with the live version's report, too."""
    rule = 'name = "toxicity"\nmax = 0.05\nmax_increase = 0.1\ndirection = "lower"\n'
    (project.path / "pyproject.toml").write_text(f"[[tool.gitgates.production.metric]]\n{rule}")
    measure(project, toxicity=0.02)
    project.ok("check", "--model", "veran:v6.1", "--context", "production", "--metrics", "prod.json", *MEASURED)
    project.approve()
    project.ok("deploy", "--model", "veran:v6.1", "--context", "production", "--target", "prod")
    project.ok(*MONITOR)
    measure(project, toxicity=0.03)
    done = project(*MONITOR, *OR_TAKE_OFF)
    assert (done.code, "; rolled back and " in done.out) == (1, True)
    assert "toxicity 0.03 against 0.02 exceeds the allowed increase of 10%" in done.out
    project.ok("verify")
