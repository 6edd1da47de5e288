"""Attacks on notifications: where data goes, what it can do there, and what others can see of it."""

import hashlib
import hmac
import json
import sys
from pathlib import Path

import pytest

from tests.cli.project import Project, copy_inputs
from tests.integrations.notify.fixtures import SECRET, twins
from tests.integrations.notify.services import Service, serving
from tests.support import Gitgates, Keys, RepositoryFactory, git

APPROVE = ("approve", "--model", "veran:v6.1", "--context", "staging")
TOKEN = "T0KENT0KEN"


@pytest.fixture
def checked(
    direct: None, repository: RepositoryFactory, gitgates: Gitgates, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> Project:
    """Give a project with a report, whose approvals are told to `chat`."""
    monkeypatch.setenv("GITGATES_SIGNING_KEY", str(keys.alice.path))
    project = Project(repository(), gitgates, keys.alice)
    copy_inputs(project.path)
    project.ok("init")
    project.check("veran:v6.1", "staging")
    (project.path / "gates.toml").write_text('[tool.gitgates.notify]\napproved = "chat"\n')
    return project


@pytest.mark.parametrize("name", ["gates.toml", "pyproject.toml"])
@pytest.mark.parametrize(
    "text",
    ['approved = "URL"', 'approved = ["URL"]', 'chat = "URL"', '[tool.gitgates.notify.chat]\nurl = "URL"'],
)
def test_a_url_in_the_projects_files(checked: Project, hook: Service, name: str, text: str) -> None:
    url = f"{hook.url.replace('http', 'json', 1)}/{TOKEN}"
    (checked.path / "gates.toml").unlink()
    (checked.path / name).write_text(f"[tool.gitgates.notify]\n{text.replace('URL', url)}\n")
    before = checked.records()
    done = checked("check", "--model", "veran:v6.1", "--context", "staging", "--metrics", "metrics-v6.1.json")
    assert done.code == 2
    assert "a URL is never taken from the repository" in done.err
    assert TOKEN not in done.err
    assert checked.records() == before
    assert checked("notify", "test").code == 2
    assert "a URL is never taken from the repository" in checked(*APPROVE).err
    assert hook.requests == []


def test_a_url_elsewhere_in_the_repository(checked: Project, hook: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    url = hook.url.replace("http", "json", 1)
    for key in ("gitgates.notify.chat.url", "gitgates.notify.chat", "gitgates.notify-chat"):
        git(checked.path, "config", key, url)
    text = f'[chat]\nurl = "{url}"\n'
    for place in ("notify.toml", ".config/gitgates/notify.toml", "gitgates/notify.toml", ".quality-gates/notify.toml"):
        (checked.path / place).parent.mkdir(parents=True, exist_ok=True)
        (checked.path / place).write_text(text)
    monkeypatch.setenv("XDG_CONFIG_HOME", ".config")
    done = checked.ok(*APPROVE)
    assert done.err == "note: chat was not told of approved: it has no URL here; set GITGATES_NOTIFY_CHAT\n"
    assert hook.requests == []


def test_a_users_file_in_the_worktree(checked: Project, hook: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = checked.path / "dotfiles"
    (folder / "gitgates").mkdir(parents=True)
    (folder / "gitgates/notify.toml").write_text(f'[chat]\nurl = "{hook.url.replace("http", "json", 1)}"\n')
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    done = checked("notify", "test")
    assert done.code == 2
    assert f"lies in the repository {checked.path}, and URLs are never taken from there" in done.err
    assert hook.requests == []


def test_mentions_and_markup(checked: Project, hook: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "GITGATES_NOTIFY_CHAT", f"{hook.url.replace('http', 'mmost', 1)}/3ccdd113474722377935511fc85d3dd4"
    )
    checked.ok(*APPROVE, "--notes", "<!channel> @here [a](http://evil) **b**\n# c", "--approved-by", "x@everyone")
    (request,) = hook.requests
    lines = request.json()["text"].splitlines()
    assert twins("notes: {<}!channel{>} {@}here {[}a{]}(http{:}//evil) {*}{*}b{*}{*} # c") in lines
    assert twins("on behalf of: x{@}everyone") in lines
    assert "signer: alice@example.com" in lines


def test_modules_in_the_current_folder(checked: Project, hook: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITGATES_NOTIFY_CHAT", hook.url.replace("http", "json", 1))
    for name in ("apprise", "requests", "json", "sitecustomize", "gitgates", "logging"):
        (checked.path / f"{name}.py").write_text("open('ran', 'w')\n")
    done = checked.ok(*APPROVE)
    assert done.err == ""
    assert len(hook.requests) == 1
    assert not (checked.path / "ran").exists()


@pytest.mark.parametrize("scheme", ["json", "slack", "http"])
def test_a_token_is_never_shown(checked: Project, hook: Service, scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    hook.status = 500
    urls = {"json": f"json://{TOKEN}:{TOKEN}@{hook.url[7:]}/{TOKEN}", "slack": f"slack://{TOKEN}", "http": hook.url}
    monkeypatch.setenv("GITGATES_NOTIFY_CHAT", urls[scheme] if scheme != "http" else f"{hook.url}/{TOKEN}")
    if scheme == "http":
        monkeypatch.setenv("GITGATES_NOTIFY_CHAT_SECRET", TOKEN)
    for command, code in ((APPROVE, 0), (("notify", "test"), 1), (("notify", "list"), 0), ((*APPROVE, "--json"), 0)):
        done = checked(*command)
        assert done.code == code, done
        assert TOKEN not in done.out + done.err
        assert hook.url not in done.out + done.err


def test_arguments_show_no_token(checked: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []

    def look() -> None:
        for process in Path("/proc").glob("[0-9]*"):
            try:
                seen.append((process / "cmdline").read_bytes())
            except OSError:  # it has ended meanwhile
                continue

    with serving(Service(on_request=look)) as service:
        monkeypatch.setenv("GITGATES_NOTIFY_CHAT", f"{service.url}/{TOKEN}")
        monkeypatch.setenv("GITGATES_NOTIFY_CHAT_SECRET", TOKEN)
        checked.ok(*APPROVE)
    assert len(service.requests) == 1
    assert sys.platform != "linux" or any(b"integrations.notify.worker" in arguments for arguments in seen)
    assert [arguments for arguments in seen if TOKEN.encode() in arguments] == []


def test_a_forged_message(checked: Project, hook: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITGATES_NOTIFY_CHAT", hook.url)
    monkeypatch.setenv("GITGATES_NOTIFY_CHAT_SECRET", SECRET)
    checked.ok(*APPROVE)
    (request,) = hook.requests
    signed = request.headers["X-Gitgates-Signature-256"].removeprefix("sha256=")
    forged = json.dumps({**request.json(), "event": "rejected"}).encode()
    fits = [hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest() == signed for body in (request.body, forged)]
    assert fits == [True, False]
