"""Which vulnerabilities a scan counted: the list beside the counts, as far as a record can hold it."""

from collections.abc import Mapping

from gitgates.model.vulnerabilities import MAX_VULNERABILITIES, VULNERABILITY_ID, Vulnerability

Counted = Mapping[tuple[str, str], int]
"""How often each (id, severity) was counted."""


def named(counted: Counted) -> tuple[tuple[Vulnerability, ...], tuple[str, ...]]:
    """Return the vulnerabilities that have an id, and notes on those that are left out.

    The gates judge the counts alone; what is not listed can only not be waived.
    """
    fit = {key: number for key, number in counted.items() if VULNERABILITY_ID.fullmatch(key[0])}
    if len(fit) > MAX_VULNERABILITIES:
        note = f"{len(fit)} vulnerabilities are counted and not listed: a record lists at most {MAX_VULNERABILITIES}"
        return (), (note,)
    return tuple(Vulnerability(name, severity, fit[name, severity]) for name, severity in sorted(fit)), ()
