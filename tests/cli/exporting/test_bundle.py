"""`export bundle`: what is in it, what is left out, and where none can be made."""

import hashlib
import os
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

from tests.cli.exporting.bundles import (
    COUNT,
    POLICY,
    ROOT,
    SECOND,
    Bundle,
    commit,
    like,
    link_programs,
    problems,
)
from tests.cli.project import Project
from tests.support import Gitgates, Keys, RepositoryFactory, git, run
from tools.vectors_signing import ALICE, BOB


def test_an_archive_is_the_same_each_time_and_holds_the_same(bundle: Bundle, ledger: Project, tmp_path: Path) -> None:
    one, two = (tmp_path / name for name in ("one.tar.gz", "two.tgz"))
    ledger.ok("export", "bundle", "-o", one)
    os.utime(ledger.path / ".git", (0, 0))
    ledger.ok("export", "bundle", "-o", two)
    assert one.read_bytes() == two.read_bytes()
    with tarfile.open(one) as tar:
        assert {(entry.mtime, entry.uid, entry.gid, entry.uname, entry.mode) for entry in tar} == {(0, 0, 0, "", 0o644)}
        tar.extractall(tmp_path / "out", filter="data")
    other = tmp_path / "out/gitgates-audit"
    assert run("diff", "-r", bundle.folder, other).out == ""


def test_what_is_there_is_not_written_over(bundle: Bundle, ledger: Project, tmp_path: Path) -> None:
    done = ledger("export", "bundle", "-o", bundle.folder, "--force")
    assert done.code == 2
    assert "is there already. Name a new folder, or a file ending in .tar.gz" in done.err
    assert bundle.verify(ROOT).code == 0
    file = tmp_path / "a.tar.gz"
    file.write_bytes(b"mine")
    assert ledger("export", "bundle", "-o", file).code == 2
    assert file.read_bytes() == b"mine"
    ledger.ok("export", "bundle", "-o", file, "--force")
    assert tarfile.is_tarfile(file)
    (tmp_path / "empty").mkdir()
    ledger.ok("export", "bundle", "-o", tmp_path / "empty")
    done = ledger("export", "bundle", "-o", tmp_path / "none/here.tar.gz")
    assert (done.code, "cannot be written" in done.err) == (2, True)
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".gitgates")] == []


def test_a_model_version_alone(exported: Callable[..., Bundle]) -> None:
    part = exported("--model", "veran:v6.3")
    assert not (part.folder / "ledger.bundle").exists()
    assert {file.parent.name for file in part.folder.glob("records/models/*/*/*")} == {"v6.3"}
    result = part.verify(ROOT)
    assert (result.code, result.err) == (0, "")
    assert "There is no ledger.bundle, so the git history was not compared.\n" in result.out
    assert "This is a part of the ledger: veran:v6.3. What else there is, it does not tell.\n" in result.out
    (part.folder / "part").write_text("veran\n")  # then the version deployed before must be there
    part.resum()
    assert any(line.startswith("missing: the record ") for line in problems(part.verify(ROOT)))
    (part.folder / "part").unlink()
    part.resum()
    assert any(line.startswith("missing: the record ") for line in problems(part.verify(ROOT)))


def test_a_seal_that_no_policy_names_is_left_out(ledger: Project, exported: Callable[..., Bundle]) -> None:
    digest = hashlib.sha256(b"x\n").hexdigest()
    (ledger.path / f".quality-gates/policy/{digest}.seal").write_bytes(b"x\n")
    commit(ledger.path)
    bundle = exported()
    assert len(list(bundle.folder.glob("records/policy/*.seal"))) == 1
    assert bundle.verify(ROOT).code == 0


def test_a_model_that_the_ledger_does_not_know(ledger: Project, tmp_path: Path) -> None:
    for name in ("typo", "veran:v9"):
        done = ledger("export", "bundle", "--model", name, "-o", tmp_path / "b.tar.gz")
        assert done.code == 1
        assert "gitgates: the ledger knows no model" in done.err
    assert sorted(one.name for one in tmp_path.iterdir()) == ["work"]


def test_no_history(exported: Callable[..., Bundle]) -> None:
    bundle = exported("--no-history")
    assert not (bundle.folder / "ledger.bundle").exists()
    assert bundle.verify(ROOT).code == 0


def test_a_clone_of_the_history_is_a_ledger(bundle: Bundle, ledger: Project, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", bundle.folder / "ledger.bundle", "clone")
    clone = Project(tmp_path / "clone", ledger.run, ledger.key)
    git(clone.path, "config", "gitgates.root", ROOT)
    assert clone.ok("export").out == ledger.ok("export").out
    assert git(clone.path, "log", "--format=%H") == git(ledger.path, "log", "--format=%H")


def test_a_dedicated_branch_known_from_a_remote_only(project: Project, tmp_path: Path, gitgates: Gitgates) -> None:
    project.approved()
    project.ok("migrate", "--to", "quality-gates")
    git(tmp_path, "clone", "--quiet", project.path, "clone")
    clone = Project(tmp_path / "clone", gitgates, project.key)
    root = git(project.path, "config", "gitgates.root")
    done = clone.ok("export", "bundle", "-o", tmp_path / "bundle", "--root", root)
    assert "code too" not in done.err
    bundle = Bundle(tmp_path / "bundle", root, link_programs(tmp_path / "bin"))
    result = bundle.verify(root)
    assert (result.code, result.err) == (0, "")
    assert "refs/heads/quality-gates" in git(project.path, "bundle", "list-heads", bundle.folder / "ledger.bundle")


def test_sha256_repositories(repository: RepositoryFactory, gitgates: Gitgates, keys: Keys, tmp_path: Path) -> None:
    work = repository(sha256=True)
    project = Project(work, gitgates, keys.alice)
    project.ok("init", "--key", keys.alice.path)
    done = project.json("export", "bundle", "-o", tmp_path / "bundle")
    assert (done["records"], done["history"], done["left_out"], done["problems"]) == (1, True, [], [])
    bundle = Bundle(tmp_path / "bundle", done["root"], link_programs(tmp_path / "bin"))
    assert bundle.verify(done["root"]).code == 0


def test_clones_that_lack_history(ledger: Project, tmp_path: Path, gitgates: Gitgates) -> None:
    (ledger.path / "more.txt").write_text("x")
    commit(ledger.path)
    git(ledger.path, "config", "uploadpack.allowFilter", "true")
    for options, told in (
        (("--depth=1",), "this clone is shallow, so the git history is not all here. Run `git fetch --unshallow`"),
        (("--filter=blob:none", "--no-checkout"), "this is a partial clone"),
    ):
        git(tmp_path, "clone", "--quiet", *options, ledger.path.as_uri(), "less")
        less = Project(tmp_path / "less", gitgates, ledger.key)
        done = less("export", "bundle", "-o", tmp_path / "b", "--root", ROOT)
        assert done.code == 3
        assert told in done.err or "partial clone" in done.err
        assert not (tmp_path / "b").exists()
        shutil.rmtree(less.path)


def test_records_on_another_copy_of_the_branch(ledger: Project, tmp_path: Path, gitgates: Gitgates) -> None:
    git(tmp_path, "clone", "--quiet", ledger.path, "clone")
    clone = Project(tmp_path / "clone", gitgates, ledger.key)
    git(ledger.path, "commit", "--quiet", "--allow-empty", "--message", "x")
    old = git(clone.path, "rev-parse", "HEAD")
    git(clone.path, "fetch", "--quiet")
    assert clone("export", "bundle", "-o", tmp_path / "a", "--root", ROOT).code == 0  # no records there
    name = next((ledger.path / ".quality-gates/models/veran/v6.5").glob("*-report-*.json"))
    for file in (name, name.with_name(f"{name.name}.sig")):
        git(clone.path, "rm", "--quiet", file.relative_to(ledger.path))
    git(clone.path, "commit", "--quiet", "--message", "Less")
    (ledger.path / ".quality-gates/models/veran/v6.5/notes.txt").write_text("x")
    commit(ledger.path)
    git(clone.path, "fetch", "--quiet")
    assert git(clone.path, "rev-parse", "HEAD~1") == old
    done = clone("export", "bundle", "-o", tmp_path / "b", "--root", ROOT)
    assert done.code == 3
    assert (
        "the ledger is not on one branch: refs/remotes/origin/main has records that refs/heads/main lacks" in done.err
    )
    assert "Run `gitgates sync`, or pass --no-history" in done.err


def test_what_somebody_else_signed_is_left_out(ledger: Project, exported: Callable[..., Bundle]) -> None:
    record = next((ledger.path / ".quality-gates/models/veran/v6.5").glob("*-report-*.json"))
    record.with_name(f"{record.name}.sig").write_bytes(BOB.sign(record.read_bytes()))
    (record.parent / "notes.txt").write_text("x")
    commit(ledger.path)
    done = ledger.json("export", "bundle", "-o", "b.tar.gz")
    left = {one["path"]: one["why_not"] for one in done["left_out"]}
    name = record.relative_to(ledger.path).as_posix()
    assert left == {
        name: "not signed by alice@example.com with a key that the policy it names lists for this name",
        f"{Path(name).parent.as_posix()}/notes.txt": "its name is not that of a record",
    }
    bundle = exported()
    result = bundle.verify(ROOT)
    assert (result.code, result.err) == (0, "")
    assert "ledger.bundle has 1 other files where records lie: they count for nothing.\n" in result.out


def test_records_that_belong_nowhere(ledger: Project, exported: Callable[..., Bundle]) -> None:
    report = next((ledger.path / ".quality-gates/models/veran/v6.5").glob("*-report-*.json"))
    elsewhere = like(report, ALICE.sign, ledger="0" * 64)
    unknown = like(report, ALICE.sign, policy="1" * 64)
    commit(ledger.path)
    done = ledger.json("export", "bundle", "-o", "b.tar.gz", code=3)
    left = {one["path"].rpartition("-")[2].removesuffix(".json"): one["why_not"] for one in done["left_out"]}
    assert left == {elsewhere: "it belongs to another ledger"}
    assert len(done["problems"]) == 1
    assert "1" * 64 in done["problems"][0]
    (told,) = problems(exported(code=3).verify(ROOT))
    assert unknown in told
    assert told.endswith(f": the policy that it names is not here: {'1' * 64}")


def test_a_policy_that_is_not_on_the_ledgers_branch(ledger: Project, exported: Callable[..., Bundle]) -> None:
    git(ledger.path, "checkout", "--quiet", "-b", "idea")
    digest = like(ledger.path / ".quality-gates/policy" / POLICY, ALICE.sign, parents=[SECOND])
    commit(ledger.path)
    (left,) = ledger.json("export", "bundle", "-o", "b.tar.gz")["left_out"]
    assert left["path"].endswith(f"-policy-{digest}.json")
    assert left["why_not"] == "its signature is not on the ledger's branch"
    assert exported().verify(ROOT).code == 0


def test_of_two_signature_files_the_valid_one_is_taken(ledger: Project, tmp_path: Path, gitgates: Gitgates) -> None:
    git(tmp_path, "clone", "--quiet", ledger.path, "clone")
    clone = Project(tmp_path / "clone", gitgates, ledger.key)
    signature = next((ledger.path / ".quality-gates/models/veran/v6.5").glob("*-report-*.json.sig"))
    signature.write_bytes(ALICE.sign(b"something else"))
    (signature.parent / "notes.txt").write_text("x")
    commit(ledger.path)
    (clone.path / "code.py").write_text("x")
    commit(clone.path)
    git(clone.path, "fetch", "--quiet")
    done = clone.json("export", "bundle", "--no-history", "-o", tmp_path / "bundle", "--root", ROOT)
    assert done["records"] == COUNT
    bundle = Bundle(tmp_path / "bundle", ROOT, link_programs(tmp_path / "bin"))
    assert (bundle.verify(ROOT).code, bundle.verify(ROOT).err) == (0, "")
