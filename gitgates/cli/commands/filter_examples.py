"""`gitgates filter`."""

import argparse
import os
from typing import TYPE_CHECKING

from gitgates.cli.options import add_folder
from gitgates.cli.output import Output
from gitgates.errors import InvalidValue, UsageError

if TYPE_CHECKING:
    from gitgates.api.examples import ExampleGate

SCHEMA = "filter/1"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("examples", metavar="EXAMPLES", help="a file with one JSON object a line; - for standard input")
    parser.add_argument("--context", required=True, help="the deployment context: development, staging or production")
    parser.add_argument("--score-field", default="quality", metavar="NAME", help="the score's field (default: quality)")
    parser.add_argument(
        "-o", "--output", default="-", metavar="FILE", help="where the kept ones go (default: -, standard output)"
    )
    parser.add_argument("--rejected", metavar="FILE", help="where the others go; without it they go nowhere")
    parser.add_argument("--json", action="store_true", help="print the counts as JSON")
    add_folder(parser)


def run(args: argparse.Namespace, output: Output) -> int:
    """Judge every example and write the two files; 0 however many were kept."""
    from gitgates.api.filtering import filter_lines
    from gitgates.cli.filter_files import Target, opened, targets
    from gitgates.cli.progress import progress

    if args.rejected == "-":
        raise UsageError("--rejected: standard output is for the kept ones", remedy="Name a file")
    if args.json and args.output == "-":
        raise UsageError("--json would mix with the kept examples on standard output", remedy="Name a file with -o")
    gate = _gate(args)
    wanted = [Target("-o", args.output)] + ([Target("--rejected", args.rejected)] if args.rejected else [])
    with opened(args.examples) as source, targets(args.examples, wanted) as written, progress("filtering") as show:
        name = "standard input" if args.examples == "-" else args.examples
        size = os.fstat(source.fileno()).st_size
        keep, reject = written[0], written[1] if args.rejected else None
        done = filter_lines(source, name, gate, keep, reject, lambda n: show(n, max(n, size)))
    low = gate.thresholds.min_quality_score
    output.json(
        SCHEMA,
        {
            "context": gate.context.value,
            "score_field": gate.metric,
            "min_quality_score": low,
            "kept": done.kept,
            "rejected": done.rejected,
        },
    )
    told = f"kept {done.kept} of {done.kept + done.rejected} examples; {done.rejected} with {gate.metric} below {low:g}"
    if args.output == "-":
        output.note(told)
    else:
        output.line(told)
    return 0


def _gate(args: argparse.Namespace) -> "ExampleGate":
    from gitgates.api.examples import ExampleGate

    try:
        return ExampleGate.from_config(args.context, args.score_field)
    except InvalidValue as error:
        raise UsageError(f"--context: {error.message}", remedy=error.remedy) from None
