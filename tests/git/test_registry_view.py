"""`RegistryIntegration` keeps the ledger open, and sees at once what others write."""

import os
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest

from gitgates import RegistryIntegration
from gitgates.api.session import Session, utc_now
from gitgates.errors import CannotDecide, GitgatesError, InvalidValue
from gitgates.ledger.dashboard.unchanged import Watch
from tests.cli.project import Project, copy_inputs, environment
from tests.support import Gitgates, Keys, RepositoryFactory, git, run

CACHE = ".git/gitgates-dashboard.json"


@pytest.fixture
def project(repository: RepositoryFactory, gitgates: Gitgates, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("GITGATES_SIGNING_KEY", str(keys.alice.path))
    path = repository()
    copy_inputs(path)
    git(path, "add", ".")
    git(path, "commit", "--quiet", "--message", "What tools wrote")
    made = Project(path, gitgates, keys.alice)
    made.ok("init")
    return made.approved()


def registry_at(path: Path, clock: Callable[[], datetime] = utc_now) -> RegistryIntegration:
    return RegistryIntegration(session=Session(path=str(path), clock=clock))


def test_a_new_record_is_seen_by_the_next_call(project: Project) -> None:
    registry = registry_at(project.path)
    assert registry.list_approved_versions("veran", "production") == ["v6.1"]
    project.approved("veran:v6.2")
    assert registry.list_approved_versions("veran", "production") == ["v6.1", "v6.2"]
    project.ok("reject", "--model", "veran:v6.1", "--context", "production", "--reason", "x")
    assert registry.list_approved_versions("veran", "production") == ["v6.2"]
    status = registry.get_approval_status("veran", "v6.1", "production")
    assert status is not None
    assert (status.approved, status.notes) == (False, "x")


def test_a_record_that_comes_while_the_ledger_is_opened(project: Project) -> None:
    """What was opened is then no longer what there is, and has no marks that a later call could find again."""
    with Session(path=str(project.path)).open() as ledger:
        watch = Watch(ledger, os.environ)
        assert watch.marks() == watch.marks() is not None
        project.ok("reject", "--model", "veran:v6.1", "--context", "production", "--reason", "x")
        assert watch.marks() is None


def test_what_a_remote_brings_is_seen(project: Project, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", project.path, "other")
    other = Project(tmp_path / "other", project.run, project.key)
    git(other.path, "config", "gitgates.root", git(project.path, "config", "gitgates.root"))
    registry = registry_at(other.path)
    assert registry.list_approved_versions("veran", "production") == ["v6.1"]
    project.approved("veran:v6.2")
    git(other.path, "fetch", "--quiet", "origin")
    assert registry.list_approved_versions("veran", "production") == ["v6.1", "v6.2"]


def test_what_sync_refuses_is_seen(project: Project, tmp_path: Path) -> None:
    """It may hold a rejection, so it ends every yes at once; the clock stands still, so no view gets too old."""
    project.approved("veran:v6.2")
    git(tmp_path, "clone", "--quiet", "--bare", project.path, "hub.git")
    git(project.path, "remote", "add", "origin", tmp_path / "hub.git")
    project.ok("sync")
    git(tmp_path, "clone", "--quiet", "hub.git", "other")
    other = Project(tmp_path / "other", project.run, project.key)
    git(other.path, "config", "gitgates.root", git(project.path, "config", "gitgates.root"))
    other.ok("reject", "--model", "veran:v6.1", "--context", "production", "--reason", "x")
    git(other.path, "rm", "-rq", ".quality-gates/models/veran/v6.2")
    git(other.path, "commit", "-qm", "Drop records")
    git(other.path, "push", "-q", "origin", "HEAD")
    now = utc_now()
    registry = registry_at(project.path, lambda: now)

    def status() -> bool:
        found = registry.get_approval_status("veran", "v6.1", "production")
        assert found is not None
        return found.approved

    with Session(path=str(project.path)).open() as ledger:
        before = Watch(ledger, os.environ)
        assert before.marks() is not None
        assert (status(), registry.list_approved_versions("veran", "production")) == (True, ["v6.1", "v6.2"])
        assert project("sync").code == 3
        assert (status(), registry.list_approved_versions("veran", "production")) == (False, [])
        assert before.marks() is None
        assert Watch(ledger, os.environ).marks() is None


_FORKING_THREAD = """
import os, signal, threading
from gitgates import RegistryIntegration
from gitgates.api.session import Session, utc_now
inside, leave, parent = threading.Event(), threading.Event(), os.getpid()

def clock():
    if threading.current_thread() is not threading.main_thread():
        inside.set()
        leave.wait()
    return utc_now()

registry = RegistryIntegration(session=Session(clock=clock))
ask = lambda: print(registry.list_approved_versions("veran", "production"), flush=True)
thread = threading.Thread(target=ask)
thread.start()
inside.wait()
child = os.fork()
if not child:
    signal.alarm(20)
    ask()
    os._exit(0)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
leave.set()
thread.join()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")
def test_a_fork_while_another_thread_asks(project: Project) -> None:
    done = run(sys.executable, "-c", _FORKING_THREAD, cwd=project.path, env=environment())
    assert (done.code, done.out.splitlines()) == (0, ["['v6.1']", "0", "['v6.1']"])


def test_another_pin_is_seen(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = registry_at(project.path)
    assert registry.get_approval_history("veran", "v6.1")
    root = git(project.path, "config", "gitgates.root")
    git(project.path, "config", "--unset", "gitgates.root")
    with pytest.raises(CannotDecide, match="does not say which root it trusts"):
        registry.get_approval_history("veran", "v6.1")
    monkeypatch.setenv("GITGATES_ROOT", root)
    assert registry.get_approval_history("veran", "v6.1")
    monkeypatch.setenv("GITGATES_ROOT", "a" * 64)
    with pytest.raises(CannotDecide):
        registry.get_approval_history("veran", "v6.1")


def test_a_ledger_that_is_gone(project: Project) -> None:
    registry = registry_at(project.path)
    assert registry.list_approved_versions("veran", "production") == ["v6.1"]
    (project.path / ".git").rename(project.path / "elsewhere")
    with pytest.raises(GitgatesError, match="git repository"):
        registry.list_approved_versions("veran", "production")
    (project.path / "elsewhere").rename(project.path / ".git")
    assert registry.list_approved_versions("veran", "production") == ["v6.1"]


def test_an_approval_that_expires(project: Project) -> None:
    """Without any new record; and a clock that is set back is believed as well."""
    policy = project.path / ".quality-gates/policy.toml"
    policy.write_text(re.sub('approval_expires = ".*"', 'approval_expires = "1d"', policy.read_text()))
    project.ok("policy", "propose")
    times = [datetime.now(UTC)]
    registry = registry_at(project.path, lambda: times[0])
    assert registry.list_approved_versions("veran", "production") == ["v6.1"]
    for days, approved in ((2, []), (0, ["v6.1"]), (0.99, ["v6.1"]), (1.01, [])):
        times[0] = datetime.now(UTC) + timedelta(days=days)
        assert registry.list_approved_versions("veran", "production") == approved, days
        status = registry.get_approval_status("veran", "v6.1", "production")
        assert status is not None
        assert status.approved is bool(approved)
    del registry
    times[0] = datetime.now(UTC) + timedelta(days=3)
    assert registry_at(project.path, lambda: times[0]).list_approved_versions("veran", "production") == []


def test_a_report_that_gets_too_old(project: Project) -> None:
    policy = project.path / ".quality-gates/policy.toml"
    text = re.sub('max_report_age = ".*"', 'max_report_age = "2d"', policy.read_text())
    policy.write_text(re.sub('approval_expires = ".*"', 'approval_expires = "never"', text))
    project.ok("policy", "propose")
    times = [datetime.now(UTC)]
    registry = registry_at(project.path, lambda: times[0])
    for days, approved in ((0, ["v6.1"]), (1.99, ["v6.1"]), (2.01, []), (1, ["v6.1"])):
        times[0] = datetime.now(UTC) + timedelta(days=days)
        assert registry.list_approved_versions("veran", "production") == approved, days


def test_threads_share_one_registry(project: Project) -> None:
    registry = registry_at(project.path)
    found: list[object] = []

    def ask() -> None:
        for _ in range(5):
            found.append(registry.list_approved_versions("veran", "production"))
            found.append([one.model_version for one in registry.get_approval_history("veran", "v6.1")])

    threads = [Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [["v6.1"]] * 30


_FORKING = """
import os
from gitgates import RegistryIntegration
registry = RegistryIntegration()
print(registry.list_approved_versions("veran", "production"), flush=True)
child = os.fork()
print(registry.list_approved_versions("veran", "production"), flush=True)
if child:
    os.waitpid(child, 0)
    print(registry.get_approval_status("veran", "v6.1", "production").approved, flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")
def test_a_fork_leaves_its_parents_pipe_alone(project: Project) -> None:
    done = run(sys.executable, "-W", "error", "-c", _FORKING, cwd=project.path, env=environment())
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == ["['v6.1']", "['v6.1']", "['v6.1']", "True"]


def test_what_was_read_is_kept_for_the_next_script(project: Project) -> None:
    script = (
        "from gitgates import RegistryIntegration\n"
        "registry = RegistryIntegration()\n"
        "print(registry.list_approved_versions('veran', 'production'))"
    )
    for _ in range(2):
        done = run(sys.executable, "-W", "error", "-c", script, cwd=project.path, env=environment())
        assert (done.code, done.out, done.err) == (0, "['v6.1']\n", "")
    cache = project.path / CACHE
    cache.write_text(cache.read_text().replace('"v6.1"', '"v6.9"'))
    done = run(sys.executable, "-c", script, cwd=project.path, env=environment())
    assert done.out == "['v6.9']\n"


def test_no_such_model_and_no_such_context(project: Project) -> None:
    registry = registry_at(project.path)
    assert registry.list_approved_versions("verna", "production") == []
    assert registry.list_approved_versions("veran", "prod") == []
    assert registry.get_approval_status("verna", "v1", "production") is None
    with pytest.raises(InvalidValue, match="model name"):
        registry.list_approved_versions("a:b", "production")


def test_many_versions_in_turn(project: Project) -> None:
    numbers = range(17)
    for number in numbers:
        project.check(f"veran:w{number}", "development")
    reject = ("reject", "--context", "development")
    for number in numbers:
        project.ok(*reject, "--model", f"veran:w{number}", "--reason", f"reason {number}")
    registry = registry_at(project.path)
    for number in (*numbers, 0):
        status = registry.get_approval_status("veran", f"w{number}", "development")
        assert status is not None
        assert (status.model_version, status.notes) == (f"w{number}", f"reason {number}")
