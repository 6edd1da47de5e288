"""`gitgates verify`."""

import argparse
from typing import TYPE_CHECKING, Any

from gitgates.cli.options import add_common, session_of
from gitgates.cli.output import BAD, DIM, GOOD, UNSURE, Output
from gitgates.errors import UsageError

if TYPE_CHECKING:
    from gitgates.ledger.reading import Ledger
    from gitgates.ledger.verification.findings import Finding, Verification


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "--model", metavar="NAME", action="append", help="verify this model only (and the policies); may be repeated"
    )
    parser.add_argument("--jobs", type=int, metavar="N", help="how many processes to use; by default one for each core")
    history = parser.add_mutually_exclusive_group()
    text = "look for deleted or changed records in the commits since REV; by default, since the last verification"
    history.add_argument("--since", metavar="REV", help=text)
    history.add_argument("--all", action="store_true", help="look for them in the whole history")
    add_common(parser)


def run(args: argparse.Namespace, output: Output) -> int:
    """Verify every record: 0 nothing found, 1 findings that affect no decision, 3 findings that could affect one."""
    from gitgates.cli.notifying import telling_of_losses, verified
    from gitgates.cli.progress import progress
    from gitgates.cli.trust_note import tell_unpinned
    from gitgates.ledger.verification.verify import remember, verify

    if args.jobs is not None and args.jobs < 1:
        raise UsageError(f"--jobs: must be at least 1, got {args.jobs}")
    session = session_of(args)
    models = tuple(args.model) if args.model else None
    with telling_of_losses(args, output), session.open() as ledger:
        tell_unpinned(ledger, output)
        since = _commit(ledger, args.since)
        with progress("verifying") as told:
            outcome = verify(
                ledger,
                session.clock(),
                models=models,
                since=since,
                all_history=args.all,
                jobs=args.jobs or _cores(),
                progress=told,
            )
        remember(ledger, outcome)
    verified(args, output, outcome)
    output.json(
        "verify/1",
        {
            "commit": outcome.commit,
            "records": outcome.records,
            "policies": outcome.policies,
            "affects_decision": outcome.affects_decision,
            "findings": [_value(finding) for finding in outcome.findings],
        },
    )
    _show(output, outcome)
    if outcome.affects_decision:
        return 3
    return 0 if outcome.is_clean else 1


def _commit(ledger: "Ledger", rev: str | None) -> str | None:
    """Return the commit that `--since` names."""
    if rev is None:
        return None
    commit = ledger.repository.resolve(rev)
    if commit is None:
        raise UsageError(f"--since: {rev!r} names no commit here", remedy="Fetch it, or name another")
    return commit


def _value(finding: "Finding") -> dict[str, Any]:
    return {
        "severity": finding.severity.value,
        "code": finding.code,
        "path": finding.path,
        "text": finding.text,
        "remedy": finding.remedy,
        "affects_decision": finding.affects_decision,
    }


def _show(output: Output, outcome: "Verification") -> None:
    for finding in outcome.findings:
        style = {"error": BAD, "warning": UNSURE}.get(finding.severity.value, DIM)
        where = f"{finding.path}: " if finding.path else ""
        output.line(f"{finding.severity.value}: {where}{finding.text}", style)
        if finding.remedy:
            output.line(f"  {finding.remedy}", DIM)
    verdict, style = "every one verifies", GOOD
    if outcome.affects_decision:
        verdict, style = "findings could affect a decision", BAD
    elif not outcome.is_clean:
        verdict, style = "no finding affects a decision", UNSURE
    count = f"{outcome.records + outcome.policies} record(s), {outcome.policies} of them policies or endorsements,"
    output.line(f"{count} at {outcome.commit[:12]}: {verdict}", style)


def _cores() -> int:
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
