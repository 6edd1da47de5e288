"""`verify`: what it finds, whether that affects a decision, and that it finds everything at once."""

import os
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest

from gitgates.codec.metric_rules import parse_rule
from gitgates.codec.records import RecordCodec, record_id
from gitgates.errors import UnknownVersion
from gitgates.ledger.locate import VERIFIED_REF
from gitgates.ledger.verification.findings import Finding, Severity, Verification
from gitgates.ledger.verification.verify import remember, verify
from gitgates.ledger.writing import Written
from gitgates.model.custom import Measurement
from gitgates.model.metrics import ModelMetrics
from gitgates.model.paths import record_path
from gitgates.model.provenance import Baseline
from gitgates.model.records import PolicyRecord, ReportRecord, VersionRecord
from tests.git.ledgers import METRICS, Book, commit_files, new_book
from tests.support import Keys, RepositoryFactory, git, set_verified

FOLDER = ".quality-gates"


@pytest.fixture
def book(repository: RepositoryFactory, keys: Keys) -> Book:
    return new_book(repository(), keys.alice, os.environ).filled()


def found(book: Book, jobs: int = 1, models: tuple[str, ...] | None = None) -> Verification:
    with book.open() as ledger:
        return verify(ledger, book.now, jobs=jobs, models=models)


def only(book: Book, code: str, *, affects: bool) -> Finding:
    """Return the only finding but those on the index; it has a remedy."""
    (finding,) = [f for f in found(book).findings if f.code != "index"]
    assert (finding.code, finding.affects_decision) == (code, affects), finding
    assert finding.remedy
    return finding


def sign(book: Book, record: VersionRecord | PolicyRecord) -> tuple[str, dict[str, bytes]]:
    """Return the id of a record and its two files, signed by the book's key."""
    data = RecordCodec().encode(record)
    path = record_path(record, record_id(data))
    return record_id(data), {path: data, f"{path}.sig": book.signer().sign(data)}


def first_report(book: Book) -> tuple[str, ReportRecord]:
    with book.open() as ledger:
        folder = f"{FOLDER}/models/veran/v1"
        (entry,) = [e for e in ledger.entries(folder) or () if b"-report-" in e.name and e.name.endswith(b"json")]
        record = ledger.codec.decode(ledger.reader.require(entry.id).data)
    assert isinstance(record, ReportRecord)
    return f"{folder}/{entry.name.decode()}", record


def test_an_honest_ledger_has_no_findings(book: Book) -> None:
    told: list[tuple[int, int]] = []
    with book.open() as ledger:
        outcome = verify(ledger, book.now, progress=lambda done, total: told.append((done, total)))
    assert outcome.findings == ()
    assert (outcome.records, outcome.policies) == (9, 1)
    assert outcome.is_clean
    assert not outcome.affects_decision
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_two_processes_find_the_same(book: Book) -> None:
    path, _ = first_report(book)
    commit_files(book.path, "x", {path: None, f"{FOLDER}/models/other/junk": "x"})
    told: list[tuple[int, int]] = []
    with book.open() as ledger:
        shared = verify(ledger, book.now, jobs=2, progress=lambda done, total: told.append((done, total)))
    assert shared == found(book)
    assert len(shared.findings) > 2
    assert told[-1] == (3, 3)


def test_models_can_be_chosen(book: Book) -> None:
    commit_files(book.path, "x", {f"{FOLDER}/models/other/1.0/junk": "x"})
    chosen = found(book, models=("veran",))
    assert chosen.findings == ()
    assert (chosen.whole, chosen.records) == (False, 7)
    assert len(found(book, models=("other",)).findings) == 1
    with pytest.raises(UnknownVersion, match="nobody"):
        found(book, models=("nobody",))


FOREIGN: dict[str, tuple[str, str, str]] = {
    "file beside the policy": ("junk.txt", "x", "foreign"),
    "local": ("local/x.json", "{}", "foreign"),
    "file in models": ("models/readme", "x", "foreign"),
    "file in a model": ("models/veran/readme", "x", "foreign"),
    "file in a version": ("models/veran/v1/readme", "x", "foreign"),
    "orphan signature": ("models/veran/v1/20260101T000000Z-report-" + "a" * 64 + ".json.sig", "x", "foreign"),
    "unsigned record": ("models/veran/v1/20260101T000000Z-report-" + "a" * 64 + ".json", "x", "foreign"),
    "folder with no model's name": ("models/%76eran/v1/x", "x", "name"),
    "folder with no version's name": ("models/veran/CON/x", "x", "name"),
    "seal of nobody": ("policy/" + record_id(b"") + ".seal", "", "seal"),
    "seal with other bytes": ("policy/" + "a" * 64 + ".seal", "x", "foreign"),
    "file in policy": ("policy/readme", "x", "foreign"),
    "anchor": ("models/veran/v1/model.json", "{}\n", "anchor"),
    "policy.toml edited": ("policy.toml", "x", "policy-files"),
    "allowed_signers edited": ("allowed_signers", "x", "policy-files"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_foreign_changes_no_answer(book: Book, name: str) -> None:
    path, content, code = FOREIGN[name]
    before = book.allowed("veran:v1")
    commit_files(book.path, "x", {f"{FOLDER}/{path}": content})
    findings = found(book).findings
    assert code in {f.code for f in findings if f.path.startswith(f"{FOLDER}/{path.partition('/')[0]}")}, findings
    assert not any(f.affects_decision for f in findings)
    assert all(f.severity is Severity.WARNING and f.remedy for f in findings)
    assert book.allowed("veran:v1") == before == "allowed"


def test_a_missing_policy_file_and_anchor(book: Book) -> None:
    commit_files(book.path, "x", {f"{FOLDER}/policy.toml": None, f"{FOLDER}/models/veran/v1/model.json": None})
    assert [f.code for f in found(book).findings] == ["anchor", "policy-files"]


def test_names_that_differ_by_case(book: Book) -> None:
    commit_files(book.path, "x", {f"{FOLDER}/models/Veran/v1/model.json": "x"})
    collisions = [f for f in found(book).findings if f.code == "collision"]
    assert [f.path for f in collisions] == [f"{FOLDER}/models/veran"]


def flip(data: bytes) -> bytes:
    return data.replace(b"0.91", b"0.92", 1)


def test_an_edited_record_is_foreign_and_missed(book: Book) -> None:
    path, _ = first_report(book)
    commit_files(book.path, "x", {path: flip((book.path / path).read_bytes())})
    codes = {f.code for f in found(book).findings}
    assert {"foreign", "missing", "deleted"} <= codes
    assert found(book).affects_decision
    assert book.allowed("veran:v1") == "cannot decide"


def test_a_deleted_record_is_missed_by_who_knows_of_it(book: Book) -> None:
    path, _ = first_report(book)
    set_verified(book.path, None)
    commit_files(book.path, "x", {path: None, f"{path}.sig": None})
    missing, deleted = sorted((f for f in found(book).findings if f.code != "index"), key=lambda f: f.path)
    assert (missing.code, missing.path) == ("missing", f"{FOLDER}/models/veran/v1")
    assert missing.text.startswith(path[-69:-5])
    assert (deleted.code, deleted.path) == ("deleted", path)


def test_a_deleted_head_is_missed_by_who_verified_it(book: Book) -> None:
    rejected = book.reject("veran:v1")
    with book.open() as ledger:
        assert remember(ledger, verify(ledger, book.now))
    commit_files(book.path, "x", {rejected.path: None, f"{rejected.path}.sig": None})
    finding = only(book, "deleted", affects=True)
    assert finding.path == rejected.path
    git(book.path, "checkout", "-q", VERIFIED_REF, "--", rejected.path, f"{rejected.path}.sig")
    git(book.path, "commit", "-qm", "restored")
    assert found(book).findings == ()


def test_a_deleted_model_is_missed_by_who_verified_it(book: Book) -> None:
    commit_files(book.path, "x", {f"{FOLDER}/models/other": None})
    assert {f.code for f in found(book).findings} == {"deleted", "index"}
    assert found(book, models=("other",)).affects_decision


def test_foreign_files_may_be_removed_after_they_were_verified(book: Book) -> None:
    junk = f"{FOLDER}/models/veran/v1/20260101T000000Z-report-{'a' * 64}.json"
    commit_files(book.path, "x", {junk: "x", f"{junk}.sig": "x"})
    with book.open() as ledger:
        assert remember(ledger, verify(ledger, book.now))
    commit_files(book.path, "x", {junk: None, f"{junk}.sig": None})
    assert found(book).findings == ()
    assert book.allowed("veran:v1") == "allowed"


def test_a_report_that_its_numbers_refute(book: Book) -> None:
    _, honest = first_report(book)
    model = attrs.evolve(honest.metrics.model or ModelMetrics(None), quality_score=0.1)
    liar = attrs.evolve(honest, metrics=attrs.evolve(honest.metrics, model=model))
    _, files = sign(book, liar)
    commit_files(book.path, "x", files)
    findings = [f for f in found(book).findings if f.code == "report"]
    assert [f.affects_decision for f in findings] == [True, True]
    assert "its outcome reads passed" in findings[-1].text


def test_a_record_dated_ahead(book: Book) -> None:
    _, honest = first_report(book)
    _, files = sign(book, attrs.evolve(honest, created=book.now + timedelta(minutes=6)))
    commit_files(book.path, "x", files)
    only(book, "clock", affects=True)


def test_a_record_that_does_not_count(book: Book) -> None:
    _, honest = first_report(book)
    _, files = sign(book, attrs.evolve(honest, ledger="e" * 64))
    commit_files(book.path, "x", files)
    assert "another ledger" in only(book, "standing", affects=False).text


def test_a_member_names_a_ghost(book: Book) -> None:
    _, honest = first_report(book)
    _, files = sign(book, attrs.evolve(honest, parents=("e" * 64,)))
    commit_files(book.path, "x", files)
    assert "e" * 64 in only(book, "missing", affects=True).text


# --- baselines that are records --------------------------------------------------------------------------------------


def compared(book: Book, record: str, score: float) -> Written:
    model = attrs.evolve(METRICS.model or ModelMetrics(None), baseline_quality_score=score)
    baseline = Baseline(source="record", record=record, metrics=ModelMetrics(score))
    return book.report("veran:v3", baseline=baseline, metrics=attrs.evolve(METRICS, model=model))


@pytest.mark.parametrize("of", ["veran:v9", "elsewhere:v1"])
def test_a_true_baseline(book: Book, of: str) -> None:
    compared(book, book.report(of).id, 0.91)
    assert found(book).findings == ()


def wrong_value(book: Book) -> Written:
    return compared(book, book.report("veran:v9").id, 0.5)


def wrong_value_elsewhere(book: Book) -> Written:
    return compared(book, book.report("elsewhere:v9").id, 0.5)


def no_report(book: Book) -> Written:
    return compared(book, book.reject("veran:v9").id, 0.91)


def no_record(book: Book) -> Written:
    return compared(book, "e" * 64, 0.91)


@pytest.mark.parametrize("make", [wrong_value, wrong_value_elsewhere, no_report, no_record])
def test_a_false_baseline(book: Book, make: Callable[[Book], Written]) -> None:
    written = make(book)
    assert only(book, "baseline", affects=True).path == written.path


def own(book: Book, name: str, record: str | None = None, path: str = "toxicity", **numbers: Any) -> Written:
    """Append a report on a metric of the project's own, which says that it was compared with `record`."""
    rule = parse_rule({"name": "toxicity", "path": path, "max_increase": 0.1}, "$")
    custom = (Measurement(name="toxicity", **numbers),)
    baseline = None if record is None else Baseline(source="record", record=record, metrics=ModelMetrics(None))
    return book.report(name, baseline=baseline, metrics=attrs.evolve(METRICS, custom=custom), metric_rules=(rule,))


TRUE: dict[str, Any] = {"value": 0.02, "baseline": 0.02, "baseline_samples": 500, "baseline_stderr": 0.001}


def test_a_true_baseline_of_a_metric_of_the_projects_own(book: Book) -> None:
    before = own(book, "veran:v1", value=0.02, samples=500, stderr=0.001)
    own(book, "veran:v2", before.id, **TRUE)
    own(book, "veran:v3", before.id, value=0.02)  # not compared, so nothing is claimed
    assert found(book).findings == ()


@pytest.mark.parametrize(
    ("claimed", "told"),
    [
        ({"baseline": 0.5}, "value of toxicity = 0.5, the record .* has 0.02"),
        ({"baseline_samples": 9}, "samples of toxicity = 9, the record .* has 500"),
        ({"baseline_stderr": 9.5}, "stderr of toxicity = 9.5, the record .* has 0.001"),
        ({"path": "other"}, "path of toxicity = other, the record .* has toxicity"),
    ],
)
def test_a_false_baseline_of_a_metric_of_the_projects_own(book: Book, claimed: dict[str, Any], told: str) -> None:
    before = own(book, "veran:v1", value=0.02, samples=500, stderr=0.001)
    written = own(book, "veran:v2", before.id, **{**TRUE, **claimed})
    finding = only(book, "baseline", affects=True)
    assert finding.path == written.path
    assert re.fullmatch(f"its baseline says {told}", finding.text)


def test_a_baseline_that_has_no_such_metric(book: Book) -> None:
    before = book.report("veran:v1")
    own(book, "veran:v2", before.id, value=0.02, baseline=0.02)
    said = {finding.text for finding in found(book).findings if finding.code == "baseline"}
    assert f"its baseline says value of toxicity = 0.02, the record {before.id} has None" in said


# --- policies --------------------------------------------------------------------------------------------------------


def follow(book: Book, **changes: object) -> tuple[str, dict[str, bytes]]:
    """Return a policy after the one in force, by the book's key."""
    with book.open() as ledger:
        effective = ledger.chain.effective()
        record = ledger.chain.accepted[effective].record
        root = ledger.root
    given = {"ledger": root, "parents": (effective,), "created": book.later(), **changes}
    return sign(book, attrs.evolve(record, **given))  # type: ignore[arg-type] # fields by name


def test_texts_that_say_something_else(book: Book) -> None:
    with book.open() as ledger:
        text = ledger.chain.accepted[ledger.root].record.policy_toml
    other = text.replace("required_approvals = 1", "required_approvals = 2")
    policy, files = follow(book, policy_toml=other)
    commit_files(book.path, "x", {**files, f"{FOLDER}/policy.toml": other})
    finding = only(book, "policy-text", affects=True)
    assert policy in finding.path
    assert "contexts" in finding.text


def test_a_text_that_cannot_be_read(book: Book) -> None:
    _, files = follow(book, policy_toml="x")
    commit_files(book.path, "x", {**files, f"{FOLDER}/policy.toml": "x"})
    assert "cannot be read" in only(book, "policy-text", affects=True).text


def test_two_policies_at_once(book: Book) -> None:
    _, first = follow(book)
    _, second = follow(book)
    commit_files(book.path, "x", {**first, **second})
    assert "2 policies" in only(book, "policy", affects=True).text


def test_a_policy_whose_parent_is_gone(book: Book) -> None:
    _, files = follow(book, parents=("e" * 64,))
    commit_files(book.path, "x", files)
    codes = {(f.code, f.affects_decision) for f in found(book).findings}
    assert codes == {("policy", False), ("missing", True)}


def test_a_missing_seal_is_told_once(book: Book) -> None:
    _, files = follow(book, seal="e" * 64)
    commit_files(book.path, "x", files)
    assert only(book, "missing", affects=True).path == f"{FOLDER}/policy/{'e' * 64}.seal"


def test_a_seal_knows_of_a_version_that_is_gone(book: Book) -> None:
    seal = f"gone/v1 {'a' * 64}\n".encode()
    _, files = follow(book, seal=record_id(seal))
    commit_files(book.path, "x", {**files, f"{FOLDER}/policy/{record_id(seal)}.seal": seal})
    finding = only(book, "missing", affects=True)
    assert (finding.path, finding.text[:64]) == (f"{FOLDER}/models/gone/v1", "a" * 64)


# --- the clone -------------------------------------------------------------------------------------------------------


def test_a_shallow_clone_without_a_pin(book: Book, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{book.path}", "shallow")
    with book.open() as ledger:
        git(tmp_path / "shallow", "config", "gitgates.root", ledger.root)
    clone = attrs.evolve(book, path=tmp_path / "shallow")
    (finding,) = [f for f in found(clone).findings if f.code != "index"]
    assert (finding.code, finding.affects_decision) == ("shallow", True)


def test_a_clone_has_no_index_and_no_pin_and_that_is_told_as_a_notice(book: Book, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", str(book.path), "clone")
    outcome = found(attrs.evolve(book, path=tmp_path / "clone"))
    assert [(f.code, f.severity) for f in outcome.findings] == [
        ("pin", Severity.NOTICE), ("index", Severity.NOTICE), ("index", Severity.NOTICE),
    ]  # fmt: skip
    assert outcome.is_clean


def test_what_the_remote_has_is_verified_too_and_never_goes_missing(book: Book, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", str(book.path), "clone")
    clone = attrs.evolve(book, path=tmp_path / "clone")
    before = found(clone).records
    rejection = book.reject("veran:v1")
    git(clone.path, "fetch", "-q")
    with clone.open() as ledger:
        verified = verify(ledger, book.now)
        assert verified.records == before + 1
        assert remember(ledger, verified)
    git(book.path, "reset", "-q", "--hard", "HEAD^")
    git(clone.path, "fetch", "-q")  # forced by git's own default, so the rejection is in no branch any more
    assert [f.path for f in found(clone).findings if f.code == "deleted"] == [rejection.path]


# --- what is remembered ----------------------------------------------------------------------------------------------


def test_remember_moves_only_for_what_is_whole_and_sound(book: Book) -> None:
    set_verified(book.path, None)
    with book.open() as ledger:
        assert not remember(ledger, verify(ledger, book.now, models=("veran",)))
        assert remember(ledger, verify(ledger, book.now))
        assert remember(ledger, verify(ledger, book.now))
    kept = git(book.path, "rev-parse", VERIFIED_REF)
    assert kept == git(book.path, "rev-parse", "HEAD")
    path, _ = first_report(book)
    commit_files(book.path, "x", {path: None})
    with book.open() as ledger:
        assert not remember(ledger, verify(ledger, book.now))
    assert git(book.path, "rev-parse", VERIFIED_REF) == kept


def test_a_tree_that_cannot_be_read_becomes_a_finding(book: Book) -> None:
    tree = git(book.path, "rev-parse", f"HEAD:{FOLDER}/models/veran/v1")
    file = book.path / ".git/objects" / tree[:2] / tree[2:]
    file.chmod(0o644)
    file.write_bytes(b"junk")
    outcome = found(book)
    # v2 as well: its first deployment follows the one of v1
    paths = {f"{FOLDER}/models/veran/{version}" for version in ("v1", "v2")}
    assert {f.path for f in outcome.findings if f.code == "unreadable"} == paths
    assert outcome.affects_decision
