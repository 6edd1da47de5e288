"""What `verify` reports."""

from enum import StrEnum

from gitgates.model.frozen import frozen


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    """Something that must not be."""
    WARNING = "warning"
    """Something that should be put in order and changes no answer."""
    NOTICE = "notice"
    """Something worth knowing that needs no action: `verify` is content with it."""


@frozen
class Finding:
    """One thing that `verify` found.

    Attributes:
        path: the file or folder from the top folder, or the ref, or "" where it is about the clone as a whole.
        code: one word for programs: about files `foreign`, `name`, `collision`, `anchor`, `tree`; about what is gone
            `deleted`, `missing`, `unreadable`, `incomplete`, `shallow`, `newer-format`; about records `report`,
            `baseline`, `standing`, `previous`, `clock`; about policies `policy`, `policy-text`, `policy-files`, `seal`;
            and `index`, `pin`.
        affects_decision: whether an answer of `can-deploy` may rest on it.
    """

    severity: Severity
    path: str
    code: str
    text: str
    remedy: str = ""
    affects_decision: bool = False


@frozen
class Verification:
    """The outcome of `verify`.

    Attributes:
        commit: the ledger's tip that was verified.
        whole: whether all models were verified, and all commits since the last verification.
        records: how many files are validly signed records of model versions.
        policies: how many are validly signed policies and endorsements.
        findings: by path; the same whatever the number of processes.
    """

    commit: str
    whole: bool
    records: int
    policies: int
    findings: tuple[Finding, ...]

    @property
    def affects_decision(self) -> bool:
        """Whether a finding could change an answer."""
        return any(finding.affects_decision for finding in self.findings)

    @property
    def is_clean(self) -> bool:
        """Whether there is nothing but notices."""
        return all(finding.severity is Severity.NOTICE for finding in self.findings)


def error(path: str, code: str, text: str, remedy: str = "") -> Finding:
    """Return a finding on which an answer may rest."""
    return Finding(Severity.ERROR, path, code, text, remedy, affects_decision=True)


def warning(path: str, code: str, text: str, remedy: str = "") -> Finding:
    """Return a finding that changes no answer."""
    return Finding(Severity.WARNING, path, code, text, remedy)


def notice(path: str, code: str, text: str, remedy: str = "") -> Finding:
    """Return a finding that needs no action."""
    return Finding(Severity.NOTICE, path, code, text, remedy)
