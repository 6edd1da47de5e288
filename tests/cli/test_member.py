"""`gitgates member`: each action is a policy of its own, and nothing that people wrote around members is lost."""

from pathlib import Path

import pytest

from tests.cli.project import Project
from tests.support import Key, Keys, git, run

ALL = ("--role", "admin", "--role", "approver", "--role", "checker", "--role", "deployer")


def public(key: Key) -> str:
    return f"{key.path}.pub"


def fingerprint(key: Key) -> str:
    return run("ssh-keygen", "-l", "-f", public(key)).out.split()[1]


def members(project: Project) -> dict[str, tuple[list[str], list[str]]]:
    return {m["principal"]: (m["roles"], m["keys"]) for m in project.json("member", "list")["members"]}


def test_add(project: Project, keys: Keys) -> None:
    roles = ("--role", "checker", "--role", "approver")
    done = project.ok("member", "add", keys.bob.principal, *roles, "--public-key", public(keys.bob))
    assert "  bob@example.com becomes a member: approver, checker\n" in done.out
    assert "  bob@example.com may sign with the key ssh-ed25519 ..." in done.out
    assert members(project)[keys.bob.principal] == (["approver", "checker"], [fingerprint(keys.bob)])
    assert git(project.path, "status", "--porcelain") == ""
    shown = project.ok("member", "list").out
    assert f"bob@example.com: approver, checker\n  {fingerprint(keys.bob)}\n" in shown
    project.check("veran:v6.1", "staging", "--key", keys.bob.path)


def test_other_roles(project: Project, keys: Keys) -> None:
    project.ok("member", "add", keys.bob.principal, *ALL, "--public-key", keys.bob.public)
    done = project.ok("member", "add", keys.bob.principal, "--role", "approver", "--role", "approver")
    assert done.out.splitlines()[1] == "  bob@example.com loses admin, checker, deployer"
    again = project("member", "add", keys.bob.principal, "--role", "approver")
    assert (again.code, "say what the policy in force says" in again.err) == (2, True)


def test_comments_stay(project: Project, keys: Keys) -> None:
    signers = project.path / ".quality-gates/allowed_signers"
    signers.write_text(f"# the laptop\n{signers.read_text()}")
    policy = project.path / ".quality-gates/policy.toml"
    policy.write_text(f"# ours\n{policy.read_text()}".replace("allow_force = false", "allow_force = true"))
    project.ok("policy", "propose")
    before = (policy.read_text(), signers.read_text())
    project.ok("member", "add", keys.bob.principal, *ALL, "--public-key", keys.bob.public)
    project.ok("member", "remove", keys.bob.principal)
    assert (policy.read_text(), signers.read_text()) == before


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("add", "bob@example.com", "--role", "checker"), "bob@example.com has no key yet. Give it with --public-key"),
        (("add", "bob@example.com", "--role", "king"), "invalid choice"),
        (("add", "bob@example.com", "--role", "checker", "--public-key", "nonsense"), "--public-key: expected"),
        (("add", "Bob B", "--role", "checker", "--public-key", "BOB"), "principal"),
        (("add", "bob@example.com", "--role", "checker", "--public-key", "ALICE"), "the key stands already for alice@"),
        (("remove", "bob@example.com"), "bob@example.com is not a member"),
        (("remove", "alice@example.com"), "the only member: nobody could change the policy"),
        (("rotate-key", "bob@example.com", "--public-key", "BOB"), "bob@example.com has no key to replace"),
        (("rotate-key", "alice@example.com", "--public-key", "README.md"), "--public-key: "),
        (("rotate-key", "alice@example.com", "--public-key", "scan.bin"), "scan.bin: is no public key"),
        (("revoke-key", "SHA256:nobody"), "no policy of this ledger lists the key SHA256:nobody"),
    ],
)
def test_what_is_refused(args: tuple[str, ...], says: str, project: Project, keys: Keys) -> None:
    (project.path / "scan.bin").write_bytes(b"\xff\xfe")
    before = project.records()
    done = project("member", *({"BOB": keys.bob.public, "ALICE": keys.alice.public}.get(arg, arg) for arg in args))
    assert done.code == 2, done
    assert says in done.err
    assert project.records() == before


def test_only_admins(project: Project, keys: Keys) -> None:
    project.ok("member", "add", keys.bob.principal, "--role", "approver", "--public-key", keys.bob.public)
    done = project("member", "add", keys.bob.principal, *ALL, "--key", keys.bob.path)
    assert (done.code, "bob@example.com is no admin" in done.err) == (1, True)


def test_removal_leaves_what_was_sealed(project: Project, keys: Keys) -> None:
    project.ok("member", "add", keys.bob.principal, *ALL, "--public-key", keys.bob.public)
    project.check("veran:v6.1", "staging", "--key", keys.bob.path)
    project.approve("veran:v6.1", "staging", "--key", keys.bob.path)
    done = project.ok("member", "remove", keys.bob.principal)
    assert "seals 1 head(s) of 1 model version(s)" in done.out
    assert project.answer(context="staging") == "allowed"
    after = project("check", "--model", "veran:v6.2", "--metrics", "metrics-v6.1.json", "--key", keys.bob.path)
    assert after.code == 1


def test_keys_without_a_member_can_be_removed(project: Project, keys: Keys) -> None:
    signers = project.path / ".quality-gates/allowed_signers"
    signers.write_text(f'{signers.read_text()}ghost namespaces="gitgates" {keys.bob.public}\n')
    assert "odd: ghost has a key and is no member" in project.ok("policy", "propose").out
    project.ok("member", "remove", "ghost")
    assert "ghost" not in signers.read_text()


def test_a_second_key(project: Project, keys: Keys) -> None:
    project.ok("member", "add", keys.alice.principal, *ALL, "--public-key", public(keys.bob))
    assert members(project)[keys.alice.principal][1] == [fingerprint(keys.alice), fingerprint(keys.bob)]
    project.check("veran:v6.1", "staging", "--key", keys.bob.path)


def test_rotate_key(project: Project, keys: Keys) -> None:
    value = project.json("member", "rotate-key", keys.alice.principal, "--public-key", public(keys.bob), code=1)
    assert value["lacking"] == "it lacks 1 more admin signature(s) of its own"
    done = project.ok("policy", "endorse", value["id"], "--key", keys.bob.path)  # the new key proves that it is there
    assert "it is in force" in done.out
    assert members(project)[keys.alice.principal][1] == [fingerprint(keys.bob)]
    old = project("member", "add", keys.carol.principal, *ALL, "--public-key", public(keys.carol))
    assert (old.code, "belongs to no member" in old.err) == (1, True)


def test_revoke_key(project: Project, keys: Keys) -> None:
    project.ok("member", "add", keys.bob.principal, *ALL, "--public-key", public(keys.bob))
    project.check("veran:v6.1", "staging", "--key", keys.bob.path)
    project.approve("veran:v6.1", "staging")
    done = project.ok("member", "revoke-key", fingerprint(keys.bob))
    assert f"the key {fingerprint(keys.bob)} is revoked for good" in done.out
    assert "odd: bob@example.com has roles and no key" in done.out
    assert project.answer(context="staging") == "denied"
    again = project("member", "revoke-key", fingerprint(keys.bob))
    assert (again.code, "or it is revoked already" in again.err) == (2, True)
    back = project("member", "add", keys.bob.principal, *ALL, "--public-key", public(keys.bob))
    assert (back.code, "a key that is revoked for good" in back.err) == (2, True)


def test_a_retired_key_is_revoked(project: Project, keys: Keys) -> None:
    project.ok("member", "add", keys.bob.principal, *ALL, "--public-key", public(keys.bob))
    project.check("veran:v6.1", "staging", "--key", keys.bob.path)
    project.approve("veran:v6.1", "staging")
    project.ok("member", "remove", keys.bob.principal)
    assert project.answer(context="staging") == "allowed"
    project.ok("member", "revoke-key", fingerprint(keys.bob))
    assert project.answer(context="staging") == "denied"


def test_the_last_admins_key(project: Project, keys: Keys) -> None:
    """It cannot be revoked before there is another one, and a revoked key proposes nothing."""
    refused = project("member", "revoke-key", fingerprint(keys.alice))
    assert (refused.code, "nobody could change this policy" in refused.err) == (2, True)
    project.ok("member", "add", keys.alice.principal, *ALL, "--public-key", public(keys.bob))
    project.ok("member", "revoke-key", fingerprint(keys.alice), "--key", keys.bob.path)
    done = project("member", "add", keys.carol.principal, *ALL, "--public-key", public(keys.carol))
    assert (done.code, f"the key {fingerprint(keys.alice)} is revoked" in done.err) == (1, True)


def test_revoking_the_key_that_signs_needs_another_key(project: Project, keys: Keys) -> None:
    project.ok("member", "add", keys.alice.principal, *ALL, "--public-key", public(keys.bob))
    value = project.json("member", "revoke-key", fingerprint(keys.alice), code=1)
    project.ok("policy", "endorse", value["id"], "--key", keys.bob.path)  # the same person, by the key that is left
    assert members(project)[keys.alice.principal][1] == [fingerprint(keys.bob)]


def test_a_dedicated_branch(bare_project: Project, keys: Keys, tmp_path: Path) -> None:
    bare_project.ok("init", "--ledger-branch", "quality-gates")
    bare_project.ok("member", "add", keys.bob.principal, *ALL, "--public-key", public(keys.bob))
    assert sorted(members(bare_project)) == [keys.alice.principal, keys.bob.principal]
    assert git(bare_project.path, "status", "--porcelain") == ""
    assert keys.bob.public in git(bare_project.path, "show", "quality-gates:.quality-gates/allowed_signers")
    bare_project.ok("policy", "propose", "--annuls", "a" * 64)  # needs no edited file


def test_a_clone_without_a_pin_is_told(project: Project) -> None:
    git(project.path, "config", "--unset", "gitgates.root")
    assert "this clone pins no root" in project.ok("member", "list").err
    assert "this clone pins no root" in project.ok("status", "--pending").err


def test_a_key_that_is_there_already(project: Project, keys: Keys) -> None:
    project.ok("member", "add", keys.bob.principal, *ALL, "--public-key", keys.bob.public)
    done = project.ok("member", "add", keys.bob.principal, "--role", "approver", "--public-key", keys.bob.public)
    assert members(project)[keys.bob.principal] == (["approver"], [fingerprint(keys.bob)])
    assert "may sign" not in done.out
