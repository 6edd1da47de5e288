"""A failing or slow service changes no result, is told of, and holds a command up for at most 5 s."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from gitgates import Notifications
from tests.cli.project import Project, environment
from tests.integrations.notify.services import Service, serving
from tests.support import run

PRODUCTION = ("--model", "veran:v6.1", "--context", "production")
TABLE = '[tool.gitgates.notify]\napproved = ["hook", "slow", "absent"]\n'


@pytest.fixture
def checked(project: Project) -> Project:
    project.check()
    (project.path / "gates.toml").write_text(TABLE)
    return project


def test_a_service_that_hangs(checked: Project, hook: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Service(hangs=True)) as slow:
        monkeypatch.setenv("GITGATES_NOTIFY_SLOW", slow.url.replace("http", "json", 1))
        begun = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "gitgates", "approve", *PRODUCTION],
            cwd=checked.path,
            env=environment(),
            capture_output=True,
            text=True,
        )
        took = time.monotonic() - begun
    assert done.returncode == 0, done
    assert done.stdout.startswith("approved veran:v6.1 for production\n")
    assert done.stderr == (
        "note: slow was not told of approved: no answer within 5 s\n"
        "note: absent was not told of approved: it has no URL here; set GITGATES_NOTIFY_ABSENT\n"
    )
    assert took < 5 + 3  # the rest is the approval itself, on a busy machine
    assert len(slow.requests) == len(hook.requests) == 1
    assert checked.answer() == "allowed"


def test_failures_leave_the_output_as_it_is(checked: Project, hook: Service) -> None:
    hook.status = 500
    done = checked("approve", *PRODUCTION, "--json")
    assert done.code == 0
    assert json.loads(done.out)["schema"] == "gitgates/approve/1"
    assert "note: hook was not told of approved: the service answered 500" in done.err


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        (
            "gates.toml",
            '[tool.gitgates.notify]\naproved = "hook"\n',
            "unknown event or level 'aproved'. Did you mean app",
        ),
        (".config/gitgates/notify.toml", "[slow\n", "notify.toml: not TOML"),
        (".config/gitgates/notify.toml", '[slow]\nurl = "no"\n', "notify.toml: slow: not a URL"),
    ],
)
def test_mistakes_in_files(checked: Project, hook: Service, file: str, text: str, said: str) -> None:
    path = checked.path / file if file == "gates.toml" else checked.path.__class__(os.environ["HOME"]) / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    done = checked("approve", *PRODUCTION)
    assert done.code == 0
    assert "warning: no notifications were sent: " in done.err
    assert said in done.err
    assert checked.answer() == "allowed"
    assert hook.requests == []


def test_check_tells_of_a_mistake_before_it_records(project: Project) -> None:
    (project.path / "gates.toml").write_text('[tool.gitgates.notify]\naproved = "hook"\n')
    before = project.records()
    done = project("check", *PRODUCTION, "--metrics", "metrics-v6.1.json")
    assert done.code == 2
    assert "[tool.gitgates.notify] unknown event or level 'aproved'. Did you mean approved?" in done.err
    assert project.records() == before


def test_a_reader_that_has_gone(checked: Project, hook: Service) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as closed:
        done = subprocess.run(
            [sys.executable, "-m", "gitgates", "approve", *PRODUCTION],
            cwd=checked.path,
            env=environment(),
            stdout=closed,
            stderr=subprocess.PIPE,
        )
    assert done.returncode == 1
    assert hook.told() == [("approved", "success")]  # it is recorded, so it is told


@pytest.mark.parametrize(
    ("module", "said"),
    [
        (
            "raise ModuleNotFoundError('', name='apprise')",
            "Apprise is not installed; run pip install 'gitgates[notify]'",
        ),
        ("raise ModuleNotFoundError('TOKEN', name='other')", "the service did not take it"),
        ("print('TOKEN'); raise RuntimeError('TOKEN')", "the service did not take it"),
    ],
)
def test_an_apprise_that_fails(
    checked: Project, hook: Service, module: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = checked.path.parent / "broken"
    folder.mkdir()
    (folder / "apprise.py").write_text(module)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.setenv("GITGATES_NOTIFY_SLOW", "json://127.0.0.1:1")
    done = checked("approve", *PRODUCTION)
    assert done.code == 0
    assert f"note: slow was not told of approved: {said}" in done.err
    assert "TOKEN" not in done.out + done.err
    assert hook.told() == [("approved", "success")]


def test_a_project_without_a_table_pays_nothing(project: Project) -> None:
    project.check()
    (project.path / "pyproject.toml").write_text("[project]\n")
    lines = (
        "import sys",
        "from gitgates.cli.main import main",
        f"assert main(['approve', *{PRODUCTION}]) == 0",
        "print(sorted(name for name in sys.modules if 'notif' in name or name == 'gitgates.config.files'))",
    )
    done = run(sys.executable, "-c", "\n".join(lines), cwd=project.path, env=environment())
    assert done.code == 0, done
    assert done.out.splitlines()[-1] == "['gitgates.cli.notifying', 'gitgates.config.notify_glance']"


def test_an_interruption(checked: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Service(hangs=True)) as slow:
        monkeypatch.setenv("GITGATES_NOTIFY_SLOW", f"{slow.url.replace('http', 'json', 1)}/?rto=60")
        process = subprocess.Popen(
            [sys.executable, "-m", "gitgates", "approve", *PRODUCTION],
            cwd=checked.path,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        slow.on_request = lambda: process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (0, "warning: interrupted while notifications were sent; the result stands\n")
    assert checked.answer() == "allowed"


def test_an_interpreter_that_has_gone(checked: Project, hook: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(checked.path / "gone"))
    done = checked("approve", *PRODUCTION)
    assert done.code == 0
    assert "warning: no notifications were sent: " in done.err
    assert not Notifications(checked.path).send("hook", message="m")
