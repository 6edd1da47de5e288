"""`import`: the predecessor's files become assertions; all or nothing, and never twice."""

import json
import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import attrs
import pytest

from gitgates.errors import InputFileError, NotAllowed
from gitgates.ledger.importing import Imported, import_predecessor
from gitgates.ledger.verification.verify import verify
from gitgates.ledger.writing import Writer
from gitgates.model.records import AssertionRecord
from tests.git.ledgers import Book, new_book
from tests.support import Keys, RepositoryFactory, git

APPROVAL: dict[str, Any] = {
    "model_name": "veran",
    "model_version": "v1",
    "approved": True,
    "context": "production",
    "timestamp": "2025-01-02T03:04:05",
    "gates_report": {"checks": []},
    "approved_by": "bob",
    "notes": "fine",
}
DEPLOYMENT: dict[str, Any] = {
    "model": "veran",
    "version": "v1",
    "context": "production",
    "target": "cluster",
    "timestamp": "2025-01-03T00:00:00",
    "status": "deployed",
    "reason": None,
}


@pytest.fixture
def book(repository: RepositoryFactory, keys: Keys) -> Book:
    return new_book(repository(), keys.alice, os.environ)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    folder = tmp_path / "old"
    put(folder, "production/veran-v1.json", APPROVAL)
    return folder


def put(folder: Path, name: str, value: object) -> Path:
    path = folder / "models/registry/approvals" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return path


def put_lines(folder: Path, *values: object) -> None:
    lines = (value if isinstance(value, str) else json.dumps(value) for value in values)
    (folder / "deployments.jsonl").write_text("".join(f"{line}\n" for line in lines))


def bring_in(book: Book, folder: Path) -> Imported:
    with book.open() as ledger:
        now = book.later()
        return import_predecessor(ledger, Writer(ledger, book.signer(), now), str(folder), now)


def records(done: Imported) -> list[AssertionRecord]:
    return [written.record for written in done.written if isinstance(written.record, AssertionRecord)]


def test_an_approval(book: Book, old: Path) -> None:
    (record,) = records(bring_in(book, old))
    data = (old / "models/registry/approvals/production/veran-v1.json").read_bytes()
    assert (record.model, record.version, record.context) == ("veran", "v1", "production")
    assert (record.asserts, record.claimed_by, record.claimed_at) == ("approval", "bob", "2025-01-02T03:04:05")
    assert (record.source, record.notes) == ("models/registry/approvals/production/veran-v1.json", "fine")
    assert record.sha256 == sha256(data).hexdigest()


def test_all_kinds_are_chained_and_allow_nothing(book: Book, old: Path) -> None:
    put(old, "rejected.json", {**APPROVAL, "approved": False, "approved_by": None, "gates_report": None})
    rollback = {**DEPLOYMENT, "action": "rollback", "status": "success", "reason": "slow"}
    put_lines(old, DEPLOYMENT, "", rollback, {**DEPLOYMENT, "version": "v2", "deployment_target": "b"})
    done = bring_in(book, old)
    told = {(r.version, r.asserts, r.source.rpartition("/")[2]) for r in records(done)}
    assert told == {
        ("v1", "approval", "veran-v1.json"),
        ("v1", "rejection", "rejected.json"),
        ("v1", "deployment", "deployments.jsonl:1"),
        ("v1", "rollback", "deployments.jsonl:3"),
        ("v2", "deployment", "deployments.jsonl:4"),
    }
    notes = {record.asserts: record.notes for record in records(done) if record.version == "v1"}
    assert notes["rollback"] == "target: cluster; action: rollback; status: success; reason: slow"
    assert sorted(len(record.parents) for record in records(done)) == [0, 0, 1, 1, 1]
    assert book.allowed("veran:v1", "production") == "denied"
    with book.open() as ledger:
        assert verify(ledger, book.now).findings == ()


def test_nothing_is_imported_twice(book: Book, old: Path) -> None:
    put_lines(old, DEPLOYMENT)
    assert len(bring_in(book, old).written) == 2
    head = git(book.path, "rev-parse", "HEAD")
    assert bring_in(book, old) == Imported((), 2)
    assert git(book.path, "rev-parse", "HEAD") == head
    put_lines(old, DEPLOYMENT, {**DEPLOYMENT, "timestamp": "later"})
    grown = bring_in(book, old)
    assert [record.source for record in records(grown)] == ["deployments.jsonl:2"]
    assert grown.present == 2


def test_the_registry_folder_itself_can_be_named(book: Book, old: Path) -> None:
    assert [r.source for r in records(bring_in(book, old / "models/registry"))] == [
        "approvals/production/veran-v1.json"
    ]


BAD: dict[str, tuple[object, str]] = {
    "not JSON": ("{", r"bad\.json: \$: not JSON"),
    "no object": ([], r"bad\.json: \$: expected an object"),
    "twice": ('{"approved": true, "approved": false}', "stands twice"),
    "no approved": ({**APPROVAL, "approved": None}, r"bad\.json: \$\.approved: expected true or false, missing"),
    "approved as text": ({**APPROVAL, "approved": "yes"}, r"\$\.approved: expected true or false, got 'yes'"),
    "approved as number": ({**APPROVAL, "approved": 1}, r"\$\.approved: expected true or false, got 1"),
    "no model": ({**APPROVAL, "model_name": ""}, r"\$\.model_name: expected text, missing"),
    "model as number": ({**APPROVAL, "model_name": 3}, r"\$\.model_name: expected text, got 3"),
    "colon in a name": ({**APPROVAL, "model_version": "a:b"}, "holds a colon"),
    "context": ({**APPROVAL, "context": "Prod!"}, r"\$\.context: a context is"),
    "report": ({**APPROVAL, "gates_report": "x"}, r"\$\.gates_report: expected an object"),
    "timestamp": ({**APPROVAL, "timestamp": 5}, r"\$\.timestamp: expected text"),
    "lone surrogate": ({**APPROVAL, "notes": "\ud800"}, "surrogate"),
    "too long": ({**APPROVAL, "notes": "x" * 70000}, "at most 65536"),
}


@pytest.mark.parametrize("name", BAD)
def test_one_bad_file_keeps_all_out(book: Book, old: Path, name: str) -> None:
    value, message = BAD[name]
    put(old, "bad.json", value)
    head = git(book.path, "rev-parse", "HEAD")
    with pytest.raises(InputFileError, match=message):
        bring_in(book, old)
    assert git(book.path, "rev-parse", "HEAD") == head


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ({**DEPLOYMENT, "status": "vanished"}, r"deployments\.jsonl:2: \$\.status: expected one of"),
        ({**DEPLOYMENT, "target": 5}, r"deployments\.jsonl:2: \$\.target: expected text"),
        ("x", r"deployments\.jsonl:2: \$: not JSON"),
    ],
)
def test_one_bad_line_keeps_all_out(book: Book, old: Path, line: object, message: str) -> None:
    put_lines(old, DEPLOYMENT, line)
    head = git(book.path, "rev-parse", "HEAD")
    with pytest.raises(InputFileError, match=message):
        bring_in(book, old)
    assert git(book.path, "rev-parse", "HEAD") == head


def test_nothing_to_import(book: Book, tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match="holds no"):
        bring_in(book, tmp_path / "absent")


def test_an_unknown_context_keeps_all_out(book: Book, old: Path) -> None:
    put(old, "zz.json", {**APPROVAL, "context": "canary"})
    head = git(book.path, "rev-parse", "HEAD")
    with pytest.raises(NotAllowed, match="canary"):
        bring_in(book, old)
    assert git(book.path, "rev-parse", "HEAD") == head


def test_only_a_member_imports(book: Book, old: Path, keys: Keys) -> None:
    with pytest.raises(NotAllowed, match="belongs to no member"):
        bring_in(attrs.evolve(book, key=keys.bob), old)


def test_a_clone_that_has_only_the_remotes_branch(book: Book, old: Path, tmp_path: Path) -> None:
    put(old, "more.json", {**APPROVAL, "notes": "more"})
    git(book.path, "branch", "-m", "main", "ledger-of-old")
    git(book.path, "branch", "main")
    git(tmp_path, "clone", "-q", "--branch", "ledger-of-old", str(book.path), "clone")
    git(tmp_path / "clone", "checkout", "-q", "--detach")
    git(tmp_path / "clone", "branch", "-D", "-q", "ledger-of-old")
    assert len(bring_in(attrs.evolve(book, path=tmp_path / "clone"), old).written) == 2
    assert git(tmp_path / "clone", "rev-list", "--count", "origin/main..main") == "2"
