"""Vectors of single values: numbers, texts, times, paths, `allowed_signers`, signatures, seals, policies."""

import struct
from typing import Any

from gitgates.codec.policy_toml import parse_policy
from gitgates.codec.records import RecordCodec
from gitgates.ledger.index import anchor_bytes, notes_ref
from gitgates.model.paths import version_folder
from gitgates.trust.allowed_signers import parse as parse_signers
from gitgates.trust.sshsig import armour
from gitgates.trust.wire import pack, pack_integer
from tools.vectors_policies import MINIMAL_TOML, NUMBERS_TOML, ROOT_TOML, SECOND_TOML, WAIVERS_TOML
from tools.vectors_signing import ALICE, BOB, PREAMBLE

Vectors = dict[str, Any]
MESSAGE = "gitgates test message\n"

_NUMBERS = (
    (0.1, "0.1"), (0.5, "0.5"), (5.0, "5"), (-0.0, "0"), (100.0, "100"), (1 / 3, "0.3333333333333333"),
    (0.1 + 0.2, "0.30000000000000004"),
    (0.000001, "0.000001"), (0.0000001, "1e-7"), (1.5e-7, "1.5e-7"), (5e-324, "5e-324"), (123456.789, "123456.789"),
    (1e21, "1e+21"),
    (1.5e300, "1.5e+300"), (1.7976931348623157e308, "1.7976931348623157e+308"),
    (9007199254740991.0, "9007199254740991"), (-2.5, "-2.5"),
    (4503599627370495.5, "4503599627370495.5"), (9007199254740993, "9007199254740993"),
    (9223372036854775807, "9223372036854775807"),
    (-9223372036854775808, "-9223372036854775808"), (1e18, "1000000000000000000"), (2.0**62, "4611686018427387904"),
)  # fmt: skip
_REFUSED_NUMBERS = (
    "1.0", "1.50", "1e2", "1E2", "1e-7 ", "1e-07", "1.5E-7", "-0", "-0.0", "0.0000001", "1e21",
    "1000000000000000000000", "01", "+1", ".5", "1.",
    "0x10", "1_000", "9223372036854775808", "-9223372036854775809", "1e400", "NaN", "Infinity", "-Infinity",
    "0.30000000000000003", "null",
)  # fmt: skip
_TEXTS = (
    ("", '""'), ('"', '"\\""'), ("\\", '"\\\\"'), ("/", '"/"'), ("\b\f\n\r\t", '"\\b\\f\\n\\r\\t"'),
    ("\0\x1f", '"\\u0000\\u001f"'),
    ("\x7f", '"\x7f"'), ("ü", '"ü"'), ("\u2028\u2029", '"\u2028\u2029"'), ("🙂", '"🙂"'), ("\ufeff", '"\ufeff"'),
    ("<&>", '"<&>"'),
)  # fmt: skip
_REFUSED_TEXTS = (
    '"\\/"',
    '"\\u0041"',
    '"\\u001F"',
    '"\\u0008"',
    '"\\u00fc"',
    '"\\ud83d\\ude42"',
    '"\\ud800"',
    '"\t"',
    "'a'",
)
_TIMES = ("2026-11-23T09:30:00.000000Z", "2024-02-29T23:59:59.999999Z", "1970-01-01T00:00:00.000001Z")
_REFUSED_TIMES = (
    "2026-11-23T09:30:00Z", "2026-11-23T09:30:00.000Z", "2026-11-23T09:30:00.000000",
    "2026-11-23T09:30:00.000000+00:00",
    "2026-11-23 09:30:00.000000Z", "2026-11-23T09:30:00.000000z", "2026-02-30T09:30:00.000000Z",
    "2026-11-23T09:30:60.000000Z",
    "20261123T093000.000000Z", "2026-11-23T24:00:00.000000Z", "",
)  # fmt: skip
_NAMES = (
    ("veran", "v6.2", ".quality-gates/models/veran/v6.2"),
    ("org/model", "1.0+cpu", ".quality-gates/models/org%2Fmodel/1.0%2Bcpu"),
    ("Größe", "v1 rc", ".quality-gates/models/Gr%C3%B6%C3%9Fe/v1%20rc"),
    ("日本", "100%", ".quality-gates/models/%E6%97%A5%E6%9C%AC/100%25"),
    ("a~b", "a_b-c.d", ".quality-gates/models/a%7Eb/a_b-c.d"),
    ("a..b", "UPPER", ".quality-gates/models/a..b/UPPER"),
)
_REFUSED_NAMES = (
    "", ":", "a:b", ".", "..", ".hidden", "-x", " x", "x ", "x.", "x.lock", "con", "NUL.txt", "COM1", "model.json",
    "MODEL.JSON",
    "a\tb", "a\x7fb", "a\u202eb", "a\u200bb", "a\u00a0b", "u\u0308", "x" * 81, "ü" * 41,
)  # fmt: skip
_REFUSED_COMPONENTS = ("a%2fb", "%61", "a b", "ü", "%", "a%2", "a/b", "a%GG")


def values() -> dict[str, Vectors]:
    """Return the files below `values/` by their names."""
    return {
        "numbers": _numbers(),
        "texts": {
            "accepted": [{"text": text, "json": spelt} for text, spelt in _TEXTS],
            "refused": list(_REFUSED_TEXTS),
        },
        "times": {"accepted": list(_TIMES), "refused": list(_REFUSED_TIMES)},
        "paths": _paths(),
        "allowed_signers": _signers(),
        "signatures": _signatures(),
        "seals": _seals(),
        "policies": _policies(),
    }


def _numbers() -> Vectors:
    doubles = [
        {"double": struct.pack(">d", value).hex(), "json": text} for value, text in _NUMBERS if isinstance(value, float)
    ]
    integers = [{"integer": str(value), "json": text} for value, text in _NUMBERS if isinstance(value, int)]
    return {"accepted": doubles + integers, "refused": list(_REFUSED_NUMBERS)}


def _paths() -> Vectors:
    accepted = [
        {
            "model": model,
            "version": version,
            "folder": folder,
            "anchor": anchor_bytes(model, version).decode(),
            "notes_ref": notes_ref(model),
        }
        for model, version, folder in _NAMES
    ]
    if any(version_folder(model, version) != folder for model, version, folder in _NAMES):
        raise AssertionError("a path is not the one that the vectors expect")
    return {
        "accepted": accepted,
        "refused_names": list(_REFUSED_NAMES),
        "refused_components": list(_REFUSED_COMPONENTS),
    }


def _signers() -> Vectors:
    key, other = ALICE.public.text, BOB.public.text
    good = f'alice@example.com namespaces="gitgates" {key}\n'
    accepted = ("", f'# two people\n\n{good}bob@example.com namespaces="gitgates" {other} Bob\'s laptop\n')
    refused = (
        good[:-1], good.replace("\n", "\r\n"), good.replace(" ", "\t", 1), good.replace(" ", "  ", 1), " " + good,
        good + good,
        f"alice@example.com {key}\n", good.replace("gitgates", "git"), good.replace("gitgates", "gitgates,git"),
        good.replace("alice", "Alice"),
        good.replace("alice@example.com", "*"), good.replace("alice@", "alice@example.com,bob@"),
        good.replace('gates" ', 'gates" cert-authority '),
        good.replace('gates" ', 'gates",valid-before="20300101Z" '), good.replace("ssh-ed25519", "ssh-dss"),
        good.replace("AAAA", "AAA"),
        good + good.replace("alice", "bob"),
    )  # fmt: skip
    read = [{"text": t, "signers": [[s.principal, s.key] for s in parse_signers(t)]} for t in accepted]
    return {"accepted": read, "refused": list(refused)}


# An ECDSA signature is not deterministic, so this one was made once, by a key thrown away since.
_POINT = bytes.fromhex(
    "04aee73805e0d454f77c4d1c17e0f3cfe61d8475624e74443420608785488b3e1730e614e5f5c79d7ca6570928467e542a470f4f95711e72f7900409dcd87b7b0b",
)
_R = 0xC7F6FC900995FDE45921588CDC1632E97C202DA03432A9F99C6616EE750CC7C0
_S = 0x76779B0363987D597527D74CB11406D39A67EE84EBD528302742FCEFD168E134
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def _ecdsa(r: int, s: int) -> bytes:
    name = b"ecdsa-sha2-nistp256"
    inner = pack(name, pack(pack_integer(r), pack_integer(s)))
    return armour(PREAMBLE + pack(pack(name, b"nistp256", _POINT), b"gitgates", b"", b"sha512", inner))


def _signatures() -> Vectors:
    message = MESSAGE.encode()
    cases = (
        ("ed25519, sha512", True, ALICE.sign(message)),
        ("ed25519, sha256", True, armour(ALICE.blob(message, hashing="sha256"))),
        ("security key, touched", True, ALICE.sign_as_security_key(message, touched=True)),
        ("security key, not touched", False, ALICE.sign_as_security_key(message, touched=False)),
        ("ecdsa, s in the lower half", True, _ecdsa(_R, min(_S, _ORDER - _S))),
        ("ecdsa, s in the upper half: the twin that anybody can make", False, _ecdsa(_R, max(_S, _ORDER - _S))),
        ("ed25519, over another message", False, ALICE.sign(message + b"\n")),
    )
    listed = [{"name": name, "accepted": accepted, "signature": text.decode()} for name, accepted, text in cases]
    return {"message": MESSAGE, "namespace": "gitgates", "signatures": listed}


def _seals() -> Vectors:
    one, two = "1" * 64, "2" * 64
    accepted = (
        {"text": "", "heads": []},
        {"text": f"a/v1 {one} {two}\nb%2Fc/v1 {two}\n", "heads": [["a", "v1", [one, two]], ["b/c", "v1", [two]]]},
    )
    refused = (
        f"a/v1 {one}", f"a/v1 {two} {one}\n", f"a/v1 {one} {one}\n", f"b/v1 {one}\na/v1 {one}\n", f"a/v1  {one}\n",
        "a/v1\n",
        f"a/v1 {one[:40]}\n", f"a%62/v1 {one}\n", f"a/v1 {one}\r\n", f"a/v1 {one}\na/v1 {two}\n", f"\na/v1 {one}\n",
    )  # fmt: skip
    return {"accepted": list(accepted), "refused": list(refused)}


def _policies() -> Vectors:
    converter = RecordCodec().converter
    signers = f'alice@example.com namespaces="gitgates" {ALICE.public.text}\n'
    two = signers + f'bob@example.com namespaces="gitgates" {BOB.public.text}\n'
    given = (
        (MINIMAL_TOML, signers), (ROOT_TOML, signers), (SECOND_TOML, two), (WAIVERS_TOML, signers),
        (NUMBERS_TOML, signers),
    )  # fmt: skip
    return {
        "accepted": [
            {
                "policy_toml": toml,
                "allowed_signers": lines,
                "parsed": converter.unstructure(parse_policy(toml, parse_signers(lines))),
            }
            for toml, lines in given
        ],
        "refused": [
            {"policy_toml": MINIMAL_TOML.replace(old, new), "allowed_signers": signers, "reason": reason}
            for old, new, reason in (
                ("/1", "/2", "another format"),
                ("ledger_branch", "branch", "an unknown key"),
                ("[contexts.dev", "[contexts.mine", "a context of one's own without a profile"),
                ("required_approvals = 0", 'max_report_age = "a month"', "not a duration"),
                ("required_approvals = 0", "thresholds = { min_f1 = 0.5 }", "an unknown threshold"),
                ("required_approvals = 0", 'metric_paths = { toxicity = "a" }', "no metric that can be mapped"),
                ("required_approvals = 0", 'metric_paths = { accuracy = " " }', "no name of a number"),
                ("required_approvals = 0", 'metric_paths.coverage_percent = "instructions"', "no figure of coverage"),
                ("required_approvals = 0", 'promoted_from = "development"', "a circle of promotions"),
                ('"admin"', '"approver"', "no admin"),
                ('"admin"', '"root"', "an unknown role"),
            )
        ],
    }
