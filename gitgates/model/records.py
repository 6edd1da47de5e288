"""Records: the immutable signed files that the ledger is made of.

The order of the fields is the order of the keys in the file (`docs/spec/record-format.md`); None is written as an
absent key. Ids are the SHA-256 of a record's bytes, in hexadecimal.
"""

from typing import TYPE_CHECKING, ClassVar

from attrs import field

from gitgates.errors import InvalidValue
from gitgates.model import fields
from gitgates.model.checks import GateStatus
from gitgates.model.entries import Entry, VersionEntry
from gitgates.model.frozen import frozen
from gitgates.model.late import claims, metric_rules
from gitgates.model.metrics import Metrics
from gitgates.model.names import DeploymentContext, is_name
from gitgates.model.policy import AFS_STATUSES, Policy
from gitgates.model.provenance import Artifact, Baseline, Input, Origin, Subject
from gitgates.model.thresholds import GateThresholds
from gitgates.model.waivers import WaiverRecord

if TYPE_CHECKING:
    from gitgates.model.claims import Claim
    from gitgates.model.custom import MetricRule

_ids = fields.each(fields.record_id)
_some_id = fields.maybe(fields.record_id)


@frozen
class Check:
    """The outcome of one gate, as recorded."""

    gate: str
    status: GateStatus
    passed: bool
    message: str


@frozen(kw_only=True)
class ReportRecord(VersionEntry):
    """The outcome of all gates run for a model version in a context, with all that it was computed from.

    Attributes:
        origins: where each threshold came from that is not the default of the profile.
        afs_status: the version's status in AFS's model registry, where it was looked up.
        allow_unknown_severities: whether the policy lets vulnerabilities of unknown severity pass; needs `gates/2`.
        metric_rules: what the project's own metrics were held against, and who set each rule.
        unverified_claims: what the CI system said of its run; nothing is decided by it.
    """

    kind: ClassVar[str] = "report"

    stage: str = field(validator=fields.one_of("pre", "post"))
    rules: str
    profile: DeploymentContext
    required_gates: tuple[str, ...] = field(validator=fields.sorted_distinct)
    require_evidence: bool
    allow_unknown_severities: bool = field(default=False, metadata={fields.OMIT_DEFAULT: True})
    subject: Subject
    unverified_claims: "tuple[Claim, ...] | None" = claims()
    afs_status: str | None = field(default=None, validator=fields.maybe(fields.one_of(*AFS_STATUSES)))
    thresholds: GateThresholds
    origins: tuple[Origin, ...]
    metric_rules: "tuple[MetricRule, ...] | None" = metric_rules()
    inputs: tuple[Input, ...]
    metrics: Metrics
    baseline: Baseline | None = None
    checks: tuple[Check, ...]
    outcome: str = field(validator=fields.one_of("passed", "failed"))


@frozen(kw_only=True)
class DecisionRecord(VersionEntry):
    """An approval or a rejection.

    Attributes:
        report: id of the report decided upon; a rejection may do without.
        forced: an approval of a failed report.
        on_behalf_of: free text, shown beside the signer and never instead of it.
    """

    kind: ClassVar[str] = "decision"

    approved: bool
    report: str | None = field(default=None, validator=_some_id)
    forced: bool
    reason: str | None = None
    notes: str | None = None
    on_behalf_of: str | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse an approval of nothing, and force without a reason."""
        super().__attrs_post_init__()
        if self.approved and self.report is None:
            raise InvalidValue("missing; an approval names the report that it approves", field="report")
        if self.forced and not (self.approved and self.reason):
            raise InvalidValue("only an approval can be forced, and it needs a reason", field="forced")


@frozen
class Previous:
    """The last deployment or rollback record of a target, which may belong to another version of the model."""

    version: str = field(validator=is_name)
    id: str = field(validator=fields.record_id)


@frozen(kw_only=True)
class TargetEntry(VersionEntry):
    """What deployments and rollbacks share.

    Attributes:
        target: where the model runs, e.g. `prod-cluster`.
        phase: `started`, `succeeded` or `failed`.
        started: id of the record of the `started` phase, where there was one.
        decisions: ids of the approvals relied upon.
    """

    target: str
    phase: str = field(validator=fields.one_of("started", "succeeded", "failed"))
    started: str | None = field(default=None, validator=_some_id)
    previous: Previous | None = None
    artifacts: tuple[Artifact, ...] = ()
    decisions: tuple[str, ...] = field(default=(), validator=_ids)
    reason: str | None = None


@frozen(kw_only=True)
class DeploymentRecord(TargetEntry):
    """A model version was, or is being, put on a target."""

    kind: ClassVar[str] = "deployment"


@frozen(kw_only=True)
class RollbackRecord(TargetEntry):
    """A model version was, or is being, taken off a target.

    Attributes:
        to_version: the version put in its place, None where none was live before.
    """

    kind: ClassVar[str] = "rollback"

    to_version: str | None = field(default=None, validator=fields.maybe(is_name))


@frozen(kw_only=True)
class WithdrawalRecord(VersionEntry):
    """The author takes back a decision or a waiver of their own."""

    kind: ClassVar[str] = "withdrawal"

    withdraws: str = field(validator=fields.record_id)
    reason: str


@frozen(kw_only=True)
class AssertionRecord(VersionEntry):
    """What another system's unsigned files claim: shown in the history, never a reason to allow anything.

    Attributes:
        asserts: `approval`, `rejection`, `deployment` or `rollback`.
        claimed_by, claimed_at: as the source has them, unverified.
        source, sha256: name and digest of the file.
    """

    kind: ClassVar[str] = "assertion"

    asserts: str = field(validator=fields.one_of("approval", "rejection", "deployment", "rollback"))
    claimed_by: str | None = None
    claimed_at: str | None = None
    notes: str | None = None
    source: str
    sha256: str = field(validator=fields.record_id)


@frozen(kw_only=True)
class PolicyRecord(Entry):
    """The rules from here on.

    Attributes:
        policy_toml, allowed_signers: the full text of both files.
        parsed: the same, so that no TOML is read on the hot path.
        seal: SHA-256 of the seal file, None where there was nothing to seal.
        admits: ids that count although they were sealed too late.
        annuls: ids that do not count and are not missed.
        revoked: keys (`type base64`) revoked for good.
    """

    kind: ClassVar[str] = "policy"

    policy_toml: str
    allowed_signers: str
    parsed: Policy
    seal: str | None = field(default=None, validator=_some_id)
    admits: tuple[str, ...] = field(default=(), validator=[_ids, fields.sorted_distinct])
    annuls: tuple[str, ...] = field(default=(), validator=[_ids, fields.sorted_distinct])
    revoked: tuple[str, ...] = field(default=(), validator=fields.sorted_distinct)

    def __attrs_post_init__(self) -> None:
        """Refuse a root with parents and a successor without."""
        if self.policy is not None:
            raise InvalidValue("must be absent; a policy follows its parents", field="policy")
        if (self.ledger is None) != (not self.parents):
            raise InvalidValue("the root has neither ledger nor parents, every other policy has both", field="ledger")


@frozen(kw_only=True)
class EndorsementRecord(Entry):
    """A further admin's signature for a policy record."""

    kind: ClassVar[str] = "endorsement"

    endorses: str = field(validator=fields.record_id)

    def __attrs_post_init__(self) -> None:
        """Refuse an endorsement that names no ledger, or a policy in force."""
        if self.ledger is None:
            raise InvalidValue("missing", field="ledger")
        if self.policy is not None:
            raise InvalidValue("must be absent; an endorsement names the policy that it endorses", field="policy")


Record = (
    ReportRecord
    | DecisionRecord
    | DeploymentRecord
    | RollbackRecord
    | WithdrawalRecord
    | WaiverRecord
    | AssertionRecord
    | PolicyRecord
    | EndorsementRecord
)
VersionRecord = (
    ReportRecord
    | DecisionRecord
    | DeploymentRecord
    | RollbackRecord
    | WithdrawalRecord
    | WaiverRecord
    | AssertionRecord
)
