"""A bundle verified by its own script, without gitgates and without Python; and changed in every way."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.exporting.bundles import (
    COUNT,
    POLICY,
    ROOT,
    SECOND,
    SHELLS,
    TOOLS,
    VECTORS,
    Bundle,
    commit,
    like,
    link_programs,
    problems,
)
from tests.cli.project import Project
from tests.docs.hand import flip
from tests.support import Keys, RepositoryFactory, git, run
from tools.vectors_signing import ALICE


def test_a_whole_ledger_is_good_in_every_shell(bundle: Bundle) -> None:
    there = {file.name for file in bundle.programs.iterdir()}
    assert there == {*TOOLS, *SHELLS}
    for shell in SHELLS:
        result = bundle.verify(ROOT, shell=shell)
        assert (result.code, result.err) == (0, ""), shell
        assert f"All {COUNT} records are good. The root is {ROOT}.\n" in result.out
        assert "accepted: policy" in result.out
        assert "Ask somebody else" not in result.out


def test_without_a_root_it_says_that_nothing_is_proved(bundle: Bundle) -> None:
    result = bundle.verify()
    assert result.code == 0
    assert (
        "Ask somebody else than the maker of this bundle whether that is the root, or nothing is proved." in result.out
    )


def test_another_root(bundle: Bundle) -> None:
    assert problems(bundle.verify("0" * 64)) == [f"root: this bundle is of the ledger {ROOT}, not of {'0' * 64}"]
    for args in (("abc",), (ROOT, ROOT)):
        result = bundle.verify(*args)
        assert (result.code, result.out) == (2, "")
        assert result.err.startswith("verify.sh: ")


Change = Callable[[Bundle], str]


def _flipped(pattern: str, position: int) -> Change:
    def change(bundle: Bundle) -> str:
        file = bundle.one(pattern)
        flip(file, position)
        return bundle.name(file)

    return change


def _flipped_at_top(name: str) -> Change:
    def change(bundle: Bundle) -> str:
        flip(bundle.folder / name, -2)
        return name

    return change


def _removed(pattern: str) -> Change:
    def change(bundle: Bundle) -> str:
        file = bundle.one(pattern)
        file.unlink()
        return bundle.name(file)

    return change


def _swapped(bundle: Bundle) -> str:
    """Give a record another record's signature by the same person."""
    one, two = (bundle.one(f"models/veran/v6.2/*-{kind}-*.json.sig") for kind in ("report", "deployment"))
    shutil.copy(two, one)
    return bundle.name(one).removesuffix(".sig")


def _added(bundle: Bundle) -> str:
    (bundle.folder / "records/models/veran/notes.txt").write_text("hello\n")
    return "records/models/veran/notes.txt"


def _linked(bundle: Bundle) -> str:
    file = bundle.one("policy/*.seal")
    file.symlink_to(file.rename(bundle.folder.parent / "elsewhere"))
    return bundle.name(file)


def _signers(bundle: Bundle) -> str:
    (bundle.folder / "signers" / SECOND).write_text('* namespaces="gitgates" ssh-ed25519 AAAA\n')
    return f"signers/{SECOND}"


def _moved(bundle: Bundle) -> str:
    """Copy an approval to another version."""
    file = bundle.one("models/veran/v6.2/*-decision-*.json")
    for one in (file, file.with_name(f"{file.name}.sig")):
        shutil.copy(one, bundle.folder / "records/models/veran/v6.4")
    return bundle.name(file).replace("v6.2", "v6.4")


CHANGES: list[tuple[Change, str]] = [
    (_flipped("models/veran/v6.2/*-report-*.json", 300), "its bytes have the id "),
    (_flipped("models/veran/v6.2/*-decision-*.json.sig", 200), "is not here|not signed by bob@example.com"),
    (_flipped("policy/*-endorsement-*.json", 150), "its bytes have the id "),
    (_flipped("policy/*.seal", 0), "its bytes have the digest "),
    (_flipped_at_top("root"), "not of|which is the root, is not here"),
    (_removed("models/veran/v6.2/*-report-*.json"), "it is a signature of nothing"),
    (_removed("models/veran/v6.2/*-report-*.json.sig"), "it or its signature is not here"),
    (_removed("models/veran/v6.5/*-report-*.json"), "ledger.bundle has this record, and it is not here"),
    (_removed("policy/*.seal"), "missing: the seal "),
    (_removed(f"policy/*-{SECOND}.json"), "the policy that it names is not here"),
    (_removed("policy/*-endorsement-*.json"), "the policy that it names lacks signatures"),
    (_swapped, "not signed by alice@example.com with a key that policy "),
    (_added, "it is no record"),
    (_linked, "it is no plain file"),
    (_signers, "it is not the list inside that policy"),
    (_moved, "it belongs at records/models/veran/v6.2/"),
]


@pytest.mark.parametrize(("change", "told"), CHANGES)
def test_changed_bundles(bundle: Bundle, change: Change, told: str) -> None:
    """Whoever changes a file is found by its digest; and whoever changes `SHA256SUMS` with it, by the signatures."""
    name = change(bundle)
    assert any(line.startswith(f"{name}: ") for line in problems(bundle.verify(ROOT)))
    bundle.resum()
    found = problems(bundle.verify(*([] if name == "root" else [ROOT])))
    assert any(word in line for line in found for word in told.split("|")), found


def test_changed_history(bundle: Bundle) -> None:
    data = bytearray((bundle.folder / "ledger.bundle").read_bytes())
    data[-40] ^= 1
    (bundle.folder / "ledger.bundle").write_bytes(data)
    bundle.resum()
    assert problems(bundle.verify(ROOT)) == ["ledger.bundle: git cannot read it"]


def test_history_of_something_else(bundle: Bundle, tmp_path: Path, repository: RepositoryFactory) -> None:
    other = repository("other")
    shutil.copytree(VECTORS / "ledger", other / ".quality-gates")
    file = bundle.one("models/veran/v6.2/*-report-*.json")
    (other / ".quality-gates" / bundle.name(file).removeprefix("records/")).unlink()
    commit(other)
    git(other, "bundle", "create", "--quiet", bundle.folder / "ledger.bundle", "HEAD", "main")
    bundle.resum()
    assert problems(bundle.verify(ROOT)) == [f"{bundle.name(file)}: ledger.bundle does not have it so"]


def test_a_folder_that_is_no_bundle_and_a_machine_that_lacks_a_tool(bundle: Bundle) -> None:
    (bundle.programs / "ssh-keygen").unlink()
    result = bundle.verify(ROOT)
    assert (result.code, result.err) == (2, "verify.sh: there is no ssh-keygen here\n")
    (bundle.programs / "ssh-keygen").symlink_to(shutil.which("ssh-keygen") or "")
    (bundle.folder / "SHA256SUMS").unlink()
    result = bundle.verify(ROOT)
    assert (result.code, result.err) == (2, "verify.sh: this folder is no audit bundle: a part of it is missing\n")


def test_a_check_that_fails_to_run(bundle: Bundle, tmp_path: Path) -> None:
    (bundle.programs / "awk").unlink()
    awk = bundle.programs / "awk"
    awk.write_text(
        f'#!{shutil.which("sh")}\ncase $* in *SHA256SUMS*) exit 2 ;; esac\nexec {shutil.which("awk")} "$@"\n'
    )
    awk.chmod(0o755)
    result = bundle.verify(ROOT)
    assert (result.code, result.err) == (2, "verify.sh: awk failed, so nothing is verified\n")
    result = run(
        "env", "-i", f"PATH={bundle.programs}", f"TMPDIR={tmp_path / 'none'}", "sh", bundle.folder / "verify.sh"
    )
    assert (result.code, result.out) == (2, "")


def test_other_programs_for_digests(bundle: Bundle) -> None:
    (bundle.programs / "sha256sum").unlink()
    for name in ("shasum", "openssl"):
        found = shutil.which(name)
        if found:
            (bundle.programs / name).symlink_to(found)
            assert bundle.verify(ROOT).code == 0, name
            (bundle.programs / name).unlink()
    result = bundle.verify(ROOT)
    assert (result.code, result.err) == (2, "verify.sh: there is no sha256sum, shasum or openssl here\n")


def _sign(key: Path, data: bytes) -> bytes:
    return run("ssh-keygen", "-q", "-Y", "sign", "-n", "gitgates", "-f", key, stdin=data.decode()).out.encode()


def test_a_policy_that_lacks_signatures(ledger: Project, exported: Callable[..., Bundle]) -> None:
    folder = ledger.path / ".quality-gates"
    digest = like(folder / "policy" / POLICY, ALICE.sign, parents=[SECOND])
    commit(ledger.path)
    done = ledger("export", "bundle", "-o", ledger.path.parent / "first")
    assert done.code == 0
    report = next(folder.glob("models/veran/v6.5/*-report-*.json"))
    named = like(report, ALICE.sign, policy=digest)
    commit(ledger.path)
    bundle = exported(code=3)
    result = bundle.verify(ROOT)
    assert f"not accepted: policy {digest}, of " in result.out
    (told,) = problems(result)
    assert named in told
    assert told.endswith(f": the policy that it names lacks signatures: {digest}")
    whole = Bundle(ledger.path.parent / "first", ROOT, bundle.programs)
    assert (whole.verify(ROOT).code, whole.verify(ROOT).err) == (0, "")


def test_a_policy_by_somebody_who_is_no_admin(project: Project, keys: Keys, tmp_path: Path) -> None:
    """It could list a key of its author's for anybody, so nothing that names it is believed."""

    def by_bob(data: bytes) -> bytes:
        return _sign(keys.bob.path, data)

    def by_carol(data: bytes) -> bytes:
        return _sign(keys.carol.path, data)

    project.ok("member", "add", "bob@example.com", "--role", "approver", "--public-key", keys.bob.public)
    project.check()
    project.ok("reject", "--model", "veran:v6.1", "--context", "production", "--reason", "x")
    folder = project.path / ".quality-gates"
    last = project.json("policy", "show")["id"]
    policy = next(folder.glob(f"policy/*-policy-{last}.json"))
    text = json.loads(policy.read_bytes())["allowed_signers"]
    text += f'alice@example.com namespaces="gitgates" {keys.carol.public}\n'
    false = like(policy, by_bob, author="bob@example.com", parents=[last], allowed_signers=text)
    decision = next(folder.glob("models/veran/v6.1/*-decision-*.json"))
    forged = like(decision, by_carol, policy=false, reason="forged")
    commit(project.path)
    done = project.json("export", "bundle", "-o", tmp_path / "bundle")
    assert done["records"] == 5
    bundle = Bundle(tmp_path / "bundle", done["root"], link_programs(tmp_path / "bin"))
    assert list(bundle.folder.rglob(f"*{forged}*")) == []
    shutil.copytree(folder / "models", bundle.folder / "records/models", dirs_exist_ok=True)
    (bundle.folder / "records/models/veran/v6.1/model.json").unlink()
    bundle.resum()
    (bundle.folder / "ledger.bundle").unlink()
    bundle.resum()
    result = bundle.verify(done["root"])
    assert (result.code, result.err) == (0, "")
    assert f"not accepted: policy {false}, of " in result.out
    assert "1 records name a policy by somebody who is no admin: they count for nothing.\n" in result.out
    assert "All 4 records are good." in result.out
    flip(bundle.one(f"models/veran/v6.1/*{forged}.json"), -3)
    bundle.resum()
    assert any("its bytes have the id " in told for told in problems(bundle.verify(done["root"])))


def test_control_characters_cannot_shift_what_is_read(bundle: Bundle) -> None:
    old = bundle.one("models/veran/v6.5/*-report-*.json")
    shift = f'"model": "veran\t=v6.5\t={SECOND}\t={ROOT}\t='
    data = old.read_bytes().replace(b'"model": "veran', shift.encode())
    new = old.with_name(f"{old.stem.rpartition('-')[0]}-{hashlib.sha256(data).hexdigest()}.json")
    new.write_bytes(data)
    new.with_name(f"{new.name}.sig").write_bytes(ALICE.sign(data))
    (bundle.folder / "ledger.bundle").unlink()
    bundle.resum()
    assert problems(bundle.verify(ROOT)) == [f"{bundle.name(new)}: it is not spelled as records are"]
