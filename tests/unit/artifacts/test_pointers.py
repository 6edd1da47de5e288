"""Pointers of git-lfs, and `.dvc` files: the formats that these tools write."""

import hashlib
from pathlib import Path

import pytest

from gitgates.artifacts.digest import Digest, digest
from gitgates.artifacts.pointers import Named, Tracked, lfs_pointer, tracked_by
from gitgates.errors import InputFileError

OID = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393"  # of the example in git-lfs's specification
POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{OID}\nsize 12345\n".encode()
MD5 = "a304afb96060aad90176268345e10355"
DVC = f"outs:\n- md5: {MD5}\n  size: 37891850\n  hash: md5\n  path: data.xml\n"


def test_a_pointer_is_read() -> None:
    assert lfs_pointer("f", POINTER) == Named(OID, 12345)


@pytest.mark.parametrize("data", [b"", b"version 1\n", b"x" + POINTER, POINTER + b"x" * 1024, POINTER[:42]])
def test_what_is_no_pointer(data: bytes) -> None:
    assert lfs_pointer("f", data) is None


@pytest.mark.parametrize(
    "data",
    [
        POINTER.replace(b"sha256", b"md5"),
        POINTER.replace(b"oid", f"ext-0-foo sha256:{OID}\noid".encode()),
        POINTER.replace(b"12345", b"-1"),
        POINTER.replace(b"4d7a", b"4D7A"),
        POINTER + POINTER,
        POINTER + b"more\n",
        POINTER[:100],
    ],
)
def test_a_pointer_that_cannot_be_relied_on(data: bytes) -> None:
    with pytest.raises(InputFileError, match=r"f: is a git-lfs pointer of an unknown kind.*git lfs pull -I f"):
        lfs_pointer("f", data)


def test_the_digest_is_that_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(POINTER)
    assert digest(str(tmp_path / "f"), follow_pointers=True) == Digest("file", OID, 12345, pointers=1)
    with pytest.raises(InputFileError, match=r"/f: is a git-lfs pointer, and the file itself is not here\. Bring it"):
        digest(str(tmp_path / "f"))


def test_a_folder_has_the_digest_that_it_has_with_its_files(tmp_path: Path) -> None:
    for name in ("full", "bare"):
        (tmp_path / name / "sub").mkdir(parents=True)
        (tmp_path / name / "config.json").write_text("{}")
    data = b"weights" * 1000
    (tmp_path / "full/sub/w").write_bytes(data)
    pointer = POINTER.replace(OID.encode(), hashlib.sha256(data).hexdigest().encode()).replace(b"12345", b"7000")
    (tmp_path / "bare/sub/w").write_bytes(pointer)
    full, bare = (digest(str(tmp_path / name), follow_pointers=True) for name in ("full", "bare"))
    assert (bare.sha256, bare.size, bare.pointers) == (full.sha256, full.size, 1)
    with pytest.raises(InputFileError, match="sub/w: is a git-lfs pointer"):
        digest(str(tmp_path / "bare"))


def test_a_dvc_file(tmp_path: Path) -> None:
    (tmp_path / "data.xml.dvc").write_text(DVC)
    assert tracked_by(str(tmp_path / "data.xml.dvc")) == Tracked(str(tmp_path / "data.xml"), MD5)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", r"has no list \$\.outs"),
        ("outs: 1", r"has no list \$\.outs"),
        ("outs: [1]", r"has no list \$\.outs"),
        ("- outs", r"has no list \$\.outs"),
        ("outs: []", "is about 0 files"),
        (DVC + f"- md5: {MD5}\n  path: more\n", "is about 2 files"),
        ("outs:\n- path: x\n", r"\$\.outs\[0\]: has no path and md5"),
        ("outs:\n- etag: x\n  path: x\n", "has no path and md5"),
        ("outs:\n- md5: 1\n  path: x\n", "has no path and md5"),
        ("outs:\n- md5: xyz\n  path: x\n", r"\$\.outs\[0\]\.md5: is no MD5"),
        (DVC.replace(MD5, f"{MD5}.dir"), r"is about a folder, data\.xml\. Give the folder itself, after dvc pull"),
        ("outs: [", "is not valid YAML"),
        ("[" * 10_000, "is not valid YAML"),
        ("outs: !!python/object/apply:os.system [touch x]", "is not valid YAML"),
        ("when: 2026-99-99", "is not valid YAML"),
        ("\x00", "is not valid YAML"),
        ("x" * 70_000, "is larger than the 16384 bytes"),
    ],
)
def test_what_is_no_dvc_file_of_one_file(text: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "x.dvc").write_text(text)
    with pytest.raises(InputFileError, match=why):
        tracked_by(str(tmp_path / "x.dvc"))
