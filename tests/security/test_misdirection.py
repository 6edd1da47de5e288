"""A reader is made to look past a rejection: by file modes, another version's folder, tags, an old checkout."""

from collections.abc import Callable
from pathlib import Path

import attrs
import pytest

import tests.security.world as template
from gitgates.api.deployment import DeploymentController
from gitgates.api.registry import RegistryIntegration
from gitgates.api.session import Session
from gitgates.cli.asking import ask
from gitgates.cli.deploying import deploy
from gitgates.errors import CannotDecide, NotAllowed
from gitgates.ledger.deployments import Target
from gitgates.model.names import ModelVersion
from gitgates.model.paths import version_folder
from gitgates.model.records import DeploymentRecord, Previous
from tests.security.test_history import allowed_then_rejected, remove
from tests.security.test_names import retree
from tests.security.world import MEMBERS, World, person
from tests.support import git

Lines = Callable[[list[bytes]], list[bytes]]


def with_mode(name: bytes, mode: bytes) -> Lines:
    return lambda lines: [mode + line[6:] if line.endswith(name) else line for line in lines]


@pytest.mark.parametrize("mode", [b"100664", b"100600"])
@pytest.mark.parametrize("suffix", ["", ".sig"])
def test_a_mode_that_git_reads_as_plain_hides_nothing(mode: bytes, suffix: str, world: World) -> None:
    """git's diffs show no such change, so a record that became foreign by it would be gone without a trace."""
    world.allowed()
    world.commit()
    world.remember()
    rejection = world.reject()
    world.commit()
    folder, _, name = rejection.path.rpartition("/")
    retree(world, folder, with_mode((name + suffix).encode(), mode))
    assert world.ask().answer == "denied"


def test_a_folder_twice_under_two_spellings_of_its_mode(world: World) -> None:
    world.allowed()
    old = world.commit()
    world.reject()
    world.commit()
    inner = git(world.path, "rev-parse", f"{old}:.quality-gates/models/veran/v1").encode()

    def twice(lines: list[bytes]) -> list[bytes]:
        (line,) = (line for line in lines if line.endswith(b"\tv1"))
        return [*(b"040755" + line[6:] if one == line else one for one in lines), b"040000 tree " + inner + b"\tv1"]

    retree(world, ".quality-gates/models/veran", twice)
    assert world.ask().answer != "allowed"


@pytest.mark.parametrize("who", ["ci", "zed"])
def test_a_rejection_is_not_found_under_another_version(who: str, world: World) -> None:
    """A deployment by somebody without the role, or long retired, names the deleted rejection as last of its target."""
    rejection, _ = allowed_then_rejected(world)
    world.report(context="staging")
    world.commit()
    if who == "zed":
        for members in ({**MEMBERS, "zed": '"checker"'}, MEMBERS):
            world.follow(dict(members))
            world.commit()
    remove(world, rejection)
    world.commit()
    world.forget()
    world.put({f"{version_folder('veran', 'v0')}/{rejection.path.rpartition('/')[2]}": rejection.data})
    previous = Previous("v0", rejection.id)
    world.put(world.make(DeploymentRecord, who, target="x", phase="started", previous=previous).files)
    world.commit()
    assert world.ask().answer == "cannot decide"


@pytest.mark.parametrize("single", [False, True])
def test_a_tag_does_not_stand_for_the_ledgers_branch(single: bool, world: World, tmp_path: Path) -> None:
    """git looks for a branch that is not there among the tags; a clone without the branch would read the tag."""
    world.allowed()
    old = world.commit()
    git(world.path, "branch", "code", old)
    world.reject()
    new = world.commit()
    evil = git(world.path, "commit-tree", "-p", new, "-m", "x", f"{old}^{{tree}}")
    git(world.path, "update-ref", "refs/tags/refs/heads/main", old if single else evil)
    flags = ["--single-branch"] if single else []
    git(tmp_path, "clone", "-q", *flags, "--branch", "code", f"file://{world.path}", "clone")
    git(tmp_path / "clone", "config", "gitgates.root", world.root)
    clone = attrs.evolve(world, path=tmp_path / "clone")
    assert clone.ask().answer == ("cannot decide" if single else "denied")


def test_an_old_checkout_leads_to_the_branch_of_now(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger moved from main to gates; the policy of an old checkout still names main, and main names gates."""
    world.allowed()
    old = world.commit()
    plain = template.policy_text
    monkeypatch.setattr(template, "policy_text", lambda *a, **k: plain(*a, **k).replace('"main"', '"gates"'))
    world.follow()
    world.commit()
    git(world.path, "checkout", "-q", "-b", "gates")
    world.reject()
    world.commit()
    git(world.path, "checkout", "-q", "--detach", old)
    assert world.ask().answer == "denied"


@pytest.mark.parametrize("checkout", ["main", "detached"])
def test_a_branch_that_the_ledger_left_hides_nothing(
    checkout: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ledger moved, and main, which is checked out, was put back to what it was before: its policy names main."""
    world.allowed()
    old = world.commit()
    git(world.path, "checkout", "-q", "-b", "quality-gates")
    plain = template.policy_text
    moved = '"quality-gates"'
    monkeypatch.setattr(template, "policy_text", lambda *a, **k: plain(*a, **k).replace('"main"', moved))
    world.follow()
    world.reject()
    world.commit()
    git(world.path, "checkout", "-q", *(["main"] if checkout == "main" else ["--detach", old]))
    world.forget()
    assert world.ask().answer == "denied"


def test_a_branch_that_lacks_a_policy_of_another_copy(world: World) -> None:
    """The ledger's branch was put back; a copy elsewhere in the clone still knows the policy after."""
    world.allowed()
    old = world.commit()
    world.follow()
    new = world.commit()
    world.forget()
    git(world.path, "checkout", "-q", "-b", "quality-gates", new)
    git(world.path, "branch", "-f", "main", old)
    asked = world.ask()
    assert (asked.answer, asked.cause) == ("cannot decide", "incomplete")
    assert f"refs/heads/main lacks policies that this clone has elsewhere: {world.policy}" in asked.reason


@pytest.mark.parametrize("ref", ["refs/gitgates/verified", "refs/gitgates/also-verified/x"])
def test_a_mark_of_what_was_verified_without_its_commit(ref: str, world: World) -> None:
    """Whoever takes the commit out of the object store must not make the clone forget that it knew more."""
    world.allowed()
    world.commit()
    file = world.path / ".git" / ref
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("1" * 40 + "\n")
    asked = world.ask()
    assert (asked.answer, asked.cause) == ("cannot decide", "unreadable")
    assert f"{ref} names a commit that this clone does not have" in asked.reason
    assert world.run("doctor", "--accept-rewind", "--yes", cwd=world.path).code == 0
    assert world.ask().answer == "allowed"


def test_a_setting_for_diffs_hides_no_deletion(world: World) -> None:
    world.allowed()
    world.commit()
    world.remember()
    rejection = world.reject()
    world.commit()
    remove(world, rejection)
    world.commit()
    (world.path / "src").mkdir()
    git(world.path, "config", "core.worktree", str(world.path))
    git(world.path, "config", "diff.relative", "true")
    done = world.run("can-deploy", "--model", "veran:v1", "--context", "production", cwd=world.path / "src")
    assert done.code == 3


def registry_of(world: World) -> RegistryIntegration:
    return RegistryIntegration(
        session=Session(path=str(world.path), key=str(person("dana").key_file(world.path.parent)))
    )


def test_python_calls_nothing_approved_without_a_pin(world: World) -> None:
    world.allowed()
    world.commit()
    git(world.path, "config", "--unset", "gitgates.root")
    registry = registry_of(world)
    with pytest.raises(CannotDecide, match="no pin"):
        registry.list_approved_versions("veran", "production")
    with pytest.raises(CannotDecide, match="no pin"):
        registry.get_approval_status("veran", "v1", "production")


def test_a_rejection_just_before_python_records_a_deployment(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.allowed()
    world.commit()
    controller = DeploymentController(registry_of(world))
    ask = controller.pre_deployment_check

    def ask_and_be_overtaken(*args: str) -> bool:
        answer = ask(*args)
        world.reject()
        world.commit()
        return answer

    monkeypatch.setattr(controller, "pre_deployment_check", ask_and_be_overtaken)
    assert controller.execute_deployment("veran", "v1", "production", "cluster") is False


def test_a_rejection_just_before_the_command_runs(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.allowed()
    world.commit()

    def ask_and_be_overtaken(*args: object, **kwargs: object) -> object:
        asked = ask(*args, **kwargs)  # type: ignore[arg-type] # handed on as they came
        world.reject()
        world.commit()
        return asked

    monkeypatch.setattr("gitgates.cli.deploying.ask", ask_and_be_overtaken)
    ran = world.path.parent / "ran"
    with pytest.raises(NotAllowed, match="the ledger changed meanwhile"):
        deploy(
            registry_of(world).session,
            ModelVersion("veran", "v1"),
            Target("production", "cluster"),
            artifacts=(),
            reason="",
            command=("touch", str(ran)),
            trust_first_use=False,
        )
    assert not ran.exists()
