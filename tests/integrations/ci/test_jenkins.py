"""`JenkinsIntegration`: the files that Jenkins and GitLab collect."""

import json
import os
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


def test_a_gitignore_that_is_there_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKSPACE", str(tmp_path))
    ignore = tmp_path / "gates-reports/.gitignore"
    ignore.parent.mkdir()
    ignore.write_text("*.json\n")
    assert Path(JenkinsIntegration().report(GOOD)).exists()
    assert ignore.read_text() == "*.json\n"
    ignore.unlink()
    ignore.symlink_to(tmp_path / "nowhere")
    assert Path(JenkinsIntegration().report(GOOD)).exists()
    assert not (tmp_path / "nowhere").exists()


def test_the_default_folder_is_no_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The repository may have made it one. A folder that the caller names is the caller's choice."""
    monkeypatch.setenv("WORKSPACE", str(tmp_path))
    (tmp_path / "outside").mkdir()
    (tmp_path / "gates-reports").symlink_to(tmp_path / "outside", target_is_directory=True)
    with pytest.raises(StoreError, match="gates-reports: it is a link"):
        JenkinsIntegration().report(GOOD)
    assert list((tmp_path / "outside").iterdir()) == []
    assert Path(JenkinsIntegration(tmp_path / "gates-reports").report(GOOD)).exists()


def test_no_link_in_the_folder_is_written_through(tmp_path: Path) -> None:
    """Process ids in a container are easily guessed, so a commit can hold links of all names that are written to."""
    (tmp_path / "victim").write_text("as it was")
    for name in ("xml", "json", f"xml.{os.getpid()}", f"json.{os.getpid()}"):
        (tmp_path / f"veran@v1@staging.{name}").symlink_to(tmp_path / "victim")
    path = Path(JenkinsIntegration(tmp_path).report(GOOD))
    assert JUnitXml.fromfile(str(path)).failures == 0
    assert not path.is_symlink()
    assert (tmp_path / "victim").read_text() == "as it was"


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"file.*: Not a directory|file.*: File exists"):
        JenkinsIntegration(tmp_path / "file").report(GOOD)
