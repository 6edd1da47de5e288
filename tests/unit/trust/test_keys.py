import base64
import hashlib
import subprocess
from pathlib import Path

import pytest

from gitgates.errors import BadSignature, InvalidValue
from gitgates.trust import sshsig
from gitgates.trust.keys import ED25519, PublicKey
from gitgates.trust.verify import verify
from gitgates.trust.wire import pack, pack_integer, unpack
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


# --- where a rule begins and ends ------------------------------------------------------------------------------------


def refused(blob: bytes, name: str) -> str:
    """Return all that is said of a key that is refused."""
    with pytest.raises(InvalidValue) as caught:
        PublicKey(name, blob)
    return str(caught.value)


@pytest.mark.parametrize(("bits", "e"), [(2048, 3), (16384, 65537), (2048, 2**64 - 1), (2049, 5)])
def test_the_smallest_and_largest_rsa_keys_are_keys_for_ssh_keygen_too(bits: int, e: int, tmp_path: Path) -> None:
    key = PublicKey("ssh-rsa", rsa(bits, e))
    assert key.fingerprint == forge.ssh_keygen_fingerprint(key.text, tmp_path)


def test_rsa_keys_beyond_these_bounds_are_refused_with_the_bounds() -> None:
    for bits in (1024, 2047, 16385):
        assert refused(rsa(bits), "ssh-rsa") == (
            f"the RSA key has {bits} bits, 2048 to 16384 are accepted. Make a new key with: ssh-keygen -t ed25519"
        )
    even = pack(b"ssh-rsa", pack_integer(65537), pack_integer(1 << 2047))
    for dishonest in (rsa(e=1), rsa(e=2), rsa(e=4), rsa(e=2**64), rsa(e=2**64 + 1), even):
        assert refused(dishonest, "ssh-rsa") == "the RSA key has numbers that no honest key has"
    spelled = "is not a positive integer in its shortest form"
    assert refused(pack(b"ssh-rsa", b"\0\3", pack_integer(1)), "ssh-rsa") == f"the RSA exponent {spelled}"
    assert refused(pack(b"ssh-rsa", b"\3", b"\xff" * 256), "ssh-rsa") == f"the RSA modulus {spelled}"


@pytest.mark.parametrize("curve", ["nistp256", "nistp384", "nistp521"])
def test_a_point_has_its_length_and_its_first_byte(curve: str, made: dict[str, forge.Made]) -> None:
    name = f"ecdsa-sha2-{curve}"
    point = unpack(PublicKey.parse(made[f"ecdsa{curve[-3:]}"].public).blob, 3, "key")[2]
    assert PublicKey(name, pack(name.encode(), curve.encode(), point)).type == name
    # 2 and 3 begin a compressed point, 6 and 7 one that is spelled in both ways
    others = [point + b"\0", point[:-1], b"", *(bytes([first]) + point[1:] for first in (0, 2, 3, 6, 7))]
    for other in others:
        blob = pack(name.encode(), curve.encode(), other)
        assert refused(blob, name) == f"the key is not an uncompressed point of {curve}"
    blob = pack(name.encode(), curve.encode(), point[:-1] + bytes([point[-1] ^ 1]))
    assert refused(blob, name) == f"the key is not a point on {curve}"


@pytest.mark.parametrize("kind", ["sk-ed25519", "sk-ecdsa"])
def test_every_field_of_a_security_key_is_looked_at(kind: str) -> None:
    key = forge.security_keys()[kind]
    name = key.type.decode()
    fields = unpack(key.blob, 4 if kind == "sk-ecdsa" else 3, "key")
    assert PublicKey(name, pack(*fields)).blob == key.blob
    assert PublicKey(name, pack(*fields[:-1], b"ssh:work laptop")).type == name
    assert refused(pack(*fields[:-1]), name) == "the key is cut short"
    assert refused(pack(*fields, b""), name) == "bytes follow the key"
    assert refused(pack(*fields[:-1], b"https://example.com"), name) == (
        "the security key is for b'https://example.com', not for SSH"
    )
    if kind == "sk-ed25519":
        assert refused(pack(fields[0], bytes(32), b"ssh:"), name) == (
            "the ed25519 key is a weak point that no honest key is"
        )
    else:
        assert refused(pack(fields[0], b"nistp384", *fields[2:]), name) == (
            "the key names the curve b'nistp384' instead of nistp256"
        )


def test_of_what_a_stranger_wrote_a_message_quotes_little() -> None:
    long = b"x" * 1000
    curve = pack(b"ecdsa-sha2-nistp256", long, b"")
    assert refused(curve, "ecdsa-sha2-nistp256") == f"the key names the curve {long[:20]!r} instead of nistp256"
    login = pack(b"sk-ssh-ed25519@openssh.com", POINT, long)
    assert refused(login, "sk-ssh-ed25519@openssh.com") == f"the security key is for {long[:40]!r}, not for SSH"
    with pytest.raises(InvalidValue) as caught:
        PublicKey.parse("x" * 1000)
    assert str(caught.value) == f"expected 'type base64 comment', got {'x' * 80!r}"


def test_a_key_of_a_type_that_may_not_sign_is_refused_with_those_that_may() -> None:
    assert refused(pack(b"ssh-dss"), "ssh-dss") == (
        "key type 'ssh-dss' is not accepted. Use a key of type ssh-ed25519, ecdsa-sha2-nistp256, ecdsa-sha2-nistp384,"
        " ecdsa-sha2-nistp521, ssh-rsa, sk-ssh-ed25519@openssh.com, sk-ecdsa-sha2-nistp256@openssh.com"
    )
    with pytest.raises(InvalidValue) as caught:
        PublicKey.from_blob(pack(b"ssh-d\xffs"))
    assert caught.value.message == "key type 'ssh-d\ufffds' is not accepted"


@pytest.mark.parametrize("word", ["AAA", "A", "====", "AAAA=", "\u0410AAA", ""])
def test_what_is_not_base64_is_said_of_the_type_it_stands_behind(word: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        PublicKey.parse(f"ssh-ed25519 {word} comment")
    assert str(caught.value) == "the ssh-ed25519 key is not plain base64"
