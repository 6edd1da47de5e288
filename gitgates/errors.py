"""The one tree of exceptions.

Raising code never prints and never exits: `cli.handler` turns each of these into a message and an exit code.
A message names what is wrong and where; `remedy` says what the user can do about it.
"""


class GitgatesError(Exception):
    """Everything that gitgates raises on purpose.

    Attributes:
        remedy: what the user can do, as one sentence, or "" where nothing can be said.
        exit_code: what the command line returns for it (0 to 4, see `docs/reference/exit-codes.md`).
    """

    exit_code = 2

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}. {self.remedy}" if self.remedy else self.message


class InvalidValue(GitgatesError, ValueError):  # noqa: N818 -- reads better than InvalidValueError at every raise
    """A value that means nothing here: NaN, a negative count, an unknown context.

    Attributes:
        field: path of the field inside its document, e.g. `$.checks[0].status`, or "".
    """

    def __init__(self, message: str, *, field: str = "", remedy: str = "") -> None:
        super().__init__(f"{field}: {message}" if field else message, remedy=remedy)
        self.bare_message = message
        self.field = field

    def below(self, parent: str) -> "InvalidValue":
        """Return the same error with `parent` put before its field."""
        return InvalidValue(self.bare_message, field=f"{parent}{self.field}", remedy=self.remedy)


class InputFileError(GitgatesError):
    """A file given by the user cannot be read, is of the wrong kind, or holds impossible numbers."""

    def __init__(self, file: str, message: str, *, remedy: str = "") -> None:
        super().__init__(f"{file}: {message}", remedy=remedy)
        self.file = file


class ConfigError(GitgatesError):
    """A configuration file or a policy file says something that cannot be meant."""


class UsageError(GitgatesError):
    """A command or call that cannot be carried out as it was given."""


class SigningError(GitgatesError):
    """There is no usable signing key, or the key did not sign."""


class BadSignature(GitgatesError):  # noqa: N818 -- reads better than BadSignatureError at every raise
    """A signature that is not exactly what the format asks for, or that its key did not make over these bytes."""


class NoLedger(GitgatesError):  # noqa: N818 -- a state of the repository, not a malfunction
    """There is no ledger here."""


class StoreError(GitgatesError):
    """git, or the file system below it, refused."""


class GitError(StoreError):
    """A git command failed; keeps the command, its code and both streams."""

    def __init__(self, command: tuple[str, ...], returncode: int, stdout: bytes, stderr: bytes) -> None:
        text = stderr.decode("utf-8", "replace").strip() or f"exit code {returncode}"
        super().__init__(f"git {' '.join(command)}: {text}")
        self.command = command
        self.returncode = returncode
        self.stdout = stdout
        self.stderr = stderr


class NoRepository(StoreError):  # noqa: N818 -- a state of the folder, not a malfunction
    """There is no git repository here."""


class Unreadable(StoreError):  # noqa: N818 -- a state of the clone, not a malfunction
    """What git has stored is damaged or not all there, so nobody knows what it says."""

    exit_code = 3

    def __str__(self) -> str:
        return str(self.undecided())

    def undecided(self) -> "CannotDecide":
        """Return the same as the answer that it is for whoever asked."""
        return CannotDecide("unreadable", self.message, remedy=self.remedy)


class GitUnreadable(GitError, Unreadable):  # noqa: N818 -- a state of the clone, not a malfunction
    """A git command failed over something damaged or missing."""

    def __init__(self, failed: GitError, *, remedy: str) -> None:
        super().__init__(failed.command, failed.returncode, failed.stdout, failed.stderr)
        self.remedy = remedy


class MissingObject(Unreadable):
    """An object that must exist is not in this clone: a partial clone, or a damaged one."""


class RefMoved(StoreError):  # noqa: N818 -- a race, not a malfunction
    """A ref no longer held what was expected, or stayed locked; nothing was changed."""


class RefLocked(RefMoved):
    """A ref stayed locked for seconds: somebody is at it for long, or a process that was killed left its lock."""


class RemoteUnreachable(StoreError):  # noqa: N818 -- a state of the network, not a malfunction
    """There is no such remote, it cannot be reached, or it does not let us in; nothing was changed."""

    exit_code = 3


class PushRefused(StoreError):  # noqa: N818 -- an answer of the remote, not a malfunction
    """The remote's hooks or settings refuse what was pushed; nothing was changed there.

    Attributes:
        refused: the refs that it refused, each with its reason.
        told: the lines that the remote printed, as they came: they may hold anything.
    """

    exit_code = 3

    def __init__(
        self, message: str, refused: tuple[tuple[str, str], ...], told: tuple[str, ...], *, remedy: str = ""
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.refused = refused
        self.told = told


class NotAllowed(GitgatesError):  # noqa: N818 -- an answer, not a malfunction
    """The ledger's rules forbid what was asked."""

    exit_code = 1


class CommandNotRun(GitgatesError):  # noqa: N818 -- reads better than CommandNotRunError at the raise
    """The command that deploys or rolls back could not be started, though it looked as if it could."""

    exit_code = 1


class UnknownVersion(GitgatesError):  # noqa: N818 -- an answer, not a malfunction
    """The ledger holds no record of the model version."""

    exit_code = 1


class CannotDecide(GitgatesError):  # noqa: N818 -- an answer, not a malfunction
    """The records at hand do not allow an answer: fork, incomplete, shallow, unreadable, clock, no pin, newer format.

    Attributes:
        cause: one of those words, for programs.
    """

    exit_code = 3

    def __init__(self, cause: str, message: str, *, remedy: str = "") -> None:
        # Reasons that are shown by themselves begin with the word.
        super().__init__(f"cannot decide ({cause}): {message.removeprefix(f'{cause}: ')}", remedy=remedy)
        self.cause = cause


class LedgerNotFetched(CannotDecide, NoLedger):
    """There is no ledger here, and this clone fetches some of its remote's branches only: it may be on another one."""
