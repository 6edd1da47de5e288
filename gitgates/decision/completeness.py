"""Completeness (rule 6 of DESIGN section 4): every record that a counting record knows of must be there."""

from collections.abc import Iterable, Mapping

from gitgates.codec.seals import Seal, VersionName
from gitgates.decision.authority import Say, Standing
from gitgates.decision.chain import PolicyChain
from gitgates.decision.graph import Graph
from gitgates.decision.signed import SignedVersionRecord


def missing_ids(
    name: VersionName,
    records: Iterable[SignedVersionRecord],
    standings: Mapping[str, Standing],
    chain: PolicyChain,
    seals: Mapping[str, Seal],
    elsewhere: frozenset[str],
) -> tuple[str, ...]:
    """Return the ids that are known of and absent, sorted.

    Args:
        name: of the model version; a seal may know of records where none is left.
        records: all validly signed records of the model version.
        seals: the seals that are there, by digest.
        elsewhere: ids that are there under another version of the model (the last record of a target).
    """
    records = tuple(records)
    present = {signed.id for signed in records if not standings[signed.id].resigned}
    counting = [signed.id for signed in records if standings[signed.id].say is not Say.NONE]
    known = {standing.missing_policy for standing in standings.values() if standing.missing_policy}
    sealed: set[str] = set()
    for digest in {policy.record.seal for policy in chain.accepted.values()}:
        seal = seals.get(digest or "")  # a seal that no accepted policy names says nothing
        if digest is None:
            continue
        if seal is None:
            known.add(digest)
        else:
            sealed.update(seal.get(name, ()))
    # Whoever sealed a record knew its ancestors, also where a policy beside that one makes it count no more.
    known |= sealed | Graph({signed.id: signed.record.parents for signed in records}).reached_from([*counting, *sealed])
    return tuple(sorted(known - present - elsewhere - chain.annulled()))
