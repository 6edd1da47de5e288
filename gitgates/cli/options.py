"""Arguments that several commands share, and the session that they make."""

import argparse
import os
from typing import TYPE_CHECKING

from gitgates.errors import InvalidValue, UsageError
from gitgates.model.names import ModelVersion, check_context

if TYPE_CHECKING:
    from datetime import datetime

    from gitgates.api.session import Session
    from gitgates.cli.output import Output
    from gitgates.ledger.reading import Ledger


def add_folder(parser: argparse.ArgumentParser) -> None:
    """Add `-C`. The path is made absolute: the command runs in that folder, see `cli.handler`."""
    text = "work in this folder instead of the current one"
    parser.add_argument("-C", dest="path", type=os.path.abspath, metavar="FOLDER", help=text)


def add_common(parser: argparse.ArgumentParser) -> None:
    """Add what every command on a ledger takes."""
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    add_folder(parser)
    parser.add_argument(
        "--root", metavar="ID", help="trust this root (ROOT or ROOT@POLICY), whatever git's config says"
    )


def add_key(parser: argparse.ArgumentParser) -> None:
    """Add what every command that signs takes."""
    parser.add_argument("--key", metavar="KEY", help="sign with this SSH key: a path, or the key's text")


def add_model(parser: "argparse._ActionsContainer", *, bare: bool = False) -> None:
    """Add `--model`, which is required unless `parser` is a group that demands one of several; `bare` also takes a name
    alone, for its newest version.
    """
    kind = "NAME[:VERSION]" if bare else "NAME:VERSION"
    required = isinstance(parser, argparse.ArgumentParser)
    parser.add_argument("--model", required=required, metavar=kind, help="the model version, e.g. veran:v6.2")


def add_context(parser: "argparse._ActionsContainer", *, required: bool = True) -> None:
    """Add `--context`."""
    text = "the deployment context: development, staging, production, or one of the policy's own"
    parser.add_argument("--context", required=required, help=text)


def add_no_cache(parser: argparse.ArgumentParser) -> None:
    """Add what every command takes that lists how all models stand."""
    text = "verify every record again, also where nothing has changed since the last time"
    parser.add_argument("--no-cache", action="store_true", help=text)


def session_of(args: argparse.Namespace) -> "Session":
    """Return the session that the common arguments describe."""
    from gitgates.api.session import Session  # --help can do without a ledger

    return Session(path=args.path, root=args.root, key=getattr(args, "key", None), environ=os.environ)


def model_of(args: argparse.Namespace) -> ModelVersion:
    """Return the model version of `--model`; UsageError where it names none."""
    try:
        return ModelVersion.parse(args.model)
    except InvalidValue as error:
        raise UsageError(f"--model: {error.message}", remedy=error.remedy) from None


def named_or_newest(args: argparse.Namespace, ledger: "Ledger", now: "datetime", output: "Output") -> ModelVersion:
    """Return the model version of `--model`; for a bare name its newest version, and say so."""
    if ":" in args.model:
        return model_of(args)
    from gitgates.ledger.query import newest_version

    try:
        name = newest_version(ledger, args.model, now)
    except InvalidValue as error:
        raise UsageError(f"--model: {error.message}", remedy=error.remedy) from None
    output.note(f"note: {name} is the newest version of {args.model}")
    return name


def context_of(args: argparse.Namespace) -> str:
    """Return `--context`; UsageError where it can be no context."""
    try:
        return check_context(args.context)
    except InvalidValue as error:
        raise UsageError(f"--context: {error.message}") from None


def duration_of(option: str, text: str) -> int:
    """Return the seconds that an option's text means, e.g. 30d or 12h; UsageError where it is no length of time."""
    from gitgates.codec.durations import parse_duration

    try:
        return parse_duration(text)
    except InvalidValue as error:
        raise UsageError(f"{option}: {error.message}", remedy=error.remedy) from None
