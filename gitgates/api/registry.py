"""`RegistryIntegration`: approvals from Python, on the same ledger as the command line."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from gitgates.api.approvals import ApprovalRecord, approval_records
from gitgates.api.session import Session
from gitgates.api.view import View
from gitgates.decision.decide import Question, decide
from gitgates.decision.result import Decision
from gitgates.errors import NotAllowed, UnknownVersion
from gitgates.ledger.query import Opened, open_version, required_in
from gitgates.ledger.reading import Ledger
from gitgates.model.checks import QualityGateReport
from gitgates.model.names import ModelVersion, check_context, check_name
from gitgates.model.policy import ContextPolicy


class RegistryIntegration:
    """Approvals and rejections, read from and written to the ledger of a repository.

    Wrong records, folders that cannot be written and missing keys raise; "not approved" returns False and is logged.
    """

    def __init__(
        self, registry_path: "str | os.PathLike[str] | None" = None, *, session: Session | None = None
    ) -> None:
        """Open the ledger of the current repository, or the one at `registry_path`.

        Args:
            registry_path: a folder. Inside a repository with a ledger it means that ledger; outside any repository
                an embedded ledger is made there.
            session: key, root and clock to use.

        Raises:
            NoLedger: there is none, and nothing says where to make one.
        """
        self.session = session or Session()
        if registry_path is not None:
            from gitgates.api.places import session_at

            self.session = session_at(self.session, os.fspath(registry_path))
        with self.session.open():
            pass
        self._view = View(self.session)

    def approve_version(self, report: QualityGateReport, approved_by: str | None = None, notes: str = "") -> bool:
        """Record `report` and approve it; return whether it was approved.

        A report that does not meet the policy is recorded and not approved: the log says why, and so does
        `DeploymentController.can_deploy`.
        """
        from gitgates.ledger.recording import Verdict, approve

        name = ModelVersion(report.model_name, report.model_version)
        report_id = self._ensure_recorded(name, report)
        with self._opened(name, report.context) as (ledger, opened, required):
            writer = self.session.writer(ledger, opened.known.now)
            try:
                approve(writer, opened.known, name, required, report_id, Verdict(notes=notes, on_behalf_of=approved_by))
            except NotAllowed as error:
                _log_refusal(name, report.context, error.message)
                return False
        return True

    def _ensure_recorded(self, name: ModelVersion, report: QualityGateReport) -> str:
        """Return the id of the record of `report`; append one unless the latest report says the same."""
        from gitgates.decision.reports import evaluation_of
        from gitgates.ledger.recording import record_report, under_policy
        from gitgates.ledger.subject import find_subject

        with self._opened(name, report.context) as (ledger, opened, required):
            subject = find_subject(ledger.repository)
            for latest in opened.known.latest_reports(required.name):
                if (
                    report.evaluation is not None
                    and evaluation_of(latest.record) == under_policy(report.evaluation, required)
                    and latest.record.subject == subject
                ):
                    return latest.id
            writer = self.session.writer(ledger, opened.known.now)
            return record_report(writer, opened.known, report, required, subject).id

    def reject_version(
        self, model_name: str, model_version: str, context: str, reason: str = "", rejected_by: str | None = None
    ) -> bool:
        """Record a rejection; return True once it is recorded."""
        from gitgates.ledger.recording import Verdict, reject

        name = ModelVersion(model_name, model_version)
        with self._opened(name, context) as (ledger, opened, required):
            writer = self.session.writer(ledger, opened.known.now)
            reject(writer, opened.known, name, required, Verdict(reason=reason, on_behalf_of=rejected_by))
        return True

    def get_approval_status(self, model_name: str, model_version: str | None, context: str) -> ApprovalRecord | None:
        """Return the last decision on a model version in a context, None where there is none (or no version)."""
        if model_version is None:
            return None
        records = self._decisions(ModelVersion(model_name, model_version), check_context(str(context)))
        return records[-1] if records else None

    def get_approval_history(self, model_name: str, model_version: str) -> list[ApprovalRecord]:
        """Return all decisions on a model version, each after those that it knew of."""
        return self._decisions(ModelVersion(model_name, model_version), None)

    def is_deployable(self, model_name: str, model_version: str, context: str) -> bool:
        """Tell whether `can-deploy` allows a model version in a context; the log says why not."""
        from gitgates.decision.result import Answer

        try:
            decision = self.decide(model_name, model_version, context)
        except UnknownVersion as error:
            _log_refusal(ModelVersion(model_name, model_version), context, error.message)
            return False
        if decision.answer is not Answer.ALLOWED:
            _log_refusal(ModelVersion(model_name, model_version), context, decision.reason)
        return decision.answer is Answer.ALLOWED

    def decide(self, model_name: str, model_version: str, context: str) -> Decision:
        """Return the whole decision on a model version in a context.

        Raises:
            UnknownVersion: the ledger has no record of it.
            CannotDecide: the root is not pinned, or the ledger cannot be read.
        """
        name = ModelVersion(model_name, model_version)
        with self.session.open() as ledger:
            ledger.require_pin(trust_first_use=False)
            opened = open_version(ledger, name, self.session.clock())
            return decide(opened.known, Question(name.model, name.version, str(context)))

    def list_approved_versions(self, model_name: str, context: str) -> list[str]:
        """Return the versions of a model that are approved in a context, the one approved first coming first."""
        with self._view.board() as board:
            facts = board.facts(check_name(model_name, "model name"))
        return [version for version, _ in facts.approved(str(context))]

    @contextmanager
    def _opened(self, name: ModelVersion, context: str) -> Iterator[tuple[Ledger, Opened, ContextPolicy]]:
        with self.session.open() as ledger:
            opened = open_version(ledger, name, self.session.clock(), must_exist=False)
            yield ledger, opened, required_in(ledger, str(context))

    def _decisions(self, name: ModelVersion, context: str | None) -> list[ApprovalRecord]:
        with self._view.files(name) as (ledger, files):
            return approval_records(ledger, files, self.session.clock(), context)


def _log_refusal(name: ModelVersion, context: str, reason: str) -> None:
    import logging

    from gitgates.codec.escape import escaped

    said = (escaped(str(one)) for one in (name, context, reason))
    logging.getLogger("gitgates").warning("%s is not approved for %s: %s", *said)
