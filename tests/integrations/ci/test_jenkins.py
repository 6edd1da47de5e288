"""`JenkinsIntegration`: the files that Jenkins and GitLab collect."""

import json
from pathlib import Path

import attrs
import pytest
from junitparser import JUnitXml

from gitgates import JenkinsIntegration
from gitgates.errors import StoreError
from tests.integrations.ci.hostile import GOOD, report
from tests.support import RepositoryFactory, git


def test_files(tmp_path: Path) -> None:
    jenkins = JenkinsIntegration(tmp_path / "out")
    path = Path(jenkins.report(GOOD))
    assert path == tmp_path / "out" / "veran@v1@staging.xml"
    assert JUnitXml.fromfile(str(path)).failures == 0
    assert json.loads(path.with_suffix(".json").read_text())["all_passed"] is True
    assert jenkins.block_merge(GOOD, "by hand") == str(path)
    assert JUnitXml.fromfile(str(path)).failures == 1
    assert json.loads(path.with_suffix(".json").read_text())["merge_blocked"] == "by hand"
    assert jenkins.approve_deployment("veran", "v1") is True
    assert json.loads((tmp_path / "out/approvals.jsonl").read_text())["model_version"] == "v1"
    assert len(list((tmp_path / "out").iterdir())) == 3


def test_names_of_strangers(tmp_path: Path) -> None:
    path = Path(JenkinsIntegration(tmp_path).report(report("bad")))
    assert path.parent == tmp_path
    assert path.name == "ve%7Cran%60%3Cb%3E%40x@v6.2%20%5D%28x%29@production.xml"


def test_no_two_reports_share_a_file(tmp_path: Path) -> None:
    names = (("a-b", "c"), ("a", "b-c"), ("a@b", "c"), ("a", "b@c"))
    reports = [attrs.evolve(GOOD, model_name=model, model_version=version) for model, version in names]
    assert len({JenkinsIntegration(tmp_path).report(one) for one in reports}) == len(names)


def test_the_workspace_stays_clean(repository: RepositoryFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    path = repository()
    monkeypatch.setenv("WORKSPACE", str(path))
    assert Path(JenkinsIntegration().report(GOOD)).parent == path / "gates-reports"
    assert git(path, "status", "--porcelain") == ""


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"file.*: Not a directory|file.*: File exists"):
        JenkinsIntegration(tmp_path / "file").report(GOOD)
