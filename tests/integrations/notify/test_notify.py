"""`gitgates notify`: trying the names, and showing where they lead without showing it."""

from pathlib import Path

import pytest

from tests.cli.project import Project
from tests.integrations.notify.services import Service

TOKEN = "t0ken0000"


@pytest.fixture
def routed(bare_project: Project) -> Project:
    text = '[tool.gitgates.notify]\napproved = ["hook"]\nerror = ["pager", "hook"]\n'
    (bare_project.path / "gates.toml").write_text(text)
    return bare_project


def users_file(home: Path, text: str) -> Path:
    path = home / ".config/gitgates/notify.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_each_name_is_tried(routed: Project, hook: Service, home: Path) -> None:
    assert routed("notify", "test").out.splitlines() == [
        "hook: sent",
        "pager: it has no URL here; set GITGATES_NOTIFY_PAGER",
    ]
    users_file(home, f'[pager]\nurl = "{hook.url.replace("http", "json", 1)}/{TOKEN}"\n')
    done = routed("notify", "test")
    assert (done.code, done.out) == (0, "hook: sent\npager: sent\n")
    hook.status = 404
    value = routed.json("notify", "test", "--name", "pager", code=1)
    assert value["names"] == [{"name": "pager", "sent": False, "problem": "the service answered 404"}]
    assert hook.requests[-1].json()["title"] == "gitgates notify test"


def test_some_names_are_tried(routed: Project, hook: Service) -> None:
    done = routed("notify", "test", "--event", "approved")
    assert (done.code, done.out) == (0, "hook: sent\n")
    done = routed("notify", "test", "--event", "rejected")
    assert (done.code, done.err) == (
        2,
        "gitgates: --event: no name is told of rejected. `gitgates notify list` shows who is told\n",
    )
    done = routed("notify", "test", "--event", "aproved")
    assert done.err == "gitgates: --event: unknown event or level 'aproved'. Did you mean approved?\n"
    done = routed("notify", "test", "--name", "hok")
    assert (done.code, done.err) == (2, "gitgates: --name: unknown name 'hok'. Did you mean hook?\n")
    assert len(hook.requests) == 1


def test_nobody_is_told_of_anything(bare_project: Project) -> None:
    done = bare_project("notify", "test")
    assert done.code == 2
    assert 'Write gates_blocked = ["slack-deployments"] below [tool.gitgates.notify]' in done.err
    done = bare_project("notify", "list")
    assert (done.code, done.out) == (0, "no name is told of anything: the table notify is empty or absent\n")


def test_the_list_shows_no_url(routed: Project, hook: Service, home: Path) -> None:
    done = routed("notify", "list")
    assert done.code == 1
    assert done.out.splitlines()[1:] == [
        "hook   approved, error  GITGATES_NOTIFY_HOOK",
        "pager  error            none; set GITGATES_NOTIFY_PAGER",
    ]
    path = users_file(home, f'[pager]\nurl = "pagerduty://{TOKEN}@{TOKEN}"\n')
    value = routed.json("notify", "list")
    assert [(one["source"], one["signed"]) for one in value["names"]] == [
        ("GITGATES_NOTIFY_HOOK", True),
        (str(path), False),
    ]
    assert TOKEN not in str(value)
    assert hook.url not in str(value)


@pytest.mark.usefixtures("hook")
def test_tokens_that_others_can_read(routed: Project, home: Path) -> None:
    path = users_file(home, f'[pager]\nurl = "pagerduty://{TOKEN}@{TOKEN}"\n')
    path.chmod(0o600)
    assert routed("notify", "list").err == ""
    path.chmod(0o640)
    done = routed("notify", "list")
    assert (done.code, done.err) == (
        0,
        f"note: {path} may hold tokens, and others on this machine can read it: chmod 600 {path}\n",
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("url = 1\n", "url is not a table. Write [url], and below it: url = ..."),
        ("[pager]\n", "[pager] url is missing"),
        ('[pager]\nURL = "x"\n', "[pager] unknown key 'URL'. "),
        ("[pager]\nurl = 1\n", "[pager] url must be text"),
        ("[Pager]\n", "'Pager' is no name for a URL. Use lower-case letters, digits and -"),
        ('[x-secret]\nurl = "a://b"\n', "'x-secret' ends like the variable of a secret. Choose another name"),
        (
            f'[pager]\nurl = "slack://{TOKEN}"\nsecret = "s"\n',
            "a secret signs webhooks, whose URL begins with https://",
        ),
        ("\x00", "notify.toml: not TOML"),
    ],
)
def test_mistakes_in_the_users_file(routed: Project, home: Path, text: str, said: str) -> None:
    path = users_file(home, text)
    done = routed("notify", "test")
    assert done.code == 2
    assert str(path) in done.err
    assert said in done.err
    assert TOKEN not in done.err


def test_a_users_file_that_cannot_be_read(routed: Project, home: Path) -> None:
    (home / ".config/gitgates/notify.toml").mkdir(parents=True)
    done = routed("notify", "list")
    assert (done.code, done.err) == (2, f"gitgates: {home}/.config/gitgates/notify.toml: Is a directory\n")


def test_outside_any_repository(hook: Service, routed: Project, tmp_path: Path, home: Path) -> None:
    users_file(home, '[pager]\nurl = "json://127.0.0.1:1"\n')
    (tmp_path / "gates.toml").write_text('[tool.gitgates.notify]\nerror = "pager"\n')
    done = routed.run("notify", "list", "-C", tmp_path)
    assert done.code == 0, done
