"""What a hostile remote, or a hostile repository, tries while `sync` is at work."""

from pathlib import Path

import pytest

from tests.git.ledgers import commit_files
from tests.git.team import LEDGER, Team, copy
from tests.support import Gitgates, Keys, git


@pytest.fixture(scope="session")
def teams(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("teams")


@pytest.fixture
def code(teams: Path, tmp_path: Path, keys: Keys, gitgates: Gitgates) -> Team:
    """Give a team whose ledger is on the branch with the code."""
    return copy(teams, tmp_path / "team", "code", keys, gitgates)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Give a program that leaves a trace: the file `ran` beside it."""
    path = tmp_path / "program"
    path.write_text(f'#!/bin/sh\ntouch "{tmp_path}/ran"\nexec cat\n')
    path.chmod(0o755)
    return path


REFUSED = ["core.sshCommand", "credential.helper", "remote.origin.uploadpack", "remote.origin.receivepack"]
IGNORED = [
    "core.fsmonitor", "filter.evil.clean", "filter.evil.smudge", "diff.external", "gpg.program", "core.hooksPath",
    "core.alternateRefsCommand", "merge.evil.driver", "push.gpgSign", "core.pager", "core.editor",
]  # fmt: skip


@pytest.mark.parametrize("key", REFUSED)
def test_a_program_that_git_would_need_is_refused(code: Team, program: Path, key: str) -> None:
    code.bob.report("veran:v1")
    code.bob.sync()
    code.alice.git("config", key, program)
    before = code.alice.git("for-each-ref")
    done = code.cli(code.alice, "sync")
    assert done.code == 2, done
    assert f"the repository's own configuration names a program that git would run: {key.lower()}" in done.err.lower()
    assert not (program.parent / "ran").exists()
    assert code.alice.git("for-each-ref") == before


def test_other_programs_are_not_run(code: Team, program: Path) -> None:
    alice, bob = code.alice, code.bob
    commit_files(bob.path, "Attributes", {".gitattributes": "* filter=evil merge=evil diff=evil\n"})
    bob.git("push", "--quiet")
    alice.git("pull", "--quiet")
    bob.report("veran:v1")
    bob.sync()
    written = alice.report("other:1.0")
    hooks = program.parent / "hooks"
    hooks.mkdir()
    for name in ("pre-push", "reference-transaction", "post-checkout", "post-merge", "post-index-change"):
        (hooks / name).symlink_to(program)
    for key in IGNORED:
        alice.git("config", key, hooks if key == "core.hooksPath" else "true" if key == "push.gpgSign" else program)
    done = code.cli(alice, "sync")
    assert done.code == 0, done
    assert written.path in code.on_hub()
    assert not (program.parent / "ran").exists()


@pytest.mark.parametrize("url", ["ext::sh -c 'touch ran'", "-u./ran"])
def test_a_url_that_is_a_program(code: Team, url: str) -> None:
    code.alice.git("config", "remote.origin.url", url)
    code.alice.git("config", "protocol.ext.allow", "always")
    done = code.cli(code.alice, "sync")
    assert done.code in (2, 3), done
    assert done.err
    assert not (code.alice.path / "ran").exists()


def test_settings_of_the_remote_force_nothing(code: Team) -> None:
    """A configuration that would force, mirror, prune and follow tags when git pushes or fetches by itself."""
    alice, hub = code.alice, code.hub
    git(hub, "branch", "other", "main")
    git(hub, "tag", "there", "main")
    alice.git("tag", "secret")
    alice.git("branch", "private")
    for key, value in (
        ("remote.origin.mirror", "true"), ("remote.origin.push", "+refs/*:refs/*"), ("push.followTags", "true"),
        ("fetch.prune", "true"), ("fetch.pruneTags", "true"), ("remote.origin.fetch", "+refs/heads/*:refs/heads/*"),
        ("remote.origin.tagOpt", "--tags"),
    ):  # fmt: skip
        alice.git("config", "--add", key, value)
    written = alice.report("veran:v1")
    assert alice.sync().sent == (written.id,)
    there = git(hub, "for-each-ref", "--format=%(refname)").splitlines()
    assert there == ["refs/heads/main", "refs/heads/other", "refs/notes/gates/veran", "refs/tags/there"]
    here = alice.git("for-each-ref", "--format=%(refname)").splitlines()
    assert {"refs/heads/private", "refs/tags/secret"} <= set(here)
    assert "refs/tags/there" not in here


def test_records_of_a_stranger_are_not_passed_on(code: Team) -> None:
    """A record in somebody's place, signed by nobody who is known: it decides nothing, and goes no further."""
    alice, bob = code.alice, code.bob
    written = bob.report("veran:v1")
    data = git(bob.path, "show", f"HEAD:{written.path}")
    forged = f"{written.path.rpartition('/')[0]}/20260101T000000Z-report-{'0' * 64}.json"
    commit_files(alice.path, "x", {forged: f"{data}\n", f"{forged}.sig": "no signature\n"})
    commit_files(alice.path, "Code", {"train.py": "x = 3\n"})
    bob.sync()
    done = alice.sync()
    assert (done.foreign, done.sent) == ((forged,), ())
    assert forged not in code.on_hub()
    assert alice.allowed("veran:v1") == bob.allowed("veran:v1") == "denied"


def test_links_and_programs_in_a_record_s_place(code: Team) -> None:
    """What the remote brings is read as blobs of one mode, and written to the worktree as nothing else."""
    alice, bob = code.alice, code.bob
    written = bob.report("veran:v1")
    folder = bob.path / written.path.rpartition("/")[0]
    (folder / "link.json").symlink_to("/etc/passwd")
    bob.git("add", LEDGER)
    bob.git("commit", "--quiet", "--message", "x")
    bob.git("push", "--quiet")
    assert alice.sync().received == (written.id,)
    assert alice.allowed("veran:v1") == "denied"
    assert not (alice.path / written.path).with_name("link.json").is_symlink()
