"""`gitgates export`."""

import argparse

from gitgates.cli.options import add_common, add_context
from gitgates.cli.output import Output
from gitgates.cli.record_filters import add_filters


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    text = "the records as lines (the default), or an audit bundle: all of the ledger, to be verified without gitgates"
    parser.add_argument("what", nargs="?", choices=("records", "bundle"), default="records", help=text)
    text = "where to write; a bundle is a folder, or an archive if the name ends in .tar.gz (default: standard output)"
    parser.add_argument("-o", "--output", default="-", metavar="FILE", help=text)
    parser.add_argument("--force", action="store_true", help="write over a file that is there")
    parser.add_argument("--model", metavar="NAME", help="only this model's records; or of one version: NAME:VERSION")
    records = parser.add_argument_group("records")
    text = "JSON Lines or CSV (default: by the file's ending, .jsonl or .csv; without a file, jsonl)"
    records.add_argument("--format", choices=("jsonl", "csv"), help=text)
    add_context(records, required=False)
    add_filters(records)
    bundle = parser.add_argument_group("bundle")
    text = "leave out the git history, which has all that is on the ledger's branch, code too"
    bundle.add_argument("--no-history", action="store_true", help=text)
    add_common(parser)


def run(args: argparse.Namespace, output: Output) -> int:
    """Write records or a bundle: 3 where there may be more than this clone knows of."""
    from gitgates.cli.exporting import export_bundle, export_records

    return export_bundle(args, output) if args.what == "bundle" else export_records(args, output)
