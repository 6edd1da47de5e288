import base64
import hashlib
import subprocess
from pathlib import Path

import pytest

from gitgates.errors import BadSignature, InvalidValue
from gitgates.trust import sshsig
from gitgates.trust.keys import ED25519, PublicKey
from gitgates.trust.verify import verify
from gitgates.trust.wire import pack, pack_integer
from tests.unit.trust import forge

P = 2**255 - 19
POINT = bytes(range(2, 34))
GOOD = pack(b"ssh-ed25519", POINT)
ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7


def spell(blob: bytes, name: str = "ssh-ed25519") -> str:
    return f"{name} {base64.b64encode(blob).decode()}"


def rsa(bits: int = 2048, e: int = 65537) -> bytes:
    return pack(b"ssh-rsa", pack_integer(e), pack_integer((1 << (bits - 1)) + 1))


def test_every_type_reads_back_with_the_fingerprint_of_ssh_keygen(made: dict[str, forge.Made], tmp_path: Path) -> None:
    texts = [key.public for key in made.values()]
    texts += [spell(key.blob, key.type.decode()) for key in forge.security_keys().values()]
    for text in texts:
        key = PublicKey.parse(text + " a comment of words")
        assert key.text == text
        assert key == PublicKey.from_blob(key.blob) == PublicKey.parse(text)
        assert key.fingerprint == forge.ssh_keygen_fingerprint(text, tmp_path)


REFUSED = {
    "nothing": ("", "expected"),
    "one word": ("ssh-ed25519", "expected"),
    "a tab": (spell(GOOD).replace(" ", "\t"), "expected"),
    "two spaces": (spell(GOOD).replace(" ", "  "), "not plain base64"),
    "a newline": (spell(GOOD) + "\n", "expected"),
    "junk in base64": (spell(GOOD)[:30] + "*" + spell(GOOD)[30:], "not plain base64"),
    "no padding": (spell(pack(b"ssh-ed25519", POINT + b"1"))[:-1], "not plain base64"),
    "not ASCII": ("ssh-ed25519 \u0410AAA", "not plain base64"),
    "dss": (spell(pack(b"ssh-dss"), "ssh-dss"), "'ssh-dss' is not accepted"),
    "certificate": (
        spell(pack(b"ssh-ed25519-cert-v01@openssh.com"), "ssh-ed25519-cert-v01@openssh.com"),
        "not accepted",
    ),
    "another type inside": (spell(pack(b"ssh-rsa", POINT)), "not of type ssh-ed25519 inside"),
    "31 bytes": (spell(pack(b"ssh-ed25519", POINT[:31])), "31 bytes"),
    "33 bytes": (spell(pack(b"ssh-ed25519", POINT + b"\0")), "33 bytes"),
    "bytes after": (spell(GOOD + b"\0"), "bytes follow"),
    "cut": (spell(GOOD[:-1]), "cut short"),
    "cut in a length": (spell(GOOD[:17]), "cut short"),
    "short rsa": (spell(rsa(1024), "ssh-rsa"), "1024 bits"),
    "long rsa": (spell(rsa(16385), "ssh-rsa"), "16385 bits"),
    "even exponent": (spell(rsa(e=65536), "ssh-rsa"), "no honest key"),
    "exponent one": (spell(rsa(e=1), "ssh-rsa"), "no honest key"),
    "negative modulus": (spell(pack(b"ssh-rsa", b"\3", b"\xff" * 256), "ssh-rsa"), "shortest form"),
    "modulus zero": (spell(pack(b"ssh-rsa", b"\3", b""), "ssh-rsa"), "shortest form"),
    "padded exponent": (spell(pack(b"ssh-rsa", b"\0\3", b"\0" + b"\xff" * 256), "ssh-rsa"), "shortest form"),
    "another curve": (
        spell(pack(b"ecdsa-sha2-nistp256", b"nistp384", b"\4" + b"1" * 64), "ecdsa-sha2-nistp256"),
        "curve",
    ),
    "not on the curve": (
        spell(pack(b"ecdsa-sha2-nistp256", b"nistp256", b"\4" + b"1" * 64), "ecdsa-sha2-nistp256"),
        "not a point on nistp256",
    ),
    "compressed point": (
        spell(pack(b"ecdsa-sha2-nistp256", b"nistp256", b"\2" + b"1" * 32), "ecdsa-sha2-nistp256"),
        "uncompressed",
    ),
    "web login": (
        spell(pack(b"sk-ssh-ed25519@openssh.com", POINT, b"example.com"), "sk-ssh-ed25519@openssh.com"),
        "not for SSH",
    ),
    "application with escapes": (
        spell(pack(b"sk-ssh-ed25519@openssh.com", POINT, b"ssh:\x1b[2J"), "sk-ssh-ed25519@openssh.com"),
        "not for SSH",
    ),
    "application not ASCII": (
        spell(pack(b"sk-ssh-ed25519@openssh.com", POINT, b"ssh:\xff"), "sk-ssh-ed25519@openssh.com"),
        "not for SSH",
    ),
}


@pytest.mark.parametrize(("text", "reason"), REFUSED.values(), ids=REFUSED)
def test_refused(text: str, reason: str) -> None:
    with pytest.raises(InvalidValue, match=reason):
        PublicKey.parse(text)


@pytest.mark.parametrize("sign_bit", [0, 1 << 255])
@pytest.mark.parametrize("y", [0, 1, P - 1, P, P + 1, 2**255 - 1, ORDER_8, P - ORDER_8])
def test_points_of_small_order_and_second_spellings_are_no_keys(y: int, sign_bit: int) -> None:
    with pytest.raises(InvalidValue, match="weak point"):
        PublicKey(ED25519, pack(b"ssh-ed25519", (y | sign_bit).to_bytes(32, "little")))


def test_the_constants_have_order_8() -> None:
    d = -121665 * pow(121666, -1, P) % P
    y = ORDER_8
    xx = (y * y - 1) * pow(d * y * y + 1, -1, P) % P
    # Doubling a point (x, y) of order 8 gives one of order 4, whose y is 0: (y² + x²) / (2 + x² - y²) = 0.
    assert (y * y + xx) % P == 0


def test_why_small_order_is_refused(tmp_path: Path) -> None:
    """With the neutral element as key, one signature fits every message, and ssh-keygen takes it."""
    neutral = (1).to_bytes(32, "little")
    signature = forge.assemble(pack(b"ssh-ed25519", neutral), pack(b"ssh-ed25519", neutral + bytes(32)))
    assert forge.ssh_keygen_accepts(b"any message", signature, tmp_path)
    assert forge.ssh_keygen_accepts(b"any other message", signature, tmp_path)
    with pytest.raises(BadSignature, match="weak point"):
        verify(b"any message", signature)


def test_the_neutral_signature_is_refused_under_honest_keys_too(made: dict[str, forge.Made]) -> None:
    key = PublicKey.parse(made["ed25519"].public)
    order = 2**252 + 27742317777372353535851937790883648493
    raw = sshsig.parse(made["ed25519"].signature).raw
    higher = (int.from_bytes(raw[32:], "little") + order).to_bytes(32, "little")
    for forged in (bytes(64), raw[:32] + bytes(32), raw[:32] + higher):
        with pytest.raises(BadSignature, match="did not make"):
            verify(forge.MESSAGE, forge.assemble(key.blob, pack(b"ssh-ed25519", forged)))


def test_fingerprint_is_of_the_blob(made: dict[str, forge.Made]) -> None:
    key = PublicKey.parse(made["rsa"].public)
    digest = base64.b64encode(hashlib.sha256(key.blob).digest()).decode()
    assert key.fingerprint == "SHA256:" + digest[:-1]


def test_certificates_by_real_ssh_keygen_are_refused(made: dict[str, forge.Made], tmp_path: Path) -> None:
    (tmp_path / "key.pub").write_text(made["ed25519"].public + "\n")
    command: list[str | Path] = [
        "ssh-keygen",
        "-q",
        "-s",
        made["rsa"].path,
        "-I",
        "alice",
        "-n",
        "alice",
        tmp_path / "key.pub",
    ]
    subprocess.run(command, check=True)
    with pytest.raises(InvalidValue, match="is not accepted"):
        PublicKey.parse((tmp_path / "key-cert.pub").read_text().strip())
