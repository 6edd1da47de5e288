"""`LocalFileIntegration` as scripts for afs.gates use it: files for people, never a reason to deploy."""

import json
from pathlib import Path

import pytest

from gitgates import DeploymentContext, LocalFileIntegration, QualityGate, QualityGateReport, RegistryIntegration
from gitgates.errors import StoreError
from tests.docs.afs_world import good_tests
from tests.support import Gitgates, git


def test_local_files(workplace: Path, gitgates: Gitgates) -> None:
    assert gitgates("init").code == 0
    report = QualityGate().check_all("veran", "v6.2", good_tests())
    files = LocalFileIntegration()
    path = Path(files.report(report))
    assert path.parent == workplace / ".quality-gates/local"
    assert json.loads(path.read_text())["all_passed"] is True
    assert files.approve_deployment("veran", "v6.2") is True
    files.block_merge(report, "too slow")
    assert json.loads((path.parent / "approvals.jsonl").read_text())["model_version"] == "v6.2"
    assert json.loads((path.parent / "blocks.jsonl").read_text())["reason"] == "too slow"
    assert git(workplace, "status", "--porcelain") == ""
    assert not RegistryIntegration().is_deployable("veran", "v6.2", "staging")


def test_local_files_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = QualityGateReport(DeploymentContext.STAGING, "veran", "v6.2")
    files = LocalFileIntegration(tmp_path / "out")
    for _ in range(2):
        files.report(empty)
    assert len(list((tmp_path / "out").glob("report-*.json"))) == 2
    monkeypatch.chdir(tmp_path)
    assert Path(LocalFileIntegration().report(empty)).parent == Path(".quality-gates/local")


def test_local_files_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="Choose a folder that can be written"):
        LocalFileIntegration(tmp_path / "file").approve_deployment("veran", "v6.2")


@pytest.mark.parametrize("link", [".quality-gates", ".quality-gates/local", ".quality-gates/local/approvals.jsonl"])
def test_nothing_is_written_through_a_link_of_the_repository(link: str, workplace: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (workplace / link).parent.mkdir(parents=True, exist_ok=True)
    (workplace / link).symlink_to(outside / "file" if link.endswith("jsonl") else outside)
    with pytest.raises(StoreError, match=r"quality-gates"):
        LocalFileIntegration().approve_deployment("veran", "v6.2")
    assert list(outside.iterdir()) == []
