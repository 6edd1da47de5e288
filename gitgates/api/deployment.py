"""`DeploymentController`: ask, deploy and roll back from Python, on the same ledger as the command line."""

from gitgates.api.registry import RegistryIntegration
from gitgates.decision.decide import Question, decide
from gitgates.decision.result import Answer
from gitgates.errors import CannotDecide, GitgatesError
from gitgates.ledger.deployments import Target, history_of, record_deployment, record_rollback
from gitgates.ledger.query import open_version
from gitgates.ledger.targets import targets_of
from gitgates.model.names import ModelVersion

DEFAULT_TARGET = "production"


class DeploymentController:
    """Answers whether a model version may be deployed, and records deployments and rollbacks."""

    def __init__(self, registry_integration: RegistryIntegration | None = None) -> None:
        """Use the ledger of `registry_integration`, by default that of the current repository."""
        self.registry = registry_integration or RegistryIntegration()

    def can_deploy(self, model_name: str, model_version: str, context: str) -> tuple[bool, str]:
        """Return whether a model version may be deployed to a context now, and why or why not.

        What cannot be decided is (False, "cannot decide ..."); an unknown model version is (False, ...) too.
        """
        try:
            decision = self.registry.decide(model_name, model_version, context)
        except GitgatesError as error:
            return False, str(error)
        if decision.answer is Answer.CANNOT_DECIDE:
            return False, CannotDecide(decision.cause, decision.reason).message
        return decision.answer is Answer.ALLOWED, decision.reason

    def pre_deployment_check(self, model_name: str, model_version: str, context: str) -> bool:
        """Return what `can_deploy` answers, and log the reason where the answer is no."""
        allowed, reason = self.can_deploy(model_name, model_version, context)
        if not allowed:
            _log("%s:%s may not be deployed to %s: %s", model_name, model_version, context, reason)
        return allowed

    def execute_deployment(
        self, model_name: str, model_version: str, context: str, deployment_target: str = DEFAULT_TARGET
    ) -> bool:
        """Record that a model version is deployed to a target, if it may be; return whether it may.

        This runs nothing: `gitgates deploy` runs a command between a `started` and a `succeeded` record.
        """
        if not self.pre_deployment_check(model_name, model_version, context):
            return False
        name, target = ModelVersion(model_name, model_version), Target(str(context), deployment_target)
        with self.registry.session.open() as ledger:
            now = self.registry.session.clock()
            opened = open_version(ledger, name, now)
            # Asked again on what the record will be written after: a rejection may have come meanwhile.
            decision = decide(opened.known, Question(name.model, name.version, target.context))
            if decision.answer is not Answer.ALLOWED:
                _log("%s may not be deployed to %s: %s", name, target.context, decision.reason)
                return False
            history = history_of(ledger, name, target, now)
            writer = self.registry.session.writer(ledger, now)
            record_deployment(writer, opened.known, name, target, history, "succeeded", relied_upon=decision)
        return True

    def rollback(self, model_name: str, model_version: str, context: str, reason: str = "") -> bool:
        """Record that a model version was rolled back on every target where it is live, and return True.

        A version that is live nowhere gets one record, for the default target: the attempt counts against it.
        """
        name, now = ModelVersion(model_name, model_version), self.registry.session.clock()
        with self.registry.session.open() as ledger:
            targets = targets_of(ledger, name.model, str(context), now, whole=False)
            live = [t for t in targets if t.history.live == name.version]
            names = [t.name for t in live] or [DEFAULT_TARGET]
        for target_name in names:
            target = Target(str(context), target_name)
            with self.registry.session.open() as ledger:
                opened = open_version(ledger, name, now, must_exist=False)
                writer = self.registry.session.writer(ledger, now)
                history = history_of(ledger, name, target, now, whole=False)
                record_rollback(writer, opened.known, name, target, history, "succeeded", reason=reason)
        return True


def _log(message: str, *args: object) -> None:
    import logging

    from gitgates.codec.escape import escaped

    logging.getLogger("gitgates").error(message, *(escaped(str(one)) for one in args))
