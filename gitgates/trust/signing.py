"""Signing: the key to sign with is found, ssh-keygen signs, and our own reader must accept the result."""

import os
import subprocess
from collections.abc import Mapping
from typing import TYPE_CHECKING

from attrs import field

from gitgates.errors import BadSignature, CannotDecide, SigningError
from gitgates.model.frozen import frozen
from gitgates.trust import keyfile, openssh
from gitgates.trust.keys import KEY_TYPES, PublicKey
from gitgates.trust.sshsig import NAMESPACE, with_low_s
from gitgates.trust.verify import Verifier

if TYPE_CHECKING:
    from typing import Protocol

    class ConfigReader(Protocol):
        """git's configuration: the last value of a key, or None."""

        def get(self, key: str, /) -> str | None:
            """Return the value of `key`, its section and name in lower case."""


VARIABLE = "GITGATES_SIGNING_KEY"
"""Environment variable that holds a key or the path of one."""

_MAKE_ONE = "Make a key with: ssh-keygen -t ed25519, or name one with --key"


@frozen
class SigningKey:
    """A key that can sign.

    Attributes:
        origin: where it was found, for people.
    """

    origin: str
    _file: keyfile.KeyFile = field(repr=False)
    _environ: Mapping[str, str] = field(repr=False, eq=False)

    @property
    def public(self) -> PublicKey:
        """Its public key."""
        return self._file.public

    def sign(self, message: bytes) -> bytes:
        """Return the armoured signature of `message`, one that `verify` accepts; raises `SigningError`.

        Asks for a passphrase at the terminal or by SSH_ASKPASS where the key needs it and an agent does not hold
        it; where nobody can be asked, it fails and says so.
        """
        try:
            signature = self._sign(message)
        except OSError as error:
            raise keyfile.no_ssh_keygen(error) from None
        except subprocess.TimeoutExpired as error:
            raise SigningError(
                f"{self.origin}: nobody answered within {error.timeout:.0f} seconds",
                remedy="Unlock the agent or name another key with --key",
            ) from None
        return self._checked(message, signature)

    def _sign(self, message: bytes) -> bytes:
        if self._file.path is not None:
            return self._sign_with(self._file.path, message)
        with keyfile.as_file(self.public, self._file.text) as path:
            return self._sign_with(path, message)

    def _sign_with(self, path: str, message: bytes) -> bytes:
        command = ("ssh-keygen", "-q", "-Y", "sign", "-n", NAMESPACE, "-f", path)
        terminal = openssh.open_terminal(self._environ) if self._may_ask else None
        if terminal is None:
            outcome = openssh.run(command, self._environ, message=message)
            if not outcome.ok:
                raise self._failure(outcome)
            return outcome.output
        try:
            return self._sign_at(terminal, command, message)
        finally:
            os.close(terminal)

    def _sign_at(self, terminal: int, command: tuple[str, ...], message: bytes) -> bytes:
        # ssh-keygen asks at the terminal only where its standard input is one, so the message goes by a file.
        from tempfile import TemporaryDirectory

        with TemporaryDirectory(prefix="gitgates-") as folder:
            path = os.path.join(folder, "message")
            with open(path, "wb") as file:
                file.write(message)
            outcome = openssh.run((*command, path), self._environ, terminal=terminal)
            if not outcome.ok:
                raise SigningError(f"{self.origin}: the key did not sign", remedy="ssh-keygen gave the reason above")
            with open(path + ".sig", "rb") as file:
                return file.read()

    @property
    def _may_ask(self) -> bool:
        return self._file.may_ask or self.public.type.startswith("sk-")

    def _checked(self, message: bytes, signature: bytes) -> bytes:
        """Return `signature` as every reader accepts it: what our reader refuses must never be recorded."""
        try:
            signature = with_low_s(signature)
            signer = Verifier(self._environ).verify(message, signature)
        except (BadSignature, CannotDecide) as error:
            raise SigningError(f"{self.origin}: the key signed, but not acceptably: {error.message}") from None
        if signer != self.public:
            raise SigningError(
                f"{self.origin}: signed with the key {signer.fingerprint} instead of {self.public.fingerprint}",
                remedy="The private and the public key file do not belong together",
            )
        return signature

    def _failure(self, outcome: openssh.Outcome) -> SigningError:
        said = outcome.complaint
        path = self._file.path or "the private key"
        if outcome.too_old:
            return SigningError("this ssh-keygen cannot sign", remedy=f"Install OpenSSH {openssh.OLDEST} or newer")
        if "incorrect passphrase" in said:
            reason = "the key has a passphrase, and there is no terminal to ask for it"
            return SigningError(f"{self.origin}: {reason}", remedy=f"Run ssh-add {path} first, or set SSH_ASKPASS")
        if "UNPROTECTED" in said:
            return SigningError(f"{self.origin}: others can read the key file", remedy=f"Run chmod 600 {path}")
        if "No private key found" in said:
            reason = "no agent holds the private key, and it is not beside the public key"
            return SigningError(f"{self.origin}: {reason}", remedy="Run ssh-add with the private key first")
        return SigningError(f"{self.origin}: the key did not sign: {said}", remedy="Name another key with --key")


def find_key(explicit: str | None, environ: Mapping[str, str], config: "ConfigReader", home: str) -> SigningKey:
    """Return the key to sign with: the first that is named, else the first that is there.

    1. `explicit` (`--key`), 2. GITGATES_SIGNING_KEY, 3. git's `user.signingkey` where `gpg.format` is `ssh`,
    4. `~/.ssh/id_ed25519`, 5. the only key of the agent. The first three may be the path of a private or public
    key, or the key itself; a public key is one that an agent holds. Raises `SigningError` where a key that is
    named cannot be used, and where there is none or more than one to choose from.
    """
    if explicit is not None:
        return _named_key(explicit, "--key", environ, home)
    if value := environ.get(VARIABLE):
        return _named_key(value, VARIABLE, environ, home)
    if config.get("gpg.format") == "ssh" and (value := config.get("user.signingkey")):
        return _named_key(value, "git config user.signingkey", environ, home)
    default = os.path.join(home, ".ssh", "id_ed25519")
    if os.path.exists(default):
        return SigningKey(default, keyfile.read_file(default, environ), environ)
    return _agent_key(environ, default)


def generate_key(path: str, comment: str, environ: Mapping[str, str]) -> PublicKey:
    """Make an ed25519 key without passphrase at `path` and `path`.pub; raises `SigningError`, also if one is there."""
    for name in (path, path + ".pub"):
        if os.path.lexists(name):
            raise SigningError(f"{name} is there already", remedy="Name another path, or use that key with --key")
    try:
        os.makedirs(os.path.dirname(path) or ".", mode=0o700, exist_ok=True)
    except OSError as error:
        raise SigningError(f"cannot make the folder of {path}: {error.strerror}") from None
    command = ("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", path)
    try:
        outcome = openssh.run(command, environ)
    except OSError as error:
        raise keyfile.no_ssh_keygen(error) from None
    if not outcome.ok:
        raise SigningError(f"ssh-keygen could not make {path}: {outcome.complaint}", remedy="Name another path")
    return keyfile.read_file(path, environ).public


def _named_key(value: str, source: str, environ: Mapping[str, str], home: str) -> SigningKey:
    text = value.strip()
    literal = text.removeprefix("key::")
    try:
        if keyfile.is_private(text):
            return SigningKey(source, keyfile.read_private(text, environ), environ)
        if literal != text or literal.startswith(tuple(f"{name} " for name in KEY_TYPES)):
            return SigningKey(source, keyfile.read_public(literal), environ)
    except SigningError as error:
        remedy = error.remedy or "Give the whole key, or the path of its file"
        raise SigningError(f"{source}: {error.message}", remedy=remedy) from None
    path = os.path.join(home, text[2:]) if text.startswith("~/") else text
    return SigningKey(f"{source} ({path})", keyfile.read_file(path, environ), environ)


def _agent_key(environ: Mapping[str, str], default: str) -> SigningKey:
    try:
        outcome = openssh.run(("ssh-add", "-L"), environ)
    except (OSError, subprocess.TimeoutExpired):
        lines = []
    else:
        lines = outcome.output.decode("utf-8", "replace").splitlines() if outcome.ok else []
    usable = [line for line in lines if line.startswith(tuple(f"{name} " for name in KEY_TYPES))]
    if not usable:
        looked = f"--key, {VARIABLE}, git config user.signingkey (with gpg.format=ssh), {default}, the SSH agent"
        raise SigningError(f"there is no signing key; looked at {looked}", remedy=_MAKE_ONE)
    if len(usable) > 1:
        listed = "; ".join(usable)
        raise SigningError(
            f"the SSH agent holds {len(usable)} keys: {listed}", remedy="Name one with --key 'TYPE BASE64'"
        )
    return SigningKey("the SSH agent", keyfile.read_public(usable[0]), environ)
