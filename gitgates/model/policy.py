"""The policy: who may do what, and what a context requires of a model version before it may be deployed there."""

import re
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from attrs import field

from gitgates.errors import InvalidValue
from gitgates.model import fields
from gitgates.model.fields import Number
from gitgates.model.frozen import frozen
from gitgates.model.late import metric_paths, metric_rules
from gitgates.model.names import DeploymentContext, is_context
from gitgates.model.thresholds import NAMES, GateThresholds

if TYPE_CHECKING:
    from gitgates.model.custom import MetricRule
    from gitgates.model.metric_paths import MetricPath

POLICY_FORMAT = "gitgates-policy/1"
AFS_STATUSES = ("draft", "training", "completed", "deployed", "deprecated")
"""What the status of a version in AFS's model registry can be."""
_BRANCH = re.compile(r"refs/heads/[A-Za-z0-9._/-]+")


class Role(StrEnum):
    """What a member may write: policies, reports, decisions, deployments and rollbacks."""

    ADMIN = "admin"
    CHECKER = "checker"
    APPROVER = "approver"
    DEPLOYER = "deployer"


class BaselineRule(StrEnum):
    """Whether a report needs a baseline, and whether it must be a report of the ledger."""

    NONE = "none"
    ANY = "any"
    RECORD = "record"


@frozen
class Signer:
    """One key of one principal. `key` is `type base64`, without comment."""

    principal: str = field(validator=fields.principal)
    key: str


@frozen
class Member:
    """A principal with roles."""

    principal: str = field(validator=fields.principal)
    roles: tuple[Role, ...] = field(validator=fields.sorted_distinct)


@frozen
class Floor:
    """The loosest value of a threshold that a report in this context may use."""

    threshold: str = field(validator=fields.one_of(*NAMES))
    value: Number = field(validator=fields.number_in())

    def __attrs_post_init__(self) -> None:
        """Refuse a value that the threshold cannot have: nothing could ever meet it."""
        try:
            GateThresholds(**{self.threshold: self.value})
        except InvalidValue as error:
            raise InvalidValue(error.bare_message, field="value") from None


def _in_order_of_thresholds(_: Any, attribute: Any, value: tuple[Floor, ...]) -> None:
    places = [NAMES.index(floor.threshold) for floor in value]
    if any(a >= b for a, b in pairwise(places)):
        raise InvalidValue("must be in the order of the thresholds and without duplicates", field=attribute.name)


MAX_SECONDS = 999_999_999 * 86_400
"""The longest duration, in seconds: what a timedelta can hold."""
_seconds = [fields.maybe(fields.count), fields.maybe(fields.number_in(1, MAX_SECONDS))]


@frozen(kw_only=True)
class ContextPolicy:
    """What one context requires; the fields are section "Policy" of `docs/reference/policy.md`.

    Attributes:
        profile: the built-in context whose default thresholds and rules this one follows.
        required_gates: gates that must have run and passed; empty means at least one gate, whichever.
        max_report_age, approval_expires: seconds, None for no limit.
        metric_rules: definitions and floors of metrics of the project's own; every report carries them.
        metric_paths: the only number of a file that a report may take for a metric.
        afs_status: what the version's status in AFS's model registry must be one of, none for whatever it is.
    """

    name: str = field(validator=is_context)
    profile: DeploymentContext
    required_gates: tuple[str, ...] = field(validator=fields.sorted_distinct)
    required_approvals: int = field(validator=fields.count)
    separation_of_duties: bool
    max_report_age: int | None = field(default=None, validator=_seconds)
    approval_expires: int | None = field(default=None, validator=_seconds)
    promoted_from: str | None = field(default=None, validator=fields.maybe(is_context))
    allow_force: bool
    require_evidence: bool
    require_artifacts: bool
    require_baseline: BaselineRule
    allow_waivers: bool = field(default=False, metadata={fields.OMIT_DEFAULT: True})
    allow_unknown_severities: bool = field(default=False, metadata={fields.OMIT_DEFAULT: True})
    floors: tuple[Floor, ...] = field(validator=_in_order_of_thresholds)
    metric_rules: "tuple[MetricRule, ...] | None" = metric_rules()
    metric_paths: "tuple[MetricPath, ...] | None" = metric_paths()
    afs_status: tuple[str, ...] = field(
        default=(),
        validator=[fields.sorted_distinct, fields.each(fields.one_of(*AFS_STATUSES))],
        metadata={fields.OMIT_DEFAULT: True},
    )

    def __attrs_post_init__(self) -> None:
        """Refuse a figure of coverage that there is not."""
        if self.metric_paths:
            from gitgates.model.metric_paths import check_pins

            check_pins(self.metric_paths)


@frozen(kw_only=True)
class Policy:
    """All rules that are in force together.

    Attributes:
        ledger_branch: full name of the branch that the ledger lives on.
        admin_quorum: how many admins must sign the policy that follows this one.
    """

    ledger_branch: str = field(validator=fields.matches(_BRANCH, "a branch, e.g. refs/heads/main"))
    admin_quorum: int = field(validator=fields.count)
    members: tuple[Member, ...]
    signers: tuple[Signer, ...]
    contexts: tuple[ContextPolicy, ...]

    def __attrs_post_init__(self) -> None:
        """Refuse what contradicts itself or could never be changed again."""
        _refuse_repeats("members", [member.principal for member in self.members])
        _refuse_repeats("contexts", [context.name for context in self.contexts])
        _refuse_repeats("signers", [signer.key for signer in self.signers])
        admins = {m.principal for m in self.members if Role.ADMIN in m.roles} & {s.principal for s in self.signers}
        if not 1 <= self.admin_quorum <= len(admins):
            raise InvalidValue(
                f"is {self.admin_quorum}, but {len(admins)} admins have a key; nobody could change this policy",
                field="admin_quorum",
            )
        for context in self.contexts:
            _check_promotion(context, {other.name: other for other in self.contexts})

    def context(self, name: str) -> ContextPolicy | None:
        """Return what the context `name` requires, or None where the policy does not know it."""
        return next((context for context in self.contexts if context.name == name), None)

    def roles_of(self, principal: str) -> tuple[Role, ...]:
        """Return the roles of `principal`, none for a stranger."""
        return next((member.roles for member in self.members if member.principal == principal), ())

    def holds(self, principal: str, key: str) -> bool:
        """Tell whether `key` is listed as one of `principal`."""
        return any(signer.key == key and signer.principal == principal for signer in self.signers)


def _refuse_repeats(what: str, names: list[str]) -> None:
    if sorted(names) != names and what != "signers":
        raise InvalidValue("must be sorted", field=what)
    if len(set(names)) != len(names):
        raise InvalidValue("holds one entry twice", field=what)


def _check_promotion(context: ContextPolicy, contexts: dict[str, ContextPolicy]) -> None:
    seen = [context.name]
    earlier = context.promoted_from
    while earlier is not None:
        if earlier not in contexts:
            raise InvalidValue(f"promoted_from names the unknown context {earlier!r}", field="contexts")
        if earlier in seen:
            raise InvalidValue(f"promoted_from runs in a circle: {' <- '.join([*seen, earlier])}", field="contexts")
        seen.append(earlier)
        earlier = contexts[earlier].promoted_from
