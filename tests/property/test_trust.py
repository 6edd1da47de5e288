"""Ours against ssh-keygen, over changed keys, signatures and signer files: ours never says yes where it says no."""

import base64
from pathlib import Path

import pytest
from attrs import frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitgates.errors import BadSignature, InvalidValue
from gitgates.model.policy import Signer
from gitgates.trust import allowed_signers, sshsig
from gitgates.trust.keys import PublicKey
from gitgates.trust.verify import Verifier
from gitgates.trust.wire import pack, unpack
from tests.unit.trust import forge

KINDS = ("ed25519", "ecdsa256", "rsa")
JUNK = [
    b"",
    b"\0",
    b"\xff",
    b"\n",
    b" ",
    b"=",
    b"A",
    b"\0\0\0\0",
    b"\0\0\0\x01",
    b"git",
    b"sha256",
    b"ssh-ed25519",
    b"-",
]

differential = settings(
    max_examples=max(300, settings().max_examples), suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@frozen
class Sample:
    """Signed material to change, and a folder for ssh-keygen's files."""

    signatures: dict[str, bytes]
    publics: dict[str, str]
    folder: Path
    verifier: Verifier


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    at = tmp_path_factory.mktemp("sample")
    publics = {kind: forge.make_key(at / kind, *forge.TYPES[kind]) for kind in KINDS}
    signatures = {kind: sshsig.with_low_s(forge.sign(at / kind)) for kind in KINDS}
    for kind, key in forge.security_keys().items():
        publics[kind] = f"{key.type.decode()} {base64.b64encode(key.blob).decode()}"
        signatures[kind] = sshsig.with_low_s(key.sign(forge.MESSAGE))
    return Sample(signatures, publics, at, Verifier())


@st.composite
def mangled(draw: st.DrawFn, data: bytes) -> bytes:
    """Change one to three places of `data`: replace, insert, cut, double, swap."""
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(data)))
        end = min(len(data), at + draw(st.sampled_from([0, 1, 1, 2, 4, 32])))
        piece = draw(st.sampled_from(JUNK) | st.binary(max_size=4))
        data = draw(st.sampled_from([data[:at] + piece + data[end:], data[:end] + data[at:], data[end:] + data[:at]]))
    return data


@st.composite
def changed_text(draw: st.DrawFn, sample: Sample) -> bytes:
    return draw(mangled(sample.signatures[draw(st.sampled_from(list(sample.signatures)))]))


@st.composite
def changed_blob(draw: st.DrawFn, sample: Sample) -> bytes:
    blob = forge.dearmour(sample.signatures[draw(st.sampled_from(list(sample.signatures)))])
    return sshsig.armour(draw(mangled(blob)))


@st.composite
def changed_field(draw: st.DrawFn, sample: Sample) -> bytes:
    """Change one field and keep the lengths true, or take fields from different signatures."""
    kinds = st.sampled_from(list(sample.signatures))
    fields = unpack(forge.dearmour(sample.signatures[draw(kinds)])[10:], 5, "")
    others = unpack(forge.dearmour(sample.signatures[draw(kinds)])[10:], 5, "")
    at = draw(st.integers(0, 4))
    if draw(st.booleans()):
        fields[at] = others[at]
    elif at == 4:
        algorithm, raw = fields[4][4 : 4 + fields[4][3]], fields[4][8 + fields[4][3] :]
        if draw(st.booleans()):
            raw = draw(mangled(raw))
        else:
            algorithm = draw(mangled(algorithm))
        fields[4] = pack(algorithm, raw)
    else:
        fields[at] = draw(mangled(fields[at]))
    return sshsig.armour(forge.PREAMBLE + pack(*fields))


def agree(sample: Sample, signature: bytes) -> None:
    """A CannotDecide would fail this, too: no stranger's file may stop an answer."""
    try:
        key = sample.verifier.verify(forge.MESSAGE, signature)
    except BadSignature:
        return
    assert forge.ssh_keygen_accepts(forge.MESSAGE, signature, sample.folder)
    assert key.text in sample.publics.values()
    assert signature in sample.signatures.values(), "a second spelling was accepted"


@differential
@given(data=st.data())
def test_changed_armour(sample: Sample, data: st.DataObject) -> None:
    agree(sample, data.draw(changed_text(sample)))


@differential
@given(data=st.data())
def test_changed_blobs(sample: Sample, data: st.DataObject) -> None:
    agree(sample, data.draw(changed_blob(sample)))


@differential
@given(data=st.data())
def test_changed_fields(sample: Sample, data: st.DataObject) -> None:
    agree(sample, data.draw(changed_field(sample)))


@differential
@given(signature=st.binary(max_size=400))
def test_any_bytes(sample: Sample, signature: bytes) -> None:
    agree(sample, signature)
    agree(sample, sshsig.armour(forge.PREAMBLE + signature))


@differential
@given(data=st.data())
def test_changed_keys(sample: Sample, data: st.DataObject) -> None:
    text = sample.publics[data.draw(st.sampled_from(list(sample.publics)))]
    if data.draw(st.booleans()):
        text = data.draw(mangled(text.encode())).decode("latin-1")
    else:
        name, _, encoded = text.partition(" ")
        text = f"{name} {base64.b64encode(data.draw(mangled(base64.b64decode(encoded)))).decode()}"
    try:
        key = PublicKey.parse(text)
    except InvalidValue:
        return
    assert forge.ssh_keygen_fingerprint(text, sample.folder) == key.fingerprint
    assert text.startswith(key.text)


@settings(differential, max_examples=150)
@given(data=st.data())
def test_changed_signer_files(sample: Sample, data: st.DataObject) -> None:
    good = allowed_signers.render(Signer(f"{kind}@x", sample.publics[kind]) for kind in KINDS)
    pieces = st.sampled_from(
        [good, "# x\n", "\n", 'namespaces="gitgates" ', "alice ", sample.publics["ed25519"], " x\n"]
    )
    text = data.draw(st.one_of(st.just(good), st.lists(pieces, max_size=6).map("".join)))
    if data.draw(st.booleans()):
        text = data.draw(mangled(text.encode())).decode("latin-1")
    try:
        signers = allowed_signers.parse(text)
    except InvalidValue:
        return
    assert allowed_signers.parse(allowed_signers.render(signers)) == signers
    for signer in signers:
        for kind, public in sample.publics.items():
            if public == signer.key:
                assert forge.ssh_keygen_verifies(text, signer.principal, sample.signatures[kind], sample.folder)


@given(st.lists(st.binary(max_size=20), max_size=6))
def test_wire_strings_read_back(parts: list[bytes]) -> None:
    assert unpack(pack(*parts), len(parts), "list") == parts
