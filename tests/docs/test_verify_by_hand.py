"""The commands of `docs/how-to/verify-by-hand.md`, run as they are printed, without gitgates and without Python."""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gitgates.api.deployment import DeploymentController
from gitgates.api.gate import QualityGate
from gitgates.api.registry import RegistryIntegration
from gitgates.api.session import Session
from gitgates.ledger.genesis import create_ledger
from gitgates.model.metrics import ModelMetrics, SecurityScanResults, TestMetrics
from gitgates.store.repository import Repository
from gitgates.trust.signing import find_key
from tests.docs.hand import TOOLS, Made, flip, problems, run_page
from tests.support import CHECKOUT, Keys, RepositoryFactory, Result, git, run
from tools.vectors_signing import ALICE

VECTORS = CHECKOUT / "tests" / "vectors"
INDEX: dict[str, Any] = json.loads((VECTORS / "vectors.json").read_bytes())


@pytest.fixture
def path_without_python(tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found, f"{tool} is needed to verify by hand"
        (folder / tool).symlink_to(found)
    return folder


@pytest.fixture
def made(tmp_path: Path, repository: RepositoryFactory, keys: Keys) -> Made:
    """Two model versions, one of them with a name that is spelled otherwise in paths."""
    work = repository()
    opened = Repository.open(str(work))
    key = find_key(str(keys.alice.path), os.environ, opened.config, str(tmp_path))
    start = datetime.now(UTC) - timedelta(minutes=2)
    genesis = create_ledger(opened, key, keys.alice.principal, start)
    session = Session(path=str(work), key=str(keys.alice.path))
    registry = RegistryIntegration(session=session)
    for model, version in (("veran", "v6.2"), ("Größe/δ", 'v1 "rc" \\ 2')):
        report = QualityGate.staging().check_all(
            model,
            version,
            TestMetrics(20, 20, 0, coverage_percent=90),
            ModelMetrics(0.9, throughput_tokens_per_sec=50),
            SecurityScanResults(0, 0, 0, 0),
        )
        assert registry.approve_version(report, 'QA "team" \\ 2', "Looks good")
        assert registry.reject_version(model, version, "production", "Not yet")
    assert DeploymentController(registry).execute_deployment("veran", "v6.2", "staging")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", work, clone)
    return Made(clone, genesis.root)


@pytest.fixture
def verify_by_hand(path_without_python: Path) -> Callable[[Made], Result]:
    return lambda made: run_page(made, path_without_python)


def test_path_has_no_python_and_no_gitgates(path_without_python: Path) -> None:
    there = {
        name for name in ("python", "python3", "gitgates", "afs", "jq", "perl") if (path_without_python / name).exists()
    }
    assert there == set()


def test_whole_ledger_is_good(made: Made, verify_by_hand: Callable[[Made], Result]) -> None:
    result = verify_by_hand(made)
    assert result.err == ""
    assert result.code == 0
    records = list(made.folder.rglob("*-*.json"))
    assert len(records) == 8  # the root, two reports, two approvals, two rejections, a deployment
    assert sorted(re.findall(r"^good: (\S+) by alice@example\.com$", result.out, re.MULTILINE)) == sorted(
        path.relative_to(made.clone).as_posix() for path in records
    )
    assert result.out.endswith("All 8 records are good.\n")


@pytest.mark.parametrize("kind", ["report", "decision", "deployment", "policy"])
def test_flipped_byte_in_a_record(made: Made, verify_by_hand: Callable[[Made], Result], kind: str) -> None:
    record = made.one(kind)
    flip(record, len(record.read_bytes()) // 2)
    made.commit()
    name = record.relative_to(made.clone).as_posix()
    assert any(line.startswith(f"{name}: its bytes have the id") for line in problems(verify_by_hand(made)))


def test_flipped_byte_in_a_signature(made: Made, verify_by_hand: Callable[[Made], Result]) -> None:
    record = made.one("decision")
    flip(record.with_name(record.name + ".sig"), 200)
    made.commit()
    name = record.relative_to(made.clone).as_posix()
    expected = f"{name}: not signed by alice@example.com with a key that a policy lists for this name"
    assert problems(verify_by_hand(made)) == [expected]


def test_flipped_byte_in_the_signature_of_the_root(made: Made, verify_by_hand: Callable[[Made], Result]) -> None:
    flip(next(made.folder.glob(f"policy/*-{made.root}.json.sig")), 200)
    made.commit()
    result = verify_by_hand(made)
    assert problems(result)[0] == f"the root {made.root} is not signed by one of its own signers"
    assert "good: " not in result.out


def test_renamed_record(made: Made, verify_by_hand: Callable[[Made], Result]) -> None:
    record = made.one("report")
    other = record.with_name(record.name.replace("-report-", "-decision-"))
    record.rename(other)
    record.with_name(record.name + ".sig").rename(other.with_name(other.name + ".sig"))
    made.commit()
    old, new = (path.relative_to(made.clone).as_posix() for path in (record, other))
    assert problems(verify_by_hand(made)) == [f"{new}: it belongs at {old}"]


def test_approval_copied_to_another_version(made: Made, verify_by_hand: Callable[[Made], Result]) -> None:
    record = next(made.folder.glob("models/veran/v6.2/*-decision-*.json"))
    folder = made.folder / "models" / "veran" / "v6.3"
    folder.mkdir()
    for file in (record, record.with_name(record.name + ".sig")):
        shutil.copy(file, folder)
    made.commit()
    old = record.relative_to(made.clone).as_posix()
    assert problems(verify_by_hand(made)) == [f"{old.replace('v6.2', 'v6.3')}: it belongs at {old}"]


def test_record_under_another_id(made: Made, verify_by_hand: Callable[[Made], Result]) -> None:
    record = made.one("deployment")
    digest = record.stem.rpartition("-")[2]
    for file in (record, record.with_name(record.name + ".sig")):
        file.rename(file.with_name(file.name.replace(digest, "0" * 64)))
    made.commit()
    name = record.relative_to(made.clone).as_posix().replace(digest, "0" * 64)
    assert problems(verify_by_hand(made))[0] == f"{name}: its bytes have the id {digest}, not the one in its name"


def test_unlisted_signer(made: Made, verify_by_hand: Callable[[Made], Result], keys: Keys) -> None:
    record = made.one("decision")
    command = ("ssh-keygen", "-q", "-Y", "sign", "-n", "gitgates", "-f", keys.bob.path)
    signature = run(*command, stdin=record.read_text()).out
    record.with_name(record.name + ".sig").write_text(signature)
    made.commit()
    name = record.relative_to(made.clone).as_posix()
    expected = f"{name}: not signed by alice@example.com with a key that a policy lists for this name"
    assert problems(verify_by_hand(made)) == [expected]


def test_removed_record_that_another_names(made: Made, verify_by_hand: Callable[[Made], Result]) -> None:
    record = made.one("report")
    record.unlink()
    record.with_name(record.name + ".sig").unlink()
    made.commit()
    digest = record.stem.rpartition("-")[2]
    assert problems(verify_by_hand(made)) == [f"missing: {digest}.json, which a record names"]


def test_symbolic_link_and_garbage(made: Made, verify_by_hand: Callable[[Made], Result]) -> None:
    record = made.one("report")
    data = record.rename(made.clone / "elsewhere.json")
    record.symlink_to(data)
    (made.folder / "models" / "notes.txt").write_text("hello\n")
    made.commit()
    name = record.relative_to(made.clone).as_posix()
    found = problems(verify_by_hand(made))
    assert f"{name}: it or its signature is not a plain file" in found
    assert ".quality-gates/models/notes.txt: it is no record" in found


def test_another_root_than_the_one_here(made: Made, verify_by_hand: Callable[[Made], Result]) -> None:
    found = problems(verify_by_hand(Made(made.clone, "0" * 64)))
    assert found[0] == f"the root {'0' * 64} is not in this ledger"


def test_ledger_of_the_vectors_with_later_policy_seal_and_endorsement(
    tmp_path: Path, repository: RepositoryFactory, verify_by_hand: Callable[[Made], Result]
) -> None:
    work = repository()
    shutil.copytree(VECTORS / "ledger", work / ".quality-gates")
    made = Made(work, INDEX["root"])
    made.commit()
    result = verify_by_hand(made)
    assert result.err == ""
    assert re.findall(r"^A later policy: .*, signed by (.*)$", result.out, re.MULTILINE) == ["alice@example.com"]
    assert result.out.endswith(f"All {len(INDEX['valid'])} records are good.\n")
    seal = next((made.folder / "policy").glob("*.seal"))
    flip(seal, 0)
    made.commit()
    assert problems(verify_by_hand(made))[0].startswith(
        f"{seal.relative_to(work).as_posix()}: its bytes have the digest"
    )


def test_later_policy_whose_signers_are_a_pattern(
    tmp_path: Path, repository: RepositoryFactory, verify_by_hand: Callable[[Made], Result]
) -> None:
    """Whoever is listed could otherwise make a key that signs for everybody."""
    work = repository()
    shutil.copytree(VECTORS / "ledger", work / ".quality-gates")
    made = Made(work, INDEX["root"])
    old = next(work / entry["path"] for entry in INDEX["valid"] if entry["name"] == "second-policy")
    data = old.read_text().replace("bob@example.com namespaces", "* namespaces").encode()
    digest = hashlib.sha256(data).hexdigest()
    new = old.with_name(f"{old.stem.rpartition('-')[0]}-{digest}.json")
    new.write_bytes(data)
    new.with_name(new.name + ".sig").write_bytes(ALICE.sign(data))
    made.commit()
    result = verify_by_hand(made)
    assert digest not in "".join(re.findall(r"^A later policy: .*$", result.out, re.MULTILINE))
    assert "* namespaces" not in result.out
