"""A check that was made before: run again on the same inputs, it says nothing new, and is not recorded twice.

CI systems run jobs again. A second report of the same content would supersede the first, and with it the approvals of
the first: people would have to approve what they have approved.
"""

from datetime import timedelta

import attrs

from gitgates.decision.authority import Say
from gitgates.decision.knowledge import Knowledge
from gitgates.decision.signed import Signed
from gitgates.ledger.writing import refuse_incomplete
from gitgates.model.policy import ContextPolicy
from gitgates.model.records import DecisionRecord, DeploymentRecord, ReportRecord, VersionRecord
from gitgates.model.waivers import WaiverRecord

FRESH = timedelta(days=1)
"""How old a report may be to stand for a new one; at most half of what the policy allows, so that it is of use yet."""


def recorded_already(known: Knowledge, record: ReportRecord, required: ContextPolicy) -> Signed[ReportRecord] | None:
    """Return the report that says what `record` would, None where `record` says something new.

    It says the same if it is by the same author, under the same policy, and all but the time, the parents and the
    claims of the CI system is equal. It stands for `record` if it is the only latest report, counts fully, is fresh,
    and nobody said anything against the version since: a check after an objection is one for the approvers to see.

    Raises:
        CannotDecide: records are missing, as when a report is written.
    """
    latest = known.latest_reports(record.context)
    if len(latest) != 1 or not _same(latest[0].record, record):
        return None
    (found,) = latest
    if known.standings[found.id].say is not Say.FULL or not _is_fresh(found.record, record, required):
        return None
    refuse_incomplete(known)
    before = known.graph.reached_from((found.id,))
    since = (signed for i, signed in known.records.items() if i not in before and i != found.id)
    counting = (signed.record for signed in since if known.standings[signed.id].say is not Say.NONE)
    return found if all(_harmless(other, record.context) for other in counting) else None


def _same(one: ReportRecord, other: ReportRecord) -> bool:
    return one == attrs.evolve(other, created=one.created, parents=one.parents, unverified_claims=one.unverified_claims)


def _is_fresh(found: ReportRecord, record: ReportRecord, required: ContextPolicy) -> bool:
    most = FRESH if required.max_report_age is None else min(FRESH, timedelta(seconds=required.max_report_age) / 2)
    return record.created - found.created <= most


def _harmless(record: VersionRecord, context: str) -> bool:
    """Tell whether a record after the report leaves open nothing that a new report would be needed for."""
    if record.context != context:
        return True
    if isinstance(record, DecisionRecord):
        return record.approved
    return isinstance(record, WaiverRecord | DeploymentRecord)
