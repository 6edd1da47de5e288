"""The `allowed_signers` file: which key speaks for which principal.

Every line is read in one way only, and every file that is accepted here means the same to
`ssh-keygen -Y verify -f`. ssh-keygen skips lines that it cannot read; here they are errors.
"""

from collections.abc import Iterable

from gitgates.errors import InvalidValue
from gitgates.model.policy import Signer
from gitgates.trust.keys import PublicKey

_OPTION = 'namespaces="gitgates"'
_FORM = f"Write: alice@example.com {_OPTION} ssh-ed25519 AAAA..."


def parse(text: str) -> tuple[Signer, ...]:
    """Return the signers of `text` in the order of its lines.

    A line is empty, starts with `#`, or is `principal namespaces="gitgates" type base64[ comment]` with single
    spaces; each ends with LF. A key may stand once. Raises `InvalidValue` that names the line.
    """
    lines = text.split("\n")
    if lines[-1]:
        raise InvalidValue(f"line {len(lines)} does not end with a newline", remedy="Add a newline at the end")
    signers: dict[str, Signer] = {}
    for number, line in enumerate(lines[:-1], start=1):
        try:
            _read_line(line, signers)
        except InvalidValue as error:
            raise InvalidValue(f"line {number}: {error.message}", remedy=error.remedy or _FORM) from None
    return tuple(signers.values())


def render(signers: Iterable[Signer]) -> str:
    """Return the file that holds `signers` in this order, else raise `InvalidValue` as `parse` does."""
    text = "".join([f"{signer.principal} {_OPTION} {signer.key}\n" for signer in signers])
    parse(text)  # a file that no reader would accept must never be written
    return text


def _read_line(line: str, signers: dict[str, Signer]) -> None:
    """Add the signer of `line`, if it names one, to `signers`, by key."""
    if not line.isprintable():
        raise InvalidValue("holds a tab, a carriage return or another invisible character")
    if not line or line.startswith("#"):
        return
    principal, _, rest = line.partition(" ")
    option, _, key = rest.partition(" ")
    if option != _OPTION:
        raise InvalidValue(f"after the principal must stand exactly {_OPTION}, got {option!r}")
    signer = Signer(principal, PublicKey.parse(key).text)
    if signer.key in signers:
        raise InvalidValue(f"the key stands already for {signers[signer.key].principal}; each key stands once")
    signers[signer.key] = signer
