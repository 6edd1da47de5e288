"""`GitHubActionsIntegration`: nothing that it is given can become a command, an output or markup."""

from pathlib import Path

import pytest

from gitgates import GitHubActionsIntegration
from gitgates.codec.escape import escaped
from gitgates.errors import StoreError, UsageError
from gitgates.integrations.ci.github import output
from tests.integrations.ci.hostile import EMPTY, GOOD, WORDS, report
from tests.integrations.ci.runner import Step, commands, rendered


@pytest.mark.parametrize("word", WORDS)
def test_words_of_strangers(word: str, step: Step, capsys: pytest.CaptureFixture[str]) -> None:
    GitHubActionsIntegration().block_merge(report(word, gate=f"gate {word}"), word)
    found = commands(capsys.readouterr().out)
    assert [name for name, _, _ in found] == ["error", "error"]
    assert [data for _, _, data in found] == [escaped(word)] * 2
    assert step.outputs() == {"outcome": "failed", "blocked": "true", "record": ""}
    shown = rendered(step.summary.read_text())
    assert shown[0] == "ve¦ran`<b>@x:v6.2 ](x) production"
    assert len(shown) == (4 if word.strip() else 2)


@pytest.mark.parametrize("word", WORDS)
def test_outputs_of_strangers(word: str, step: Step) -> None:
    step.output.write_text(output("record", word) + output("outcome", "failed"))
    assert step.outputs() == {"record": escaped(word), "outcome": "failed"}


def test_no_delimiter_twice(step: Step) -> None:
    first, second = (output("record", "x").split("\n")[0] for _ in range(2))
    assert first != second


def test_passed(step: Step, capsys: pytest.CaptureFixture[str]) -> None:
    GitHubActionsIntegration(step.summary.parent).report(GOOD)
    assert capsys.readouterr().out == ""
    assert step.outputs() == {"outcome": "passed", "blocked": "false", "record": ""}
    assert step.summary.read_text().startswith("### Gates: `veran:v1 staging` passed\n")
    GitHubActionsIntegration().report(report("slow", passed=True))
    (warning,) = commands(capsys.readouterr().out)
    assert (warning[0], warning[2]) == ("warning", "slow")


def test_nothing_ran(step: Step, capsys: pytest.CaptureFixture[str]) -> None:
    GitHubActionsIntegration().report(EMPTY)
    assert commands(capsys.readouterr().out) == [("error", "title=veran%3Av1 staging%3A gates", "no gate ran")]
    assert step.outputs()["outcome"] == "failed"


def test_a_note_of_an_approval_is_no_output(step: Step, capsys: pytest.CaptureFixture[str]) -> None:
    assert GitHubActionsIntegration().approve_deployment("veran", "v6.2") is True
    assert "gitgates can-deploy tells whether it may be deployed" in step.summary.read_text()
    assert step.outputs() == {}
    assert [name for name, _, _ in commands(capsys.readouterr().out)] == ["notice"]


def test_elsewhere() -> None:
    integration = GitHubActionsIntegration()
    for call in (
        lambda: integration.report(GOOD),
        lambda: integration.block_merge(GOOD, "x"),
        lambda: integration.approve_deployment("veran", "v6.2"),
    ):
        with pytest.raises(UsageError, match="this is no step of a GitHub workflow"):
            call()


def test_files_that_cannot_be_written(step: Step, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "none" / "output"))
    with pytest.raises(StoreError, match=r"GITHUB_OUTPUT: .*: No such file or directory"):
        GitHubActionsIntegration().report(GOOD)
