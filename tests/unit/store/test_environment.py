"""What reaches git of the environment."""

from pathlib import Path

from gitgates.store.environment import KEPT, scrubbed
from tests.support import git


def test_every_variable_that_git_calls_local_is_dropped_or_forced(tmp_path: Path) -> None:
    local = git(tmp_path, "rev-parse", "--local-env-vars").split()
    env = scrubbed(dict.fromkeys(local, "elsewhere"))
    assert "elsewhere" not in env.values()


def test_unknown_git_variables_are_dropped_and_the_users_settings_stay() -> None:
    env = scrubbed({"GIT_TRACE": "1", "GIT_EXTERNAL_DIFF": "/bin/x", "GIT_SOMETHING_NEW": "1", "HOME": "/home/a"})
    assert not {"GIT_TRACE", "GIT_EXTERNAL_DIFF", "GIT_SOMETHING_NEW"} & set(env)
    assert env["HOME"] == "/home/a"
    assert {name: env.get(name) for name in KEPT} == dict.fromkeys(KEPT)
    assert scrubbed(dict.fromkeys(KEPT, "mine")).items() >= dict.fromkeys(KEPT, "mine").items()


def test_quarantine_stays_only_inside_a_receiving_hook() -> None:
    folders = {"GIT_OBJECT_DIRECTORY": "/q", "GIT_ALTERNATE_OBJECT_DIRECTORIES": "/o"}
    assert "GIT_OBJECT_DIRECTORY" not in scrubbed(folders)
    assert scrubbed({**folders, "GIT_QUARANTINE_PATH": "/q"}).items() >= folders.items()


def test_reads_take_no_optional_locks_and_given_settings_are_added() -> None:
    assert scrubbed({})["GIT_OPTIONAL_LOCKS"] == "0"
    assert "GIT_OPTIONAL_LOCKS" not in scrubbed({}, write=True)
    env = scrubbed({}, config={"filter.a=b.clean": ""})
    last = int(env["GIT_CONFIG_COUNT"]) - 1
    assert (env[f"GIT_CONFIG_KEY_{last}"], env[f"GIT_CONFIG_VALUE_{last}"]) == ("filter.a=b.clean", "")
