"""`gitgates monitor`."""

import argparse
from typing import TYPE_CHECKING

from gitgates.cli.commands.rollback import add_or_take_off
from gitgates.cli.options import add_common, add_context, add_key, add_model, context_of, model_of, session_of
from gitgates.cli.output import Output
from gitgates.cli.sharing import add_push, fetch_if_asked, share_if_asked
from gitgates.errors import InvalidValue, UsageError

if TYPE_CHECKING:
    from gitgates.api.monitoring import Monitored
    from gitgates.api.session import Session
    from gitgates.cli.rolling_back import RollbackRefused, RolledBack


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    add_model(parser, bare=True)
    add_context(parser)
    parser.add_argument("--target", metavar="NAME", help="where it runs; needed if versions differ by target")
    parser.add_argument("--metrics", metavar="FILE", required=True, help="what was measured of the model there")
    text = "the number in --metrics that is the quality score, e.g. val.accuracy"
    parser.add_argument("--quality-score", metavar="NAME", help=text)
    text = "results of tests that ran there; may be repeated"
    parser.add_argument("--test-metrics", metavar="FILE", action="append", default=[], help=text)
    parser.add_argument("--no-record", action="store_true", help="judge only; write nothing to the ledger")
    text = "if a number is worse than allowed and not waived, roll back as `rollback -- COMMAND` does"
    parser.add_argument("--rollback-on-fail", action="store_true", help=text)
    add_or_take_off(parser)
    parser.add_argument("run_command", nargs="*", metavar="-- COMMAND", help="what rolls it back; not given to a shell")
    add_common(parser)
    add_key(parser)
    add_push(parser)


def run(args: argparse.Namespace, output: Output) -> int:
    """Check what is live and record it: 0 passed, if only with what was waived, 1 failed (rolled back or not), 3 cannot
    decide or not shared.
    """
    from gitgates.api.files import load_files
    from gitgates.api.monitoring import Watch, monitor
    from gitgates.cli.monitor_view import show_monitored
    from gitgates.cli.notifying import report_recorded, rollback_ended
    from gitgates.cli.rolling_back import RolledBack
    from gitgates.cli.running import refuse_missing_program

    _refuse_misuse(args)
    refuse_missing_program(args.run_command)
    model, version = _watched(args)
    session = session_of(args)
    watch = Watch(
        model=model,
        version=version,
        context=context_of(args),
        target=args.target,
        files=load_files(args.test_metrics, args.metrics, (), quality_score=args.quality_score),
        rolls_back=args.rollback_on_fail,
    )
    if not args.no_record:
        fetch_if_asked(args, session)
    done = monitor(session, watch, record=not args.no_record)
    if not done.fine:
        report_recorded(args, output, done.report, done.written)
    for note in done.notes:
        output.note(f"note: {note}")
    if args.rollback_on_fail and not args.or_take_off and not done.worse:
        _warn_of_nothing_before(output, done)
    try:
        back = _roll_back(args, session, done) if args.rollback_on_fail and done.worse else None
        if isinstance(back, RolledBack):
            rollback_ended(args, output, back.ran)
    finally:  # the report is shared whatever became of the rollback
        shared = share_if_asked(args, session)
    show_monitored(output, done, back, shared, asked=args.rollback_on_fail)
    shared.tell(output)
    return shared.code(0 if done.fine else 1)


def _refuse_misuse(args: argparse.Namespace) -> None:
    if args.no_record and (args.push or args.rollback_on_fail):
        given = "--push could share" if args.push else "--rollback-on-fail could rest on"
        raise UsageError(f"--no-record writes nothing that {given}", remedy="Give one of them")
    if args.rollback_on_fail and not args.run_command:
        raise UsageError(
            "--rollback-on-fail is given without a command, and nothing would be rolled back in fact",
            remedy="Give what rolls it back after --",
        )
    if args.or_take_off and not args.rollback_on_fail:
        raise UsageError("--or-take-off is given without --rollback-on-fail", remedy="Give both, or none")
    if args.run_command and not args.rollback_on_fail:
        raise UsageError(
            "a command is given without --rollback-on-fail", remedy="Say with it when the command is to run"
        )


def _watched(args: argparse.Namespace) -> tuple[str, str | None]:
    """Return the model, and the version where one is named."""
    if ":" in args.model:
        name = model_of(args)
        return name.model, name.version
    from gitgates.model.names import check_name

    try:
        return check_name(args.model, "model name"), None
    except InvalidValue as error:
        raise UsageError(f"--model: {error.message}", remedy=error.remedy) from None


def _warn_of_nothing_before(output: Output, done: "Monitored") -> None:
    """Say in good times that a rollback would be refused in bad ones."""
    from gitgates.cli.rolling_back import nothing_before
    from gitgates.ledger.deployments import Target

    (target,) = done.live.targets
    if target.history.before(done.live.name.version) is None:
        error = nothing_before(done.live.name, Target(done.live.context, target.target))
        output.note(f"note: a failure would roll nothing back: {error}")


def _roll_back(args: argparse.Namespace, session: "Session", done: "Monitored") -> "RolledBack | RollbackRefused":
    """Roll back what is live; return why not where there is nothing to go back to: the report stands all the same."""
    from gitgates.cli.rolling_back import RollbackRefused, rollback

    (target,) = done.live.targets
    report = done.written.id[:12] if done.written else ""
    try:
        return rollback(
            session,
            done.live.name,
            done.live.context,
            target.target,
            reason=f"report {report} of monitoring failed: {'; '.join(done.worse)}",
            command=args.run_command,
            or_take_off=args.or_take_off,
            aside=args.json,
        )
    except RollbackRefused as error:
        return error
