"""`--artifact`: what `check` may take from pointers and its cache, and what is deployed may not."""

import hashlib
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from gitgates.artifacts.cache import FILE_NAME, WORTH_KEEPING
from tests.cli.project import Project
from tests.support import git

MODEL = ("--model", "veran:v6.1", "--context", "production")
ASK = ("can-deploy", *MODEL)
DATA = b"w" * WORTH_KEEPING
TRUE = hashlib.sha256(DATA).hexdigest()
OTHER = "ab" * 32
POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{TRUE}\nsize {len(DATA)}\n"


def artifacts(project: Project) -> list[dict[str, Any]]:
    (report,) = project.json("report", "--model", "veran:v6.1")["reports"]
    told: list[dict[str, Any]] = report["subject"]["artifacts"]
    return told


def cache_of(project: Project) -> dict[str, list[Any]]:
    path = project.path / ".git" / FILE_NAME
    found: dict[str, list[Any]] = json.loads(path.read_text())["files"] if path.exists() else {}
    return found


@pytest.fixture
def weights(project: Project, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a file that, as the clock says, was written a while ago."""
    path = project.path / "weights.bin"
    path.write_bytes(DATA)
    now = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: now() + 10 * 10**9)
    return path


# --- the cache -------------------------------------------------------------------------------------------------------


def test_check_remembers_digests(project: Project, weights: Path) -> None:
    project.check("veran:v6.1", "production", "--artifact", "weights.bin")
    assert [(name, entry[-1]) for name, entry in cache_of(project).items()] == [(str(weights), TRUE)]
    assert artifacts(project) == [{"path": "weights.bin", "type": "file", "sha256": TRUE, "size": len(DATA)}]
    assert git(project.path, "status", "--porcelain", "--untracked-files=no") == ""
    forge(project, weights)
    project.check("veran:v6.1", "production", "--artifact", "weights.bin")
    (told,) = project.json("report", "--model", "veran:v6.1")["reports"][0]["subject"]["artifacts"]
    assert told["sha256"] == OTHER  # so it was taken from there


def forge(project: Project, weights: Path) -> None:
    path = project.path / ".git" / FILE_NAME
    path.write_text(path.read_text().replace(TRUE, OTHER))


def test_worktrees_share_the_cache(project: Project, weights: Path) -> None:
    git(project.path, "worktree", "add", "--quiet", "../other")
    done = project.run(
        "check", *MODEL, "--metrics", "metrics-v6.1.json", "--artifact", weights, cwd=project.path.parent / "other"
    )
    assert done.code in (0, 1), done
    assert list(cache_of(project)) == [str(weights)]


def test_what_is_deployed_is_read(project: Project, weights: Path) -> None:
    project.check("veran:v6.1", "production", "--artifact", "weights.bin")
    project.approve()
    forge(project, weights)
    project.ok(*ASK, "--artifact", "weights.bin")
    weights.write_bytes(b"x" + DATA[1:])
    state = os.stat(weights)
    entry = [state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_dev, state.st_ino, TRUE]
    cache = {"format": "gitgates-digests/1", "files": {str(weights): entry}}
    (project.path / ".git" / FILE_NAME).write_text(json.dumps(cache))
    for command in (ASK, ("deploy", *MODEL, "--target", "t")):
        done = project(
            *command, "--artifact", "weights.bin", *(("--", "touch", "ran") if command[0] == "deploy" else ())
        )
        assert done.code == 1, done
        assert "the file weights.bin (sha256 " in done.out + done.err
    assert not (project.path / "ran").exists()


def test_nothing_is_kept_of_small_files_and_outside_repositories(project: Project, tmp_path: Path) -> None:
    (project.path / "small").write_bytes(b"x")
    project.check("veran:v6.1", "production", "--artifact", "small")
    assert cache_of(project) == {}
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "big").write_bytes(DATA)
    (outside / "m.json").write_text('{"quality_score": 0.9, "throughput_tokens_per_sec": 50}')
    args = ("check", "--model", "veran:v1", "--metrics", "m.json", "--artifact", "big", "--no-record")
    done = project.run(*args, cwd=outside)
    assert done.code == 0, done
    assert sorted(path.name for path in outside.iterdir()) == ["big", "m.json"]


# --- git-lfs ---------------------------------------------------------------------------------------------------------


def test_a_pointer_stands_for_its_file_in_a_report_only(project: Project) -> None:
    model = project.path / "model"
    model.mkdir()
    (model / "weights.bin").write_text(POINTER)
    (model / "config.json").write_text("{}")
    done = project.check("veran:v6.1", "production", "--artifact", "model/weights.bin", "--artifact", "model")
    notes = [line for line in done.err.splitlines() if line.startswith("note: model")]
    assert notes == [
        "note: model/weights.bin: digest read from git-lfs pointer; the bytes themselves were not read",
        "note: model: 1 of the digests read from git-lfs pointer; the bytes themselves were not read",
    ]
    file, folder = artifacts(project)
    assert file == {
        "path": "model/weights.bin (digest read from git-lfs pointer)", "type": "file", "sha256": TRUE,
        "size": len(DATA),
    }  # fmt: skip
    assert (folder["path"], folder["size"]) == ("model (1 of the digests read from git-lfs pointer)", len(DATA) + 2)
    project.approve()
    for path in ("model/weights.bin", "model"):
        asked = project(*ASK, "--artifact", path)
        assert asked.code == 2
        assert "gitgates: model/weights.bin: is a git-lfs pointer, and the file itself is not here" in asked.err
        assert "git lfs pull -I model/weights.bin" in asked.err
    (model / "weights.bin").write_bytes(DATA)
    project.ok(*ASK, "--artifact", "model", "--artifact", "model/weights.bin")


# --- DVC -------------------------------------------------------------------------------------------------------------


def dvc(project: Project, data: bytes = DATA) -> None:
    md5 = hashlib.md5(data).hexdigest()
    (project.path / "model").mkdir()
    text = f"outs:\n- md5: {md5}\n  size: {len(data)}\n  hash: md5\n  path: weights.bin\n"
    (project.path / "model/weights.bin.dvc").write_text(text)


def test_a_dvc_file_leads_to_the_file_that_is_here(project: Project) -> None:
    dvc(project)
    (project.path / "model/weights.bin").write_bytes(DATA)
    done = project.check("veran:v6.1", "production", "--artifact", "model/weights.bin.dvc")
    assert "note: model/weights.bin.dvc: DVC tells no SHA-256; it was taken of model/weights.bin" in done.err
    assert artifacts(project) == [{"path": "model/weights.bin", "type": "file", "sha256": TRUE, "size": len(DATA)}]
    project.approve()
    project.ok(*ASK, "--artifact", "model/weights.bin")
    asked = project(*ASK, "--artifact", "model/weights.bin.dvc")
    assert asked.code == 2
    assert "model/weights.bin.dvc: is a DVC file, not what is deployed" in asked.err


@pytest.mark.parametrize(
    ("there", "why"),
    [
        (None, "model/weights.bin.dvc: names model/weights.bin by its MD5 alone, and that file is not here"),
        (b"other", "model/weights.bin: is not the file that model/weights.bin.dvc is about: another MD5"),
    ],
)
def test_a_dvc_file_without_its_file(there: bytes | None, why: str, project: Project) -> None:
    dvc(project)
    if there is not None:
        (project.path / "model/weights.bin").write_bytes(there)
    before = project.records()
    args = ("check", *MODEL, "--metrics", "metrics-v6.1.json", "--artifact", "model/weights.bin.dvc")
    done = project(*args)
    assert done.code == 2
    assert why in done.err
    assert "dvc pull model/weights.bin.dvc" in done.err
    assert project.records() == before


def test_a_folder_named_like_a_dvc_file_is_a_folder(project: Project) -> None:
    (project.path / "x.dvc").mkdir()
    (project.path / "x.dvc/a").write_text("a")
    project.check("veran:v6.1", "production", "--artifact", "x.dvc")
    assert artifacts(project)[0]["type"] == "folder"
