"""Public keys: the types that may sign, and the one spelling of each key."""

from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64

from gitgates.errors import InvalidValue
from gitgates.model.frozen import frozen
from gitgates.trust.wire import first_string, unpack, unpack_integer

ED25519 = "ssh-ed25519"
RSA = "ssh-rsa"
SK_ED25519 = "sk-ssh-ed25519@openssh.com"
SK_ECDSA = "sk-ecdsa-sha2-nistp256@openssh.com"
ECDSA_CURVES = {f"ecdsa-sha2-{curve}": curve for curve in ("nistp256", "nistp384", "nistp521")}
KEY_TYPES = (ED25519, *ECDSA_CURVES, RSA, SK_ED25519, SK_ECDSA)
"""The accepted key types. Certificates expire and ssh-dss is broken, so neither can stand in a ledger."""

_POINT_BYTES = {"nistp256": 65, "nistp384": 97, "nistp521": 133}
_MIN_RSA_BITS, _MAX_RSA_BITS = 2048, 16384
_P = 2**255 - 19
_SMALL_ORDER = frozenset(
    [
        0,
        1,
        _P - 1,
        0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
        0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
    ]
)
"""The y of every ed25519 point of order 1, 2, 4 or 8: with such a key one signature fits nearly any message."""


@frozen
class PublicKey:
    """A public key that is well formed, whoever holds it.

    Attributes:
        type: its SSH name, one of `KEY_TYPES`.
        blob: the key in the SSH wire format.
    """

    type: str
    blob: bytes

    def __attrs_post_init__(self) -> None:
        """Refuse with `InvalidValue` what is not a key of this type, to the last byte."""
        if self.type not in KEY_TYPES:
            raise InvalidValue(
                f"key type {self.type!r} is not accepted", remedy=f"Use a key of type {', '.join(KEY_TYPES)}"
            )
        if first_string(self.blob) != self.type.encode():
            raise InvalidValue(f"the key is not of type {self.type} inside")
        if self.type == ED25519:
            _check_ed25519(unpack(self.blob, 2, "key")[1])
        elif self.type == RSA:
            _check_rsa(*unpack(self.blob, 3, "key")[1:])
        elif self.type == SK_ED25519:
            _, point, application = unpack(self.blob, 3, "key")
            _check_ed25519(point)
            _check_application(application)
        elif self.type == SK_ECDSA:
            _, curve, point, application = unpack(self.blob, 4, "key")
            _check_point("nistp256", curve, point)
            _check_application(application)
        else:
            _check_point(ECDSA_CURVES[self.type], *unpack(self.blob, 3, "key")[1:])

    @classmethod
    def from_blob(cls, blob: bytes) -> "PublicKey":
        """Return the key that `blob` holds in the SSH wire format, else raise `InvalidValue`."""
        return cls(first_string(blob).decode("ascii", "replace"), blob)

    @classmethod
    def parse(cls, text: str) -> "PublicKey":
        """Return the key of one line `type base64[ comment]`, as in a `.pub` file but without line end.

        Single spaces, base64 with its padding and no spare bits; raises `InvalidValue` for anything else.
        """
        words = text.split(" ", 2)
        if len(words) < 2 or not text.isprintable():
            raise InvalidValue(f"expected 'type base64 comment', got {text[:80]!r}")
        try:
            blob = a2b_base64(words[1].encode("ascii", "replace"))
        except Base64Error:
            blob = b""
        if not blob or b2a_base64(blob, newline=False).decode() != words[1]:
            raise InvalidValue(f"the {words[0]} key is not plain base64")
        return cls(words[0], blob)

    @property
    def text(self) -> str:
        """The key as `type base64`."""
        return f"{self.type} {b2a_base64(self.blob, newline=False).decode()}"

    @property
    def fingerprint(self) -> str:
        """`SHA256:...`, as `ssh-keygen -l` prints it."""
        from hashlib import sha256  # only messages to people need it

        return f"SHA256:{b2a_base64(sha256(self.blob).digest(), newline=False).decode().rstrip('=')}"


def _check_ed25519(point: bytes) -> None:
    if len(point) != 32:
        raise InvalidValue(f"the ed25519 key has {len(point)} bytes instead of 32")
    y = int.from_bytes(point, "little") & ~(1 << 255)
    if y >= _P or y in _SMALL_ORDER:
        raise InvalidValue("the ed25519 key is a weak point that no honest key is")


def _check_rsa(exponent: bytes, modulus: bytes) -> None:
    e = unpack_integer(exponent, "RSA exponent")
    n = unpack_integer(modulus, "RSA modulus")
    if not _MIN_RSA_BITS <= n.bit_length() <= _MAX_RSA_BITS:
        raise InvalidValue(
            f"the RSA key has {n.bit_length()} bits, {_MIN_RSA_BITS} to {_MAX_RSA_BITS} are accepted",
            remedy="Make a new key with: ssh-keygen -t ed25519",
        )
    # OpenSSL refuses longer exponents with large moduli, and even numbers are never RSA keys.
    if e < 3 or e.bit_length() > 64 or not e & 1 or not n & 1:
        raise InvalidValue("the RSA key has numbers that no honest key has")


def _check_point(curve: str, named_curve: bytes, point: bytes) -> None:
    if named_curve != curve.encode():
        raise InvalidValue(f"the key names the curve {named_curve[:20]!r} instead of {curve}")
    if len(point) != _POINT_BYTES[curve] or point[0] != 4:
        raise InvalidValue(f"the key is not an uncompressed point of {curve}")
    from cryptography.hazmat.primitives.asymmetric import ec  # most ledgers hold ed25519 keys only

    curves: dict[str, ec.EllipticCurve] = {
        "nistp256": ec.SECP256R1(),
        "nistp384": ec.SECP384R1(),
        "nistp521": ec.SECP521R1(),
    }
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(curves[curve], point)
    except ValueError:
        raise InvalidValue(f"the key is not a point on {curve}") from None


def _check_application(application: bytes) -> None:
    # Any other application belongs to a web login: its signatures were never meant for SSH.
    if not (application.startswith(b"ssh:") and application.isascii() and application.decode("ascii").isprintable()):
        raise InvalidValue(f"the security key is for {application[:40]!r}, not for SSH")
