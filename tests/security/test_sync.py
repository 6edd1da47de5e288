"""What a hostile remote, or a hostile repository, tries while `sync` is at work."""

from pathlib import Path

import pytest

from gitgates.ledger.endorsing import endorse
from gitgates.ledger.membership import add_member, revoke_key
from gitgates.ledger.proposing import Draft, Proposed, propose
from gitgates.ledger.writing import Written
from gitgates.model.records import PolicyRecord
from gitgates.trust.keys import PublicKey
from tests.git.ledgers import commit_files
from tests.git.server import guarded
from tests.git.team import LEDGER, ROLES, Clone, Team, copy
from tests.support import Gitgates, Key, Keys, git, run


@pytest.fixture(scope="session")
def teams(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("teams")


@pytest.fixture
def code(teams: Path, tmp_path: Path, keys: Keys, gitgates: Gitgates) -> Team:
    """Give a team whose ledger is on the branch with the code."""
    return copy(teams, tmp_path / "team", "code", keys, gitgates)


@pytest.fixture
def own(teams: Path, tmp_path: Path, keys: Keys, gitgates: Gitgates) -> Team:
    """Give a team whose ledger is on a branch of its own."""
    return copy(teams, tmp_path / "team", "own", keys, gitgates)


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


# --- a record's signature is replaced: its id stays, and the author's word is gone ---


def rejected(team: Team) -> Written:
    """Approve and reject a version; the hub has it, and the clones of alice, who approved, and bob, who rejected."""
    team.alice.approve("veran:v1", team.alice.report("veran:v1"))
    team.alice.sync()
    team.bob.sync()
    rejection = team.bob.reject("veran:v1")
    team.bob.sync()
    team.alice.sync()
    return rejection


def signature_on(repository: Path, record: Written) -> str:
    return git(repository, "show", f"quality-gates:{record.path}.sig")


def sign_again(clone: Clone, record: Written, key: Key) -> None:
    """Put a signature by `key` in the place of the author's on the clone's branch, and push it."""
    clone.git("checkout", "--quiet", "quality-gates")
    file = clone.path / record.path
    file.with_name(f"{file.name}.sig").unlink()
    made = run("ssh-keygen", "-q", "-Y", "sign", "-n", "gitgates", "-f", key.path, file)
    assert made.code == 0, made
    clone.git("commit", "--quiet", "--all", "--message", "x")
    clone.git("push", "--quiet", "origin", "quality-gates")


def new_key(team: Team, name: str) -> Key:
    path = team.top / name
    assert run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", path).code == 0
    return Key(name, path, path.with_suffix(".pub").read_text().rsplit(" ", 1)[0])


def record_in_force(clone: Clone) -> PolicyRecord:
    with clone.open() as ledger:
        return ledger.chain.accepted[ledger.chain.effective()].record


def follow(clone: Clone, draft: Draft) -> Proposed:
    with clone.open() as ledger:
        return propose(ledger, clone.signer(), draft, clone.later(), lambda *_: None)


def mirrored(team: Team) -> Path:
    """Give bob a second remote, `mirror`, that has what the hub has, and return it."""
    mirror = team.top / "mirror.git"
    git(team.top, "clone", "--quiet", "--bare", "hub.git", "mirror.git")
    team.bob.git("remote", "add", "mirror", "../mirror.git")
    team.bob.sync(remote="mirror")
    return mirror


def cloned(team: Team, remote: Path, name: str) -> Clone:
    git(team.top, "clone", "--quiet", remote, name)
    git(team.top / name, "config", "gitgates.root", team.bob.git("config", "gitgates.root"))
    return team.at(name, team.keys.carol)


def bring(team: Team, clone: Clone, record: Written) -> None:
    """Commit the bytes of a record in a clone that lacks it, beside no signature."""
    data = git(team.hub, "show", f"quality-gates:{record.path}")
    clone.git("checkout", "--quiet", "quality-gates")
    commit_files(clone.path, "x", {record.path: f"{data}\n", f"{record.path}.sig": "no signature\n"})


def heal(team: Team, rejection: Written, signature: str) -> None:
    """Have alice, who has seen the true signature, bring it back."""
    done = team.cli(team.alice, "sync")
    assert (done.code, "origin has lost 1 record(s)" in done.err, rejection.id in done.err) == (3, True, True), done
    assert team.alice.sync(restore=True).restored == (rejection.path,)
    assert signature_on(team.hub, rejection) == signature


def insist_that_nothing_is_lost(team: Team, late: Clone, rejection: Written, signature: str) -> None:
    """`late` knew the record by another signature before it was healed: whatever is run there, it stays healed."""
    done = team.cli(late, "sync")
    assert (done.code, "lost" in done.err) == (0, False), done
    assert late.sync(restore=True).restored == ()
    done = team.cli(late, "doctor", "--restore")
    assert (done.code, "restored" in done.out) == (0, False), done
    late.sync()
    assert signature_on(team.hub, rejection) == signature
    assert late.allowed("veran:v1") == "denied"
    team.check(team.alice, late)


def test_restore_does_not_bring_back_another_member_s_signature(own: Team) -> None:
    """A clone first sees a rejection with a checker's signature in place of its author's; then the author's is back."""
    rejection = rejected(own)
    signature = signature_on(own.hub, rejection)
    sign_again(own.clone("vandal"), rejection, own.keys.carol)
    assert signature_on(own.hub, rejection) != signature
    late = own.clone("late")
    late.sync()
    heal(own, rejection, signature)
    insist_that_nothing_is_lost(own, late, rejection, signature)


def test_restore_does_not_bring_back_a_stolen_key_s_signature(own: Team) -> None:
    """The same with a key that was its author's own, and is revoked."""
    stolen = new_key(own, "stolen")
    record = record_in_force(own.alice)
    follow(own.alice, add_member(record, own.keys.bob.principal, ROLES, PublicKey.parse(stolen.public)))
    rejection = rejected(own)
    follow(own.alice, revoke_key(record_in_force(own.alice), frozenset([stolen.public])))
    own.settle(own.alice, own.bob)
    signature = signature_on(own.hub, rejection)
    sign_again(own.clone("vandal"), rejection, stolen)
    late = own.clone("late")
    late.sync()
    heal(own, rejection, signature)
    insist_that_nothing_is_lost(own, late, rejection, signature)


def test_another_remote_s_signature_by_another_member_does_not_stay(own: Team) -> None:
    """A remote has the bytes of a rejection with a checker's signature; whoever has the author's shares it."""
    mirror = mirrored(own)
    rejection = rejected(own)
    signature = signature_on(own.hub, rejection)
    vandal = cloned(own, mirror, "vandal")
    bring(own, vandal, rejection)
    sign_again(vandal, rejection, own.keys.carol)
    late = cloned(own, mirror, "late")
    late.sync()
    assert rejection.id in own.bob.sync(remote="mirror").sent
    late.sync()
    assert signature_on(mirror, rejection) == signature_on(own.bob.path, rejection) == signature
    assert own.bob.allowed("veran:v1") == late.allowed("veran:v1") == "denied"


def test_a_policy_that_waits_makes_no_signature_the_author_s(own: Team) -> None:
    """The same by a key that a policy gives to the author, written by one admin where it takes two."""
    old = own.alice.propose("admin_quorum = 1", "admin_quorum = 2")
    with own.alice.open() as ledger:
        endorse(ledger, own.bob.signer(), old.id, own.alice.later())
    own.settle(own.alice, own.bob)
    mirror = mirrored(own)
    rejection = rejected(own)
    signature = signature_on(own.hub, rejection)
    fresh = new_key(own, "fresh")
    vandal = cloned(own, mirror, "vandal")
    bring(own, vandal, rejection)
    record = record_in_force(vandal)
    draft = add_member(record, own.keys.bob.principal, ROLES, PublicKey.parse(fresh.public))
    assert not follow(vandal, draft).accepted
    sign_again(vandal, rejection, fresh)
    assert rejection.id in own.bob.sync(remote="mirror").sent
    assert signature_on(mirror, rejection) == signature_on(own.bob.path, rejection) == signature
    assert own.bob.allowed("veran:v1") == "denied"


def test_a_server_with_the_hook_takes_the_author_s_signature_back(own: Team) -> None:
    """Before a server had the hook, somebody put theirs in its place."""
    rejection = rejected(own)
    signature = signature_on(own.hub, rejection)
    sign_again(own.clone("vandal"), rejection, own.keys.carol)
    server = guarded(own.top / "server.git")
    server.config("gitgates.root", own.bob.git("config", "gitgates.root"))
    server.without_hook(own.top / "vandal", "quality-gates")
    heal(own, rejection, signature)
    server.taken(own.alice.path, "quality-gates")
    assert signature_on(server.path, rejection) == signature
    sign_again(own.clone("again"), rejection, own.keys.carol)
    refused = server.refused(own.top / "again", "quality-gates")
    assert "this record would be deleted or changed" in refused
