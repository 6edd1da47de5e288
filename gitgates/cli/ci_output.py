"""`--format`: the form in which `check` and `report` show reports, chosen by itself inside CI systems."""

import argparse
import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gitgates.errors import StoreError, UsageError

if TYPE_CHECKING:
    from gitgates.cli.output import Output
    from gitgates.integrations.ci.told import Told
    from gitgates.model.claims import Claim

TEXT, JSON, GITHUB, FILES = "text", "json", "github", "junit files"
DOCUMENTS = ("junit", "sarif", "markdown")
FORMATS = (TEXT, JSON, GITHUB, *DOCUMENTS)

Tell = Callable[[], "Sequence[Told]"]


class _Format(argparse.Action):
    """Keep the form; `--format json` is `--json`, errors included."""

    def __call__(self, _: object, namespace: argparse.Namespace, values: Any, __: object = None) -> None:
        namespace.format = values
        namespace.json = namespace.json or values == JSON


def add_format(parser: argparse.ArgumentParser) -> None:
    """Add `--format`; after `--json`, which it knows of."""
    text = (
        "how to show the result (default: text; in GitHub Actions github, in GitLab and Jenkins text and JUnit files)"
    )
    parser.add_argument("--format", choices=FORMATS, action=_Format, help=text)


def format_of(args: argparse.Namespace, environ: Mapping[str, str] = os.environ) -> str:
    """Return the form that is asked for, else the one that fits the CI system whose variables are set.

    Raises:
        UsageError: `--json` and another form.
    """
    if args.json:
        if args.format not in (None, JSON):
            raise UsageError(f"--json and --format {args.format} are two forms of one result", remedy="Give one")
        return JSON
    if args.format is not None:
        return str(args.format)
    if not _in_ci(environ):
        return TEXT
    from gitgates.integrations.ci.detect import GITHUB as ON_GITHUB
    from gitgates.integrations.ci.detect import system_in

    system = system_in(environ)
    return GITHUB if system == ON_GITHUB else FILES if system else TEXT


def claims_of(environ: Mapping[str, str] = os.environ) -> "tuple[Claim, ...]":
    """Return what the CI system's variables say of its run; nothing outside of those that are known."""
    if not _in_ci(environ):
        return ()
    from gitgates.integrations.ci.detect import claims_in

    return claims_in(environ)


def _in_ci(environ: Mapping[str, str]) -> bool:
    """Tell whether it is worth to look closer; most commands run at a desk, and then this is all that it costs."""
    return bool(environ.get("GITHUB_ACTIONS") or environ.get("GITLAB_CI") or environ.get("JENKINS_URL"))


def present(chosen: str, output: "Output", tell: Tell, show: Callable[[], None]) -> None:
    """Print a result in the chosen form, or print it as text and bring it to where the CI system looks for it.

    Args:
        tell: gives what there is to tell.
        show: prints the text.
    """
    if chosen in DOCUMENTS:
        output.write(_document(chosen, tell()))
        return
    show()
    try:
        if chosen == GITHUB:
            from gitgates.integrations.ci.github import tell as tell_github

            tell_github(tell(), os.environ, lambda line: output.write(line + "\n"))
        elif chosen == FILES:
            _write_files(tell())
    except StoreError as error:  # the record is written, and the exit code says what came of it
        output.note(f"warning: the CI system was not told: {error}")


def _document(chosen: str, told: "Sequence[Told]") -> str:
    from importlib import import_module  # each form's module is named after it

    module = import_module(f"gitgates.integrations.ci.{chosen}")
    return str(module.render(told))


def _write_files(told: "Sequence[Told]") -> None:
    from gitgates.integrations.ci import junit
    from gitgates.integrations.ci.jenkins import FOLDER
    from gitgates.integrations.report_folder import ReportFolder

    folder = ReportFolder(FOLDER, (FOLDER,))
    for one in told:
        folder.put(f"{one.file_name}.xml", junit.render([one]))
