"""Reading files that a user names: regular files only, bounded, and never waiting."""

import os
import socket
from pathlib import Path

import pytest

from gitgates.artifacts.files import read_input
from gitgates.errors import InputFileError


def test_reads_all(tmp_path: Path) -> None:
    data = os.urandom(3 * 2**20 + 1)
    (tmp_path / "f").write_bytes(data)
    assert read_input(str(tmp_path / "f")) == data


def test_follows_a_link_that_the_user_names(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"x")
    (tmp_path / "link").symlink_to("f")
    assert read_input(str(tmp_path / "link")) == b"x"


def test_limit_is_inclusive(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"12345")
    assert read_input(str(path), limit=5) == b"12345"
    with pytest.raises(InputFileError, match=r"is larger than the 4 bytes"):
        read_input(str(path), limit=4)


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="needs /proc")
def test_limit_holds_for_a_file_that_calls_itself_empty() -> None:
    assert len(read_input("/proc/self/status")) > 10
    with pytest.raises(InputFileError, match="is larger than"):
        read_input("/proc/self/status", limit=10)


def test_folder(tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match="is a folder, not a regular file"):
        read_input(str(tmp_path))


def test_fifo_does_not_wait_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(InputFileError, match="is a FIFO, not a regular file"):
        read_input(str(tmp_path / "fifo"))


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null"])
def test_device(device: str) -> None:
    with pytest.raises(InputFileError, match="is a device, not a regular file"):
        read_input(device)


def test_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the name of a socket is short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("s")
        with pytest.raises(InputFileError, match=r"^s: cannot be read"):
            read_input("s")


@pytest.mark.parametrize("name", ["missing", "missing/deeper", "nul\0byte", "x" * 300])
def test_what_cannot_be_opened(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match="cannot be read: ") as caught:
        read_input(f"{tmp_path}/{name}")
    assert caught.value.file.endswith(name)


def test_no_descriptor_leaks(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    before = os.dup(0)
    os.close(before)
    for path in (tmp_path, tmp_path / "fifo", tmp_path / "missing"):
        with pytest.raises(InputFileError):
            read_input(str(path))
    after = os.dup(0)
    os.close(after)
    assert after == before
