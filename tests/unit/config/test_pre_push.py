"""The rules of `pre_push`."""

from pathlib import Path

import pytest

from gitgates.config.files import find_config, read_config
from gitgates.config.pre_push import PrePushRule, Requirement, read_pre_push
from gitgates.errors import ConfigError
from gitgates.model.names import DeploymentContext

RULE = {"refs": '["refs/heads/main"]', "model": '"veran:v1"', "context": '"staging"', "require": '"report"'}
RUN = {**{key: value for key, value in RULE.items() if key != "require"}, "run": "true", "metrics": '"m.json"'}


def text(table: str = "tool.gitgates.pre_push", rule: dict[str, str] | None = None, **changed: str) -> str:
    """Return a rule as TOML; "" for a value leaves the key out."""
    keys = {**(rule or RULE), **changed}
    return f"[[{table}]]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items() if value)


def read(folder: Path, **files: str) -> tuple[PrePushRule, ...]:
    for name, content in files.items():
        (folder / f"{name}.toml").write_text(content)
    return read_pre_push(str(folder))


def test_every_rule_of_both_files_holds(tmp_path: Path) -> None:
    own = text("pre_push") + text("tool.afs.gates.pre_push", model='"b:1"', require='"approval"')
    rules = read(tmp_path, gates=own, pyproject=text(rule=RUN) + text(require='"can-deploy"'))
    assert [(rule.place, rule.model, rule.require) for rule in rules] == [
        ("gates.toml, [[pre_push]] number 1", "veran:v1", Requirement.REPORT),
        ("gates.toml, [[tool.afs.gates.pre_push]] number 1", "b:1", Requirement.APPROVAL),
        ("pyproject.toml, [[tool.gitgates.pre_push]] number 1", "veran:v1", None),
        ("pyproject.toml, [[tool.gitgates.pre_push]] number 2", "veran:v1", Requirement.CAN_DEPLOY),
    ]


def test_no_rules(tmp_path: Path) -> None:
    assert read(tmp_path) == ()
    assert read(tmp_path, pyproject="[tool.gitgates.staging]\nmin_quality_score = 0.8\n") == ()


def test_the_files_to_judge(tmp_path: Path) -> None:
    more = {"test_metrics": '["a.xml", "b.json"]', "security_scan": '"scan.json"', "baseline": '"base.json"'}
    (rule,) = read(tmp_path, gates=text("pre_push", RUN, **more))
    assert (rule.test_metrics, rule.metrics) == (("a.xml", "b.json"), "m.json")
    assert (rule.security_scan, rule.baseline) == (("scan.json",), "base.json")


@pytest.mark.parametrize(
    ("refs", "ref", "models"),
    [
        ('["refs/tags/veran-*"]', "refs/tags/veran-v6.2", ("veran:v6.2",)),
        ('["refs/tags/veran-*"]', "refs/tags/VERAN-v6.2", ()),
        ('["refs/tags/veran-*"]', "refs/heads/veran-v6.2", ()),
        ('["refs/heads/*/release"]', "refs/heads/v1/release", ("veran:v1",)),
        ('["refs/tags/*", "refs/tags/veran-*"]', "refs/tags/veran-v1", ("veran:veran-v1", "veran:v1")),
        ('["refs/tags/v*", "*/v1"]', "refs/tags/v1", ("veran:1", "veran:refs/tags")),
    ],
)
def test_what_the_star_stands_for(tmp_path: Path, refs: str, ref: str, models: tuple[str, ...]) -> None:
    (rule,) = read(tmp_path, gates=text("pre_push", refs=refs, model='"veran:{match}"'))
    assert rule.models_for(ref) == models


def test_two_patterns_for_one_model_version_ask_once(tmp_path: Path) -> None:
    (rule,) = read(tmp_path, gates=text("pre_push", refs='["refs/heads/*", "refs/heads/main"]'))
    assert rule.models_for("refs/heads/main") == ("veran:v1",)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (text(reqire='"report"'), "unknown key 'reqire'. Did you mean require?"),
        (text(command='"rm"'), "unknown key 'command'. Known keys: refs, model"),
        (text(refs=""), "refs is missing"),
        (text(model=""), "model is missing"),
        (text(context=""), "context is missing"),
        (text(require=""), "neither require nor run is given"),
        (text(run="true"), "both require and run are given"),
        (text(rule=RUN, run="false"), "neither require nor run is given"),
        (text(run='"yes"'), "run must be true, got 'yes'"),
        (text(require='"can-deplay"'), "unknown require 'can-deplay'. Did you mean can-deploy?"),
        (text(require="7"), "unknown require 7"),
        (text(metrics='"m.json"'), "metrics goes with run = true, not with require"),
        (text(rule=RUN, metrics=""), "run = true names no file. Give one of test_metrics, metrics, security_scan"),
        (text(rule=RUN, metrics="", test_metrics='"a"', baseline='"b"'), "baseline is given without metrics"),
        (text(rule=RUN, test_metrics="[1]"), "test_metrics must be text, got 1"),
        (text(rule=RUN, baseline='""'), "baseline must be text, got ''"),
        (text(refs="[]"), "refs is empty"),
        (text(refs='["main"]'), "'main' can match no ref. Write it in full: refs/heads/main"),
        (text(refs='["refs/heads/v?"]'), "only * stands for something else"),
        (text(model='"veran:{match}"'), "model has {match}, so 'refs/heads/main' needs exactly one *"),
        (text(refs='["refs/*/v*"]', model='"veran:{match}"'), "needs exactly one *"),
        (text(model='"veran"'), "model: expected NAME:VERSION, got 'veran'"),
        (text(context='"Staging"'), "context: a context is 1 to 40"),
        (text(model="1"), "model must be text, got 1"),
        (
            "[tool.gitgates.pre_push]\nrefs = []\n",
            "tool.gitgates.pre_push is no list of rules. Start each rule with [[",
        ),
        ("[tool.gitgates]\npre_push = [1]\n", "tool.gitgates.pre_push is no list of rules"),
        (text() + text("tool.afs.gates.pre_push"), "both [tool.afs.gates] and [tool.gitgates] are there"),
        (text("tool.gitgates.pre-push"), "[[tool.gitgates.pre-push]]: unknown list of rules. Did you mean pre_push?"),
        (text("pre_push"), "[[pre_push]] is nobody's table here. Write [[tool.gitgates.pre_push]]"),
        ("refs = [", "not TOML"),
    ],
)
def test_a_rule_that_cannot_be_meant(tmp_path: Path, content: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, pyproject=content)
    assert says in str(caught.value)
    assert "pyproject.toml" in str(caught.value)


def test_the_list_of_rules_is_no_context(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "gates.toml").write_text(text("pre_push") + "[tool.gitgates.staging]\nmin_quality_score = 0.8\n")
    (tmp_path / "pyproject.toml").write_text(text())
    files = find_config(str(tmp_path), DeploymentContext)
    assert [(file.name, list(file.contexts)) for file in files] == [("gates.toml", ["staging"]), ("pyproject.toml", [])]


def test_a_table_of_that_name_is_a_context(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text("[tool.gitgates.pre_push]\nmin_quality_score = 0.8\n")
    with pytest.raises(ConfigError, match=r"unknown context in \[tool.gitgates.pre_push\]"):
        read_config(str(file), DeploymentContext)
    found = read_config(str(file), ("pre_push",))
    assert found is not None
    assert found.contexts["pre_push"].min_quality_score == 0.8
