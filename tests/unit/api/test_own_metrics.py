"""Metrics of one's own from Python."""

from pathlib import Path

import pytest

from gitgates import Measurement, MetricRule, ModelMetrics, QualityGate
from gitgates.codec.metric_rules import parse_rule
from gitgates.errors import ConfigError, InvalidValue

MODEL = ModelMetrics(0.9, throughput_tokens_per_sec=50)
TOXICITY = parse_rule({"name": "toxicity", "max": 0.02}, "$")


def test_a_gate_with_rules_of_its_own() -> None:
    gate = QualityGate("staging", metric_rules=[TOXICITY])
    report = gate.check_all("veran", "v1", None, MODEL, custom_metrics=[Measurement(name="toxicity", value=0.03)])
    assert [(check.gate_name, check.status.value) for check in report.checks] == [
        ("model_quality", "passed"),
        ("toxicity", "blocked"),
    ]
    assert report.evaluation is not None
    assert report.evaluation.rules == "gates/2"
    assert not report.all_passed()


def test_the_numbers_must_be_given() -> None:
    report = QualityGate("staging", metric_rules=[TOXICITY]).check_all("veran", "v1", None, MODEL)
    assert [check.status.value for check in report.checks] == ["passed", "not_run"]
    assert not report.all_passed()


def test_rules_of_the_projects_files(tmp_path: Path) -> None:
    (tmp_path / "gates.toml").write_text(
        '[[tool.afs.gates.staging.metric]]\nname = "toxicity"\nmax = 0.02\n'
        '[[tool.afs.gates.production.metric]]\nname = "bias"\nmax = 1\n'
    )
    (rule,) = QualityGate.from_config("staging", str(tmp_path)).metric_rules
    assert (rule.name, rule.max, rule.source) == ("toxicity", 0.02, "gates.toml")
    assert QualityGate.from_config("development", str(tmp_path)).metric_rules == ()


def test_files_that_contradict_each_other(tmp_path: Path) -> None:
    table = '[[tool.afs.gates.staging.metric]]\nname = "toxicity"\n'
    (tmp_path / "pyproject.toml").write_text(f"{table}max = 1\n")
    (tmp_path / "gates.toml").write_text(f'{table}min = 2\ndirection = "lower"\n')
    with pytest.raises(ConfigError, match=r"gates.toml: staging.metric toxicity.min: is 2, more than max = 1"):
        QualityGate.from_config("staging", str(tmp_path))


def test_a_rule_by_hand() -> None:
    rule = MetricRule(name="x", gate="x", path="x", direction="higher", min=1, confidence=0.95)
    assert rule.min == 1
    with pytest.raises(InvalidValue, match="judges nothing"):
        MetricRule(name="x", gate="x", path="x", direction="higher", confidence=0.95)
