"""action.yml: what goes in, what comes out, and that no input is taken for a command."""

import re
import sys
from pathlib import Path

import yaml

from tests.docs.ci_machine import Machine, Origin
from tests.docs.ci_world import PAGES, SCHEMAS, act, secret
from tests.docs.markdown import rows
from tests.support import CHECKOUT, Keys, git, run


def test_no_script_holds_an_expression_that_a_stranger_writes() -> None:
    harmless = {"github.event.pull_request.number"}
    for file in (*SCHEMAS["vendor.github-workflows"], CHECKOUT / "action.yml"):
        text = yaml.safe_load(file.read_text())
        jobs = text["jobs"].values() if "jobs" in text else [text["runs"]]
        for step in (step for job in jobs for step in job["steps"] if "run" in step):
            assert set(re.findall(r"\$\{\{ (.*?) \}\}", step["run"])) <= harmless, (file.name, step)


def test_the_page_lists_the_inputs_of_the_action() -> None:
    inputs = yaml.safe_load((CHECKOUT / "action.yml").read_text())["inputs"]
    assert [name.strip("`") for name, _ in rows(PAGES / "github.md", "input")] == list(inputs)


def test_an_input_is_no_command(machine: Machine, apart: Origin) -> None:
    name = 'veran:$(touch pwned)`touch pwned`"; touch pwned; #'
    run = act(machine, apart, {"model": name, "metrics": "metrics.json", "record": "none"})
    assert run.step("Check").out.startswith(f"{name} staging: PASSED\n")
    assert not [*machine.path.rglob("pwned")]
    run = act(machine, apart, {"model": "veran:v1", "metrics": "--key", "record": "none"})
    assert run.step("Check").code == 2
    assert run.step("Check").err.startswith("gitgates: --key: ")


def test_a_clone_without_the_policy_does_not_judge(machine: Machine, apart: Origin) -> None:
    given = {"model": "veran:v1", "metrics": "metrics.json", "record": "none"}
    assert act(machine, apart, given, depth="1").results == {"it": "success"}  # by the defaults: no root is named
    run = act(machine, apart, {**given, "root": apart.root}, depth="1")
    assert (run.steps[1].name, run.steps[1].code) == ("Check", 2)
    assert "there is no quality-gate ledger here" in run.steps[1].err
    assert "`git fetch origin quality-gates:refs/remotes/origin/quality-gates`" in run.steps[1].err


def test_the_outputs_name_the_record(machine: Machine, apart: Origin, keys: Keys) -> None:
    given = {"model": "veran:v1", "metrics": "metrics.json", "signing-key": "${{ secrets.GITGATES_SIGNING_KEY }}"}
    run = act(machine, apart, {**given, "root": apart.root}, **secret(keys))
    assert run.results == {"it": "success"}, run.steps
    (path,) = git(apart.path, "ls-tree", "-r", "--name-only", apart.branch, "--", ".quality-gates/models").split()[
        -3:-2
    ]
    outcome, record = run.step("Outputs").out.strip().split(", ")
    assert (outcome, len(record)) == ("passed", 64)
    assert record in path
    assert machine.installed()[-1].endswith(str(CHECKOUT))


def test_a_failed_report_has_outputs_too(machine: Machine, apart: Origin) -> None:
    given = {"model": "veran:v1", "metrics": "metrics.json", "context": "production", "record": "none"}
    run = act(machine, apart, given)
    assert run.results == {"it": "failure"}
    assert run.step("Outputs").out.strip() == "failed,"


def test_where_to_record_is_said_in_one_of_two_words(machine: Machine, apart: Origin) -> None:
    before = apart.refs()
    run = act(machine, apart, {"model": "veran:v1", "metrics": "metrics.json", "record": "no"})
    assert run.step("Check").code == 2
    assert "::error title=gitgates::the input record is push or none" in run.step("Check").out
    assert apart.refs() == before


def test_a_file_of_the_repository_called_pip_is_not_run(tmp_path: Path) -> None:
    """`python -m pip` would run it, with the key in reach; all that installs in such jobs says -P."""
    (tmp_path / "pip.py").write_text("open('run', 'w')\n")
    step = yaml.safe_load((CHECKOUT / "action.yml").read_text())["runs"]["steps"][0]["run"]
    python, *options, module = step.partition(" install")[0].split()
    assert (python, module) == ("python", "pip")
    run(sys.executable, *options, module, "--version", cwd=tmp_path)
    assert not (tmp_path / "run").exists()
    with_key = ("github-deploy.yml", "gitlab-ci.yml")
    lines = [
        line for name in with_key for line in (PAGES / name).read_text().splitlines() if "install gitgates" in line
    ]
    assert len(lines) == 3, lines
    assert all("python -P -m pip install gitgates" in line for line in lines)
