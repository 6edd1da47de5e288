"""The committed test vectors: made anew byte for byte, and read as the specification says."""

import json
from pathlib import Path
from typing import Any

import pytest

from gitgates.codec.convert import read_time
from gitgates.codec.records import KINDS, RecordCodec, record_id
from gitgates.decision.decide import Question, decide
from gitgates.decision.knowledge import Knowledge
from gitgates.decision.signed import Signed, SignedVersionRecord
from gitgates.ledger.files import Authenticator, FileOfRecord, Foreign
from gitgates.ledger.index import anchor_bytes
from gitgates.ledger.policies import Policies, PolicyFolder, read_policies
from gitgates.model.entries import VersionEntry
from gitgates.model.names import ModelVersion
from gitgates.model.paths import LEDGER_FOLDER, POLICY_FOLDER, version_folder
from gitgates.trust import verify
from tests.support import CHECKOUT, run
from tools import make_vectors

VECTORS = CHECKOUT / "tests" / "vectors"
INDEX: dict[str, Any] = json.loads((VECTORS / "vectors.json").read_bytes())
KNOWN_KEYS = frozenset(INDEX["known_keys"])

STEPS = {
    "its bytes have the id": 1,
    "it is signed by a key that no policy of this ledger lists": 2,
    "bad signature": 3,
    "not a valid record": 4,
    "newer format": 4,
    "it belongs at": 5,
}


def file_of(entry: dict[str, Any]) -> FileOfRecord:
    file = VECTORS / entry["file"]
    return FileOfRecord(entry["path"], file.read_bytes(), Path(f"{file}.sig").read_bytes())


def authenticator() -> Authenticator:
    return Authenticator(verify.Verifier(), RecordCodec())


def named(entries: list[dict[str, Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("entry", [pytest.param(entry, id=entry["name"]) for entry in entries])


# --- the files -------------------------------------------------------------------------------------------------------


def test_generator_makes_the_committed_files(tmp_path: Path) -> None:
    make_vectors.write(tmp_path)
    made = {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    there = {path.relative_to(VECTORS).as_posix(): path.read_bytes() for path in VECTORS.rglob("*") if path.is_file()}
    del there["README.md"]
    assert sorted(made) == sorted(there)
    assert [name for name in made if made[name] != there[name]] == []


def test_every_kind_has_a_valid_record() -> None:
    kinds = {json.loads((VECTORS / entry["file"]).read_bytes())["kind"] for entry in INDEX["valid"]}
    assert kinds == set(KINDS)


@named(INDEX["valid"])
def test_valid_record_is_accepted_and_comes_back_as_the_same_bytes(entry: dict[str, Any]) -> None:
    file = file_of(entry)
    signed = authenticator().authenticate(file, KNOWN_KEYS)
    assert isinstance(signed, Signed)
    assert (signed.id, signed.key) == (entry["id"], entry["key"])
    assert RecordCodec().encode(signed.record) == file.data


@named(INDEX["valid"])
def test_ssh_keygen_accepts_the_signature_of_a_valid_record(entry: dict[str, Any], tmp_path: Path) -> None:
    record = VECTORS / entry["file"]
    author = json.loads(record.read_bytes())["author"]
    signers = tmp_path / "signers"
    signers.write_text(f'{author} namespaces="gitgates" {entry["key"]}\n')
    command = ("ssh-keygen", "-Y", "verify", "-f", signers, "-I", author, "-n", "gitgates", "-s", f"{record}.sig")
    done = run(*command, stdin=record.read_bytes().decode())
    assert (done.code, done.err) == (0, "")


@named(INDEX["invalid"])
def test_invalid_record_is_refused_by_its_step(entry: dict[str, Any]) -> None:
    found = authenticator().authenticate(file_of(entry), KNOWN_KEYS)
    assert isinstance(found, Foreign)
    assert [step for words, step in STEPS.items() if found.reason.startswith(words)] == [entry["step"]]
    assert entry["says"] in found.reason
    assert found.newer is entry["newer"]


def test_every_step_refuses_something() -> None:
    assert {entry["step"] for entry in INDEX["invalid"]} == set(STEPS.values())


@named(INDEX["valid"])
def test_every_flipped_bit_of_a_byte_is_refused(entry: dict[str, Any]) -> None:
    file, reader = file_of(entry), authenticator()
    for position in range(0, len(file.data), 97):
        data = file.data[:position] + bytes([file.data[position] ^ 1]) + file.data[position + 1 :]
        assert isinstance(reader.authenticate(FileOfRecord(file.path, data, file.signature), KNOWN_KEYS), Foreign)
        renamed = FileOfRecord(file.path.replace(entry["id"], record_id(data)), data, file.signature)
        found = reader.authenticate(renamed, KNOWN_KEYS)
        assert isinstance(found, Foreign)
        assert found.reason.startswith("bad signature")


# --- the ledger ------------------------------------------------------------------------------------------------------


def policies_without(left_out: set[str]) -> tuple[Policies, list[FileOfRecord]]:
    files = [file_of(entry) for entry in INDEX["valid"] if entry["id"] not in left_out]
    seals = {path.stem: path.read_bytes() for path in (VECTORS / "ledger" / "policy").glob("*.seal")}
    in_folder = tuple(file for file in files if file.path.startswith(POLICY_FOLDER))
    folder = PolicyFolder(in_folder, (), seals)
    return read_policies(folder, INDEX["root"], None, authenticator(), RecordCodec().decode), files


@pytest.mark.parametrize("case", INDEX["decisions"])
def test_ledger_gives_the_decision(case: dict[str, Any]) -> None:
    policies, files = policies_without(set(case["without"]))
    name = ModelVersion(case["model"], case["version"])
    records: list[SignedVersionRecord] = []
    for file in files:
        signed = authenticator().authenticate(file, policies.chain.known_keys())
        record = signed.record if isinstance(signed, Signed) else None
        if isinstance(record, VersionEntry) and (record.model, record.version) == (name.model, name.version):
            assert isinstance(signed, Signed)
            records.append(Signed(signed.id, record, signed.key))
    known = Knowledge(
        policies.chain, policies.seals, records, name=(name.model, name.version), now=read_time(case["now"])
    )
    decision = decide(known, Question(name.model, name.version, case["context"]))
    assert (decision.answer.value, decision.cause) == (case["answer"], case["cause"])


def test_anchors_and_seals_are_those_of_the_ledger() -> None:
    for anchor in (VECTORS / "ledger" / "models").rglob("model.json"):
        value = json.loads(anchor.read_bytes())
        assert anchor.read_bytes() == anchor_bytes(value["model"], value["version"])
        folder = anchor.parent.relative_to(VECTORS / "ledger").as_posix()
        assert f"{LEDGER_FOLDER}/{folder}" == version_folder(value["model"], value["version"])
    for seal in (VECTORS / "ledger" / "policy").glob("*.seal"):
        assert record_id(seal.read_bytes()) == seal.stem
