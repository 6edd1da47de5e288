"""docs/how-to/ci: the published schemas take its files, and GitHub's jobs do in fresh clones what the page says.

The runners of ci_github.py, ci_gitlab.py and ci_jenkins.py run the shell steps in order with real bash, git, pytest and
gitgates; ci_machine.py says what is stood in for.
"""

import json
import shlex
from pathlib import Path

import pytest

from tests.docs import ci_github
from tests.docs.ci_github import Event
from tests.docs.ci_machine import Machine, Origin
from tests.docs.ci_world import PAGES, SCHEMAS, act, insist_on, on_main, on_pull_request, secret
from tests.docs.markdown import blocks
from tests.support import CHECKOUT, Keys, git, run


@pytest.mark.parametrize("schema", SCHEMAS)
def test_the_published_schema_takes_every_file(schema: str) -> None:
    insist_on(schema, *SCHEMAS[schema])


def test_a_fault_would_be_found(tmp_path: Path) -> None:
    faulty = tmp_path / "faulty.yml"
    faulty.write_text((PAGES / "github-main.yml").read_text().replace("runs-on:", "run-on:"))
    with pytest.raises(AssertionError, match="runs-on"):
        insist_on("vendor.github-workflows", faulty)


def test_every_file_of_the_folder_has_a_schema_or_a_runner() -> None:
    files = {file.name for file in PAGES.iterdir()} - {"README.md", "github.md", "gitlab.md", "jenkins.md"}
    assert files == {file.name for files in SCHEMAS.values() for file in files} - {"action.yml"} | {"Jenkinsfile"}


def test_a_pull_request_is_judged_and_nothing_is_recorded(machine: Machine, origin: Origin) -> None:
    event = on_pull_request(origin)
    before = origin.refs()
    run = ci_github.Runner(machine, origin).run(PAGES / "github-pull-request.yml", event)
    assert run.results == {"gates": "success"}, run.steps
    assert "veran:pr-1 staging: PASSED" in run.step("Check").out
    assert "not recorded" in run.step("Check").out
    assert origin.refs() == before
    assert str(CHECKOUT) in machine.installed()[-1]


def test_main_is_recorded_on_the_branch_of_the_ledger_and_once(machine: Machine, origin: Origin, keys: Keys) -> None:
    event, runner = on_main(origin, **secret(keys)), ci_github.Runner(machine, origin)
    code = origin.head()
    run = runner.run(PAGES / "github-main.yml", event)
    assert run.results == {"measure": "success", "record": "success"}, run.steps
    assert origin.reports() == [f"gates: report veran:{code} production passed"]
    assert origin.branch == "main" or origin.head() == code
    assert f"gitgates approve --model veran:{code}" in run.summary
    assert "| gate | result | what was found |" in run.summary
    before = origin.refs()
    again = runner.run(PAGES / "github-main.yml", event, again=run, jobs=("record",))
    assert again.results == {"record": "success"}, again.steps
    assert "already recorded" in again.step("Check").out
    assert origin.refs() == before
    numbers = json.loads((run.artifacts / "metrics.json").read_text())
    (run.artifacts / "metrics.json").write_text(json.dumps({**numbers, "quality_score": 0.95}))
    runner.run(PAGES / "github-main.yml", event, again=run, jobs=("record",))
    assert origin.reports() == 2 * [f"gates: report veran:{code} production passed"]


def test_failed_tests_are_recorded_and_fail_the_run(machine: Machine, apart: Origin, keys: Keys) -> None:
    (apart.work / "tests/test_bad.py").write_text("def test_bad():\n    assert 1 == 2\n")
    git(apart.work, "add", "tests")
    git(apart.work, "commit", "--quiet", "--message", "A bad test")
    apart.push("main")
    run = ci_github.Runner(machine, apart).run(PAGES / "github-main.yml", on_main(apart, **secret(keys)))
    assert run.results == {"measure": "failure", "record": "failure"}
    assert apart.reports() == [f"gates: report veran:{apart.head()} production failed"]
    assert "What is next" not in [step.name for step in run.steps]
    assert "::error title=" in run.step("Check").out


def test_a_version_that_is_approved_is_deployed_and_no_other(machine: Machine, apart: Origin, keys: Keys) -> None:
    runner, event = ci_github.Runner(machine, apart), on_main(apart, **secret(keys))
    name = f"veran:{event.sha}"
    runner.run(PAGES / "github-main.yml", event)
    deploy = Event("refs/heads/main", apart.head(), inputs={"model": name}, secrets=secret(keys))
    refused = runner.run(PAGES / "github-deploy.yml", deploy)
    assert refused.results == {"deploy": "failure"}
    assert "0 of 1 approvals" in refused.step("May it go there?").out
    assert not (machine.home / "deployed").exists()
    apart.as_alice("sync")
    apart.as_alice("approve", "--model", name, "--context", "production", "--push")
    deploy = Event("refs/heads/main", apart.head(), inputs={"model": name}, secrets=secret(keys))
    allowed = runner.run(PAGES / "github-deploy.yml", deploy)
    assert allowed.results == {"deploy": "success"}, allowed.steps
    assert (machine.home / "deployed").read_text() == f"{name} to prod-cluster\n"
    assert apart.reports()[0] == f"gates: deployment {name} production succeeded"


def test_the_job_of_the_readme(machine: Machine, apart: Origin, keys: Keys) -> None:
    (block,) = (block for block in blocks(CHECKOUT / "README.md", "yaml") if block.heading == "In CI")
    workflow = machine.path / "readme.yml"
    workflow.write_text(block.text)
    insist_on("vendor.github-workflows", workflow)
    run = ci_github.Runner(machine, apart).run(workflow, on_main(apart, **secret(keys)))
    assert run.results == {"gates": "success"}, run.steps
    assert apart.reports() == [f"gates: report veran:{apart.head()} staging passed"]


def test_the_set_up_of_the_pages(machine: Machine, apart: Origin) -> None:
    (block,) = {blocks(PAGES / page, "console")[0].text for page in ("github.md", "gitlab.md", "jenkins.md")}
    make, add = (shlex.split(line.strip().removeprefix("$ ")) for line in block.splitlines())
    assert run(*make, cwd=apart.work).code == 0
    apart.as_alice(*add[1:])
    given = {"model": "veran:v1", "metrics": "metrics.json", "signing-key": "${{ secrets.GITGATES_SIGNING_KEY }}"}
    done = act(machine, apart, given, GITGATES_SIGNING_KEY=(apart.work / "ci").read_text())
    assert done.results == {"it": "success"}, done.steps
    assert "Gates-Kind: report" in git(apart.path, "log", "-1", "--format=%B", apart.branch)
