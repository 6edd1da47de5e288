"""docs/how-to/team.md: its commands, run in order as the people that it tells of."""

import json
import shlex
from pathlib import Path

import pytest

from tests.docs.markdown import blocks
from tests.support import CHECKOUT, Gitgates, Keys, Result

PAGE = CHECKOUT / "docs/how-to/team.md"


def commands(heading: str) -> list[str]:
    (block,) = (block for block in blocks(PAGE, "console") if block.heading == heading)
    return [line.removeprefix("$ ") for line in block.text.splitlines()]


@pytest.mark.parametrize("branch", [(), ("--ledger-branch", "quality-gates")])
def test_the_page(
    branch: tuple[str, ...], workplace: Path, gitgates: Gitgates, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    def act(command: str, code: int = 0, **replaced: str) -> Result:
        line, _, target = command.partition(" > ")
        for old, new in replaced.items():
            line = line.replace(old, new)
        program, *args = shlex.split(line)
        assert program == "gitgates"
        done = gitgates(*args)
        assert done.code == code, (line, done)
        if target:
            (workplace / target).write_text(done.out)
        return done

    def be(key: Path) -> None:
        monkeypatch.setenv("GITGATES_SIGNING_KEY", str(key))

    assert gitgates("init", *branch).code == 0
    for key in (keys.bob, keys.carol):
        name = key.principal.partition("@")[0]
        (workplace / f"{name}.pub").write_text(f"{key.public} {key.principal}\n")

    *_, listed = [act(command) for command in commands("1. Bring in the others")]
    assert listed.out.count("SHA256:") == 3

    *earlier, propose = commands("2. Propose the rules")
    told = [act(command).out for command in earlier][-1]
    assert "production needs 2 approval(s) instead of 1\n" in told
    proposed = act(propose, code=1)
    assert "it lacks 1 more admin signature(s) of its own" in proposed.out

    be(keys.bob.path)
    pending, show, endorse, log = commands("3. Have it endorsed")
    waiting = act(pending)
    assert "could endorse: bob@example.com, carol@example.com" in waiting.out
    (policy,) = json.loads(gitgates("status", "--pending", "--json").out)["policies"]
    assert policy["id"] in waiting.out
    assert "policies need 2 admin(s) instead of 1" in act(show, ID=policy["id"]).out
    assert "it is in force" in act(endorse, ID=policy["id"]).out
    assert "signed by alice@example.com and bob@example.com" in act(log).out

    be(keys.alice.path)
    check, pending, approve, can_deploy = commands("4. Approve as a team")
    act(check)
    waiting = act(pending)
    assert "lacks 2 approval(s)\n  could approve: bob@example.com, carol@example.com\n" in waiting.out
    refused = act(approve, code=1)
    assert "report" in refused.err
    act(can_deploy, code=1)
    for key in (keys.bob, keys.carol):
        act(can_deploy, code=1)
        be(key.path)
        act(approve)
    act(can_deploy)
    assert act(pending).out == "nothing waits\n"
