"""Which number of a file is which metric: the policy says it, else the command line, else the project's files."""

from collections.abc import Mapping, Sequence

from gitgates.api.files import Files
from gitgates.config.files import METRIC
from gitgates.config.metric_paths import Chosen, Tables, chosen_in
from gitgates.errors import UsageError
from gitgates.formats.options import ReadOptions
from gitgates.model.metric_paths import COVERAGE
from gitgates.model.policy import ContextPolicy


def read_options(
    files: Files, tables: Tables, required: ContextPolicy, contexts: Sequence[ContextPolicy]
) -> ReadOptions:
    """Return how `files` are to be read.

    Args:
        tables: the settings in the project's files.
        contexts: all of the policy's. One file serves several contexts, so it may hold the metrics of any.

    Raises:
        ConfigError: the project's files map what is no metric, or metrics of their own that cannot be meant.
        UsageError: somebody chooses another number than the policy pins.
    """
    chosen = chosen_in(tables)
    if files.coverage is not None:
        chosen[COVERAGE] = Chosen(files.coverage, "--coverage")
    if files.quality_score is not None:
        chosen["quality_score"] = Chosen(files.quality_score, "--quality-score")
    paths = {metric: one.path for metric, one in chosen.items()}
    pins = {pin.metric: pin.path for pin in required.metric_paths or ()}
    for metric, path in pins.items():
        if files.tests if metric == COVERAGE else files.model:
            _refuse_another(chosen, metric, path, required.name)
        paths[metric] = path
    coverage = paths.pop(COVERAGE, None)
    own = _own_paths(tables, (required, *contexts)) if files.model is not None else None
    return ReadOptions(coverage, paths, own, frozenset(pins))


def _refuse_another(chosen: Mapping[str, Chosen], metric: str, pinned: str, context: str) -> None:
    one = chosen.get(metric)
    if one is not None and one.path != pinned:
        raise UsageError(
            f"{one.source}: {metric} is {one.path}, and the policy pins {pinned} for {context}",
            remedy=f"Leave {metric} out there, or have an admin change metric_paths in the policy",
        )


def _own_paths(tables: Tables, contexts: Sequence[ContextPolicy]) -> frozenset[str]:
    """Return the names of the numbers that metrics of the project's own are read from in any context."""
    pinned = frozenset(rule.path for context in contexts for rule in context.metric_rules or ())
    settings = (value for _, _, table in tables for value in table.values())
    if not any(isinstance(value, dict) and METRIC in value for value in settings):
        return pinned
    from gitgates.config.metric_rules import own_paths  # few projects have metrics of their own

    return pinned | own_paths(tables)
