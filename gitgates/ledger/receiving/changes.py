"""What a push asks for, and what is said of it."""

from collections.abc import Iterator

from gitgates.errors import CannotDecide, GitgatesError, UsageError
from gitgates.model.frozen import frozen

BRANCHES = "refs/heads/"
_NO_OBJECT = frozenset("0")


@frozen
class RefChange:
    """One ref that is pushed.

    Attributes:
        old: the id that it has, None where the push creates it.
        new: the id that it shall have, None where the push deletes it.
    """

    ref: str
    old: str | None
    new: str | None

    def refused(self, path: str, text: str, remedy: str) -> "Refusal":
        """Return a refusal of this ref."""
        return Refusal(self.ref, path, text, remedy)

    def undecided(self, error: GitgatesError) -> "Refusal":
        """Return the refusal for what could not be read or told."""
        return Refusal(self.ref, "", error.message, error.remedy, is_undecided=True)


@frozen
class Refusal:
    """Why a push is not taken.

    Attributes:
        ref: the ref, "" where it is about the server.
        path: the file, "" where it is about the ref as a whole.
        is_undecided: the hook could not tell, as distinct from knowing that the push must not be taken.
    """

    ref: str
    path: str
    text: str
    remedy: str
    is_undecided: bool = False

    def __str__(self) -> str:
        what = ": ".join(filter(None, (self.ref, self.path, self.text)))
        return f"{what}. {self.remedy}" if self.remedy else what


@frozen
class Verdict:
    """What comes of a push: it is taken where nothing is refused; git takes all of its refs or none.

    Attributes:
        notes: what the pusher or the server's admin should know all the same.
    """

    refusals: tuple[Refusal, ...] = ()
    notes: tuple[str, ...] = ()


def parse_changes(text: str) -> tuple[RefChange, ...]:
    """Return the refs in git's lines `<old id> <new id> <ref>`; UsageError where a line has another form."""
    return tuple(_changes(text))


def _changes(text: str) -> Iterator[RefChange]:
    for line in text.split("\n"):
        if not line:
            continue
        old, _, rest = line.partition(" ")
        new, _, ref = rest.partition(" ")
        if not (old and new and ref.startswith("refs/")):
            raise UsageError(
                f"{line!r} is not `<old id> <new id> <ref>`", remedy="Let git run this hook: it is for `git push`"
            )
        yield RefChange(ref, _object_id(old), _object_id(new))


def _object_id(text: str) -> str | None:
    return None if _NO_OBJECT.issuperset(text) else text


def unreadable(error: GitgatesError) -> CannotDecide:
    """Return `error` as the reason why nothing can be told."""
    return error if isinstance(error, CannotDecide) else CannotDecide("unreadable", error.message, remedy=error.remedy)
