"""Attacks on a server with the hook: real pushes, and what the pusher reads. A row's push is refused as a whole."""

import re
import shutil
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
import pytest

from gitgates.codec.records import record_id
from gitgates.codec.seals import render_seal
from gitgates.model.paths import seal_path
from gitgates.model.records import EndorsementRecord, PolicyRecord
from tests.git.server import Bare, guarded
from tests.git.test_verify_trees import write
from tests.security.guarding import LEDGER, new_world, write_policy
from tests.security.world import (
    MEMBERS,
    NAME,
    Made,
    World,
    made,
    policy_text,
    remade,
    root_policy,
)
from tests.support import Gitgates, git, run
from tests.unit.decision.builder import BAD

FOLDER = f"{LEDGER}/models/veran/v1"
ADMINS = dict(MEMBERS) | {"bob": '"admin", "approver"'}


@attrs.define
class Scene(World):
    """A clone of a server's ledger: a version that was rejected, and a policy that has sealed another one."""

    server: Bare = attrs.field(kw_only=True)
    rejection: Made = attrs.field(kw_only=True)
    seal: str = attrs.field(kw_only=True)
    sealing: Made = attrs.field(kw_only=True)

    def refused(self, *args: str) -> str:
        return self.server.refused(self.path, *(args or ("main",)))

    def taken(self, *args: str) -> str:
        return self.server.taken(self.path, *(args or ("main",))).err


def build(folder: Path, gitgates: Gitgates) -> Scene:
    world = new_world(folder / "work", gitgates)
    world.report(name="other:v1")
    sealing = world.follow()
    rejection = world.rejected()
    world.put({f"{LEDGER}/junk": b"junk", f"{LEDGER}/README.md": b"Read me\n"})
    world.commit()
    server = guarded(folder / "server.git")
    server.config("gitgates.root", world.root)
    server.without_hook(world.path, "main")
    seal = sealing.record.seal
    facts = {name: getattr(world, name) for name in ("run", "root", "policy", "now", "heads", "sealed")}
    return Scene(world.path, **facts, server=server, rejection=rejection, seal=seal, sealing=sealing)


_built: dict[Path, Scene] = {}


@pytest.fixture
def scene(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, gitgates: Gitgates) -> Scene:
    """Give a copy of server and clone; the first test that asks makes them."""
    base = tmp_path_factory.getbasetemp() / "guarded"
    if base not in _built:
        base.mkdir()
        _built[base] = build(base, gitgates)
    shutil.copytree(base / "work", tmp_path / "work")
    shutil.copytree(base / "server.git", tmp_path / "server.git")
    before = _built[base]
    server = attrs.evolve(before.server, path=tmp_path / "server.git")
    heads, sealed = dict(before.heads), set(before.sealed)
    return attrs.evolve(before, path=tmp_path / "work", server=server, heads=heads, sealed=sealed, run=gitgates)


# --- records that are taken away -------------------------------------------------------------------------------------


def delete(scene: Scene) -> None:
    scene.put(dict.fromkeys(scene.rejection.files))


def edit(scene: Scene) -> None:
    scene.put({scene.rejection.path: scene.rejection.data.replace(b"stutters", b"sings   ")})


def swap_signature(scene: Scene) -> None:
    scene.resign(scene.rejection, "bob")


def move(scene: Scene) -> None:
    git(scene.path, "mv", FOLDER, f"{LEDGER}/models/veran/v2")


def delete_model(scene: Scene) -> None:
    git(scene.path, "rm", "-r", "-q", f"{LEDGER}/models/veran")


def delete_in_merge(scene: Scene) -> None:
    """A side brings code and keeps the rejection; the merge commit itself drops it."""
    git(scene.path, "checkout", "-q", "-b", "side")
    git(scene.path, "commit", "-q", "--allow-empty", "-m", "code")
    git(scene.path, "checkout", "-q", "main")
    git(scene.path, "merge", "-q", "--no-ff", "--no-commit", "side")
    delete(scene)
    scene.commit()


def drop_a_side(scene: Scene) -> None:
    """The server has not seen the rejection on the side; the push brings it, and a merge that throws it away."""
    git(scene.path, "checkout", "-q", "-b", "side")
    scene.reject("bob")
    scene.commit()
    git(scene.path, "checkout", "-q", "main")
    git(scene.path, "merge", "-q", "--no-ff", "-s", "ours", "-m", "merge", "side")


def delete_policy(scene: Scene) -> None:
    scene.put(dict.fromkeys(scene.sealing.files))


def delete_seal(scene: Scene) -> None:
    scene.put({seal_path(scene.seal): None})


def delete_ledger(scene: Scene) -> None:
    git(scene.path, "rm", "-r", "-q", LEDGER)
    scene.put({f"{LEDGER}/README.md": b"Read me\n"})


def annul_and_delete(scene: Scene) -> None:
    """An admin may take the say from a record, and still not the record from the server."""
    scene.follow(annuls=(scene.rejection.id,))
    delete(scene)


GONE = "this record would be deleted or changed"


@attrs.frozen
class Push:
    """An attack, committed and pushed to main, and a pattern that the pusher reads."""

    attack: Callable[[Scene], object]
    reason: str


def check(scene: Scene, push: Push) -> None:
    push.attack(scene)
    scene.commit()
    told = scene.refused()
    assert re.search(push.reason, told), told
    assert "refs/heads/main" in told


TAKEN_AWAY = {
    "deleted": Push(delete, f"decision-.*{GONE}"),
    "edited": Push(edit, GONE),
    "signed again by somebody else": Push(swap_signature, GONE),
    "moved to another version": Push(move, f"models/veran/v1/.*{GONE}"),
    "a whole model deleted": Push(delete_model, GONE),
    "deleted in a merge": Push(delete_in_merge, GONE),
    "on a side that a merge drops": Push(drop_a_side, GONE),
    "a policy deleted": Push(delete_policy, f"{LEDGER}/policy/.*-policy-.*{GONE}"),
    "a seal deleted": Push(delete_seal, "this seal would be deleted or changed, and a policy names it"),
    "the whole ledger deleted": Push(delete_ledger, "policy: the root policy .* would be deleted"),
    "annulled and deleted": Push(annul_and_delete, GONE),
}


@pytest.mark.parametrize("push", TAKEN_AWAY.values(), ids=TAKEN_AWAY.keys())
def test_nothing_is_taken_away(scene: Scene, push: Push) -> None:
    check(scene, push)


# --- records that are brought ----------------------------------------------------------------------------------------


def by_a_stranger(scene: Scene) -> None:
    scene.approve("mallory", scene.report())


def without_the_role(scene: Scene) -> None:
    scene.approve("ci", scene.report())


def with_another_key(scene: Scene) -> None:
    scene.approve("carol", scene.report(), key="bob")


def of_another_ledger(scene: Scene) -> None:
    scene.report(ledger="1" * 64)


def under_a_policy_that_never_was(scene: Scene) -> None:
    scene.report(policy="1" * 64)


def dated_ahead(scene: Scene) -> None:
    scene.report(created=datetime.now(UTC) + timedelta(hours=1))


def with_ghost_parents(scene: Scene) -> None:
    scene.heads[NAME] = ("1" * 64,)
    scene.report()


def in_the_wrong_place(scene: Scene) -> None:
    report = scene.outcome()
    scene.put({name.replace("veran/v1", "veran/v2"): data for name, data in report.files.items()})


def of_a_newer_format(scene: Scene) -> None:
    report = scene.outcome()
    newer = remade(report, report.data.replace(b"gitgates-record/1", b"gitgates-record/2"), "ci")
    scene.put(newer.files)


def without_a_signature(scene: Scene) -> None:
    report = scene.outcome()
    scene.put({report.path: report.data})


def that_lies(scene: Scene) -> None:
    scene.report(metrics=BAD, outcome="passed")


def too_large(scene: Scene) -> None:
    scene.put({f"{FOLDER}/20260101T000000Z-report-{'a' * 64}.json": b"x" * 70_000})
    scene.put({f"{FOLDER}/20260101T000000Z-report-{'a' * 64}.json.sig": b"x"})


def under_newer_rules(scene: Scene) -> None:
    scene.report(rules="gates/9")


BROUGHT = {
    "under newer rules": Push(under_newer_rules, r"cannot decide \(newer format\)"),
    "by a stranger": Push(by_a_stranger, "signed by a key that no policy of this ledger lists"),
    "without the role": Push(without_the_role, "it does not count: ci is no approver"),
    "with another member's key": Push(with_another_key, "its key is not one of carol"),
    "of another ledger": Push(of_another_ledger, "it belongs to another ledger"),
    "under a policy that never was": Push(under_a_policy_that_never_was, "which is not in this ledger"),
    "dated ahead": Push(dated_ahead, "more than five minutes ahead of the server"),
    "with made-up parents": Push(with_ghost_parents, f"it follows the record {'1' * 64}, which is not there"),
    "in the wrong place": Push(in_the_wrong_place, "no record of this ledger: it belongs at"),
    "of a newer format": Push(of_a_newer_format, "newer format.*Upgrade gitgates on the server"),
    "without a signature": Push(without_a_signature, "it has no signature file"),
    "a report that its numbers refute": Push(that_lies, "its numbers give|its outcome"),
    "too large": Push(too_large, "it has more than 65536 bytes"),
}


@pytest.mark.parametrize("push", BROUGHT.values(), ids=BROUGHT.keys())
def test_no_record_without_a_say(scene: Scene, push: Push) -> None:
    check(scene, push)


# --- policies --------------------------------------------------------------------------------------------------------


def endorse(scene: Scene, by: str, policy_id: str) -> None:
    record = EndorsementRecord(ledger=scene.root, created=scene.now, author=by, endorses=policy_id)
    scene.put(made(record, by).files)


def fork(scene: Scene) -> None:
    write_policy(scene, "alice")
    write_policy(scene, "alice")


def second_genesis(scene: Scene) -> None:
    scene.put(root_policy("mallory", {"mallory": '"admin"'}).files)


def after_a_waiting_one(scene: Scene) -> None:
    waiting = write_policy(scene, "alice", ADMINS, quorum=2)
    write_policy(scene, "alice", ADMINS, parents=(waiting.id,))


def sealing_what_is_not_there(scene: Scene) -> None:
    seal = render_seal({("veran", "v1"): ("1" * 64,)})
    scene.put({seal_path(record_id(seal)): seal})
    write_policy(scene, "alice", seal=record_id(seal))


def endorsing_what_follows_nothing(scene: Scene) -> None:
    waiting = write_policy(scene, "alice", ADMINS, quorum=2)
    endorse(scene, "bob", write_policy(scene, "alice", ADMINS, parents=(waiting.id,)).id)


def fork_and_edit(scene: Scene) -> None:
    fork(scene)
    scene.put({f"{LEDGER}/policy.toml": b"x"})


POLICIES = {
    "with a seal of what is not there": Push(sealing_what_is_not_there, f"it seals the record {'1' * 64}"),
    "an endorsement of what follows nothing": Push(endorsing_what_follows_nothing, "follows none that is accepted"),
    "two at once and a file for people": Push(fork_and_edit, r"cannot decide \(fork\)"),
    "by somebody who is no admin": Push(
        lambda s: write_policy(s, "bob"), "bob is no admin of the policy that it follows"
    ),
    "two at once": Push(fork, "2 policies would be in force at once"),
    "after an old one": Push(
        lambda s: write_policy(s, "alice", parents=(s.root,)), "2 policies would be in force at once"
    ),
    "after one that waits": Push(after_a_waiting_one, "it follows a policy that is not accepted or not there"),
    "another key for a member's": Push(
        lambda s: write_policy(s, "alice", {"alice": '"admin"'}, ledger="1" * 64), "it belongs to another ledger"
    ),
    "a second genesis": Push(second_genesis, "signed by a key that no policy of this ledger lists"),
    "without its seal": Push(lambda s: write_policy(s, "alice", seal="1" * 64), "a policy names this seal"),
    "texts that say something else": Push(
        lambda s: write_policy(s, "alice", text=policy_text(MEMBERS, "[contexts.staging]\n")),
        r"something else than \$\.parsed",
    ),
    "texts that say nothing": Push(lambda s: write_policy(s, "alice", text="x"), "its texts cannot be read"),
    "an endorsement of nothing": Push(
        lambda s: endorse(s, "alice", "1" * 64), "which is no policy of this ledger here"
    ),
    "an endorsement by somebody who is no admin": Push(
        lambda s: endorse(s, "bob", s.policy), "bob is no admin of the policy that it endorses"
    ),
    "a file for people edited": Push(
        lambda s: s.put({f"{LEDGER}/policy.toml": b"x"}), "policy.toml: it differs from the policy in force"
    ),
    "a file for people deleted": Push(
        lambda s: s.put({f"{LEDGER}/allowed_signers": None}), "allowed_signers: the file would be deleted"
    ),
    "a seal that no policy names": Push(
        lambda s: s.put({seal_path("1" * 64): b"x"}), "nor a seal that a policy names|not those its name says"
    ),
}


@pytest.mark.parametrize("push", POLICIES.values(), ids=POLICIES.keys())
def test_no_policy_without_a_right(scene: Scene, push: Push) -> None:
    check(scene, push)


# --- files and trees -------------------------------------------------------------------------------------------------


def put(*names: str, data: bytes = b"x") -> Callable[[Scene], object]:
    return lambda scene: scene.put(dict.fromkeys(names, data))


def executable(scene: Scene) -> None:
    report = scene.report()
    scene.commit()
    git(scene.path, "update-index", "--chmod=+x", report.path)
    git(scene.path, "commit", "-q", "-m", "mode")
    git(scene.path, "checkout", "-q", ".")
    git(scene.path, "config", "core.fileMode", "false")


def other_ledger_folder(scene: Scene) -> None:
    scene.put({".Quality-Gates/x": b"x"})
    git(scene.path, "add", ".Quality-Gates")


def link(scene: Scene) -> None:
    (scene.path / FOLDER / "link.json").symlink_to("/etc/passwd")


def twice(scene: Scene) -> None:
    """A tree that has one folder twice, as no git command writes it."""
    trees = {name: git(scene.path, "rev-parse", f"HEAD:{LEDGER}/{name}") for name in ("models", "policy")}
    names = ("models", "models", "policy")
    raw = b"".join(b"40000 %s\0%s" % (name.encode(), bytes.fromhex(trees[name])) for name in names)
    new = write(scene.path, "tree", raw)
    top = write(scene.path, "tree", b"40000 .quality-gates\0" + bytes.fromhex(new))
    commit = git(scene.path, "commit-tree", "-p", "HEAD", "-m", "raw", top)
    git(scene.path, "update-ref", "refs/heads/main", commit)


FILES = {
    "in the ledger's folder": Push(put(f"{LEDGER}/notes.txt"), "notes.txt: no such file belongs in a ledger"),
    "under local/": Push(put(f"{LEDGER}/local/x.json"), "local: no such file belongs in a ledger"),
    "among the models": Push(put(f"{LEDGER}/models/x"), "only folders belong here"),
    "in a version's folder": Push(put(f"{FOLDER}/x.json"), "its name is not that of a record"),
    "a folder in a version's": Push(put(f"{FOLDER}/sub/x"), "sub: only plain files belong here"),
    "an odd model name": Push(put(f"{LEDGER}/models/-x/v1/model.json"), "no model name"),
    "an odd version": Push(put(f"{LEDGER}/models/x/a b/model.json"), "no model version"),
    "a name that differs by case": Push(
        put(f"{LEDGER}/models/VERAN/v1/model.json"), "VERAN: it differs from veran by case alone"
    ),
    "another ledger folder by case": Push(other_ledger_folder, "some programs take this for .quality-gates"),
    "another anchor": Push(put(f"{FOLDER}/model.json"), "it is not the anchor of veran:v1"),
    "a large text": Push(put(f"{LEDGER}/README.md", data=b"x" * 70_000), "README.md: it has more than 65536 bytes"),
    "an executable record": Push(executable, "only plain files belong here, this has the mode 100755"),
    "a link": Push(link, "only plain files belong here, this has the mode 120000"),
}


@pytest.mark.parametrize("push", FILES.values(), ids=FILES.keys())
def test_no_foreign_file(scene: Scene, push: Push) -> None:
    check(scene, push)


def out_of_order(scene: Scene) -> None:
    """The top folder has a file before the ledger's folder that belongs after it."""
    ledger, blob = (git(scene.path, "rev-parse", f"HEAD:{name}") for name in (LEDGER, f"{LEDGER}/README.md"))
    top = b"".join(
        b"%s\0%s" % (name, bytes.fromhex(i)) for name, i in ((b"100644 x", blob), (b"40000 .quality-gates", ledger))
    )
    commit = git(scene.path, "commit-tree", "-p", "HEAD", "-m", "raw", write(scene.path, "tree", top))
    git(scene.path, "update-ref", "refs/heads/main", commit)


@pytest.mark.parametrize("how", [twice, out_of_order])
def test_no_malformed_tree(scene: Scene, how: Callable[[Scene], None]) -> None:
    how(scene)
    told = scene.refused("main")
    assert "out of order or there twice" in told


# --- what comes and goes between the commits of one push -------------------------------------------------------------


def tree(scene: Scene, *rows: str) -> str:
    return run("git", "mktree", cwd=scene.path, stdin="".join(f"{row}\n" for row in rows)).out.strip()


def blob(scene: Scene) -> str:
    return run("git", "hash-object", "-w", "--stdin", cwd=scene.path, stdin="x").out.strip()


def a_name_in_no_language(scene: Scene) -> str:
    inner = bytes.fromhex(tree(scene, f"100644 blob {blob(scene)}\tx"))
    there = [row.split("\t") for row in git(scene.path, "ls-tree", f"HEAD:{LEDGER}").splitlines()]
    rows = [(name.encode(), facts.split()[0].lstrip("0").encode(), facts.split()[2]) for facts, name in there]
    raw = b"".join(b"%s %s\0%s" % (mode, name, bytes.fromhex(i)) for name, mode, i in rows)
    return write(scene.path, "tree", raw + b"40000 \xff\0" + inner)


def endless_files(scene: Scene) -> str:
    inner = tree(scene, f"100644 blob {blob(scene)}\tx")
    for _ in range(40):
        inner = tree(scene, *(f"040000 tree {inner}\t{name}" for name in "abcd"))
    return tree(scene, git(scene.path, "ls-tree", f"HEAD:{LEDGER}"), f"040000 tree {inner}\tzz")


def a_program(scene: Scene) -> str:
    return tree(scene, git(scene.path, "ls-tree", f"HEAD:{LEDGER}"), f"100755 blob {blob(scene)}\trun.sh")


def many_files(scene: Scene) -> str:
    rows = (f"100644 blob {blob(scene)}\tz{number}" for number in range(30))
    return tree(scene, git(scene.path, "ls-tree", f"HEAD:{LEDGER}"), *rows)


def a_folder_for_a_record(scene: Scene) -> str:
    """Below the folder of a model version, whose name is one that a version may have."""
    inner = tree(scene, f"100644 blob {blob(scene)}\tx")
    for name in ("sub", "v9", "m9"):
        inner = tree(scene, f"040000 tree {inner}\t{name}")
    there = git(scene.path, "ls-tree", f"HEAD:{LEDGER}").replace(
        git(scene.path, "rev-parse", f"HEAD:{FOLDER[:21]}"), inner
    )
    return tree(scene, there)


PASSING: Mapping[str, tuple[Callable[[Scene], str], str]] = {
    "a name in no language": (
        a_name_in_no_language,
        "\N{REPLACEMENT CHARACTER}: no such file belongs in a ledger; the commit",
    ),
    "endless files": (endless_files, "no ledger has folders as deep as the pushed commits bring them"),
    "a program": (a_program, "run.sh: no such file belongs in a ledger; the commit"),
    "many files": (many_files, "z29: no such file|z19: no such file"),
    "a folder for a record": (a_folder_for_a_record, "m9/v9/sub: only plain files belong here"),
}


@pytest.mark.parametrize("is_edited", [True, False])
@pytest.mark.parametrize(("how", "reason"), PASSING.values(), ids=PASSING.keys())
def test_nothing_comes_and_goes(scene: Scene, how: Callable[[Scene], str], reason: str, is_edited: bool) -> None:
    """Every clone that asks what was deleted would meet it, and the last commit shows nothing."""
    top = tree(
        scene,
        *git(scene.path, "ls-tree", "HEAD")
        .replace(git(scene.path, "rev-parse", f"HEAD:{LEDGER}"), how(scene))
        .splitlines(),
    )
    passing = git(scene.path, "commit-tree", "-p", "HEAD", "-m", "small", top)
    if is_edited:
        scene.put({f"{LEDGER}/README.md": b"Read me again\n"})
        scene.commit()
    last = git(scene.path, "commit-tree", "-p", passing, "-m", "mend", "HEAD^{tree}")
    told = scene.refused(f"{last}:main")
    assert re.search(reason, told), told


# --- refs ------------------------------------------------------------------------------------------------------------


def refs(*refspecs: str, reason: str) -> tuple[Iterable[str], str]:
    return refspecs, reason


REFS = {
    "the branch deleted": refs(":main", reason="the ledger lives on this branch; it cannot be deleted"),
    "the branch rewound": refs("+HEAD~2:main", reason="would rewind or rewrite the ledger's branch"),
    "the branch replaced": refs("+other:main", reason="would rewind or rewrite the ledger's branch"),
    "what a clone verified": refs("main:refs/gitgates/verified", reason="belong to one clone and are never pushed"),
    "a replacement": refs("main:refs/replace/" + "1" * 40, reason="would show other records than were signed"),
    "the index deleted": refs(":refs/notes/gates/veran", reason="the index cannot be deleted"),
    "the index rewound": refs("+other:refs/notes/gates/veran", reason="would rewind or rewrite the index"),
    "no index": refs("HEAD^{tree}:refs/notes/gates/x", reason="the index is made of commits"),
    "no room for an index": refs("main:refs/notes/gates", reason="would leave no room for the index"),
    "a deletion among others": refs("main:refs/heads/new", ":main", reason="it cannot be deleted"),
}


@pytest.mark.parametrize(("refspecs", "reason"), REFS.values(), ids=REFS.keys())
def test_no_ref_is_lost(scene: Scene, refspecs: Iterable[str], reason: str) -> None:
    git(scene.path, "branch", "other", git(scene.path, "commit-tree", "-m", "other", "HEAD^{tree}"))
    git(scene.path, "commit", "-q", "--allow-empty", "-m", "later")
    if "index" in reason and "leave" not in reason:
        scene.taken("main:refs/notes/gates/veran")
    told = scene.refused(*refspecs)
    assert reason in told, told


# --- what is taken ---------------------------------------------------------------------------------------------------


def heal(scene: Scene) -> None:
    delete(scene)
    scene.commit()
    scene.put(scene.rejection.files)


def annul_what_never_arrived(scene: Scene) -> None:
    """A record that the server never had is taken out again, and an admin says that nobody shall miss it."""
    before = dict(scene.heads)
    report = scene.report()
    scene.commit()
    scene.put(dict.fromkeys(report.files))
    scene.heads = before
    scene.follow(annuls=(report.id,))


def admit(scene: Scene) -> None:
    """Carol leaves while her approval is under way; an admin admits it."""
    late = scene.approval("carol", scene.report())
    scene.follow({name: roles for name, roles in MEMBERS.items() if name != "carol"}, admits=(late.id,))
    scene.keep(late)


def join(scene: Scene) -> None:
    one, two = write_policy(scene, "alice"), write_policy(scene, "alice")
    scene.follow(parents=tuple(sorted((one.id, two.id))))


def waiting_and_endorsed(scene: Scene) -> None:
    waiting = write_policy(scene, "alice", ADMINS, quorum=2)
    scene.commit()
    scene.taken()
    endorse(scene, "bob", waiting.id)
    text: PolicyRecord = waiting.record
    scene.put({f"{LEDGER}/policy.toml": text.policy_toml.encode()})


HONEST: Mapping[str, Callable[[Scene], object]] = {
    "a failed report": lambda s: s.report(metrics=BAD),
    "a whole life": lambda s: (s.approve("bob", s.report()), s.reject("carol"), s.deploy(), s.roll_back()),
    "a policy and records under it": lambda s: (s.follow(ADMINS), s.report(), s.report(name="new:v1")),
    "a policy that waits, then its endorsement": waiting_and_endorsed,
    "a fork and its end": join,
    "a late approval that is admitted": admit,
    "a deletion that is undone": heal,
    "what never arrived is annulled": annul_what_never_arrived,
    "a foreign file is removed": lambda s: s.put({f"{LEDGER}/junk": None}),
    "a text for people": lambda s: s.put({f"{LEDGER}/README.md": b"Read me again\n"}),
}


@pytest.mark.parametrize("honest", HONEST.values(), ids=HONEST.keys())
def test_what_is_in_order_is_taken(scene: Scene, honest: Callable[[Scene], object]) -> None:
    honest(scene)
    commit = scene.commit()
    scene.taken()
    assert git(scene.server.path, "rev-parse", "main") == commit
