"""What git has stored is damaged: no command takes that for an answer, and none for a mistake of the user's."""

import contextlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from gitgates.api.deployment import DeploymentController
from gitgates.errors import GitError, Unreadable
from gitgates.model.paths import id_in_name
from gitgates.store.repository import Repository
from tests.cli.project import Project
from tests.git.ledgers import commit_files
from tests.support import git, run

ASK = ("--model", "veran:v6.1", "--context", "production")
DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "garbled": lambda data: b"junk" * 5,
    "truncated": lambda data: data[: len(data) // 2],
    "flipped": lambda data: data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 0xFF]) + data[len(data) // 2 + 1 :],
    "emptied": lambda data: b"",
}


@pytest.fixture
def clone(project: Project, clone_of: Callable[..., Project]) -> Project:
    """Give a clone with an approved version, and every object in a file of its own."""
    project.approved()
    clone = clone_of(project)
    git(clone.path, "config", "gitgates.root", git(project.path, "config", "gitgates.root"))
    return clone


def unpacked(clone: Project) -> Project:
    pack = pack_of(clone)
    shutil.move(pack, clone.path / "pack")
    for file in (clone.path / ".git/objects/pack").iterdir():
        file.unlink()
    assert run("sh", "-c", "git unpack-objects -q < pack && rm pack", cwd=clone.path).code == 0
    return clone


def pack_of(clone: Project) -> Path:
    (pack,) = (clone.path / ".git/objects/pack").glob("*.pack")
    return pack


def file_of(clone: Project, name: str) -> Path:
    object_id = git(clone.path, "rev-parse", name)
    return clone.path / ".git/objects" / object_id[:2] / object_id[2:]


def overwrite(file: Path, data: bytes) -> None:
    file.chmod(0o644)
    file.write_bytes(data)


def blobs(clone: Project) -> list[str]:
    """Return the blobs of every record and signature."""
    rows = git(clone.path, "ls-tree", "-r", "HEAD", ".quality-gates/models", ".quality-gates/policy").splitlines()
    return [row.split()[2] for row in rows if id_in_name(row.removesuffix(".sig"))]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_object_leaves_no_answer(clone: Project, damage: str) -> None:
    unpacked(clone)
    folders = ("HEAD:.quality-gates/models/veran/v6.1", "HEAD:.quality-gates/policy", "HEAD:.quality-gates", "HEAD:")
    for name in (*blobs(clone), *folders, "HEAD"):
        file = file_of(clone, name)
        whole = file.read_bytes()
        overwrite(file, DAMAGES[damage](whole))
        value = clone.json("can-deploy", *ASK, code=3)
        assert (value["cause"], f"{file.parent.name}{file.name}" in value["error"]) == ("unreadable", True), value
        assert value["error"].startswith("cannot decide (unreadable): "), value
        overwrite(file, whole)
    assert clone.answer() == "allowed"


@pytest.mark.parametrize(
    "command",
    [
        ("status", "--model", "veran:v6.1"),
        ("history", "--model", "veran:v6.1"),
        ("deploy", *ASK, "--target", "x", "--offline"),
        ("list",),
        ("verify",),
        ("approve", *ASK),
        ("export", "-o", "out.jsonl"),
    ],
)
def test_no_command_answers_from_a_damaged_record(clone: Project, command: tuple[str, ...]) -> None:
    unpacked(clone)
    decision = next(iter(clone.path.glob(".quality-gates/models/**/*-decision-*.json")))
    overwrite(file_of(clone, f"HEAD:{decision.relative_to(clone.path)}"), b"junk")
    done = clone(*command)
    assert (done.code, "cannot be read: " in done.out + done.err) == (3, True), done


def test_python_gets_the_same_words(clone: Project) -> None:
    unpacked(clone)
    file = file_of(clone, blobs(clone)[0])
    overwrite(file, b"junk")
    with contextlib.chdir(clone.path):
        allowed, reason = DeploymentController().can_deploy("veran", "v6.1", "production")
        assert (allowed, reason.startswith("cannot decide (unreadable): object ")) == (False, True), reason
        file.unlink()
        allowed, reason = DeploymentController().can_deploy("veran", "v6.1", "production")
        assert (allowed, reason.startswith("cannot decide (unreadable): .quality-gates/")) == (False, True), reason


def test_what_is_only_misspelt_is_no_damage(project: Project) -> None:
    repository = Repository.open(str(project.path))
    with pytest.raises(GitError, match="unknown revision") as raised:
        repository.git("rev-list", "nonsense")
    assert (isinstance(raised.value, Unreadable), raised.value.exit_code) == (False, 2)
    with pytest.raises(Unreadable, match=r"^cannot decide \(unreadable\): git rev-list .*bad object") as damaged:
        repository.git("rev-list", "e" * 40)
    assert (isinstance(damaged.value, GitError), damaged.value.exit_code) == (True, 3)


@pytest.mark.parametrize("suffix", [".pack", ".idx"])
@pytest.mark.parametrize("damage", ["garbled", "truncated", "emptied", "gone"])
def test_a_damaged_pack_leaves_no_answer(clone: Project, damage: str, suffix: str) -> None:
    file = pack_of(clone).with_suffix(suffix)
    if damage == "gone":
        file.unlink()
    else:
        overwrite(file, DAMAGES[damage](file.read_bytes()))
    for command in (("can-deploy", *ASK), ("sync",)):
        assert clone.json(*command, code=3)["cause"] == "unreadable"


@pytest.mark.parametrize("branch", ["main", "trunk"])
def test_a_branch_whose_commit_is_gone_may_have_the_ledger(project: Project, branch: str) -> None:
    """To have no ledger would be the user's mistake, and here it is none."""
    git(project.path, "branch", "-m", branch)
    file_of(project, "HEAD").unlink()
    value = project.json("can-deploy", *ASK, code=3)
    told = f"refs/heads/{branch} names a commit that this clone does not have, so whether there is a ledger cannot be"
    assert (value["cause"], told in value["error"], "git fsck" in value["remedy"]) == ("unreadable", True, True), value


@pytest.mark.parametrize("damage", ["garbled", "gone"])
def test_the_records_decide_and_not_older_commits(clone: Project, damage: str) -> None:
    """As docs/reference/can-deploy.md says; `verify` tells of them."""
    unpacked(clone)
    file = file_of(clone, "HEAD~1")
    file.unlink()
    if damage == "garbled":
        file.write_bytes(b"junk")
    assert clone.answer() == "allowed"
    done = clone("verify")
    assert (done.code, "what the commits since the last verification did cannot be read" in done.out) == (3, True), done


def code_was_committed(project: Project) -> str:
    """Return a commit since the last verification."""
    for text in ("1", "2"):
        commit_files(project.path, "code", {"train.py": text})
    return "HEAD~1"


def branch_was_rewound(project: Project) -> str:
    """Return a folder that was there when the clone last verified the ledger."""
    verified = git(project.path, "rev-parse", "HEAD")
    git(project.path, "reset", "-q", "--hard", "HEAD~1")
    return f"{verified}:.quality-gates/models/veran/v6.1"


@pytest.mark.parametrize(
    ("happens", "text"),
    [
        (code_was_committed, "what the commits since the last verification did cannot be read: git log"),
        (branch_was_rewound, "cannot decide (unreadable): object "),
    ],
)
def test_doctor_tells_of_damage(project: Project, happens: Callable[[Project], str], text: str) -> None:
    project.approved()
    project.ok("verify")
    overwrite(file_of(project, happens(project)), b"junk")
    found = {one["name"]: one for one in project.json("doctor", code=1)["diagnoses"]}
    assert (found["records"]["state"], found["records"]["text"].startswith(text)) == ("problem", True), found
    assert "index" in found  # it goes on


def test_doctor_tells_of_a_branch_that_cannot_be_compared(clone: Project) -> None:
    unpacked(clone)
    clone.approve()
    overwrite(file_of(clone, "HEAD~2"), b"junk")
    (found,) = (one for one in clone.json("doctor", code=1)["diagnoses"] if one["state"] == "problem")
    assert found["text"].startswith("cannot decide (unreadable): git "), found
    assert "git fetch --refetch" in found["remedy"]
