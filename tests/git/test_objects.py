"""Objects read through one process."""

import os
import time
import zlib
from pathlib import Path

import pytest

from gitgates.errors import InvalidValue, MissingObject, StoreError
from gitgates.store.objects import ObjectReader
from gitgates.store.pack import ObjectBatch
from gitgates.store.repository import Repository
from tests.support import RepositoryFactory, git


def written(repo: Repository, *blobs: bytes) -> list[str]:
    batch = ObjectBatch(repo.object_format)
    names = [batch.blob(data) for data in blobs]
    batch.write(repo)
    return names


@pytest.mark.parametrize("sha256", [False, True])
def test_get_by_id_ref_and_path(repository: RepositoryFactory, sha256: bool) -> None:
    path = repository(sha256=sha256)
    head = git(path, "rev-parse", "HEAD")
    with ObjectReader(Repository.open(str(path))) as reader:
        found = reader.get("refs/heads/main")
        assert found is not None
        assert (found.id, found.type) == (head, "commit")
        readme = reader.get(b"main:README.md")
        assert readme is not None
        assert (readme.type, readme.data, readme.is_whole) == ("blob", b"A model.\n", True)
        assert reader.get("main:absent missing") is None
        assert reader.get("f" * len(head)) is None
        assert reader.require(head, "commit") == found
        with pytest.raises(MissingObject, match="git fsck"):
            reader.require("f" * len(head))
        with pytest.raises(StoreError, match="is a commit, expected a tree"):
            reader.require(head, "tree")
        for bad in ("main\nmain", "a\0b", b"\n"):
            with pytest.raises(InvalidValue):
                reader.get(bad)


def test_names_with_spaces_and_odd_bytes(repository: RepositoryFactory) -> None:
    path = repository()
    name = os.fsencode(str(path)) + b"/ o d\xffd "
    Path(os.fsdecode(name)).write_bytes(b"odd")
    git(path, "add", "-A")
    git(path, "commit", "-qm", "odd")
    with ObjectReader(Repository.open(str(path))) as reader:
        found = reader.get(b"HEAD: o d\xffd ")
        assert found is not None
        assert found.data == b"odd"


def test_many_large_objects_do_not_deadlock(repository: RepositoryFactory) -> None:
    repo = Repository.open(str(repository()))
    blobs = [os.urandom(4) * 30_000 for _ in range(30)] + [b"%d" % number for number in range(500)]
    names = written(repo, *blobs)
    with ObjectReader(repo) as reader:
        asked = [name for name in names for _ in (0, 1)]
        answers = [item.data if item else None for item in reader.get_many(asked)]
        assert answers == [data for data in blobs for _ in (0, 1)]
        half = reader.get_many(names)
        next(half)
        assert reader.require(names[7]).data == blobs[7]
        answer = next(half)
        assert answer is not None
        assert answer.data == blobs[1]
        assert list(reader.get_many([])) == []
        assert reader.get("x" * 10_000) is None


def test_objects_above_the_limit_are_passed_over(repository: RepositoryFactory) -> None:
    repo = Repository.open(str(repository()))
    names = written(repo, b"x" * 300_000, b"small", b"12345")
    with ObjectReader(repo) as reader:
        large, small, exact = reader.get_many(names, limit=5)
        assert large is not None
        assert (large.data, large.size, large.is_whole) == (b"", 300_000, False)
        assert [item and item.data for item in (small, exact)] == [b"small", b"12345"]


def test_new_objects_and_refs_are_seen(repository: RepositoryFactory) -> None:
    path = repository()
    repo = Repository.open(str(path))
    with ObjectReader(repo) as reader:
        assert reader.get("refs/heads/new") is None
        git(path, "branch", "new")
        git(path, "pack-refs", "--all")
        assert reader.get("refs/heads/new") is not None
        (name,) = written(repo, b"later")
        assert reader.require(name).data == b"later"


@pytest.mark.parametrize(
    "garbage", [b"garbage", b"", zlib.compress(b"blob 3\0abc")[:-8], zlib.compress(b"bleb 3\0abc")]
)
def test_corrupt_objects_raise_and_the_reader_lives_on(repository: RepositoryFactory, garbage: bytes) -> None:
    path = repository()
    repo = Repository.open(str(path))
    bad, good = written(repo, b"bad", b"good")
    file = path / ".git/objects" / bad[:2] / bad[2:]
    file.chmod(0o644)
    file.write_bytes(garbage)
    with ObjectReader(repo) as reader:
        with pytest.raises(StoreError, match=f"object {bad} cannot be read"):
            reader.require(bad)
        assert reader.require(good).data == b"good"
        with pytest.raises(StoreError):
            list(reader.get_many([good, bad, good]))
        assert reader.require(good).data == b"good"


def test_a_git_that_died_is_noticed(repository: RepositoryFactory) -> None:
    repo = Repository.open(str(repository()))
    with ObjectReader(repo) as reader:
        reader.get("HEAD")
        assert reader._git is not None
        reader._git.process.kill()
        reader._git.process.wait()
        with pytest.raises(StoreError, match="cannot be read"):
            reader.get("HEAD")
        assert reader.get("HEAD") is not None


def test_what_a_partial_clone_lacks_is_missing_and_nothing_is_fetched(
    repository: RepositoryFactory, tmp_path: Path
) -> None:
    path = repository()
    git(path, "config", "uploadpack.allowFilter", "true")
    blob = git(path, "rev-parse", "HEAD:README.md")
    git(tmp_path, "clone", "-q", "--filter=blob:none", "--no-checkout", f"file://{path}", "partial")
    trace = tmp_path / "ran"
    git(tmp_path / "partial", "config", "remote.origin.uploadpack", f"touch {trace}; git-upload-pack")
    with ObjectReader(Repository.open(str(tmp_path / "partial"))) as reader:
        for ask in (reader.get, reader.require):
            for spec in ("main:README.md", blob):
                with pytest.raises(MissingObject, match=r"partial clone.*git fetch --refetch"):
                    ask(spec)
        assert reader.get("main:absent") is None
    assert not trace.exists()


def test_replacements_and_grafts_are_not_followed(repository: RepositoryFactory) -> None:
    path = repository()
    (path / "f").write_text("false")
    git(path, "add", "f")
    git(path, "commit", "-qm", "second")
    blob, other = git(path, "rev-parse", "HEAD:README.md"), git(path, "rev-parse", "HEAD:f")
    git(path, "replace", blob, other)
    head = git(path, "rev-parse", "HEAD")
    (path / ".git/info/grafts").write_text(f"{head}\n")
    repo = Repository.open(str(path))
    with ObjectReader(repo) as reader:
        assert reader.require(blob).data == b"A model.\n"
    assert repo.resolve("HEAD~1") is not None


def test_an_object_that_is_shorter_than_it_says_is_not_waited_for(repository: RepositoryFactory) -> None:
    """git sends its size, then nothing, and waits for the next question."""
    path = repository()
    name = "ab" + "c" * 38
    (path / ".git/objects/ab").mkdir(exist_ok=True)
    (path / ".git/objects/ab" / name[2:]).write_bytes(zlib.compress(b"blob 100000\0" + b"x" * 50))
    with ObjectReader(Repository.open(str(path)), patience=0.2) as reader:
        with pytest.raises(StoreError, match=f"{name} cannot be read: git does not deliver all of its bytes"):
            reader.get(name)
        assert reader.get("HEAD") is not None
        time.sleep(0.5)  # a reader at rest is not ended
        assert reader.get("HEAD:README.md") is not None
