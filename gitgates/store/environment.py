"""The environment that git runs in: the user's settings stay, whatever redirects git or lets it run a program goes.

A repository is somebody else's data. Its config, hooks and attributes must not make gitgates run a program, and
variables that an outer git command left behind must not point the inner one at another repository or index.
"""

from collections.abc import Mapping, Sequence

KEPT = frozenset(
    [
        # The user's own configuration: name, key, safe.directory.
        "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_SYSTEM",
        "GIT_CONFIG_NOSYSTEM",
        # Where the search for a repository stops.
        "GIT_CEILING_DIRECTORIES",
        "GIT_DISCOVERY_ACROSS_FILESYSTEM",
        # Where git itself is installed.
        "GIT_EXEC_PATH",
    ]
)
"""The only variables named `GIT_*` that reach git. An unknown one is dropped: a list of bad names is never complete."""

QUARANTINE = ("GIT_QUARANTINE_PATH", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES")
"""Inside a receiving hook, pushed objects are found through these alone; git sets the first only there."""

_FORCED = {
    "GIT_NO_REPLACE_OBJECTS": "1",  # refs/replace/* would show other objects than the ids name
    "GIT_GRAFT_FILE": "/dev/null",  # info/grafts would show other parents than the commits name
    "GIT_NO_LAZY_FETCH": "1",  # fetching a missing object can run a program that the config names
    "GIT_ALLOW_PROTOCOL": "none",  # the same for a git that does not know GIT_NO_LAZY_FETCH yet
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_PAGER": "cat",
    "LC_ALL": "C",  # messages are shown as they are, and lock errors are told apart by their text
}

_CONFIG = {
    "core.fsmonitor": "false",  # names a program
    "core.hooksPath": "/dev/null",  # reference-transaction, post-index-change and the like are programs
    "log.showSignature": "false",  # would start the program that gpg.program names
    "advice.graftFileDeprecated": "false",  # silences the advice about the graft file above
}


def scrubbed(
    environ: Mapping[str, str],
    *,
    config: Mapping[str, str] | None = None,
    write: bool = False,
    before: Sequence[tuple[str, str]] = (),
) -> dict[str, str]:
    """Return the environment for one git process.

    Args:
        environ: the environment of this process.
        config: settings that win over every configuration file, beside those that gitgates always makes.
        write: whether git may take locks that it does not need for its answer.
        before: settings of the user that win over every configuration file, but not over ours.
    """
    result = {name: value for name, value in environ.items() if not name.startswith("GIT_") or name in KEPT}
    if QUARANTINE[0] in environ:
        result.update((name, environ[name]) for name in QUARANTINE if name in environ)
    result.update(_FORCED)
    if not write:
        result["GIT_OPTIONAL_LOCKS"] = "0"
    settings = [*before, *{**_CONFIG, **(config or {})}.items()]
    result["GIT_CONFIG_COUNT"] = str(len(settings))
    for number, (key, value) in enumerate(settings):
        result[f"GIT_CONFIG_KEY_{number}"] = key
        result[f"GIT_CONFIG_VALUE_{number}"] = value
    return result
