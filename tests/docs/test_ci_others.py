"""docs/how-to/ci/gitlab-ci.yml and Jenkinsfile: what their jobs and stages do in fresh clones."""

import json

from tests.docs import ci_gitlab, ci_jenkins
from tests.docs.ci_machine import Machine, Origin
from tests.docs.ci_world import PAGES
from tests.support import Keys


def test_gitlab_judges_merge_requests(machine: Machine, apart: Origin) -> None:
    head, _ = apart.pull_request()
    before = apart.refs()
    variables = {"CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_IID": "1"}
    variables["CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"] = head
    done = ci_gitlab.Runner(machine, apart).run(PAGES / "gitlab-ci.yml", variables, "refs/pull/1/merge")
    assert [(name, one.code) for name, one in done.jobs.items()] == [("test", 0), ("scan", 0), ("judge", 0)], done.jobs
    assert "veran:mr-1 staging: PASSED" in done.jobs["judge"].out
    assert 'testsuite name="veran:mr-1 staging"' in done.reports["judge"]
    assert apart.refs() == before


def test_gitlab_records_main_and_deploys_what_is_approved(machine: Machine, apart: Origin, keys: Keys) -> None:
    variables, name = {"CI_COMMIT_BRANCH": "main", "CI_PIPELINE_SOURCE": "push"}, f"veran:{apart.head()}"
    main, file = "refs/heads/main", PAGES / "gitlab-ci.yml"
    done = ci_gitlab.Runner(machine, apart, keys.bob.path).run(file, variables, main)
    assert [(job, one.code) for job, one in done.jobs.items()] == [("test", 0), ("scan", 0), ("record", 0)], done.jobs
    assert done.waiting == ["deploy"]
    assert apart.reports() == [f"gates: report {name} production passed"]
    assert f'testsuite name="{name} production"' in done.reports["record"]
    deployer = ci_gitlab.Runner(machine, apart, keys.carol.path)
    refused = deployer.run(file, variables, main, start="deploy").jobs["deploy"]
    assert refused.code == 1
    assert "0 of 1 approvals" in refused.out
    apart.as_alice("sync")
    apart.as_alice("approve", "--model", name, "--context", "production", "--push")
    allowed = deployer.run(file, variables, main, start="deploy").jobs["deploy"]
    assert allowed.code == 0, allowed
    assert (machine.home / "deployed").read_text() == f"{name} to prod-cluster\n"
    assert apart.reports()[0] == f"gates: deployment {name} production succeeded"


def test_jenkins_judges_changes(machine: Machine, apart: Origin) -> None:
    apart.pull_request()
    before = apart.refs()
    done, _ = ci_jenkins.Runner(machine, apart, {}).run(PAGES / "Jenkinsfile", "refs/pull/1/head", change="1")
    assert [(n, r.code) for n, r in done.items()] == [("Prepare", 0), ("Measure", 0), ("Ledger", 0), ("Judge", 0)], done
    assert "veran:change-1 staging: PASSED" in done["Judge"].out
    assert apart.refs() == before


def test_jenkins_records_main_and_deploys_nothing_unapproved(machine: Machine, apart: Origin, keys: Keys) -> None:
    name = f"veran:{apart.head()}"
    runner = ci_jenkins.Runner(machine, apart, {"gitgates": keys.bob.path, "gitgates-deploy": keys.carol.path})
    done, workspace = runner.run(PAGES / "Jenkinsfile", "refs/heads/main")
    assert [(stage, one.code) for stage, one in done.items()] == [
        ("Prepare", 0),
        ("Measure", 0),
        ("Ledger", 0),
        ("Record", 0),
        ("Deploy", 1),
    ], done
    assert "0 of 1 approvals" in done["Deploy"].out
    assert apart.reports() == [f"gates: report {name} production passed"]
    assert not (machine.home / "deployed").exists()
    (report,) = workspace.glob("gates-reports/*.xml")
    assert f'testsuite name="{name} production"' in report.read_text()
    assert json.loads((workspace / "gates.json").read_text())["record"]["outcome"] == "passed"
