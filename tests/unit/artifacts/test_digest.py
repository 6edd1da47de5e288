"""Digests: reproducible with a shell, and nothing in a folder goes unseen."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from gitgates.artifacts import digest as module
from gitgates.artifacts.digest import Digest, digest, total_size
from gitgates.errors import InputFileError

needs_sha256sum = pytest.mark.skipif(shutil.which("sha256sum") is None, reason="needs sha256sum")


def _documented_command() -> str:
    (line,) = (line for line in str(module.__doc__).splitlines() if "find ." in line)
    return line.strip().replace("FOLDER", '"$FOLDER"')


def _by_shell(folder: Path) -> str:
    environment = {"PATH": os.environ["PATH"], "FOLDER": str(folder)}
    result = subprocess.run(["sh", "-c", _documented_command()], env=environment, capture_output=True, check=True)
    return result.stdout.split()[0].decode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    top = tmp_path / "model"
    files = {
        b"weights.bin": b"w" * 3_000_000,
        b"a/b": b"1",
        b"a.b": b"2",
        b"a-b/c d/'quoted'": b"3",
        b".hidden": b"",
        b"-dash": b"4",
        "ünï".encode(): b"5",
        b"not-utf-8-\xff": b"6",
    }
    for name, data in files.items():
        path = os.path.join(os.fsencode(top), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)
    (top / "empty folder").mkdir()
    return top


def test_file(tmp_path: Path) -> None:
    data = os.urandom(2_500_000)
    (tmp_path / "f").write_bytes(data)
    assert digest(str(tmp_path / "f")) == Digest("file", hashlib.sha256(data).hexdigest(), len(data))
    assert total_size(str(tmp_path / "f")) == len(data)


def test_empty_file(tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    assert digest(str(tmp_path / "f")) == Digest("file", hashlib.sha256().hexdigest(), 0)


@needs_sha256sum
def test_documented_command_gives_the_same_digest(folder: Path) -> None:
    found = digest(str(folder))
    assert (found.type, found.sha256) == ("folder", _by_shell(folder))
    assert found.size == total_size(str(folder)) == 3_000_006


def test_docs_have_the_command_of_the_code() -> None:
    docs = Path(__file__).parents[3] / "docs" / "reference" / "formats.md"
    assert _documented_command().replace('"$FOLDER"', "FOLDER") in docs.read_text()


def test_lines_of_a_folder_by_hand(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b"x")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "z").write_bytes(b"y")
    lines = f"{hashlib.sha256(b'y').hexdigest()}  ./a/z\n{hashlib.sha256(b'x').hexdigest()}  ./b\n"
    assert digest(str(tmp_path)).sha256 == hashlib.sha256(lines.encode()).hexdigest()


def test_digest_depends_on_names_and_bytes_only(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    os.utime(copy / "weights.bin", (1, 1))
    (copy / "weights.bin").chmod(0o755)
    shutil.rmtree(copy / "empty folder")
    assert digest(str(copy)) == digest(str(folder))
    (copy / ".hidden").rename(copy / ".hidden2")
    assert digest(str(copy)).sha256 != digest(str(folder)).sha256


def test_link_given_by_the_user_is_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "latest").symlink_to(folder)
    assert digest(str(tmp_path / "latest")) == digest(str(folder))
    assert digest(f"{folder}/") == digest(str(folder))


@pytest.mark.parametrize("target", ["weights.bin", "a", "/etc/passwd", "nowhere"])
def test_link_inside_is_refused(folder: Path, target: str) -> None:
    (folder / "a" / "link").symlink_to(target)
    for function in (digest, total_size):
        with pytest.raises(InputFileError, match="a/link: is a symbolic link"):
            function(str(folder))


def test_fifo_inside_is_refused(folder: Path) -> None:
    os.mkfifo(folder / "fifo")
    with pytest.raises(InputFileError, match="fifo: is a FIFO"):
        digest(str(folder))


@pytest.mark.parametrize("name", ["a\nb", "a\rb", "a\\b"])
def test_name_that_sha256sum_rewrites_is_refused(folder: Path, name: str) -> None:
    (folder / name).touch()
    with pytest.raises(InputFileError, match="line break or a backslash"):
        digest(str(folder))
    (folder / name).unlink()
    (folder / name).mkdir()
    (folder / name / "f").touch()
    with pytest.raises(InputFileError, match="line break or a backslash"):
        digest(str(folder))


def test_folder_without_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    with pytest.raises(InputFileError, match="holds no file"):
        digest(str(tmp_path))


@pytest.mark.parametrize("path", ["/dev/zero", "missing", "nul\0byte"])
def test_what_is_no_file_is_refused(path: str) -> None:
    with pytest.raises(InputFileError):
        digest(path)


def test_progress_adds_up_to_the_total_size(folder: Path) -> None:
    seen: list[int] = []
    digest(str(folder), seen.append)
    assert sum(seen) == total_size(str(folder))
    assert max(seen) <= 2**20


def test_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"x" * (2**20 + 1))

    def write_more(count: int) -> None:
        with path.open("ab") as file:
            file.write(b"y")

    with pytest.raises(InputFileError, match="changed while it was read"):
        digest(str(path), write_more)
