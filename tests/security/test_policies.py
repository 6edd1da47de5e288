"""Attacks on the policy: rules loosened by those who may not, forks, lost records, edited files and thresholds."""

import re
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import attrs
import pytest

from gitgates.codec.policy_toml import parse_policy
from gitgates.ledger.pin import CONFIG_KEY
from gitgates.model.policy import Signer
from gitgates.model.records import EndorsementRecord, PolicyRecord
from gitgates.trust.allowed_signers import render
from tests.cli.project import MEASURED, copy_inputs
from tests.security.world import (
    MEMBERS,
    RULES,
    Made,
    Row,
    World,
    Write,
    check_row,
    made,
    person,
    policy_text,
    remade,
    signers_of,
)
from tests.support import git

LOOSE = "[contexts.staging]\n[contexts.production]\nrequired_approvals = 0\n"
ADMINS = dict(MEMBERS) | {"alice": '"admin"', "bob": '"admin", "approver"'}
POLICY = ".quality-gates/policy"


def policy(
    world: World, by: str, members: Mapping[str, str] = MEMBERS, rules: str = RULES, quorum: int = 1,
    *, after: Iterable[str] = (), signers: Iterable[Signer] | None = None, key: str | None = None,
) -> Made:  # fmt: skip
    """Write a policy record alone: the files for people stay as they are, and no record names it yet."""
    text = policy_text(members, rules, quorum)
    listed = tuple(signers or signers_of(*members))
    world.now += world.now.resolution * 1_000_000
    record = PolicyRecord(
        ledger=world.root, created=world.now, author=by, policy_toml=text, allowed_signers=render(listed),
        parsed=parse_policy(text, listed), parents=tuple(sorted(after)) or (world.policy,),
    )  # fmt: skip
    done = made(record, key or by)
    world.put(done.files)
    return done


def two_admins(world: World, quorum: int = 2) -> None:
    """Make bob a second admin; both are needed from here on."""
    world.policy = policy(world, "alice", ADMINS).id
    if quorum == 2:
        both = policy(world, "alice", ADMINS, quorum=2)
        endorse(world, "bob", both)
        world.policy = both.id


def endorse(world: World, by: str, one: Made) -> None:
    world.put(made(EndorsementRecord(ledger=world.root, created=world.now, author=by, endorses=one.id), by).files)


# --- loosened --------------------------------------------------------------------------------------------------------


def loosened_by_an_approver(world: World) -> None:
    world.half()
    policy(world, "bob", rules=LOOSE)


def loosened_in_the_same_push(world: World) -> None:
    world.half()
    world.policy = policy(world, "bob", rules=LOOSE).id
    world.deploy("dana")


def loosened_by_one_of_two_admins(world: World) -> None:
    two_admins(world)
    world.half()
    policy(world, "bob", ADMINS, LOOSE, quorum=1)


def loosened_with_both_keys_of_one_admin(world: World) -> None:
    world.policy = policy(
        world, "alice", ADMINS, signers=signers_of(*ADMINS, alice="alice2", bob="bob2", carol="carol2")
    ).id
    both = policy(world, "alice", ADMINS, quorum=2, signers=signers_of(*ADMINS, alice="alice2", bob="bob2"))
    endorse(world, "bob", both)
    world.policy = both.id
    world.half()
    loose = policy(world, "bob", ADMINS, LOOSE)
    record = EndorsementRecord(ledger=world.root, created=world.now, author="bob", endorses=loose.id)
    world.put(made(record, "bob2").files)


def split_over_commits(world: World) -> None:
    """First the quorum, then an approver, then the rules: each step by bob alone, each in a commit of its own."""
    two_admins(world)
    report = world.half()
    world.commit()
    for members, rules in ((ADMINS, RULES), (ADMINS | {"mallory": '"approver"'}, RULES), (ADMINS, LOOSE)):
        world.policy = policy(world, "bob", members, rules).id
        world.commit()
    world.approve("mallory", report)


def by_a_merge_parent(world: World) -> None:
    """bob loosens on a branch of his own; the merge brings it in as the second parent."""
    two_admins(world)
    world.half()
    world.commit()
    other = world.copy("bobs")
    other.policy = policy(other, "bob", ADMINS, LOOSE).id
    other.deploy("dana")
    world.take_over(other, "--no-ff")


def in_the_bytes_of_the_merge(world: World) -> None:
    """An octopus of good intentions: the merge commit itself brings the policy, neither parent has it."""
    world.half()
    world.commit()
    other = world.copy("bobs")
    other.put({"code.txt": b"x"})
    git(other.path, "add", "code.txt")
    git(other.path, "commit", "-qm", "code")
    git(world.path, "fetch", "-q", other.path, "main")
    git(world.path, "merge", "-q", "--no-ff", "--no-commit", "FETCH_HEAD")
    policy(world, "bob", rules=LOOSE)


def in_the_admins_name(world: World) -> None:
    world.half()
    policy(world, "alice", rules=LOOSE, key="bob")


def of_another_ledger(world: World) -> None:
    world.half()
    loose = policy(world, "alice", rules=LOOSE)
    world.put(dict.fromkeys(loose.files))
    world.put(made(attrs.evolve(loose.record, ledger="e" * 64), "alice").files)


def quorum_lowered_by_one(world: World) -> None:
    two_admins(world)
    world.half()
    policy(world, "bob", ADMINS, RULES, quorum=1)


# --- forks and siblings ----------------------------------------------------------------------------------------------


def concurrent(world: World) -> None:
    world.allowed()
    for rules in (RULES + "max_report_age = '20 days'\n", LOOSE):
        policy(world, "alice", rules=rules)


def sibling_of_a_retired_admin(world: World) -> None:
    """alice takes the role from bob; he follows the policy before that, under which he still had it."""
    two_admins(world, quorum=1)
    before = world.policy
    world.half()
    world.policy = policy(world, "alice", dict(MEMBERS) | {"alice": '"admin"'}).id
    world.commit()
    policy(world, "bob", ADMINS, LOOSE, after=[before])


def joined_by_a_stranger(world: World) -> None:
    """A fork stays one where somebody who is no admin of both sides writes what follows both."""
    concurrent(world)
    heads = sorted(path.name[-69:-5] for path in (world.path / POLICY).glob("*.json") if world.root not in path.name)
    policy(world, "bob", rules=LOOSE, after=heads)


# --- lost ------------------------------------------------------------------------------------------------------------


def root_deleted(world: World) -> None:
    world.allowed()
    shutil.rmtree(world.path / POLICY)
    world.put({f"{POLICY}/readme": b"x"})


def folder_deleted(world: World) -> None:
    world.allowed()
    shutil.rmtree(world.path / POLICY)


def stricter_policy_deleted(world: World) -> None:
    """Three approvals are required, until somebody removes the policy that says so: a record still names it."""
    world.allowed()
    strict = policy(world, "alice", rules=RULES.replace("required_approvals = 2", "required_approvals = 3"))
    world.policy = strict.id
    world.deploy("dana")
    world.commit()
    world.put(dict.fromkeys(strict.files))


def stricter_policy_deleted_after_verify(world: World) -> None:
    """No record names it, but this clone has verified it."""
    world.allowed()
    strict = policy(world, "alice", rules=RULES.replace("required_approvals = 2", "required_approvals = 3"))
    world.commit()
    world.remember()
    world.put(dict.fromkeys(strict.files))


def policy_in_the_middle_deleted(world: World) -> None:
    world.allowed()
    middle = policy(world, "alice", rules=RULES + "max_report_age = '20 days'\n")
    policy(world, "alice", after=[middle.id])
    world.commit()
    world.put(dict.fromkeys(middle.files))


def record_emptied(world: World) -> None:
    world.allowed()
    (path,) = (world.path / POLICY).glob("*.json")
    path.write_bytes(b"")


def downgraded_format(world: World) -> None:
    """The root's bytes with an older format: no signature fits them."""
    world.allowed()
    (path,) = (world.path / POLICY).glob("*.json")
    path.write_bytes(path.read_bytes().replace(b"gitgates-record/1", b"gitgates-record/0"))


# --- files without a record ------------------------------------------------------------------------------------------


def text_edited(world: World) -> None:
    world.half()
    world.put({".quality-gates/policy.toml": policy_text(rules=LOOSE).encode()})


def text_emptied(world: World) -> None:
    world.half()
    world.put({".quality-gates/policy.toml": b"", ".quality-gates/allowed_signers": b""})


def text_deleted(world: World) -> None:
    world.half()
    world.commit()
    world.put({".quality-gates/policy.toml": None, ".quality-gates/allowed_signers": None})


def signers_edited(world: World) -> None:
    report = world.half()
    listed = render(signers_of(*MEMBERS, "mallory", carol="mallory2"))
    world.put({".quality-gates/allowed_signers": listed.encode()})
    world.approve("mallory", report)
    world.approve("carol", report, key="mallory2")


def without_admins(world: World) -> None:
    world.half()
    honest = policy(world, "alice", rules=LOOSE)
    world.put(dict.fromkeys(honest.files))
    world.put(remade(honest, honest.data.replace(b'"admin"', b'"checker"'), "alice").files)


LACKING = r"has 1 of 2 approvals"
UNKNOWN_POLICY = r"1 record\(s\) that others know of are missing"  # a member wrote under a policy not in force
FORKED = r"2 policies are in force at once"
GONE = r"gone|missing|not in this ledger"

ROWS: dict[str, Row] = {
    "loosened by an approver": Row(loosened_by_an_approver, "denied", LACKING),
    "loosened in the same push": Row(loosened_in_the_same_push, "cannot decide", UNKNOWN_POLICY, "incomplete"),
    "loosened by one of two admins": Row(loosened_by_one_of_two_admins, "denied", LACKING),
    "loosened with both keys of one admin": Row(loosened_with_both_keys_of_one_admin, "denied", LACKING),
    "split over commits": Row(split_over_commits, "cannot decide", "missing, or lack endorsements", "incomplete"),
    "by a merge parent": Row(by_a_merge_parent, "cannot decide", UNKNOWN_POLICY, "incomplete"),
    "in the bytes of the merge": Row(in_the_bytes_of_the_merge, "denied", LACKING),
    "in the admin's name": Row(in_the_admins_name, "denied", LACKING),
    "of another ledger": Row(of_another_ledger, "denied", LACKING),
    "quorum lowered by one admin": Row(quorum_lowered_by_one, "denied", LACKING),
    "concurrent": Row(concurrent, "cannot decide", FORKED, "fork", "policy: "),
    "sibling of a retired admin": Row(sibling_of_a_retired_admin, "cannot decide", FORKED, "fork", "policy: "),
    "fork joined by a stranger": Row(joined_by_a_stranger, "cannot decide", FORKED, "fork", "policy: "),
    "root deleted": Row(root_deleted, "cannot decide", GONE, "incomplete"),
    "stricter policy deleted": Row(stricter_policy_deleted, "cannot decide", GONE, "incomplete", "missing|deleted"),
    "stricter policy deleted after verify": Row(
        stricter_policy_deleted_after_verify, "cannot decide", GONE, "incomplete", "deleted"
    ),
    "policy in the middle deleted": Row(
        policy_in_the_middle_deleted, "cannot decide", GONE, "incomplete", "missing|policy"
    ),
    "record emptied": Row(record_emptied, "cannot decide", GONE, "incomplete"),
    "downgraded format": Row(downgraded_format, "cannot decide", GONE, "incomplete"),
    "policy.toml edited": Row(text_edited, "denied", LACKING, finding="policy-files: "),
    "files emptied": Row(text_emptied, "denied", LACKING, finding="policy-files: "),
    "files deleted": Row(text_deleted, "denied", LACKING, finding="policy-files: "),
    "signers edited by somebody who is no admin": Row(signers_edited, "denied", LACKING, finding="policy-files: "),
    "last admin removed": Row(without_admins, "denied", LACKING),
}


@pytest.mark.parametrize("name", ROWS)
def test_policy(world: World, name: str) -> None:
    check_row(world, ROWS[name])


def test_a_policy_folder_that_is_gone(world: World) -> None:
    folder_deleted(world)
    world.commit()
    done = world("can-deploy", "--model", "veran:v1", "--context", "production")
    assert done.code in (2, 3)
    assert "there is no quality-gate ledger here" in done.err


def test_a_sibling_changes_nothing_for_who_adopted(world: World) -> None:
    """The loud way out of a fork: this clone names the policy that it rests on."""
    sibling_of_a_retired_admin(world)
    world.commit()
    git(world.path, "config", CONFIG_KEY, f"{world.root}@{world.policy}")
    asked = world.ask()
    assert (asked.code, asked.answer) == (1, "denied")
    assert LACKING in asked.reason


def test_a_duly_signed_policy_is_in_force(world: World) -> None:
    """The table would prove nothing if no policy at all came into force."""
    two_admins(world)
    world.half()
    loose = policy(world, "bob", ADMINS, RULES.replace("required_approvals = 2", "required_approvals = 1"), quorum=2)
    endorse(world, "alice", loose)
    world.commit()
    assert world.ask().code == 0


# --- refused by the commands -----------------------------------------------------------------------------------------


def edited(text: str, signers: tuple[Signer, ...] = signers_of(*MEMBERS)) -> Callable[[World], None]:
    def scene(world: World) -> None:
        world.half()
        world.put(
            {".quality-gates/policy.toml": text.encode(), ".quality-gates/allowed_signers": render(signers).encode()}
        )

    return scene


NO_ADMIN = dict(MEMBERS) | {"alice": '"approver"'}
WRITES: dict[str, Write] = {
    "loosened by an approver": Write(edited(policy_text(rules=LOOSE)), "bob", ("policy", "propose"), 1, "is no admin"),
    "loosened by a stranger": Write(
        edited(policy_text(rules=LOOSE)), "mallory", ("policy", "propose"), 1, "belongs to no member"
    ),
    "last admin loses the role": Write(
        edited(policy_text(NO_ADMIN)), "alice", ("policy", "propose"), 2, "lock people out|could change this policy"
    ),
    "last admin removed": Write(
        edited(policy_text()), "alice", ("member", "remove", "alice"), 2, "nobody could change this policy"
    ),
    "quorum that nobody can reach": Write(
        edited(policy_text(quorum=2)), "alice", ("policy", "propose"), 2, "lock people out|admin_quorum"
    ),
    "emptied": Write(edited(""), "alice", ("policy", "propose"), 2, r"policy\.toml"),
    "newer format": Write(
        edited(policy_text().replace("policy/1", "policy/2")), "alice", ("policy", "propose"), 2, r"\$\.format"
    ),
    "endorsed by an approver": Write(
        edited(policy_text()), "bob", ("policy", "endorse", "e" * 12), 2, "0 pending policies"
    ),
}


@pytest.mark.parametrize("name", WRITES)
def test_refused_write(world: World, name: str) -> None:
    write = WRITES[name]
    write.scene(world)
    before = world.commit()
    done = world(*write.args, "--key", person(write.by).key_file(world.path.parent))
    assert done.code == write.code, done
    assert re.search(write.reason, done.err), done
    assert git(world.path, "rev-parse", "HEAD") == before


# --- thresholds and contexts beside the policy -----------------------------------------------------------------------

CHECK = ("check", "--model", "veran:v2", "--context", "production", "--metrics", "metrics-v6.1.json", *MEASURED)
LOOSER = "looser than the policy's floors"
CONFIGS: dict[str, tuple[str, str, int, str]] = {
    "below the floor": (
        "pyproject.toml", "[tool.gitgates.production]\nmin_quality_score = 0.1\n", 2, LOOSER
    ),
    "below the floor, under the other name": (
        "pyproject.toml", "[tool.afs.gates.production]\nmin_test_pass_rate = 0.0\n", 2, LOOSER
    ),
    "below the floor, in gates.toml": (
        "gates.toml", "[tool.gitgates.production]\nmax_critical_vulnerabilities = 9\n", 2, LOOSER
    ),
    "a context of one's own": ("pyproject.toml", "[tool.gitgates.prod]\nmin_quality_score = 0.1\n", 2, "prod"),
    "rules of the policy": ("pyproject.toml", "[tool.gitgates.production]\nrequired_approvals = 0\n", 2, "required_"),
    "not a number": ("gates.toml", "[tool.gitgates.production]\nmin_quality_score = nan\n", 2, "min_quality_score"),
    "both names": ("pyproject.toml", "[tool.gitgates.staging]\n[tool.afs.gates.staging]\n", 2, "both|afs"),
}  # fmt: skip


@pytest.mark.parametrize("name", CONFIGS)
def test_thresholds_beside_the_policy(world: World, name: str) -> None:
    file, text, code, reason = CONFIGS[name]
    copy_inputs(world.path)
    for one in ("pyproject.toml", "gates.toml"):
        Path(world.path / one).unlink(missing_ok=True)
    (world.path / file).write_text(text)
    git(world.path, "add", "--all")
    git(world.path, "commit", "-qm", "inputs")
    before = git(world.path, "rev-parse", "HEAD")
    done = world.as_person("ci", *CHECK)
    assert (done.code, git(world.path, "rev-parse", "HEAD")) == (code, before), done
    assert reason.partition("|")[0] in done.err or reason.rpartition("|")[2] in done.err, done.err
    (world.path / file).unlink()
    assert world.as_person("ci", *CHECK).code == 0


def test_an_unknown_context_is_refused(world: World) -> None:
    """A name that the policy does not know is no way around production's rules."""
    copy_inputs(world.path)
    args = tuple("prod" if arg == "production" else arg for arg in CHECK)
    before = git(world.path, "rev-parse", "HEAD")
    done = world.as_person("ci", *args)
    assert done.code in (1, 2)
    assert "the policy knows no context 'prod'" in done.err
    assert git(world.path, "rev-parse", "HEAD") == before
