"""`gitgates hooks`: where the hooks go, what becomes of those that are there, and that they run from there."""

import json
import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from gitgates.integrations.hooks import CLIENT_HOOKS, HOOKS
from gitgates.integrations.hooks.scripts import script
from tests.cli.project import environment
from tests.git.pushing import Pusher, make_pusher, program
from tests.support import CHECKOUT, Gitgates, Keys, RepositoryFactory, Result, git, run

# What was here first: says that it ran, what it was given, and ends as it is told.
EARLIER = """#!/bin/sh
echo "earlier: $* $(cat | tr ' ' _)" >&2
exit {}
"""


@pytest.fixture
def pusher(repository: RepositoryFactory, gitgates: Gitgates, keys: Keys, tmp_path: Path) -> Pusher:
    """Give a clone without a ledger: the usual branch of ledgers is protected all the same."""
    return make_pusher(repository, gitgates, keys.alice, tmp_path, with_ledger=False)


def states(gitgates: Gitgates, cwd: Path, *names: str) -> dict[str, str]:
    hooks: list[dict[str, Any]] = json.loads(gitgates("hooks", "status", *names, "--json", cwd=cwd).out)["hooks"]
    return {hook["name"]: hook["state"] for hook in hooks}


def write_hook(path: Path, text: str, mode: int = 0o755) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def refused(pusher: Pusher, cwd: Path | None = None) -> Result:
    """Push what the hook must refuse."""
    assert pusher.push("--no-verify", "origin", "HEAD:refs/heads/quality-gates", cwd=cwd).code == 0
    done = pusher.push("origin", ":quality-gates", cwd=cwd)
    assert done.code == 1
    assert "rule: the ledger is append-only" in done.err
    return done


def test_install_and_uninstall(repository: RepositoryFactory, gitgates: Gitgates) -> None:
    path = repository()
    assert states(gitgates, path) == dict.fromkeys(CLIENT_HOOKS, "not installed")
    assert gitgates("hooks", "status", cwd=path).code == 1
    first, second = (json.loads(gitgates("hooks", "install", "--json", cwd=path).out) for _ in range(2))
    assert (first["changed"], second["changed"]) == ([*CLIENT_HOOKS], [])
    assert first["hooks"] == second["hooks"]
    assert os.access(path / ".git/hooks/pre-push", os.X_OK)
    assert gitgates("hooks", "status", cwd=path).out.splitlines() == [
        f"pre-push: installed ({path}/.git/hooks/pre-push)",
        f"post-merge: installed ({path}/.git/hooks/post-merge)",
        f"post-rewrite: installed ({path}/.git/hooks/post-rewrite)",
    ]
    done = json.loads(gitgates("hooks", "uninstall", "--json", cwd=path).out)
    assert done["changed"] == [*CLIENT_HOOKS]
    assert json.loads(gitgates("hooks", "uninstall", "--json", cwd=path).out)["changed"] == []
    assert [file for file in (path / ".git/hooks").iterdir() if file.suffix != ".sample"] == []


def test_only_those_that_are_named(repository: RepositoryFactory, gitgates: Gitgates) -> None:
    path = repository()
    assert gitgates("hooks", "install", "post-merge", cwd=path).code == 0
    assert states(gitgates, path, *HOOKS) == {
        "pre-push": "not installed", "post-merge": "installed", "post-rewrite": "not installed",
        "pre-receive": "not installed",
    }  # fmt: skip
    done = gitgates("hooks", "install", "pre-commit", cwd=path)
    assert done.code == 2
    assert "unknown hook 'pre-commit'. Known hooks: pre-push, post-merge, post-rewrite, pre-receive" in done.err


def test_a_bare_repository_gets_the_servers_hook(repository: RepositoryFactory, gitgates: Gitgates) -> None:
    path = repository("server", bare=True)
    assert gitgates("hooks", "install", cwd=path).code == 0
    assert states(gitgates, path) == {"pre-receive": "installed"}
    assert os.access(path / "hooks/pre-receive", os.X_OK)


@pytest.mark.parametrize("code", [0, 7])
def test_the_hook_that_was_there_goes_first_and_comes_back(pusher: Pusher, gitgates: Gitgates, code: int) -> None:
    hook = pusher.path / ".git/hooks/pre-push"
    write_hook(hook, EARLIER.format(code))
    assert states(gitgates, pusher.path)["pre-push"] == "another's"
    done = gitgates("hooks", "install", cwd=pusher.path)
    assert done.code == 0
    assert f"calls first: {hook}.before-gitgates" in done.out
    assert gitgates("hooks", "install", cwd=pusher.path).out == done.out
    new = git(pusher.path, "rev-parse", "HEAD")
    git(pusher.path, "push", "--quiet", "--no-verify", "origin", "HEAD:refs/heads/quality-gates")
    pushed = pusher.push("origin", ":quality-gates")
    assert pushed.code == 1
    assert f"earlier: origin {pusher.server} (delete)_{'0' * 40}_refs/heads/quality-gates_{new}" in pushed.err
    assert ("append-only" in pushed.err) is (code == 0)  # one that fails ends it
    assert gitgates("hooks", "uninstall", cwd=pusher.path).code == 0
    assert hook.read_text() == EARLIER.format(code)


def test_a_hook_that_git_would_not_run_is_not_called(pusher: Pusher, gitgates: Gitgates) -> None:
    hook = write_hook(pusher.path / ".git/hooks/pre-push", EARLIER.format(7), 0o644)
    assert gitgates("hooks", "install", cwd=pusher.path).code == 0
    assert "earlier" not in refused(pusher).err
    assert gitgates("hooks", "uninstall", cwd=pusher.path).code == 0
    assert not os.access(hook, os.X_OK)


def test_another_hook_put_in_front_of_ours_is_not_run_for_ever(pusher: Pusher, gitgates: Gitgates) -> None:
    """pre-commit moves what it finds to pre-push.legacy and calls it; installing again then chains pre-commit."""
    hooks = pusher.path / ".git/hooks"
    (hooks / "pre-push").rename(hooks / "pre-push.legacy")
    text = '#!/bin/sh\necho front >&2\nexec "$(dirname "$0")/pre-push.legacy" "$@"\n'
    write_hook(hooks / "pre-push", text)
    assert gitgates("hooks", "install", cwd=pusher.path).code == 0
    assert refused(pusher).err.count("front\n") == 1


def test_no_room_for_the_hook_that_is_there(pusher: Pusher, gitgates: Gitgates) -> None:
    hook = pusher.path / ".git/hooks/pre-push"
    for path in (hook, Path(f"{hook}.before-gitgates")):
        write_hook(path, EARLIER.format(0))
    done = gitgates("hooks", "install", cwd=pusher.path)
    assert done.code == 2
    assert f"{hook}: is another's, and so is {hook}.before-gitgates" in done.err
    assert hook.read_text() == EARLIER.format(0)


def test_outdated_and_not_executable(repository: RepositoryFactory, gitgates: Gitgates) -> None:
    path = repository()
    gitgates("hooks", "install", cwd=path)
    hook, other = path / ".git/hooks/pre-push", path / ".git/hooks/post-merge"
    now = hook.read_text()
    for text in (
        f"{now}# more\n",
        now.replace(shlex.quote(sys.executable), "/gone/python"),
        now.replace("python=", "python='"),
    ):
        hook.write_text(text)
        assert states(gitgates, path)["pre-push"] == "outdated"
    other.chmod(0o644)
    done = gitgates("hooks", "status", cwd=path)
    assert done.code == 1
    assert f"post-merge: not executable ({other})" in done.out
    assert "renew it: `gitgates hooks install pre-push`" in done.out
    assert gitgates("hooks", "install", cwd=path).code == 0
    assert hook.read_text() == now
    assert os.access(other, os.X_OK)


def test_a_link_that_leads_nowhere_is_anothers(repository: RepositoryFactory, gitgates: Gitgates) -> None:
    path = repository()
    hook = path / ".git/hooks/pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.symlink_to("gone")
    assert states(gitgates, path)["pre-push"] == "another's"
    assert gitgates("hooks", "install", "pre-push", cwd=path).code == 0
    assert gitgates("hooks", "uninstall", "pre-push", cwd=path).code == 0
    assert hook.readlink() == Path("gone")


def test_a_folder_in_the_place_of_a_hook(repository: RepositoryFactory, gitgates: Gitgates) -> None:
    path = repository()
    (path / ".git/hooks/pre-push").mkdir(parents=True)
    for action in ("status", "install", "uninstall"):
        done = gitgates("hooks", action, cwd=path)
        assert done.code == 2
        assert f"{path}/.git/hooks/pre-push: Is a directory" in done.err


def test_a_hook_that_was_there_and_is_a_folder_now(repository: RepositoryFactory, gitgates: Gitgates) -> None:
    path = repository()
    gitgates("hooks", "install", "pre-push", cwd=path)
    before = path / ".git/hooks/pre-push.before-gitgates"
    before.mkdir()
    done = gitgates("hooks", "uninstall", "pre-push", cwd=path)
    assert done.code == 2
    assert f"{path}/.git/hooks/pre-push: " in done.err
    assert states(gitgates, path, "pre-push") == {"pre-push": "installed"}


# --- where git looks -------------------------------------------------------------------------------------------------


def test_the_folder_that_the_repository_names(pusher: Pusher, gitgates: Gitgates) -> None:
    gitgates("hooks", "uninstall", cwd=pusher.path)
    git(pusher.path, "config", "core.hooksPath", ".githooks")
    (pusher.path / "deep").mkdir()
    assert gitgates("hooks", "install", cwd=pusher.path / "deep").code == 0
    assert os.access(pusher.path / ".githooks/pre-push", os.X_OK)
    refused(pusher)


def test_a_folder_of_all_repositories_is_left_alone(
    repository: RepositoryFactory, gitgates: Gitgates, home: Path
) -> None:
    git(home, "config", "--global", "core.hooksPath", "~/hooks")
    path = repository()
    done = gitgates("hooks", "install", cwd=path)
    assert done.code == 2
    assert f"core.hooksPath is set for all your repositories, to {home}/hooks" in done.err
    for name in CLIENT_HOOKS:
        assert f'`gitgates hook {name} "$@"` in {home}/hooks/{name}' in done.err
    assert not (home / "hooks").exists()
    assert states(gitgates, path)["pre-push"] == "not installed"
    git(path, "config", "core.hooksPath", ".git/hooks")  # the remedy
    assert gitgates("hooks", "install", cwd=path).code == 0


def test_a_script_of_all_repositories_that_calls_gitgates(pusher: Pusher, gitgates: Gitgates, home: Path) -> None:
    """What the refusal tells people to do: then it is in force here, and there is nothing left to install."""
    gitgates("hooks", "uninstall", cwd=pusher.path)
    git(home, "config", "--global", "core.hooksPath", "~/hooks")
    for name in ("pre-push", "post-merge"):
        write_hook(home / f"hooks/{name}", f'#!/bin/sh\ngitgates hook {name} "$@"\n')
    done = gitgates("hooks", "install", cwd=pusher.path)
    assert done.code == 2
    assert f"gitgates: core.hooksPath is set for all your repositories, to {home}/hooks" in done.err
    assert "hook pre-push" not in done.err
    assert '`gitgates hook post-rewrite "$@"` in ' in done.err
    write_hook(home / "hooks/post-rewrite", 'cd /\n# gitgates hook post-rewrite "$@"\n')
    assert states(gitgates, pusher.path) == {
        "pre-push": "another's, which calls gitgates", "post-merge": "another's, which calls gitgates",
        "post-rewrite": "another's",
    }  # fmt: skip
    script = write_hook(home / "hooks/post-rewrite", '#!/bin/sh\nexec /opt/gitgates hook post-rewrite "$@"\n')
    assert gitgates("hooks", "install", cwd=pusher.path).code == 0
    assert gitgates("hooks", "status", cwd=pusher.path).code == 0
    assert json.loads(gitgates("hooks", "uninstall", "--json", cwd=pusher.path).out)["changed"] == []
    refused(pusher)
    script.chmod(0o644)
    assert states(gitgates, pusher.path, "post-rewrite") == {"post-rewrite": "another's"}


def test_no_folder(repository: RepositoryFactory, gitgates: Gitgates) -> None:
    path = repository()
    git(path, "config", "core.hooksPath", "/dev/null")
    assert states(gitgates, path)["pre-push"] == "not installed"
    done = gitgates("hooks", "install", cwd=path)
    assert done.code == 2
    assert "/dev/null/pre-push: " in done.err


def test_a_linked_worktree(pusher: Pusher, gitgates: Gitgates, tmp_path: Path) -> None:
    gitgates("hooks", "uninstall", cwd=pusher.path)
    git(pusher.path, "worktree", "add", "--quiet", tmp_path / "linked")
    assert gitgates("hooks", "install", cwd=tmp_path / "linked").code == 0
    assert os.access(pusher.path / ".git/hooks/pre-push", os.X_OK)
    refused(pusher, tmp_path / "linked")


def test_a_submodule(pusher: Pusher, gitgates: Gitgates, repository: RepositoryFactory) -> None:
    above = repository("above")
    assert pusher.push("origin", "main").code == 0
    allowed = ("-c", "protocol.file.allow=always")
    git(above, *allowed, "submodule", "--quiet", "add", pusher.server.as_uri(), "model")
    assert gitgates("hooks", "install", cwd=above / "model").code == 0
    assert os.access(above / ".git/modules/model/hooks/pre-push", os.X_OK)
    refused(pusher, above / "model")


# --- how gitgates is found -------------------------------------------------------------------------------------------


def tools(folder: Path) -> str:
    """Return a PATH with what the scripts need, and no gitgates."""
    folder.mkdir()
    for name in ("git", "sh", "cat", "dirname", "ssh-keygen"):
        real = shutil.which(name)
        assert real is not None
        (folder / name).symlink_to(real)
    return str(folder)


def test_the_python_that_was_noted(pusher: Pusher, tmp_path: Path) -> None:
    """A folder called gitgates in the repository is not run in its place."""
    (pusher.path / "gitgates").mkdir()
    (pusher.path / "gitgates/__main__.py").write_text("raise SystemExit(0)\n")
    env = environment(PATH=tools(tmp_path / "tools"))
    git(pusher.path, "push", "--quiet", "--no-verify", "origin", "HEAD:refs/heads/quality-gates")
    done = run("git", "push", "origin", ":quality-gates", cwd=pusher.path, env=env)
    assert done.code == 1
    assert "rule: the ledger is append-only" in done.err


def test_without_gitgates_nothing_is_pushed(pusher: Pusher, tmp_path: Path) -> None:
    for name in CLIENT_HOOKS:
        write_hook(pusher.path / f".git/hooks/{name}", script(name))
    env = {"PATH": tools(tmp_path / "tools")}
    done = run("git", "push", "origin", "main", cwd=pusher.path, env=env)
    assert done.code == 1
    assert "pre-push: blocked: gitgates is not found" in done.err
    git(pusher.path, "branch", "other")
    git(pusher.path, "commit", "--quiet", "--allow-empty", "--message", "more")
    git(pusher.path, "checkout", "--quiet", "other")
    merged = run("git", "merge", "--quiet", "main", cwd=pusher.path, env=env)
    assert merged.code == 0
    assert "post-merge: gitgates is not found" in merged.err
    git(pusher.path, "commit", "--quiet", "--allow-empty", "--message", "mine")
    amended = run("git", "commit", "--quiet", "--amend", "--allow-empty", "--no-edit", cwd=pusher.path, env=env)
    assert (amended.code, amended.err) == (0, "")
    rebased = run("git", "rebase", "--quiet", "--onto", "main~1", "main", cwd=pusher.path, env=env)
    assert (rebased.code, "post-rewrite: gitgates is not found" in rebased.err) == (0, True), rebased


@pytest.mark.parametrize(
    ("name", "args", "lines", "told"),
    [
        ("post-merge", ["0"], "", "earlier: 0 \n"),
        ("post-rewrite", ["rebase"], "old new\n", "earlier: rebase old_new\n"),
        ("post-rewrite", ["amend"], "", "earlier: amend \n"),
    ],
)
def test_the_others_call_what_was_there(
    pusher: Pusher, gitgates: Gitgates, name: str, args: list[str], lines: str, told: str
) -> None:
    write_hook(pusher.path / f".git/hooks/{name}", EARLIER.format(7))
    assert gitgates("hooks", "install", cwd=pusher.path).code == 0
    env = environment(PATH=pusher.search_path)
    done = run(pusher.path / f".git/hooks/{name}", *args, cwd=pusher.path, env=env, stdin=lines)
    assert (done.code, done.err) == (7, told)


@pytest.mark.parametrize("name", HOOKS)
def test_each_script_is_one_for_any_shell(name: str) -> None:
    file = CHECKOUT / "hooks" / name
    assert os.access(file, os.X_OK)
    text = file.read_text()
    assert text == script(name)
    assert text.startswith(f"#!/bin/sh\n# gitgates hook: {name}\n")
    assert "\npython=''\n" in text
    assert run("sh", "-n", file) == Result(0, "", "")


# --- pre-commit ------------------------------------------------------------------------------------------------------


def test_what_pre_commit_reads(tmp_path: Path) -> None:
    """Its fields, by hand: the file is simple enough to be read without a YAML reader."""
    blocks = (CHECKOUT / ".pre-commit-hooks.yaml").read_text().removeprefix("- ").split("\n- ")
    hooks = [dict(line.strip().split(": ", 1) for line in block.strip().splitlines()) for block in blocks]
    assert [hook["id"] for hook in hooks] == [f"gitgates-{name}" for name in CLIENT_HOOKS]
    search_path = program(tmp_path / "bin")
    for hook in hooks:
        stage = hook["id"].removeprefix("gitgates-")
        assert hook["entry"] == f"gitgates hook {stage}"
        assert hook["stages"] == f"[{stage}]"
        assert (hook["language"], hook["always_run"], hook["pass_filenames"]) == ("python", "true", "false")
        assert hook["minimum_pre_commit_version"] == "3.2.0"  # the first that calls the stage pre-push
        git(tmp_path, "init", "--quiet", stage)
        done = run(*hook["entry"].split(), cwd=tmp_path / stage, env=environment(PATH=search_path))
        assert done == Result(0, "", "")
