"""The ledgers that are measured are ledgers: gitgates accepts each record of them, and so does ssh-keygen."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.ledgers import FULL_LIFE, SHORT_LIFE, Shape, build
from benchmarks.signer import PRINCIPAL, Signer
from gitgates.ledger.locate import VERIFIED_REF
from gitgates.ledger.reading import Ledger
from gitgates.ledger.verification.verify import verify
from tests.support import Gitgates, git, run


@pytest.mark.parametrize("plan", [FULL_LIFE, SHORT_LIFE])
def test_a_built_ledger_is_verified_to_its_last_line(tmp_path: Path, gitgates: Gitgates, plan: str) -> None:
    built = build(tmp_path / "built", Shape(models=2, versions=3, plan=plan))
    with Ledger.open(str(built.path), environ={}) as ledger:
        outcome = verify(ledger, datetime.now(UTC))
    assert outcome.findings == ()
    assert outcome.records == built.shape.records == 6 * built.shape.records_each
    answer = gitgates("can-deploy", "--model", str(built.last), "--context", "production", cwd=built.path)
    assert (answer.code, answer.err) == (0, "")
    assert git(built.path, "fsck", "--strict") == ""


def test_a_built_ledger_looks_as_if_it_had_been_written_record_by_record(tmp_path: Path) -> None:
    built = build(tmp_path / "built", Shape(models=2, versions=2))
    log = git(built.path, "log", "--format=%(trailers:key=Gates-Kind,valueonly)", "quality-gates")
    assert len(log.split()) == built.shape.records + 1  # one commit for each, and one for the policy
    assert git(built.path, "rev-parse", VERIFIED_REF) == git(built.path, "rev-parse", "quality-gates")
    assert git(built.path, "status", "--porcelain") == ""


def test_commands_go_on_where_the_builder_stopped(tmp_path: Path, gitgates: Gitgates) -> None:
    built = build(tmp_path / "built", Shape(versions=2))
    why = ("--reason", "too slow in Asia", "--key", str(built.key))
    done = gitgates("reject", "--model", str(built.last), "--context", "production", *why, cwd=built.path)
    assert (done.code, done.err) == (0, "")
    answer = gitgates("can-deploy", "--model", str(built.last), "--context", "production", cwd=built.path)
    assert answer.code == 1
    with Ledger.open(str(built.path), environ={}) as ledger:
        assert verify(ledger, datetime.now(UTC)).findings == ()


def test_ssh_keygen_accepts_the_signer(tmp_path: Path) -> None:
    signer = Signer()
    (tmp_path / "signature").write_bytes(signer.sign(b"message"))
    (tmp_path / "signers").write_text(f'{PRINCIPAL} namespaces="gitgates" {signer.public.text}\n')
    files = ("-f", tmp_path / "signers", "-s", tmp_path / "signature")
    done = run("ssh-keygen", "-Y", "verify", "-I", PRINCIPAL, "-n", "gitgates", *files, stdin="message")
    assert done.code == 0, done


@pytest.mark.deep
def test_a_large_ledger_is_verified_by_two_processes(tmp_path: Path) -> None:
    built = build(tmp_path / "built", Shape(models=200))
    with Ledger.open(str(built.path), environ={}) as ledger:
        outcome = verify(ledger, datetime.now(UTC), jobs=2)
    assert (outcome.records, outcome.findings) == (20_000, ())
