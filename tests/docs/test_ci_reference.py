"""The workflows of the reference document: as printed, and with what they leave out they do what it says."""

import json

import pytest

from tests.docs import ci_github
from tests.docs.ci_machine import Machine, Origin
from tests.docs.ci_world import PAGES, on_main, on_pull_request, secret
from tests.docs.markdown import blocks
from tests.docs.reference import ABSENT, DOCUMENT
from tests.support import Keys, git


def is_completed(printed: str, line: str) -> bool:
    """Tell whether `line` is the printed one, or completes it where it ends with `...`."""
    start = printed.removesuffix("...").rstrip()
    return line == printed or (printed.endswith("...") and line.startswith(start))


@ABSENT
@pytest.mark.parametrize(
    ("heading", "file", "changed"),
    [
        ("2. Pre-Merge Validation", "reference-pre-merge.yml", []),
        ("Performance Considerations", "reference-parallel.yml", ["      - run: trivy scan ..."]),
    ],
)
def test_what_was_printed_is_there_and_every_addition_is_explained(heading: str, file: str, changed: list[str]) -> None:
    (block,) = (block for block in blocks(DOCUMENT, "yaml") if block.heading == heading)
    printed = [line for line in block.text.splitlines() if line and line not in changed]
    explained = False
    for line in (PAGES / file).read_text().splitlines():
        if printed and is_completed(printed[0], line):
            assert explained or line == printed[0], f"it does not say what is added: {line}"
            del printed[0]
            explained = False
        else:
            explained = bool(line) and (explained or line.strip().startswith("#"))
            assert explained or not line, f"it does not say why this is added: {line}"
    assert not printed


def test_the_pre_merge_job_of_the_reference(machine: Machine, origin: Origin, keys: Keys) -> None:
    event, before = on_pull_request(origin, **secret(keys)), origin.refs()
    run = ci_github.Runner(machine, origin).run(PAGES / "reference-pre-merge.yml", event)
    assert run.results == {"quality-gates": "success"}, run.steps
    assert origin.reports() == ["gates: report afs:pr-1 staging passed"]
    moved = {ref for ref, commit in origin.refs().items() if before.get(ref) != commit}
    assert moved == {f"refs/heads/{origin.branch}", "refs/notes/gates/afs"}
    head = origin.head("refs/pull/1/head")
    assert "Gates-Model: afs:pr-1" in git(origin.path, "log", "-1", "--format=%B", origin.branch)
    origin.as_alice("sync")
    shown = json.loads(origin.as_alice("report", "--model", "afs:pr-1", "--context", "staging", "--json").out)
    assert [report["subject"]["commit"] for report in shown["reports"]] == [head]


def test_a_pull_request_from_a_fork_has_no_key_for_the_pre_merge_job(machine: Machine, apart: Origin) -> None:
    event = on_pull_request(apart)
    before = apart.refs()
    run = ci_github.Runner(machine, apart).run(PAGES / "reference-pre-merge.yml", event)
    assert run.results == {"quality-gates": "failure"}
    assert run.step("Check quality gates").code == 2
    assert "--no-record" in run.step("Check quality gates").err
    assert apart.refs() == before


def test_the_parallel_jobs_of_the_reference(machine: Machine, apart: Origin, keys: Keys) -> None:
    event, runner = on_main(apart, **secret(keys)), ci_github.Runner(machine, apart)
    run = runner.run(PAGES / "reference-parallel.yml", event)
    assert run.results == {"test": "success", "gates": "success", "security": "success", "build": "success"}, run.steps
    assert apart.reports() == [f"gates: report veran:{event.sha} staging passed"]
    before = apart.refs()
    again = runner.run(PAGES / "reference-parallel.yml", event)
    assert set(again.results.values()) == {"success"}
    assert apart.refs() == before
