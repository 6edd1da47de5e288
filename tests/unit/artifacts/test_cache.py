"""The cache of digests: right as long as file systems tell of changes, and never in the way."""

import hashlib
import json
import os
import time
from pathlib import Path

import pytest

from gitgates.artifacts.cache import FILE_NAME, MAX_ENTRIES, WORTH_KEEPING, DigestCache
from gitgates.artifacts.digest import digest
from gitgates.errors import InputFileError

DATA = b"w" * WORTH_KEEPING
LATER = 3 * 10**9


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    (tmp_path / "model").mkdir()
    path = tmp_path / "model" / "weights.bin"
    path.write_bytes(DATA)
    return path


def remember(path: Path, folder: Path, told: str) -> None:
    """Write a cache that was filled some time after the file was written, with a digest that shows that it is used."""
    cache, status = DigestCache.open(str(folder)), path.stat()
    cache.keep(str(path), status, max(status.st_mtime_ns, status.st_ctime_ns) + LATER, told)
    cache.save()


def sha256(path: Path, folder: Path) -> str:
    return digest(str(path), cache=DigestCache.open(str(folder))).sha256


KNOWN = "ab" * 32
TRUE = hashlib.sha256(DATA).hexdigest()


def test_a_file_that_did_not_change_is_not_read(weights: Path, tmp_path: Path) -> None:
    remember(weights, tmp_path, KNOWN)
    assert sha256(weights, tmp_path) == KNOWN
    (tmp_path / "link").symlink_to(weights)
    assert sha256(tmp_path / "link", tmp_path) == KNOWN
    seen: list[int] = []
    digest(str(weights), seen.append, DigestCache.open(str(tmp_path)))
    assert seen == [len(DATA)]
    assert digest(str(weights)).sha256 == TRUE


def test_files_of_a_folder(weights: Path, tmp_path: Path) -> None:
    remember(weights, tmp_path, KNOWN)
    expected = hashlib.sha256(f"{KNOWN}  ./weights.bin\n".encode()).hexdigest()
    assert sha256(weights.parent, tmp_path) == expected


def test_a_digest_is_kept_and_found(weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now + LATER)
    cache = DigestCache.open(str(tmp_path))
    assert digest(str(weights), cache=cache).sha256 == TRUE
    cache.save()
    assert DigestCache.open(str(tmp_path)).find(str(weights), weights.stat()) == TRUE


def test_a_file_that_changed_just_now_is_not_kept(weights: Path, tmp_path: Path) -> None:
    """It may change again, and keep its size and its times."""
    os.utime(weights, ns=(0, 0))  # whoever sets this cannot set the time of the change of status
    cache = DigestCache.open(str(tmp_path))
    assert digest(str(weights), cache=cache).sha256 == TRUE
    cache.save()
    assert not (tmp_path / FILE_NAME).exists()
    os.utime(weights, ns=(time.time_ns() + 10**12,) * 2)
    cache.keep(str(weights), weights.stat(), time.time_ns() + LATER, KNOWN)
    assert cache.find(str(weights), weights.stat()) is None


@pytest.mark.parametrize("change", ["bytes", "bytes, then the old times", "replaced by a copy", "moved", "touched"])
def test_a_file_that_changed_is_read(change: str, weights: Path, tmp_path: Path) -> None:
    remember(weights, tmp_path, KNOWN)
    before, path = weights.stat(), weights
    expected = TRUE
    if change.startswith("bytes"):
        with path.open("r+b") as file:
            file.write(b"x")
        expected = hashlib.sha256(b"x" + DATA[1:]).hexdigest()
    if change == "bytes, then the old times":
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert path.stat().st_mtime_ns == before.st_mtime_ns
    elif change == "replaced by a copy":
        (tmp_path / "copy").write_bytes(DATA)
        os.utime(tmp_path / "copy", ns=(before.st_atime_ns, before.st_mtime_ns))
        (tmp_path / "copy").rename(path)
    elif change == "moved":
        path = path.rename(tmp_path / "elsewhere")
    elif change == "touched":
        path.touch()
    assert sha256(path, tmp_path) == expected


def test_small_files_are_always_read(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.write_bytes(b"x")
    remember(small, tmp_path, KNOWN)
    assert sha256(small, tmp_path) == hashlib.sha256(b"x").hexdigest()


BROKEN = {
    "empty": b"",
    "no JSON": b"{",
    "no UTF-8": b"\xff",
    "deep": b"[" * 100_000,
    "a list": b"[]",
    "another format": b'{"format": "gitgates-digests/2", "files": {}}',
    "no files": b'{"format": "gitgates-digests/1", "files": []}',
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_cache_is_no_cache(kind: str, weights: Path, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(BROKEN[kind])
    assert sha256(weights, tmp_path) == TRUE
    remember(weights, tmp_path, KNOWN)
    assert sha256(weights, tmp_path) == KNOWN


@pytest.mark.parametrize("entry", ["x", [], [1, 2], "short", "digest"])
def test_a_broken_entry_is_none(entry: object, weights: Path, tmp_path: Path) -> None:
    remember(weights, tmp_path, KNOWN)
    value = json.loads((tmp_path / FILE_NAME).read_text())
    ((name, right),) = value["files"].items()
    broken = {"short": right[1:], "digest": [*right[:-1], "no digest"]}
    value["files"][name] = broken.get(str(entry), entry)
    (tmp_path / FILE_NAME).write_text(json.dumps(value))
    assert sha256(weights, tmp_path) == TRUE


def test_the_oldest_entries_are_dropped(weights: Path, tmp_path: Path) -> None:
    status = weights.stat()
    opened = status.st_ctime_ns + LATER
    cache = DigestCache.open(str(tmp_path))
    for number in range(MAX_ENTRIES):
        cache.keep(f"/{number}", status, opened, KNOWN)
    assert cache.find("/0", status) == KNOWN  # asked for, so it is the newest now
    cache.keep("/one more", status, opened, KNOWN)
    cache.save()
    again = DigestCache.open(str(tmp_path))
    found = [name for name in ("/0", "/1", "/2", "/one more") if again.find(name, status)]
    assert found == ["/0", "/2", "/one more"]


def test_names_that_are_no_text(weights: Path, tmp_path: Path) -> None:
    odd = os.fsencode(tmp_path) + b"/\xff"
    os.rename(weights, odd)
    remember(Path(os.fsdecode(odd)), tmp_path, KNOWN)
    assert DigestCache.open(str(tmp_path)).find(odd, os.stat(odd)) == KNOWN


def test_a_cache_that_cannot_be_written_is_no_error(weights: Path, tmp_path: Path) -> None:
    remember(weights, tmp_path / "nowhere", KNOWN)
    (tmp_path / FILE_NAME).mkdir()
    remember(weights, tmp_path, KNOWN)
    assert sorted(path.name for path in tmp_path.iterdir()) == [FILE_NAME, "model"]


def test_a_file_that_changes_while_it_is_read_is_not_kept(weights: Path, tmp_path: Path) -> None:
    cache = DigestCache.open(str(tmp_path))
    with pytest.raises(InputFileError, match="changed while it was read"):
        digest(str(weights), lambda _: os.utime(weights, ns=(1, 1)), cache)
    cache.save()
    assert not (tmp_path / FILE_NAME).exists()
