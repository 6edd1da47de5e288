"""A record together with the key that verifiably signed it; the ledger makes these, decisions rest on them."""

from typing import Generic, TypeVar

from gitgates.model.frozen import frozen
from gitgates.model.records import EndorsementRecord, PolicyRecord, VersionRecord

R_co = TypeVar("R_co", bound=VersionRecord | PolicyRecord | EndorsementRecord, covariant=True)


@frozen
class Signed(Generic[R_co]):
    """A record whose signature is valid. Whether the key may sign for the author is authority's to judge.

    Attributes:
        key: `type base64` of the signing key.
    """

    id: str
    record: R_co
    key: str


SignedVersionRecord = Signed[VersionRecord]
SignedPolicy = Signed[PolicyRecord]
SignedEndorsement = Signed[EndorsementRecord]
