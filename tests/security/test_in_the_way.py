"""What a stranger with push rights puts in the place of files that every record needs keeps nobody from writing."""

import os
import shutil
from pathlib import Path

import pytest

from tests.cli.project import Project, make_project
from tests.support import Gitgates, Keys, RepositoryFactory, git

VERSION = Path(".quality-gates/models/veran/v6.1")


@pytest.fixture
def project(repository: RepositoryFactory, gitgates: Gitgates, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> Project:
    return make_project(repository(), gitgates, keys.alice, monkeypatch).approved()


def put(project: Project, kind: str, where: Path) -> None:
    """Commit something else in the place of `where`."""
    path = project.path / where
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == "folder":
        path.mkdir()
        (path / "junk").write_text("junk")
    elif kind == "link":
        os.symlink("/etc/passwd", path)
    else:
        path.write_text("junk")
    git(project.path, "add", "--all", "--force", ".quality-gates")
    git(project.path, "commit", "--quiet", "--message", "Harmless")


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_another_anchor(kind: str, project: Project) -> None:
    words = ("--model", "veran:v6.1", "--context", "production")
    project.ok("deploy", *words, "--target", "prod")
    anchor = (project.path / VERSION / "model.json").read_text()
    put(project, kind, VERSION / "model.json")
    assert project.answer() == "allowed"
    project.ok("reject", *words, "--reason", "it stutters")
    assert project.answer() == "denied"
    assert git(project.path, "show", f"HEAD:{VERSION}/model.json") == anchor.removesuffix("\n")
    put(project, kind, VERSION / "model.json")
    project.ok("rollback", *words, "--target", "prod", "--or-take-off", "--", "true")
    project.ok("verify")
    # A link on disk is left to its owner: nothing is written through one, or over one.
    assert git(project.path, "status", "--short") == (f" T {VERSION}/model.json" if kind == "link" else "")


@pytest.mark.parametrize("where", [".quality-gates/models/din", ".quality-gates/models/din/v1"])
def test_a_file_in_a_folder_s_place(where: str, project: Project) -> None:
    put(project, "file", Path(where))
    project.check("din:v1", "staging")
    project.approve("din:v1", "staging")
    assert project.answer("din:v1", "staging") == "allowed"
    project.ok("verify")


def test_another_seal(project: Project, keys: Keys) -> None:
    """Its name is the digest of public facts, so it can be foreseen."""
    (project.path / "bob.pub").write_text(f"{keys.bob.public} bob\n")
    add = ("member", "add", "bob@example.com", "--role", "approver", "--public-key", "bob.pub")
    before = git(project.path, "rev-parse", "HEAD")
    project.ok(*add)
    (seal,) = (project.path / ".quality-gates/policy").glob("*.seal")
    right = seal.read_bytes()
    git(project.path, "reset", "--quiet", "--hard", before)
    put(project, "file", seal.relative_to(project.path))
    project.ok("doctor", "--accept-rewind", "--yes")
    project.ok(*add)
    assert seal.read_bytes() == right
    project.ok("verify")
