"""Fuzzing: whatever bytes a parser is given, it accepts them or says why not; nothing else comes out of it."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitgates.codec.policy_toml import parse_policy
from gitgates.codec.records import RecordCodec
from gitgates.codec.seals import parse_seal, render_seal
from gitgates.errors import BadSignature, InputFileError, InvalidValue
from gitgates.formats import detect
from gitgates.formats.base import Role
from gitgates.formats.options import ReadOptions
from gitgates.model.metrics import ModelMetrics
from gitgates.model.policy import Signer
from gitgates.trust import allowed_signers, sshsig
from tests.support import CHECKOUT

CORPUS = CHECKOUT / "tests/fuzz/corpus"
FORMATS = CHECKOUT / "tests/data/formats"
VECTORS = CHECKOUT / "tests/vectors"
EXAMPLES = 150
MINUTES = 10
JUNK = (
    b"",
    b"\0",
    b"\xff",
    b"\n",
    b'"',
    b"{",
    b"}",
    b"[",
    b",",
    b"=",
    b"-",
    b"1e999",
    b"NaN",
    b"null",
    b"\\u0000",
    b"%2E",
)


def record(data: bytes) -> None:
    codec = RecordCodec()
    assert codec.encode(codec.decode(data)) == data, "a second spelling was accepted"


def seal(data: bytes) -> None:
    assert render_seal(parse_seal(data)) == data, "a second spelling was accepted"


def signature(data: bytes) -> None:
    sshsig.parse(data)
    assert sshsig.with_low_s(data) == data, "a second spelling was accepted"


def signers(data: bytes) -> None:
    read = allowed_signers.parse(data.decode("utf-8", "surrogateescape"))
    assert allowed_signers.parse(allowed_signers.render(read)) == read


def policy(data: bytes) -> None:
    parse_policy(data.decode("utf-8", "replace"), [Signer("alice", "ssh-ed25519 alice")])


def formats(data: bytes) -> None:
    """Read as what each flag takes: one flag at most takes it, and reading it again gives the same."""
    readings, faults = {}, []
    for role in Role:
        try:
            readings[role] = detect.read(role, "fuzzed", data)
        except InputFileError as error:
            faults.append(error)
    assert all(error.message.startswith("fuzzed: ") for error in faults)
    assert all(len(str(error)) < 5000 for error in faults), "a message shows too much of the file"
    assert len(readings) < 2, "one file serves two flags"
    if not readings:
        _with_a_mapping(data)
    for role, found in readings.items():
        assert found == detect.read(role, "fuzzed", data)
        assert any(value is not None for value in found.metrics.to_dict().values()), "nothing was measured"


def _with_a_mapping(data: bytes) -> None:
    found = detect.read(Role.MODEL, "fuzzed", data, ReadOptions(metric_paths={"quality_score": "local_add.acc"}))
    assert isinstance(found.metrics, ModelMetrics)


PARSERS: dict[str, Callable[[bytes], None]] = {
    "record": record,
    "seal": seal,
    "signature": signature,
    "signers": signers,
    "policy": policy,
    "formats": formats,
}
EXPECTED = (InvalidValue, BadSignature, InputFileError)


def seeds(name: str) -> list[bytes]:
    """Return the corpus of a parser; for records, signatures and formats what other tests read as well."""
    files = sorted((CORPUS / name).iterdir())
    if name == "record":
        files += sorted(VECTORS.rglob("*.json"))
    elif name == "signature":
        files += sorted(VECTORS.rglob("*.sig"))
    elif name == "formats":
        files += sorted(FORMATS.iterdir())
    return [file.read_bytes() for file in files]


def feed(parser: Callable[[bytes], None], data: bytes) -> bool:
    """Return whether the parser accepts; anything but an expected refusal fails the test."""
    try:
        parser(data)
    except EXPECTED:
        return False
    return True


@st.composite
def mangled(draw: st.DrawFn, corpus: tuple[bytes, ...]) -> bytes:
    """Change one to four places of a seed, or join two of them."""
    data = draw(st.sampled_from(corpus))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        end = min(len(data), at + draw(st.sampled_from([0, 1, 1, 2, 4, 32, 400])))
        piece = draw(st.sampled_from(JUNK) | st.binary(max_size=6))
        data = draw(
            st.sampled_from([data[:at] + piece + data[end:], data[:at] + data[at:end] * 2 + data[end:], data[end:]])
        )
    return data


def strategy(name: str) -> st.SearchStrategy[bytes]:
    return mangled(tuple(seeds(name))) | st.binary(max_size=300)


@pytest.mark.parametrize("name", PARSERS)
def test_the_corpus_has_something_that_is_accepted(name: str) -> None:
    """Else every change of it would be refused at the first byte, and the run would prove little."""
    assert any(feed(PARSERS[name], data) for data in seeds(name))


@pytest.mark.parametrize("name", PARSERS)
def test_short_run(name: str) -> None:
    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    @given(strategy(name))
    def check(data: bytes) -> None:
        feed(PARSERS[name], data)

    check()


@pytest.mark.deep
@pytest.mark.parametrize("name", PARSERS)
def test_long_run(name: str) -> None:
    """Ten minutes in all, shared by the parsers."""
    end = time.monotonic() + MINUTES * 60 / len(PARSERS)

    @settings(max_examples=2000, suppress_health_check=list(HealthCheck), database=None)
    @given(strategy(name))
    def check(data: bytes) -> None:
        feed(PARSERS[name], data)

    while time.monotonic() < end:
        check()


def test_every_folder_of_the_corpus_is_used() -> None:
    assert {path.name for path in Path(CORPUS).iterdir()} == set(PARSERS)
