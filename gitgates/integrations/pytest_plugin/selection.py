"""What cuts a suite down, as words for the note and the record: options of this run, and the project's settings."""

import os

import pytest

_DEFAULTS = {
    "python_files": {"test_*.py", "*_test.py"},
    "python_classes": {"Test"},
    "python_functions": {"test"},
    "norecursedirs": {"*.egg", ".*", "_darcs", "build", "CVS", "dist", "node_modules", "venv", "{arch}"},
}
"""What pytest takes where the settings say nothing."""
_LONGEST = 80
"""Characters of a value that are told; the rest is cut off."""


def chosen_for_this_run(config: pytest.Config) -> tuple[str, ...]:
    """Return the options in force that leave tests out, as they are typed, and where tests are looked for."""
    given = config.option
    used = {
        "-k": given.keyword,
        "-m": given.markexpr,
        "--deselect": given.deselect,
        "--ignore": given.ignore or given.ignore_glob,
        "--last-failed": getattr(given, "lf", False),
        "--stepwise": getattr(given, "stepwise", False),
        "-c": given.inifilename,
        "-p no:python": {"no:python", "no:unittest"} & set(given.plugins),
        "single tests": any("::" in name for name in config.args),
    }
    return (*(name for name, value in used.items() if value), *_only(config))


def _only(config: pytest.Config) -> tuple[str, ...]:
    """Return the files and folders that the run is limited to; testpaths is a setting, and told as one."""
    root, start = str(config.rootpath), str(config.invocation_params.dir)
    if config.args_source is pytest.Config.ArgsSource.TESTPATHS or any("::" in name for name in config.args):
        return ()
    paths = [os.path.relpath(os.path.join(start, name), root) for name in config.args]
    return () if "." in paths else (_shortened(f"only {' '.join(paths)}"),)


def chosen_by_settings(config: pytest.Config) -> tuple[str, ...]:
    """Return the settings in force that say which files, folders, classes and functions are tests."""
    set_ones = {name: config.getini(name) for name in _DEFAULTS if set(config.getini(name)) != _DEFAULTS[name]}
    if config.args_source is pytest.Config.ArgsSource.TESTPATHS:
        set_ones = {"testpaths": config.getini("testpaths"), **set_ones}
    return tuple(_shortened(f"{name}={' '.join(values)}") for name, values in set_ones.items())


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
