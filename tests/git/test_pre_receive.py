"""The server hook at work: first pushes, many refs at once, moving ledgers, required answers, and git's two ways in."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.git.server import Bare, guarded
from tests.security.guarding import LEDGER, moved, new_world, pinned, policy_naming, server
from tests.security.world import World, new_repository, remade, root_policy
from tests.support import Gitgates, git, run

__all__ = ["pinned", "server"]  # fixtures


@pytest.fixture
def world(tmp_path: Path, gitgates: Gitgates) -> World:
    return new_world(tmp_path / "work", gitgates)


def code_commit(world: World, name: str = "model.py") -> str:
    (world.path / name).write_text("x = 1\n")
    git(world.path, "add", name)
    git(world.path, "commit", "-q", "-m", "code")
    return git(world.path, "rev-parse", "HEAD")


# --- the first push --------------------------------------------------------------------------------------------------


def test_the_first_ledger_is_taken_and_its_root_told(world: World, server: Bare) -> None:
    world.allowed()
    world.commit()
    told = server.taken(world.path, "main").err
    assert f"git config gitgates.root {world.root}" in told
    assert run("git", "config", "gitgates.root", cwd=server.path).code == 1  # the hook itself sets nothing
    world.report()
    world.commit()
    assert "no root is pinned" in server.taken(world.path, "main").err
    server.config("gitgates.root", world.root)
    world.report()
    world.commit()
    assert server.taken(world.path, "main").err == ""


def test_the_first_ledger_with_two_geneses_is_not(world: World, server: Bare) -> None:
    world.put(root_policy("mallory", {"mallory": '"admin"'}).files)
    world.commit()
    told = server.refused(world.path, "main")
    assert "cannot decide (no pin)" in told
    assert "`git config gitgates.root ROOT`" in told


def test_the_first_ledger_must_have_the_pinned_root(world: World, server: Bare) -> None:
    server.config("gitgates.root", "1" * 64)
    assert f"does not have the server's root {'1' * 64}" in server.refused(world.path, "main")


def test_the_first_ledger_is_judged_too(world: World, server: Bare) -> None:
    rejection = world.rejected()
    world.commit()
    world.put(dict.fromkeys(rejection.files))
    world.commit()
    assert "this record would be deleted or changed" in server.refused(world.path, "main")


def test_a_second_genesis_without_a_pin(world: World, server: Bare) -> None:
    server.without_hook(world.path, "main")
    world.put(root_policy("mallory", {"mallory": '"admin"'}).files)
    world.commit()
    assert "signed by a key that no policy of this ledger lists" in server.refused(world.path, "main")


@pytest.mark.parametrize("is_pinned", [True, False])
def test_a_second_ledger_on_another_branch(world: World, server: Bare, tmp_path: Path, is_pinned: bool) -> None:
    server.without_hook(world.path, "main")
    if is_pinned:
        server.config("gitgates.root", world.root)
    new_repository(tmp_path / "mallory", root_policy("mallory", {"mallory": '"admin"'}))
    told = server.refused(tmp_path / "mallory", "main:quality-gates")
    assert f"refs/heads/quality-gates: this ledger does not have the server's root {world.root}" in told


def test_a_pin_that_is_none(world: World, server: Bare) -> None:
    server.config("gitgates.root", "main")
    told = server.refused(world.path, "main")
    assert "git config gitgates.root: 'main' is not a root" in told


def test_a_ledger_of_a_newer_format_stays_as_it_is(world: World, pinned: Bare) -> None:
    record = root_policy()
    newer = record.data.replace(b"gitgates-record/1", b"gitgates-record/2")
    world.put(remade(record, newer, "alice").files)
    world.commit()
    pinned.without_hook(world.path, "main")
    world.report()
    world.commit()
    told = pinned.refused(world.path, "main")
    assert "cannot decide (newer format)" in told
    assert "Upgrade gitgates" in told
    pinned.config("gitgates.requireCanDeploy", "refs/tags/* veran:v1 production")
    assert "cannot decide (newer format)" in pinned.refused(world.path, "main~1:refs/tags/v1")


def test_code_on_a_branch_that_holds_the_ledger_alone(world: World, pinned: Bare) -> None:
    """Only to the main branch may code come later: everybody fetches that one, and nobody the other for its code."""
    assert git(world.path, "ls-tree", "--name-only", "main") == LEDGER
    pinned.taken(world.path, "main")
    before = world.commit()
    code_commit(world)
    git(pinned.path, "symbolic-ref", "HEAD", "refs/heads/trunk")
    told = pinned.refused(world.path, "main")
    assert "model.py: this branch holds the ledger alone" in told
    git(pinned.path, "symbolic-ref", "HEAD", "refs/heads/main")
    pinned.taken(world.path, "main")
    assert git(pinned.path, "rev-parse", "main~1") == before


# --- what the hook leaves alone --------------------------------------------------------------------------------------


def test_code_is_pushed_as_ever(world: World, pinned: Bare) -> None:
    code_commit(world)
    git(world.path, "checkout", "-q", "--orphan", "plain")
    git(world.path, "rm", "-r", "-q", "-f", ".")
    first = code_commit(world)
    pinned.taken(world.path, "main", "plain", "plain:refs/heads/other", "plain:refs/tags/v1")
    git(world.path, "commit", "-q", "--amend", "-m", "again")
    pinned.taken(world.path, "+plain", ":other")
    assert git(pinned.path, "rev-parse", "plain") != first


def test_a_branch_off_the_ledgers_is_not_the_ledger(world: World, pinned: Bare) -> None:
    git(world.path, "checkout", "-q", "-b", "feature")
    world.put({f"{LEDGER}/models/veran/junk": b"x"})
    world.commit()
    pinned.taken(world.path, "feature")
    git(world.path, "reset", "-q", "--hard", "HEAD~1")
    pinned.taken(world.path, "+feature")
    pinned.taken(world.path, ":feature")


def test_notes_of_others_are_left_alone(world: World, pinned: Bare) -> None:
    git(world.path, "notes", "add", "-m", "seen")
    pinned.taken(world.path, "refs/notes/commits")
    pinned.taken(world.path, ":refs/notes/commits")


def test_the_index_goes_forward(world: World, pinned: Bare) -> None:
    for text in ("one", "two"):
        git(world.path, "notes", "--ref", "gates/veran", "append", "-m", text)
        pinned.taken(world.path, "refs/notes/gates/veran")
    git(world.path, "notes", "--ref", "gates/veran", "remove", "HEAD")
    (world.path / "large").write_bytes(b"x" * ((1 << 24) + 1))
    git(world.path, "notes", "--ref", "gates/veran", "add", "-F", "large")
    assert "a note has more than 16777216 bytes" in pinned.refused(world.path, "refs/notes/gates/veran")


# --- many refs -------------------------------------------------------------------------------------------------------


def test_all_reasons_for_all_refs_are_told_at_once(world: World, pinned: Bare) -> None:
    pinned.without_hook(world.path, "main:refs/notes/gates/veran", "main:refs/heads/old")
    world.approve("mallory", world.report())
    world.put({f"{LEDGER}/junk": b"x"})
    world.commit()
    told = pinned.refused(
        world.path, "main", "main:refs/heads/new", ":old", ":refs/notes/gates/veran", "main:refs/gitgates/verified"
    )
    for reason in (
        r"refs/heads/main: \S*-decision-\S*: no record of this ledger: it is signed by a key",
        r"refs/heads/main: \S*/junk: no such file belongs in a ledger",
        r"refs/notes/gates/veran: the index cannot be deleted",
        r"refs/gitgates/verified: these refs belong to one clone",
    ):
        assert re.search(f"^remote: gitgates: {reason}", told, re.MULTILINE), told
    assert "refs/heads/new" not in told
    pinned.taken(world.path, "HEAD~1:refs/heads/new", ":old", "main~1:refs/heads/main")


def test_a_hundred_reasons_are_enough(world: World, pinned: Bare) -> None:
    world.put({f"{LEDGER}/junk{number}": b"x" for number in range(120)})
    world.commit()
    told = pinned.refused(world.path, "main")
    assert told.count("no such file belongs in a ledger") == 100
    assert "and 20 more reasons" in told


def test_sha256(tmp_path: Path, repository: Callable[..., Path], gitgates: Gitgates) -> None:
    root = root_policy()
    path = repository(sha256=True)
    world = World(path, gitgates, root.id, root.id)
    world.put(root.files)
    world.commit()
    server = guarded(tmp_path / "server.git", object_format="sha256")
    server.taken(path, "main")
    server.config("gitgates.root", root.id)
    world.approve("bob", world.report())
    world.commit()
    server.taken(path, "main")
    world.approve("mallory", world.report())
    world.commit()
    assert "signed by a key that no policy" in server.refused(path, "main")


# --- a ledger that moves ---------------------------------------------------------------------------------------------


def test_a_ledger_moves_in_one_push(world: World, pinned: Bare) -> None:
    world.allowed()
    world.commit()
    moved(world)
    pinned.taken(world.path, "main", "quality-gates")
    assert "cannot be deleted" in pinned.refused(world.path, ":quality-gates")
    git(world.path, "checkout", "-q", "quality-gates")
    world.report()
    world.commit()
    pinned.taken(world.path, "quality-gates")
    git(world.path, "checkout", "-q", "main")  # the old copy is code like any other now
    git(world.path, "rm", "-q", "-r", LEDGER)
    git(world.path, "commit", "-q", "-m", "moved")
    pinned.taken(world.path, "main")
    assert "cannot be deleted" in pinned.refused(world.path, ":quality-gates")


def test_a_ledger_moves_in_two_pushes(world: World, pinned: Bare) -> None:
    rejection = world.rejected()
    world.commit()
    moved(world)
    assert "from refs/heads/main to refs/heads/quality-gates" in pinned.taken(world.path, "main").err
    assert "cannot be deleted" in pinned.refused(world.path, ":main")
    git(world.path, "checkout", "-q", "quality-gates")
    world.put(dict.fromkeys(rejection.files))
    world.commit()
    told = pinned.refused(world.path, "quality-gates")
    assert re.search(r"refs/heads/quality-gates: .*-decision-.*would be deleted or changed", told)
    pinned.taken(world.path, "HEAD~1:refs/heads/quality-gates")


def test_a_ledger_moves_to_a_branch_that_has_an_old_copy(world: World, pinned: Bare) -> None:
    pinned.without_hook(world.path, "main:refs/heads/quality-gates")
    world.allowed()
    policy_naming(world, "quality-gates")
    pinned.taken(world.path, "main", "main:quality-gates")
    assert "cannot be deleted" in pinned.refused(world.path, ":quality-gates")


def test_a_ledger_does_not_move_behind_the_old_branchs_back(world: World, pinned: Bare) -> None:
    rejection = world.rejected()
    world.commit()
    pinned.taken(world.path, "main")
    moved(world)
    git(world.path, "checkout", "-q", "quality-gates")
    pinned.taken(world.path, "quality-gates:refs/heads/copy")  # no policy names this branch: it is code
    world.put(dict.fromkeys(rejection.files))
    world.commit()
    told = pinned.refused(world.path, "quality-gates")
    assert re.search(r"refs/heads/quality-gates: .*-decision-.*would be deleted or changed", told)


def test_a_branch_with_a_fork_is_no_second_ledger(world: World, pinned: Bare) -> None:
    world.follow()
    world.commit()
    pinned.taken(world.path, "main")
    world.policy = world.root
    policy_naming(world, "other")
    assert "2 policies would be in force at once" in pinned.refused(world.path, "main:other")


def test_the_branch_can_be_named_in_the_settings(world: World, pinned: Bare) -> None:
    pinned.config("gitgates.ledger", "main")
    world.report()
    world.commit()
    pinned.taken(world.path, "main")
    assert "cannot be deleted" in pinned.refused(world.path, ":main")


# --- required answers ------------------------------------------------------------------------------------------------

TAGS = "refs/tags/veran-* veran:{match} production"


def test_a_tag_needs_an_answer(world: World, pinned: Bare) -> None:
    pinned.config("gitgates.requireCanDeploy", TAGS)
    report = world.half()
    world.commit()
    told = pinned.refused(world.path, "main", "main:refs/tags/veran-v1")
    assert "refs/tags/veran-v1: veran:v1 to production: denied: " in told
    pinned.taken(world.path, "main", "main:refs/tags/other-v1")
    assert "no model version veran:v2" in pinned.refused(world.path, "main:refs/tags/veran-v2")
    assert "git config gitgates.requireCanDeploy" in pinned.refused(world.path, "main:refs/tags/veran-.x")
    world.approve("carol", report)
    world.commit()
    pinned.taken(world.path, "main", "main:refs/tags/veran-v1")  # the approval arrives in the same push
    pinned.taken(world.path, ":refs/tags/veran-v1")


def test_a_branch_needs_an_answer(world: World, pinned: Bare) -> None:
    pinned.config("gitgates.requireCanDeploy", "refs/heads/live veran:v1 production")
    world.allowed()
    world.commit()
    pinned.taken(world.path, "main", "main:live")
    world.reject()
    world.commit()
    told = pinned.refused(world.path, "main", "main:live")
    assert "refs/heads/live: veran:v1 to production: denied" in told
    pinned.taken(world.path, "main")
    pinned.taken(world.path, ":live")


def test_an_answer_needs_a_ledger_and_a_pin(world: World, server: Bare) -> None:
    server.config("gitgates.requireCanDeploy", TAGS)
    world.allowed()
    world.commit()
    assert "there is no ledger on the server" in server.refused(world.path, "main:refs/tags/veran-v1")
    server.taken(world.path, "main")
    assert "needs a pinned root" in server.refused(world.path, "main:refs/tags/veran-v1")


@pytest.mark.parametrize(
    "value",
    ["", "refs/tags/x", "tags/x veran:v1 production", "refs/tags/* veran production", "refs/*/* veran:v1 production",
     "refs/tags/x veran:{match} production", "refs/tags/x veran:v1 Production!"],
)  # fmt: skip
def test_a_rule_that_cannot_be_read_stops_every_push(world: World, pinned: Bare, value: str) -> None:
    pinned.config("gitgates.requireCanDeploy", value)
    assert "git config gitgates.requireCanDeploy" in pinned.refused(world.path, "main:refs/heads/code")


# --- how git calls it ------------------------------------------------------------------------------------------------


def test_outside_of_a_push(world: World, pinned: Bare, gitgates: Gitgates) -> None:
    def hook(stdin: str, *args: str) -> tuple[int, str]:
        program = pinned.programs / "gitgates"
        done = run(program, "hook", "pre-receive", *args, cwd=pinned.path, env=pinned.env, stdin=stdin)
        return done.code, done.err

    zero, here = "0" * 40, git(world.path, "rev-parse", "HEAD")
    assert hook("") == (0, "")
    assert hook(f"{zero} {here} refs/heads/x\n") == (0, "")
    code, told = hook(f"{here} refs/heads/x\n")
    assert code == 2, told
    assert "is not `<old id> <new id> <ref>`" in told
    code, told = hook("", "main")
    assert code == 2, told
    code, told = hook(f"{here} {'1' * 40} refs/heads/main\n")
    assert code == 3, told
    assert "cannot decide (unreadable)" in told


def test_a_shallow_server(world: World, pinned: Bare) -> None:
    world.report()
    world.commit()
    pinned.without_hook(world.path, "main")
    (pinned.path / "shallow").write_text(git(world.path, "rev-parse", "HEAD") + "\n")
    world.report()
    world.commit()
    assert "cannot decide (shallow)" in pinned.refused(world.path, "main")


class _Backend(BaseHTTPRequestHandler):
    """`git http-backend` as a web server would run it."""

    server: "_Web"

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["Content-Length"])))

    def _answer(self, body: bytes) -> None:
        path, _, query = self.path.partition("?")
        facts = {
            "GIT_PROJECT_ROOT": str(self.server.guarded.path.parent), "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": path,
            "QUERY_STRING": query, "REQUEST_METHOD": self.command, "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": self.headers.get("Content-Type", ""), "REMOTE_USER": "somebody",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""), "REMOTE_ADDR": "127.0.0.1",
        }  # fmt: skip
        env = {**os.environ, **self.server.guarded.env, **facts}
        done = subprocess.run(["git", "http-backend"], env=env, input=body, capture_output=True, timeout=60)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = [line.split(": ", 1) for line in head.decode().split("\r\n")]
        status = next((value for name, value in headers if name == "Status"), "200")
        self.send_response(int(status.split()[0]))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the library's name
        """Be quiet."""


class _Web(ThreadingHTTPServer):
    guarded: Bare


@pytest.fixture
def url(pinned: Bare) -> Iterator[str]:
    with _Web(("127.0.0.1", 0), _Backend) as web:
        web.guarded = pinned
        thread = Thread(target=web.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{web.server_port}/server.git"
        web.shutdown()
        thread.join()


def test_over_http(world: World, pinned: Bare, url: str) -> None:
    world.allowed()
    commit = world.commit()
    assert run("git", "push", "-q", url, "main", cwd=world.path).code == 0
    assert git(pinned.path, "rev-parse", "main") == commit
    rejection = world.reject()
    world.commit()
    assert run("git", "push", "-q", url, "main", cwd=world.path).code == 0
    world.put(dict.fromkeys(rejection.files))
    world.commit()
    done = run("git", "push", url, "main", cwd=world.path)
    assert done.code != 0
    assert re.search(r"remote: gitgates: refs/heads/main: \S*-decision-\S*: this record would be deleted", done.err)
    assert "[remote rejected] main -> main (pre-receive hook declined)" in done.err
    for refspec in (":main", "+HEAD~2:main"):
        assert "remote: gitgates: refs/heads/main: " in run("git", "push", url, refspec, cwd=world.path).err
    assert not list(pinned.path.glob("objects/*incoming*"))
