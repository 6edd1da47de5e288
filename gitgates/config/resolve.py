"""Which threshold wins: command line, `gates.toml`, `pyproject.toml`, context defaults, in this order."""

from collections.abc import Mapping, Sequence

from gitgates.config.files import ConfigFile
from gitgates.model.frozen import frozen
from gitgates.model.names import DeploymentContext
from gitgates.model.thresholds import NAMES, GateThresholds, default_thresholds, is_looser

DEFAULT_ORIGIN = "context default"


@frozen
class Resolved:
    """Thresholds with their origins.

    Attributes:
        origins: for each threshold who set it: `context default`, a file's name, or the caller's word.
    """

    thresholds: GateThresholds
    origins: Mapping[str, str]

    def set_origins(self) -> tuple[tuple[str, str], ...]:
        """Return (threshold, origin) for all that are not context defaults, in the order of the thresholds."""
        return tuple((name, self.origins[name]) for name in NAMES if self.origins[name] != DEFAULT_ORIGIN)


def resolve(
    context: str,
    profile: DeploymentContext,
    files: Sequence[ConfigFile] = (),
    given: GateThresholds | None = None,
    *,
    given_by: str = "command line",
    strict: bool = False,
    floors: Mapping[str, float] | None = None,
) -> Resolved:
    """Return the thresholds in force for `context`.

    Args:
        profile: the built-in context whose defaults apply.
        files: stronger first, as `find_config` gives them.
        given: what the caller sets, which beats all files.
        strict: take production's threshold (`--strict`) wherever it is stricter.
        floors: those of the policy for production, for `strict`: no file makes it looser there.
    """
    values = dict(default_thresholds(profile).to_dict())
    origins = dict.fromkeys(NAMES, DEFAULT_ORIGIN)
    sources = [(file.name, file.contexts[context]) for file in reversed(files) if context in file.contexts]
    if given is not None:
        sources.append((given_by, given))
    for origin, thresholds in sources:
        for name in thresholds.explicit:
            values[name], origins[name] = getattr(thresholds, name), origin
    if strict:
        production = resolve(DeploymentContext.PRODUCTION, DeploymentContext.PRODUCTION, files).thresholds.to_dict()
        for name, floor in (floors or {}).items():
            if is_looser(name, production[name], floor):
                production[name] = floor
        for name in NAMES:
            if is_looser(name, values[name], production[name]):
                values[name], origins[name] = production[name], "--strict"
    return Resolved(GateThresholds.from_dict(values), origins)
