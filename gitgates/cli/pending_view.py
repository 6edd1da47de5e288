"""What `gitgates status --pending` prints: what waits, and for whom."""

import argparse
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import attrs

from gitgates.cli.asking import refuse_unknown_context
from gitgates.cli.options import context_of, session_of
from gitgates.cli.output import DIM, UNSURE, Output
from gitgates.cli.policy_views import show_pending
from gitgates.cli.trust_note import tell_unpinned
from gitgates.cli.views import short
from gitgates.decision.conditions import completeness
from gitgates.decision.pending import Waiting, waiting_reports
from gitgates.decision.result import State
from gitgates.errors import CannotDecide
from gitgates.ledger.endorsing import Pending, pending_policies
from gitgates.ledger.query import all_versions, contexts_of, open_version
from gitgates.ledger.reading import Ledger
from gitgates.model.frozen import frozen
from gitgates.model.names import ModelVersion


@frozen
class Undecided:
    """A model version of which it cannot be told what waits."""

    name: ModelVersion
    reason: str


Found = tuple[ModelVersion, Waiting] | Undecided


def show_all_pending(args: argparse.Namespace, output: Output) -> int:
    """List the reports that lack approvals and the policies that lack signatures; 3 where some cannot be told."""
    session = session_of(args)
    only = context_of(args) if args.context is not None else None
    with session.open() as ledger:
        tell_unpinned(ledger, output)
        policies = pending_policies(ledger)
        if only is not None:
            refuse_unknown_context(ledger, only)
        found = tuple(_waiting(ledger, session.clock(), only))
    waiting = [one for one in found if isinstance(one, tuple)]
    undecided = [one for one in found if isinstance(one, Undecided)]
    output.json(
        "status-pending/1",
        {
            "reports": [_report_value(name, one) for name, one in waiting],
            "undecided": [{"model": u.name.model, "version": u.name.version, "reason": u.reason} for u in undecided],
            "policies": [_policy_value(one) for one in policies],
        },
    )
    for name, one in waiting:
        _show_report(output, name, one)
    for policy in policies:
        show_pending(output, policy)
    for unclear in undecided:
        output.line(f"{unclear.name}: cannot decide: {unclear.reason}", UNSURE)
    if not found and not policies:
        output.line("nothing waits")
    return 3 if undecided else 0


def _waiting(ledger: Ledger, now: datetime, only: str | None) -> Iterator[Found]:
    policy = ledger.chain.current()
    for name in all_versions(ledger):
        opened = open_version(ledger, name, now, must_exist=False)
        view = completeness(opened.known)
        if view.state is not State.MET:
            yield Undecided(name, view.reason)
            continue
        names = contexts_of(ledger, opened, only)
        for required in (context for context in policy.contexts if context.name in names):
            try:
                yield from ((name, one) for one in waiting_reports(opened.known, required))
            except CannotDecide as error:
                yield Undecided(name, error.message)


def _report_value(name: ModelVersion, one: Waiting) -> dict[str, Any]:
    told = {key: list(value) if isinstance(value, tuple) else value for key, value in attrs.asdict(one).items()}
    return {"model": name.model, "version": name.version, **told}


def _policy_value(one: Pending) -> dict[str, Any]:
    return {
        "id": one.signed.id,
        "author": one.signed.record.author,
        "reason": one.reason,
        "overtaken": one.overtaken,
        "changes": list(one.changes),
        "quorums": [{"of": q.of, "lacking": q.lacking, "open_to": list(q.open_to)} for q in one.quorums],
    }


def _show_report(output: Output, name: ModelVersion, one: Waiting) -> None:
    forced = " by force, since it failed," if one.forced else ""
    output.line(
        f"{name} {one.context}: report {short(one.report)} by {one.author} lacks {one.lacking} approval(s){forced}"
    )
    output.line(f"  could approve: {', '.join(one.open_to) or 'nobody'}")
    if one.approved_by:
        output.line(f"  approved by {', '.join(one.approved_by)}", DIM)
    for objection in one.objections:
        output.line(f"  to come after {short(objection)}, which speaks against it", DIM)
