"""Audit bundles that were forged, and what the script in them says of it.

Whoever makes or passes on a bundle can change any file and write `SHA256SUMS` anew. They have what keys they have.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from gitgates.codec.json_text import render
from gitgates.codec.seals import render_seal
from gitgates.model.records import EndorsementRecord
from tests.cli.exporting.bundles import Bundle, link_programs, problems
from tests.security.world import MEMBERS, NAME, RULES, Made, World, made, person, remade, root_policy, signers_of
from tests.support import git, run

ADMINS = {**MEMBERS, "carol": '"admin", "approver"', "dana": '"admin"'}


@frozen
class Forger:
    """Somebody with an honest bundle of a team's ledger, and the team's keys to choose from."""

    world: World
    bundle: Bundle

    def put(self, *records: Made) -> None:
        """Add records that the ledger does not have, or would have left out, and the signers that policies list."""
        for one in records:
            for path, data in one.files.items():
                file = self.bundle.folder / "records" / path.removeprefix(".quality-gates/")
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(data or b"")
            if "-policy-" in one.path:
                listed = json.loads(one.data, strict=False)["allowed_signers"]
                (self.bundle.folder / "signers" / one.id).write_text(listed)
        self.bundle.resum()

    def drop(self, *records: Made) -> None:
        for one in records:
            for file in self.bundle.folder.rglob(f"*{one.id}*"):
                file.unlink()
        self.bundle.resum()

    def found(self) -> list[str]:
        """Return the problems that the script finds, and insist that there are some."""
        return problems(self.bundle.verify(self.world.root))

    def good(self) -> str:
        """Insist that all is good, and return what the script prints."""
        done = self.bundle.verify(self.world.root)
        assert (done.code, done.err) == (0, ""), done
        return done.out


@pytest.fixture
def forger(world: World, tmp_path: Path) -> Callable[..., Forger]:
    """Commit what the world has, and export it."""

    def export(*args: str) -> Forger:
        world.commit()
        done = world("export", "bundle", "-o", tmp_path / "bundle", *(args or ("--no-history",)))
        assert done.code == 0, done
        return Forger(world, Bundle(tmp_path / "bundle", world.root, link_programs(tmp_path / "bin")))

    return export


def endorse(world: World, policy: Made, by: str, key: str | None = None) -> Made:
    record = EndorsementRecord(ledger=world.root, created=world.now, author=by, endorses=policy.id)
    return made(record, key or by)


def with_two_admins(world: World) -> None:
    """From here on it takes alice and carol to change the policy; both signed that."""
    policy = world.follow(ADMINS, rules=RULES, seals=False)
    text = policy.data.replace(b'"admin_quorum": 1', b'"admin_quorum": 2').replace(b"quorum = 1", b"quorum = 2")
    two = remade(policy, text, "alice")
    world.put({**dict.fromkeys(policy.files), **two.files, **endorse(world, two, "carol").files})
    world.policy = two.id


def changed(policy: Made, signer: str, **fields: Any) -> Made:
    """Return a policy with other fields, as no reader but a careless one takes it."""
    return remade(policy, render({**json.loads(policy.data), **fields}), signer)


def of_quorum_two(world: World, **values: Any) -> Made:
    """Return a policy by alice alone that changes nothing but `values`."""
    policy = world.follow(ADMINS, rules=RULES, seals=False, **values)
    world.put(dict.fromkeys(policy.files))
    text = policy.data.replace(b'"admin_quorum": 1', b'"admin_quorum": 2').replace(b"quorum = 1", b"quorum = 2")
    return remade(policy, text, "alice")


def test_a_policy_that_its_own_signers_endorse(world: World, forger: Callable[..., Forger]) -> None:
    """A checker lists keys of their own for the admins and approvers, and signs for all of them."""
    report = world.report()
    bundle = forger()
    forged = signers_of(*MEMBERS, alice="eve", bob="mallory", carol="trudy")
    evil = world.follow(by="ci", signers=forged, seals=False)
    approvals = [world.approval(by, report, key=key) for by, key in (("bob", "mallory"), ("carol", "trudy"))]
    bundle.put(evil, endorse(world, evil, "alice", "eve"), *approvals)
    told = bundle.good()
    assert f"not accepted: policy {evil.id}, of " in told
    assert "3 records name a policy by somebody who is no admin: they count for nothing.\n" in told
    assert "All 2 records are good." in told


def test_a_root_by_somebody_who_is_no_admin(world: World, forger: Callable[..., Forger]) -> None:
    bundle = forger()
    shutil.rmtree(bundle.bundle.folder / "signers")
    shutil.rmtree(bundle.bundle.folder / "records/policy")
    (bundle.bundle.folder / "signers").mkdir()
    root = root_policy("ci")
    (bundle.bundle.folder / "root").write_text(f"{root.id}\n")
    bundle.put(root)
    world.root = root.id
    name = root.path.removeprefix(".quality-gates/")
    assert bundle.found() == [f"records/{name}: it is no root, or its author is no admin of it"]


def test_a_policy_that_follows_none(world: World, forger: Callable[..., Forger]) -> None:
    """Then there would be no admins before it whose signatures it needs."""
    report = world.report()
    bundle = forger()
    members = {**MEMBERS, "ci": '"admin", "approver", "checker"'}
    evil = changed(world.follow(members, by="ci", seals=False), "ci", parents=[])
    world.policy = evil.id
    bundle.put(evil, world.approval("ci", report))
    found = bundle.found()
    assert any(line.endswith(f": the policy that it names lacks signatures: {evil.id}") for line in found), found


def test_a_key_that_was_revoked_endorses(world: World, forger: Callable[..., Forger]) -> None:
    with_two_admins(world)
    key = person("carol").public
    revoking = of_quorum_two(world, revoked=(key,))
    world.put({**revoking.files, **endorse(world, revoking, "dana").files})
    world.policy = revoking.id
    world.report()
    bundle = forger()
    bundle.good()
    later = of_quorum_two(world)
    bundle.put(later, endorse(world, later, "carol"))
    assert f"not accepted: policy {later.id}, of " in bundle.good()
    bundle.put(endorse(world, later, "dana"))
    assert f"\naccepted: policy {later.id}, of " in bundle.good()


def test_a_policy_whose_text_lists_other_signers(world: World, forger: Callable[..., Forger]) -> None:
    """gitgates takes the signers that are parsed, OpenSSH those of the text."""
    report = world.report()
    policy = world.follow(seals=False)
    world.put(dict.fromkeys(policy.files))
    world.policy = json.loads(policy.data)["parents"][0]
    bundle = forger()
    text = policy.record.allowed_signers + f'bob namespaces="gitgates" {person("mallory").public}\n'
    evil = changed(policy, "alice", allowed_signers=text)
    world.policy = evil.id
    bundle.put(evil, world.approval("bob", report, key="mallory"))
    name = evil.path.removeprefix(".quality-gates/")
    assert f"records/{name}: its signers are not the same in its text and its table" in bundle.found()


def test_names_that_pass_for_what_records_say(world: World, forger: Callable[..., Forger]) -> None:
    world.allowed()
    rejection = world.reject()
    world.report()
    bundle = forger()
    bundle.drop(rejection)
    assert any(f"missing: the record {rejection.id}, which " in line for line in bundle.found())
    root = bundle.bundle.one(f"policy/*-{world.root}.json")
    row = f"{root.name}\t=alice\t=policy\t={root.name.split('-')[0]}\t=\t=\t=\t=\t=\nannulled\t{rejection.id}\trecords"
    place = root.with_name(row) / "policy"
    place.mkdir(parents=True)
    (place / root.name).write_bytes(b"x\n")
    sums = "find . -type f ! -path ./SHA256SUMS -exec sha256sum {} + | sed 's/[ *]\\.\\// /' > SHA256SUMS"
    assert run("sh", "-c", sums, cwd=bundle.bundle.folder).code == 0
    (found,) = bundle.found()
    assert found.startswith("a file has a name that no bundle has: ./records/policy/")


@pytest.mark.parametrize("name", ["a b", "a\\b", "é", "-n\n", "a=b", "x;y"])
def test_odd_names(world: World, forger: Callable[..., Forger], name: str) -> None:
    bundle = forger()
    (bundle.bundle.folder / name).write_bytes(b"x\n")
    bundle.bundle.resum()
    (found,) = bundle.found()
    assert found.startswith("a file has a name that no bundle has: ./")


def test_texts_that_pass_for_what_records_say(world: World, forger: Callable[..., Forger]) -> None:
    """A file that nobody signed makes a member an admin of the root, if tabs in it are not refused."""
    report = world.report()
    bundle = forger()
    evil = world.follow({**MEMBERS, "ci": '"admin", "approver", "checker"'}, by="ci", seals=False)
    row = bundle.bundle.name(bundle.bundle.one(f"policy/*-{world.root}.json"))
    data = evil.data.replace(b'"principal": "ci"', f'"principal": "ci\t{row}"'.encode())
    bundle.put(evil, remade(evil, data, "ci"), world.approval("ci", report))
    found = bundle.found()
    assert f"accepted: policy {world.root}, of " in bundle.bundle.verify(world.root).out
    assert f"not accepted: policy {evil.id}, of " in bundle.bundle.verify(world.root).out
    assert any(line.endswith(": it is not spelled as records are") for line in found)


SPELLINGS: list[tuple[bytes, bytes]] = [
    (b'  "author": "bob"', b'  "author": "bob",\n  "author": "ci"'),
    (b'  "reason": "x"', b'  "reason":\n"x"'),
    (b'  "reason": "x"', b'  "reason": "x", "approved": true'),
    (b'  "reason": "x"', b'  "reason": [\n  "author": "bob"\n  ]'),
    (b"\n}\n", b"\n}\n{\n}\n"),
    (b"\n}\n", b"\n"),
    (b'"reason": "x"', b'"reason": "\0x"'),
    (b'"model": "veran"', b'"model": "v\\eran"'),
]


def test_other_spellings(world: World, forger: Callable[..., Forger]) -> None:
    """What the script reads is what a program reads that knows JSON."""
    world.report()
    bundle = forger()
    honest = world.reject("bob", reason="x")
    assert honest.data.count(b'  "reason": "x"') == 1
    for old, new in SPELLINGS:
        other = remade(honest, honest.data.replace(old, new), "bob")
        bundle.put(other)
        found = bundle.found()
        assert any("spelled" in line or "NUL" in line for line in found), (new, found)
        bundle.drop(other)
    bundle.put(honest)
    bundle.good()


def test_a_policy_that_waits_annuls_nothing(world: World, forger: Callable[..., Forger]) -> None:
    with_two_admins(world)
    world.allowed()
    rejection = world.reject("carol")
    world.report()
    waiting = of_quorum_two(world, annuls=(rejection.id,))
    world.put(waiting.files)
    bundle = forger()
    assert f"not accepted: policy {waiting.id}, of " in bundle.good()
    bundle.drop(rejection)
    assert any(f"missing: the record {rejection.id}, which " in line for line in bundle.found())
    bundle.put(endorse(world, waiting, "carol"))
    assert f"\naccepted: policy {waiting.id}, of " in bundle.good()


def test_a_policy_is_left_out_so_that_a_later_one_looks_like_a_strangers(
    world: World, forger: Callable[..., Forger]
) -> None:
    world.allowed()
    second = world.follow(ADMINS, seals=False)
    world.follow(ADMINS, by="carol", seals=False)
    rejection = world.reject("carol")
    bundle = forger()
    bundle.good()
    bundle.drop(second)
    found = bundle.found()
    assert any(rejection.id in line and "the policy that it names lacks signatures: " in line for line in found), found


def test_a_policy_is_left_out_that_an_admin_endorsed(world: World, forger: Callable[..., Forger]) -> None:
    with_two_admins(world)
    policy = of_quorum_two(world)
    world.put({**policy.files, **endorse(world, policy, "carol").files})
    bundle = forger()
    bundle.good()
    bundle.drop(policy)
    assert any(line.startswith(f"missing: the policy {policy.id}, which ") for line in bundle.found())


def test_a_whole_bundle_passed_off_as_a_part(world: World, forger: Callable[..., Forger]) -> None:
    """What a seal names of a model must be in a part that is about it."""
    world.allowed()
    rejection = world.reject("carol")
    world.report(name="other:v1")
    world.follow()
    bundle = forger()
    bundle.good()
    bundle.drop(rejection)
    assert any(line.startswith(f"missing: the record {rejection.id}, which records/policy/") for line in bundle.found())
    part = bundle.bundle.folder / "part"
    for name in ("veran", NAME):
        part.write_text(f"{name}\n")
        bundle.bundle.resum()
        found = bundle.found()
        assert any(line.startswith(f"missing: the record {rejection.id}, which records/policy/") for line in found)
        assert any(line.endswith(f": it does not belong to the part {name}") for line in found)
    shutil.rmtree(bundle.bundle.folder / "records/models/veran")
    part.write_text("other\n")
    bundle.bundle.resum()
    told = bundle.good()
    assert "This is a part of the ledger: other. What else there is, it does not tell.\n" in told


def test_a_history_in_a_part(world: World, forger: Callable[..., Forger]) -> None:
    """Else a history in which records are missing could be said to be that of the part."""
    world.allowed()
    bundle = forger("--model", "veran")
    bundle.good()
    (bundle.bundle.folder / "ledger.bundle").write_bytes(b"x")
    bundle.bundle.resum()
    assert "ledger.bundle: a part has no history" in bundle.found()


def test_a_record_that_is_left_out_and_has_two_signatures_in_the_history(
    world: World, forger: Callable[..., Forger]
) -> None:
    """In a raw tree a name can stand twice; gitgates takes the signature that is valid."""
    rejection = world.reject("carol")
    world.put({f"{rejection.path}.sig": person("eve").sign(rejection.data)})
    world.commit()
    world.put(rejection.files)
    bundle = forger("--no-history")
    name = f"{rejection.path.rpartition('/')[2]}.sig"
    false = git(world.path, "rev-parse", f"HEAD~1:{rejection.path}.sig")
    rows = {f"100644 blob {false}\t{name}"}
    path, tree = rejection.path, ""
    while path:
        path = path.rpartition("/")[0]
        there = git(world.path, "ls-tree", f"HEAD:{path}").splitlines()
        last = next(iter(rows)).partition("\t")[2]
        rows |= {row for row in there if row.partition("\t")[2] != last or last == name}
        tree = run("git", "mktree", cwd=world.path, stdin="".join(f"{row}\n" for row in sorted(rows))).out.strip()
        rows = {f"040000 tree {tree}\t{path.rpartition('/')[2]}"}
    commit = git(world.path, "commit-tree", tree, "-m", "x")
    git(world.path, "update-ref", "refs/heads/raw", commit)
    git(world.path, "bundle", "create", "--quiet", bundle.bundle.folder / "ledger.bundle", "refs/heads/raw")
    bundle.bundle.resum()
    bundle.good()
    bundle.drop(rejection)
    name = rejection.path.removeprefix(".quality-gates/")
    assert bundle.found() == [f"records/{name}: ledger.bundle has this record, and it is not here"]


def test_a_seal_that_nobody_wrote(world: World, forger: Callable[..., Forger]) -> None:
    world.allowed()
    seal = render_seal({("veran", "v1"): ("0" * 64,)})
    bundle = forger()
    sha = run("sha256sum", stdin=seal.decode()).out.split()[0]
    (bundle.bundle.folder / f"records/policy/{sha}.seal").write_bytes(seal)
    bundle.bundle.resum()
    assert bundle.found() == [f"records/policy/{sha}.seal: no policy here names it"]


def test_a_program_in_the_bundle_does_not_run(world: World, forger: Callable[..., Forger]) -> None:
    bundle = forger()
    script = bundle.bundle.folder / "verify.sh"
    for path in (f"{bundle.bundle.programs}:", f".:{bundle.bundle.programs}", f"{bundle.bundle.programs}::/bin"):
        done = run("env", "-i", f"PATH={path}", bundle.bundle.programs / "sh", script, world.root)
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith(
            "verify.sh: PATH has a folder that is not absolute: programs could come from this bundle."
        )
    (bundle.bundle.folder / "awk").write_text("#!/bin/sh\n")
    bundle.bundle.resum()
    assert bundle.found() == ["awk: it belongs to no bundle"]
