"""Whether a file that is gone, or that something else stands in place of, was a record of the ledger."""

from collections.abc import Set

from gitgates.decision.chain import PolicyChain
from gitgates.decision.signed import Signed
from gitgates.ledger.files import Authenticator, FileOfRecord, Foreign
from gitgates.model.paths import id_in_name
from gitgates.model.records import Record


def by_its_author(found: Signed[Record] | Foreign, signers: Set[tuple[str, str]]) -> bool:
    """Tell whether a file is a record signed by its author; what another member signed has no say, and is not missed.

    A file of a newer format does not show its author: it counts as one.

    Args:
        signers: principal and key of everybody whom a policy lists.
    """
    return found.newer if isinstance(found, Foreign) else (found.record.author, found.key) in signers


class PastRecords:
    """Tells whether files were records of one chain of policies, for `continuity.lost_records`."""

    def __init__(self, chain: PolicyChain, authenticator: Authenticator) -> None:
        """Take the policies that are known now."""
        self._chain = chain
        self._authenticator = authenticator
        self._keys = chain.known_keys()
        self._signers = chain.known_signers()

    def __call__(self, file: FileOfRecord, instead: tuple[FileOfRecord, ...] = ()) -> bool:
        """Tell whether a file was a record that no policy annuls; any other may be removed (rule 1).

        Args:
            instead: what is there in its place; the author's own signature by another key, if it does as well, will do.
        """
        if id_in_name(file.path) in self._chain.annulled():
            return False
        found = self._authenticator.authenticate(file, self._keys)
        if isinstance(found, Foreign) or not by_its_author(found, self._signers):
            return by_its_author(found, self._signers)
        there = (self._authenticator.authenticate(one, self._keys) for one in instead)
        author, key = found.record.author, found.key
        return not any(isinstance(o, Signed) and self._chain.serves_as_well(author, o.key, key) for o in there)
