"""The Python of the page on metrics of a project's own, as a user types it."""

from typing import Any

import pytest

from gitgates import MetricRule
from gitgates.config.metric_tables import checked_tables
from tests.docs.markdown import blocks
from tests.support import CHECKOUT

PAGE = CHECKOUT / "docs/reference/thresholds.md"


def test_the_python_of_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = blocks(PAGE, "python")
    names: dict[str, Any] = {}
    exec(compile(block.text, PAGE.name, "exec"), names)
    told = "toxicity 0.015 meets the maximum 0.02; toxicity 0.015 against 0.014 within the allowed increase of 10%"
    assert capsys.readouterr().out == f"True {told}\n"


def test_the_rule_in_python_is_that_of_a_file() -> None:
    (table,) = checked_tables("pyproject.toml", "metric", [{"name": "toxicity", "max": 0.02, "max_increase": 0.1}])
    assert MetricRule.of(**table) == MetricRule.of("toxicity", max=0.02, max_increase=0.1)
