"""`gitgates check`."""

import argparse
import os
from typing import TYPE_CHECKING, Any

from gitgates.cli.ci_output import add_format, claims_of, format_of, present
from gitgates.cli.options import add_common, add_key, add_model, context_of, model_of, session_of
from gitgates.cli.output import Output
from gitgates.cli.sharing import Shared, add_push, fetch_if_asked, share_if_asked
from gitgates.errors import NoLedger, NoRepository, SigningError, StoreError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitgates.api.checking import Checked
    from gitgates.api.request import Request
    from gitgates.api.session import Session
    from gitgates.integrations.afs.registry import Registered
    from gitgates.model.names import ModelVersion

SCHEMA = "check/1"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    add_model(parser)
    parser.add_argument("--context", default="staging", help="the deployment context (default: staging)")
    files = parser.add_argument_group("what was measured (formats are found by content, see `gitgates formats`)")
    files.add_argument("--metrics", metavar="FILE", help="the model's own metrics")
    files.add_argument(
        "--quality-score", metavar="NAME", help="the number in --metrics that is the quality score, e.g. val.accuracy"
    )
    text = "what to compare with: a file, NAME:VERSION, live (deployed in this context), approved (the last one)"
    files.add_argument("--baseline", metavar="WHAT", help=text)
    files.add_argument("--target", metavar="NAME", help="with --baseline live: where, if versions differ by target")
    files.add_argument(
        "--test-metrics", metavar="FILE", action="append", default=[], help="test results or coverage; may be repeated"
    )
    files.add_argument(
        "--security-scan", metavar="FILE", action="append", default=[], help="output of a scanner; may be repeated"
    )
    files.add_argument(
        "--expect-tests", metavar="N", type=int, help="refuse test results in which fewer than N tests ran"
    )
    files.add_argument(
        "--coverage",
        choices=("lines", "branches", "total"),
        help="the figure of a coverage report (default: the policy's or its own, see docs/reference/formats.md)",
    )
    subject = parser.add_argument_group("what it is about")
    subject.add_argument("--commit", metavar="REV", help="the commit that was measured (default: HEAD)")
    subject.add_argument(
        "--artifact",
        metavar="PATH",
        action="append",
        default=[],
        help="a file or folder to be deployed; may be repeated",
    )
    text = "look the version up in AFS's model registry: its status, and its scores unless --metrics is given"
    subject.add_argument("--registry", choices=("afs",), help=text)
    parser.add_argument("--strict", action="store_true", help="use production's thresholds wherever they are stricter")
    parser.add_argument(
        "--threshold", metavar="NAME=VALUE", action="append", default=[], help="set a threshold; may be repeated"
    )
    parser.add_argument("--no-record", action="store_true", help="judge only; write nothing to the ledger")
    text = "record the report even if the latest one is the same: by you, of the same inputs, at most a day old"
    parser.add_argument("--again", action="store_true", help=text)
    parser.add_argument("--report", metavar="FILE", help="also write the result as JSON to FILE, for approve --report")
    parser.add_argument("--verbose", action="store_true", help="show where every threshold came from, and all digests")
    add_common(parser)
    add_format(parser)
    add_key(parser)
    add_push(parser)


def run(args: argparse.Namespace, output: Output) -> int:
    """Run the gates, record the report, show it; 0 if it passed, 1 if not."""
    from gitgates.api.checking import check_and_record, check_without_record
    from gitgates.cli.check_view import checked_value, show, told_of
    from gitgates.cli.notifying import report_recorded

    form = format_of(args)
    if args.no_record and args.push:
        raise UsageError("--no-record writes nothing that --push could share", remedy="Give one of them")
    request = _request(args, output)
    session, shared = session_of(args), Shared()
    if args.no_record:
        checked = check_without_record(session, request)
    else:
        fetch_if_asked(args, session)
        checked = _recorded(session, check_and_record, request)
        if not checked.already_recorded:
            report_recorded(args, output, checked.report, checked.written)
        shared = share_if_asked(args, session)
    for note in checked.notes:
        output.note(f"note: {note}")
    value = checked_value(checked, shared)
    if args.report:
        _write_report(args.report, value)
    output.json(SCHEMA, value)
    present(
        form,
        output,
        lambda: [told_of(checked)],
        lambda: show(output, checked, shared, verbose=args.verbose, artifacts=request.artifacts),
    )
    shared.tell(output)
    return shared.code(0 if checked.report.all_passed() else 1)


def _request(args: argparse.Namespace, output: Output) -> "Request":
    """Return what the arguments ask for, once everything that they name is read."""
    from gitgates.api.baselines import parse_baseline
    from gitgates.api.files import load_files
    from gitgates.api.request import Request
    from gitgates.cli.artifacts import checked_artifacts
    from gitgates.config.given import given_thresholds

    name, context, thresholds = model_of(args), context_of(args), given_thresholds(args.threshold)
    if args.report:
        _refuse_impossible_report(args.report)
    baseline_file, baseline = parse_baseline(args.baseline, args.target)
    registered = _registered(name) if args.registry else None
    files = load_files(
        args.test_metrics,
        args.metrics or (None if registered is None else registered.file()),
        args.security_scan,
        baseline_file,
        expect_tests=args.expect_tests,
        quality_score=args.quality_score,
        coverage=args.coverage,
    )
    return Request(
        name=name,
        context=context,
        files=files,
        thresholds=thresholds,
        strict=args.strict,
        baseline=baseline,
        commit=args.commit,
        artifacts=checked_artifacts(args.artifact, output),
        afs_status=None if registered is None else registered.status,
        claims=claims_of(),
        again=args.again,
    )


def _registered(name: "ModelVersion") -> "Registered":
    from gitgates.integrations.afs.registry import find, open_registry  # few projects have one

    return find(open_registry(), name)


def _recorded(session: "Session", check: "Callable[[Session, Request], Checked]", request: "Request") -> "Checked":
    """Record, and where there is nothing to record in or to sign with, name the way without a record too."""
    try:
        return check(session, request)
    except (NoLedger, NoRepository, SigningError) as error:
        remedy = f"{error.remedy}; or judge without a record: --no-record" if error.remedy else "Or use --no-record"
        raise UsageError(error.message, remedy=remedy) from None


def _refuse_impossible_report(path: str) -> None:
    """Find out before anything is recorded what can be found out then."""
    folder = os.path.dirname(path) or os.curdir
    if not os.path.isdir(folder) or os.path.isdir(path):
        raise UsageError(f"--report: {path}: cannot be written", remedy="Name a file in a folder that is there")


def _write_report(path: str, value: dict[str, Any]) -> None:
    import json

    try:
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"schema": f"gitgates/{SCHEMA}", **value}, file, indent=2, ensure_ascii=False)
            file.write("\n")
    except OSError as error:
        remedy = "The record is written all the same" if "record" in value else "Choose another file"
        raise StoreError(f"--report: {path}: {error.strerror}", remedy=remedy) from None
