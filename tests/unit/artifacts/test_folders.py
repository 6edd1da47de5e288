"""Reading a folder that a tool wrote: bounded, regular files only, and one digest that `sha256sum` gives as well."""

import os
import subprocess
from pathlib import Path

import pytest

from gitgates.artifacts import folders
from gitgates.artifacts.folders import digest_of, read_folder
from gitgates.errors import InputFileError


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    for name, text in {
        "metrics/val/acc": "1 0.5 0\n",
        "metrics/b": "x",
        "meta.yaml": "status: 3\n",
        "other": "y",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_only_the_parts_asked_for(run: Path) -> None:
    found = read_folder(str(run), ("metrics", "meta.yaml", "absent"))
    assert found == {"metrics/b": b"x", "metrics/val/acc": b"1 0.5 0\n", "meta.yaml": b"status: 3\n"}


def test_digest_is_that_of_sha256sum(run: Path) -> None:
    command = "find ./meta.yaml ./metrics -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum"
    printed = subprocess.run(["sh", "-c", command], cwd=run, capture_output=True, text=True, check=True).stdout
    assert digest_of(read_folder(str(run), ("metrics", "meta.yaml"))) == printed.split()[0]


@pytest.mark.parametrize("what", ["link to a file", "link to a folder", "FIFO"])
def test_what_is_no_regular_file_is_refused(what: str, run: Path) -> None:
    odd = run / "metrics" / "odd"
    if what == "FIFO":
        os.mkfifo(odd)
    else:
        odd.symlink_to(run / "other" if what == "link to a file" else "/")
    kind = "a FIFO" if what == "FIFO" else "a symbolic link"
    with pytest.raises(InputFileError, match=rf"metrics/odd: is {kind}, not a regular file"):
        read_folder(str(run), ("metrics",))


def test_a_part_that_is_a_link_is_refused(run: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "metrics").symlink_to(run / "metrics")
    with pytest.raises(InputFileError, match="metrics: is a symbolic link"):
        read_folder(str(tmp_path / "other"), ("metrics",))


def test_bounds(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "MAX_BYTES", 8)
    with pytest.raises(InputFileError, match="run: holds more than the 2000 files or 8 bytes that are read"):
        read_folder(str(run), ("metrics",))
    monkeypatch.setattr(folders, "MAX_DEPTH", 0)
    with pytest.raises(InputFileError, match="val: holds more than 2000 files or 0 levels of folders"):
        read_folder(str(run), ("metrics",))


def test_too_many_files(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "MAX_FILES", 1)
    with pytest.raises(InputFileError, match="metrics: holds more than 1 files"):
        read_folder(str(run), ("metrics",))


if os.geteuid() != 0:  # root may read every folder

    def test_unreadable_folder(run: Path) -> None:
        (run / "metrics").chmod(0)
        with pytest.raises(InputFileError, match="cannot be read: Permission denied"):
            read_folder(str(run), ("metrics",))
