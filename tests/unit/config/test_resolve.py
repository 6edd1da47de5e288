"""Which threshold wins, and who set it."""

from gitgates.config.files import ConfigFile
from gitgates.config.resolve import DEFAULT_ORIGIN, resolve
from gitgates.model.names import DeploymentContext
from gitgates.model.thresholds import NAMES, GateThresholds, default_thresholds

DEVELOPMENT, STAGING, PRODUCTION = DeploymentContext
STRONG = ConfigFile("/r/gates.toml", {"staging": GateThresholds(min_code_coverage=0.6, max_regression=0.3)})
WEAK = ConfigFile(
    "/r/pyproject.toml",
    {
        "staging": GateThresholds(min_code_coverage=0.5, min_quality_score=0.4, max_regression=0.5),
        "production": GateThresholds(min_code_coverage=0.95),
    },
)


def test_defaults() -> None:
    for context in DeploymentContext:
        resolved = resolve(context, context)
        assert resolved.thresholds == default_thresholds(context)
        assert dict(resolved.origins) == dict.fromkeys(NAMES, DEFAULT_ORIGIN)
        assert resolved.set_origins() == ()


def test_precedence() -> None:
    resolved = resolve("staging", STAGING, (STRONG, WEAK), GateThresholds(max_regression=0.01))
    assert resolved.thresholds.min_quality_score == 0.4
    assert resolved.thresholds.min_code_coverage == 0.6
    assert resolved.thresholds.max_regression == 0.01
    assert resolved.thresholds.min_test_pass_rate == 0.95
    assert resolved.set_origins() == (
        ("min_code_coverage", "gates.toml"),
        ("min_quality_score", "pyproject.toml"),
        ("max_regression", "command line"),
    )


def test_files_speak_for_their_context_only() -> None:
    assert resolve("development", DEVELOPMENT, (STRONG, WEAK)).thresholds == default_thresholds(DEVELOPMENT)


def test_a_context_of_its_own_follows_its_profile() -> None:
    canary = ConfigFile("/r/gates.toml", {"canary": GateThresholds(min_code_coverage=0.99)})
    resolved = resolve("canary", PRODUCTION, (canary,))
    assert resolved.thresholds.min_code_coverage == 0.99
    assert resolved.thresholds.min_quality_score == 0.85


def test_a_value_equal_to_the_default_was_set_all_the_same() -> None:
    resolved = resolve("staging", STAGING, given=GateThresholds(min_code_coverage=0.8), given_by="call")
    assert resolved.set_origins() == (("min_code_coverage", "call"),)


def test_strict_takes_the_thresholds_of_production_where_they_are_stricter() -> None:
    given = GateThresholds(min_quality_score=0.99, max_latency_increase=0.5)
    resolved = resolve("staging", STAGING, (STRONG, WEAK), given, strict=True)
    expected = default_thresholds(PRODUCTION).to_dict() | {"min_code_coverage": 0.95, "min_quality_score": 0.99}
    assert resolved.thresholds.to_dict() == expected
    assert resolved.origins["min_quality_score"] == "command line"
    assert resolved.origins["max_latency_increase"] == "--strict"
    assert resolved.origins["min_throughput_tokens_per_sec"] == DEFAULT_ORIGIN


def test_strict_in_production_changes_nothing() -> None:
    assert resolve("production", PRODUCTION, (WEAK,), strict=True) == resolve("production", PRODUCTION, (WEAK,))
