"""What `gitgates export` writes and says."""

import argparse
import os
from collections.abc import Callable, Iterable

from gitgates.cli.options import session_of
from gitgates.cli.output import Output
from gitgates.cli.record_filters import has_filters, model_wanted, refuse_unknown, wanted_of
from gitgates.cli.trust_note import tell_unpinned
from gitgates.errors import UsageError
from gitgates.ledger.listing import Listing, Wanted, list_in_parts
from gitgates.ledger.query import refuse_unknown_version
from gitgates.ledger.reading import Ledger
from gitgates.model.frozen import frozen

_CANNOT_DECIDE = 3
_STANDARD = "-"
_ENDINGS = {"": False, ".jsonl": False, ".ndjson": False, ".csv": True}
"""Of files of records: whether they are CSV."""


@frozen
class _Written:
    """What came of an export of records."""

    records: int
    foreign: int
    problems: tuple[str, ...]


def export_records(args: argparse.Namespace, output: Output) -> int:
    """Write the records that the arguments ask for, each on a line of its own."""
    from gitgates.cli.filter_files import Target, targets
    from gitgates.cli.progress import progress

    if args.no_history:
        raise UsageError("--no-history is for `gitgates export bundle`")
    if args.json and args.output == _STANDARD:
        raise UsageError("--json would mix with the records on standard output", remedy="Name a file with -o")
    wanted, (model, version), as_csv = wanted_of(args), model_wanted(args), _is_csv(args)
    if args.output != _STANDARD:
        _refuse_existing(args)
    session = session_of(args)
    with session.open() as ledger:
        tell_unpinned(ledger, output)
        parts = list_in_parts(ledger, session.clock(), model, version)
        with targets(_STANDARD, [Target("-o", args.output)]) as (write,), progress("exporting") as show:
            written = _write(parts, wanted, ledger, as_csv, write, lambda n: show(n, n))
            if not written.records and not written.problems:
                refuse_unknown_version(ledger, model, version)
                refuse_unknown(wanted, ledger)
    output.json(
        "export/1",
        {
            "format": "csv" if as_csv else "jsonl",
            "file": args.output,
            "records": written.records,
            "problems": list(written.problems),
        },
    )
    if args.output != _STANDARD:
        output.line(f"wrote {written.records} records to {args.output}")
    if written.foreign:
        output.note(f"note: {written.foreign} foreign file(s) are left out; `gitgates verify` tells of them")
    return _told(output, written.problems)


def _is_csv(args: argparse.Namespace) -> bool:
    """Tell which of the two is asked for; UsageError where the file's name promises something else."""
    if args.format is not None:
        return bool(args.format == "csv")
    ending = os.path.splitext(args.output)[1].lower()
    if ending not in _ENDINGS:
        raise UsageError(
            f"-o: {args.output}: no format has the ending {ending}",
            remedy="Name a file in .jsonl or .csv, or say which with --format jsonl or --format csv",
        )
    return _ENDINGS[ending]


def _write(
    parts: Iterable[Listing],
    wanted: Wanted,
    ledger: Ledger,
    as_csv: bool,
    write: Callable[[bytes], object],
    advance: Callable[[int], None],
) -> _Written:
    from gitgates.ledger.exporting.rows import Lines, holders

    lines = Lines(holders(ledger.policies), as_csv=as_csv)
    count = foreign = 0
    problems: dict[str, None] = {}
    write(lines.head())
    for part in parts:
        for one in part.records:
            if wanted.takes(one):
                write(lines.line(one))
                count += 1
        foreign += len(part.foreign)
        problems.update(dict.fromkeys(part.problems))
        advance(count)
    return _Written(count, foreign, tuple(problems))


def export_bundle(args: argparse.Namespace, output: Output) -> int:
    """Write an audit bundle."""
    from gitgates.cli.progress import progress
    from gitgates.ledger.exporting.archive import is_archive, opened
    from gitgates.ledger.exporting.bundle import write_bundle

    if args.output == _STANDARD:
        raise UsageError("a bundle is a folder or an archive", remedy="Name it: -o audit.tar.gz")
    if args.format or args.context or has_filters(args):
        raise UsageError("a bundle has all records, or those of --model", remedy="Leave the other filters out")
    model, version = model_wanted(args)
    if is_archive(args.output):
        _refuse_existing(args)
    session = session_of(args)
    with session.open() as ledger:
        tell_unpinned(ledger, output)
        with opened(args.output) as sink, progress("exporting") as show:
            bundled = write_bundle(
                ledger, session.clock(), sink, model, version,
                with_history=not args.no_history and model is None, advance=lambda n: show(n, n),
            )  # fmt: skip
    output.json(
        "export-bundle/1",
        {
            "file": args.output,
            "root": ledger.root,
            "records": bundled.records,
            "history": bundled.history,
            "left_out": [{"path": one.path, "why_not": one.reason} for one in bundled.left_out],
            "problems": list(bundled.problems),
        },
    )
    output.line(f"wrote {bundled.records} records to {args.output}; the root is {ledger.root}")
    if not bundled.history:
        output.note("note: the git history is not in it")
    elif bundled.has_more:
        output.note("note: the git history in it has all that is on the ledger's branch, code too")
    for one in bundled.left_out:
        output.note(f"note: left out, it is no record: {one.path}: {one.reason}")
    return _told(output, bundled.problems)


def _refuse_existing(args: argparse.Namespace) -> None:
    """Raise UsageError where a file that is there would be lost."""
    if os.path.isdir(args.output):
        raise UsageError(f"-o: {args.output}: is a folder", remedy="Name a file")
    if os.path.lexists(args.output) and not args.force:
        raise UsageError(f"-o: {args.output}: is there already", remedy="Name another file, or pass --force")


def _told(output: Output, problems: Iterable[str]) -> int:
    """Say why this may not be all; return the exit code."""
    code = 0
    for problem in problems:
        output.note(f"cannot decide: this may not be all: {problem}")
        code = _CANNOT_DECIDE
    return code
