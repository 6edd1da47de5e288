"""Files of the ledger, tampered with or added by somebody who can push: none turns "no" into "yes"."""

import json
from base64 import b64decode
from collections.abc import Callable, Mapping

import pytest

from gitgates.trust.sshsig import armour
from gitgates.trust.wire import pack, unpack
from tests.security.world import Made, Row, World, check_row, person, remade, root_policy
from tests.unit.trust.forge import PREAMBLE, assemble, dearmour

ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493


# --- spellings of a signature ----------------------------------------------------------------------------------------


def followed_by_text(signature: bytes) -> bytes:
    """ssh-keygen accepts this one."""
    return signature + b"and more\n"


def with_windows_lines(signature: bytes) -> bytes:
    return signature.replace(b"\n", b"\r\n")


def in_other_columns(signature: bytes) -> bytes:
    begin, *lines, end = signature.splitlines()
    return b"\n".join([begin, b"".join(lines), end, b""])


def with_reserved_field(signature: bytes) -> bytes:
    """ssh-keygen accepts this one: the outer field is not signed."""
    key, namespace, _, hash_name, inner = unpack(dearmour(signature)[len(PREAMBLE) :], 5, "signature")
    return assemble(key, inner, namespace=namespace, reserved=b"x", hash_name=hash_name)


def with_other_hash_name(signature: bytes) -> bytes:
    key, namespace, _, _, inner = unpack(dearmour(signature)[len(PREAMBLE) :], 5, "signature")
    return assemble(key, inner, namespace=namespace, hash_name=b"sha256")


def with_trailing_bytes(signature: bytes) -> bytes:
    return armour(dearmour(signature) + b"\0\0\0\0")


def with_other_s(signature: bytes) -> bytes:
    """Add the group's order to s: the same signature to a careless verifier."""
    key, namespace, _, hash_name, inner = unpack(dearmour(signature)[len(PREAMBLE) :], 5, "signature")
    algorithm, raw = unpack(inner, 2, "signature")
    s = int.from_bytes(raw[32:], "little") + ED25519_ORDER
    inner = pack(algorithm, raw[:32] + s.to_bytes(32, "little"))
    return assemble(key, inner, namespace=namespace, hash_name=hash_name)


def with_unpadded_base64(signature: bytes) -> bytes:
    """Spell the last bits, which no decoder looks at, in another way."""
    begin, *lines, end = signature.splitlines()
    text = b"".join(lines)
    assert text.endswith(b"=")
    twin = text.rstrip(b"=")
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    at = alphabet.index(twin[-1:])
    twin = twin[:-1] + alphabet[at + 1 : at + 2] + b"=" * (len(text) - len(twin))
    assert b64decode(twin) == b64decode(text)
    return b"\n".join([begin, *(twin[i : i + 70] for i in range(0, len(twin), 70)), end, b""])


SPELLINGS: Mapping[str, Callable[[bytes], bytes]] = {
    "signature followed by text": followed_by_text,
    "signature with Windows line ends": with_windows_lines,
    "signature in other columns": in_other_columns,
    "signature with a filled reserved field": with_reserved_field,
    "signature with another hash's name": with_other_hash_name,
    "signature with trailing bytes": with_trailing_bytes,
    "signature with s plus the order": with_other_s,
    "signature with other padding bits": with_unpadded_base64,
    "signature emptied": lambda signature: b"",
    "signature cut short": lambda signature: signature[:-40],
    "signature over its size": lambda signature: signature + b"\n" * 20_000,
    "signature in raw bytes": dearmour,
}


# --- a record that is there is tampered with -------------------------------------------------------------------------

Tampering = Callable[[World, Made], object]


def edited(world: World, target: Made) -> None:
    world.put({target.path: target.data.replace(b"it stutters", b"it is fine!")})


def edited_and_renamed(world: World, target: Made) -> None:
    other = remade(target, target.data.replace(b"it stutters", b"it is fine!"), "carol")
    world.put(dict.fromkeys(target.files) | {other.path: other.data, f"{other.path}.sig": target.signature})


def deleted(world: World, target: Made) -> None:
    world.put(dict.fromkeys(target.files))


def moved(to: Callable[[str], str]) -> Tampering:
    def tamper(world: World, target: Made) -> None:
        assert to(target.path) != target.path
        world.put(dict.fromkeys(target.files) | {to(path): data for path, data in target.files.items()})

    return tamper


def renamed_to_another_id(world: World, target: Made) -> None:
    path = target.path.replace(target.id, "0" * 64)
    world.put(dict.fromkeys(target.files) | {path: target.data, f"{path}.sig": target.signature})


def resigned(how: Callable[[Made], bytes]) -> Tampering:
    def tamper(world: World, target: Made) -> None:
        assert how(target) != target.signature
        world.put({f"{target.path}.sig": how(target)})

    return tamper


def overwritten_with_another_record(world: World, target: Made) -> None:
    report = world.make(type(target.record), "bob", approved=True, report="a" * 64, forced=False)
    world.put({target.path: report.data, f"{target.path}.sig": report.signature})


TAMPERINGS: Mapping[str, Tampering] = {
    "edited": edited,
    "edited, with the name of its new bytes": edited_and_renamed,
    "deleted": deleted,
    "moved to another version": moved(lambda path: path.replace("/v1/", "/v2/")),
    "moved to another model": moved(lambda path: path.replace("/veran/", "/other/")),
    "moved to the policies": moved(lambda path: f".quality-gates/policy/{path.rpartition('/')[2]}"),
    "renamed to another time": moved(lambda path: path.replace("/v1/2", "/v1/1")),
    "renamed to another kind": moved(lambda path: path.replace("-decision-", "-report-")),
    "renamed to another id": renamed_to_another_id,
    "emptied": lambda world, target: world.put({target.path: b""}),
    "same name with another record's bytes": overwritten_with_another_record,
    "signature deleted": lambda world, target: world.put({f"{target.path}.sig": None}),
    "signature of other bytes": resigned(lambda target: person("carol").sign(b"other bytes")),
    "signature by a stranger": resigned(lambda target: person("mallory").sign(target.data)),
    "signature by another member": resigned(lambda target: person("bob").sign(target.data)),
    "signature for another namespace": resigned(lambda target: person("carol").sign(target.data, b"git")),
    **{
        name: resigned(lambda target, respell=respell: respell(target.signature))  # type: ignore[misc]
        for name, respell in SPELLINGS.items()
    },
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_a_rejection_that_a_later_record_knows_of_is_missed(world: World, name: str) -> None:
    """Any clone tells: the later report has carol's rejection as a parent, and cannot be there without it."""
    target = world.rejected()
    world.report(context="staging")
    world.commit()
    TAMPERINGS[name](world, target)
    world.commit()
    asked = world.ask()
    assert (asked.answer, asked.code, asked.cause) == ("cannot decide", 3, "incomplete"), asked
    assert target.id in asked.reason


@pytest.mark.parametrize("name", TAMPERINGS)
def test_the_newest_rejection_is_missed_by_a_clone_that_verified_it(world: World, name: str) -> None:
    target = world.rejected()
    world.commit()
    world.remember()
    TAMPERINGS[name](world, target)
    world.commit()
    asked = world.ask()
    assert (asked.answer, asked.code, asked.cause) == ("cannot decide", 3, "incomplete"), asked
    assert target.id in asked.reason


# --- an approval that is missing is added in every form but the right one -------------------------------------------


def forged(make: Callable[[World, Made], dict[str, bytes | None]]) -> Callable[[World], None]:
    """Return an attack that starts with one approval of two, and adds what `make` makes of carol's, never given."""

    def attack(world: World) -> None:
        world.put(make(world, world.approval("carol", world.half())))

    return attack


def carols(change: Callable[[bytes], bytes]) -> Callable[[World], None]:
    """Return an attack in which carol herself signs other bytes: the form is checked, whoever signs."""

    def make(world: World, approval: Made) -> dict[str, bytes | None]:
        assert change(approval.data) != approval.data
        return remade(approval, change(approval.data), "carol").files

    return forged(make)


def with_signature(sign: Callable[[Made], bytes]) -> Callable[[World], None]:
    return forged(lambda world, approval: {approval.path: approval.data, f"{approval.path}.sig": sign(approval)})


def with_field(name: str, value: object) -> Callable[[bytes], bytes]:
    """Return a change that sets a field of a record's JSON, in canonical form."""

    def change(data: bytes) -> bytes:
        return json.dumps(json.loads(data) | {name: value}, indent=2, ensure_ascii=False).encode() + b"\n"

    return change


def approved_elsewhere(world: World, name: str = "veran:v1", **values: object) -> tuple[Made, Made]:
    """Start with one approval of two; return also an approval by carol of something else, which is not there yet."""
    report = world.half()
    return report, world.approval("carol", report, name, **values)


def copied_from_another_version(world: World) -> None:
    world.half()
    genuine = world.approve("carol", world.report(name="veran:v2"), "veran:v2")
    world.put({path.replace("/v2/", "/v1/"): data for path, data in genuine.files.items()})


def copied_from_another_model(world: World) -> None:
    world.half()
    genuine = world.approve("carol", world.report(name="other:v1"), "other:v1")
    world.put({path.replace("/other/", "/veran/"): data for path, data in genuine.files.items()})


def from_another_context(world: World) -> None:
    world.keep(approved_elsewhere(world, context="staging")[1])


def from_another_ledger(world: World) -> None:
    """The same people, the same keys, the same report: another ledger."""
    world.keep(approved_elsewhere(world, ledger=root_policy("alice", {"alice": '"admin"'}).id)[1])


def bobs_duplicated(world: World) -> None:
    report = world.report()
    first = world.approve("bob", report)
    world.put({path.replace("/v1/2", "/v1/1"): data for path, data in first.files.items()})
    world.put({path.replace(first.id, "0" * 64): data for path, data in first.files.items()})


ONE_OF_TWO = "has 1 of 2 approvals"
NOT_VALID = "foreign: .*not a valid record"
ADDED: Mapping[str, Row] = {
    "unsigned": Row(forged(lambda w, a: {a.path: a.data}), "denied", ONE_OF_TWO, finding="it has no signature file"),
    "orphan signature": Row(
        forged(lambda w, a: {f"{a.path}.sig": a.signature}), "denied", ONE_OF_TWO, finding="not that of a record"
    ),
    "signed by a stranger": Row(
        with_signature(lambda a: person("mallory").sign(a.data)), "denied", ONE_OF_TWO, finding="no policy .* lists"
    ),
    "signed by another member": Row(
        with_signature(lambda a: person("bob").sign(a.data)), "denied", ONE_OF_TWO, finding="not one of carol"
    ),
    "signed for another namespace": Row(
        with_signature(lambda a: person("carol").sign(a.data, b"git")), "denied", ONE_OF_TWO, finding="namespace b'git'"
    ),
    "signature of other bytes": Row(
        with_signature(lambda a: person("carol").sign(b"other bytes")), "denied", ONE_OF_TWO, finding="bad signature"
    ),
    **{
        name: Row(
            with_signature(lambda a, respell=respell: respell(a.signature)),  # type: ignore[misc]
            "denied",
            ONE_OF_TWO,
            finding="foreign: .*(bad signature|more than)",
        )
        for name, respell in SPELLINGS.items()
    },
    "more space": Row(carols(lambda d: d.replace(b": ", b":  ", 1)), "denied", ONE_OF_TWO, finding=NOT_VALID),
    "no line feed at the end": Row(carols(lambda d: d[:-1]), "denied", ONE_OF_TWO, finding=NOT_VALID),
    "Windows line ends": Row(carols(lambda d: d.replace(b"\n", b"\r\n")), "denied", ONE_OF_TWO, finding=NOT_VALID),
    "byte order mark": Row(carols(lambda d: b"\xef\xbb\xbf" + d), "denied", ONE_OF_TWO, finding=NOT_VALID),
    "not UTF-8": Row(carols(lambda d: d.replace(b"carol", b"car\xf6l")), "denied", ONE_OF_TWO, finding=NOT_VALID),
    "another order of keys": Row(
        carols(lambda d: b"\n".join([d.split(b"\n")[0], *sorted(d.split(b"\n")[1:-2]), b"}", b""])),
        "denied",
        ONE_OF_TWO,
        finding=NOT_VALID,
    ),
    "duplicate key": Row(
        carols(lambda d: d.replace(b'"approved": true', b'"approved": false,\n  "approved": true')),
        "denied",
        ONE_OF_TWO,
        finding=NOT_VALID,
    ),
    "unknown key": Row(carols(with_field("vote", 2)), "denied", ONE_OF_TWO, finding=NOT_VALID),
    "null": Row(carols(with_field("notes", None)), "denied", ONE_OF_TWO, finding=NOT_VALID),
    "NaN": Row(carols(with_field("notes", float("nan"))), "denied", ONE_OF_TWO, finding=NOT_VALID),
    "a number for true": Row(carols(with_field("approved", 1)), "denied", ONE_OF_TWO, finding=NOT_VALID),
    "deep": Row(
        carols(lambda d: d.replace(b"true", b"[" * 5000 + b"]" * 5000)), "denied", ONE_OF_TWO, finding=NOT_VALID
    ),
    "a list": Row(carols(lambda d: b"[\n" + d + b"]\n"), "denied", ONE_OF_TWO, finding=NOT_VALID),
    "over the size": Row(carols(with_field("notes", "x" * 70_000)), "denied", ONE_OF_TWO, finding="more than 65536"),
    "time before its parents in the name alone": Row(
        forged(lambda w, a: {p.replace("/v1/2", "/v1/1"): d for p, d in a.files.items()}),
        "denied",
        ONE_OF_TWO,
        finding="foreign: .*it belongs at",
    ),
    "another format": Row(carols(with_field("format", "record/1")), "denied", ONE_OF_TWO, finding=NOT_VALID),
    "copied from another version": Row(copied_from_another_version, "denied", ONE_OF_TWO, finding="it belongs at"),
    "copied from another model": Row(copied_from_another_model, "denied", ONE_OF_TWO, finding="it belongs at"),
    "from another context": Row(from_another_context, "denied", ONE_OF_TWO),
    "from another ledger": Row(from_another_ledger, "denied", ONE_OF_TWO, finding="belongs to another ledger"),
    "another's, duplicated": Row(bobs_duplicated, "denied", ONE_OF_TWO, finding="its bytes have the id"),
    "unknown kind": Row(
        carols(with_field("kind", "blessing")), "cannot decide", "unknown kind", "newer format", "newer-format: "
    ),
    "newer format": Row(
        carols(with_field("format", "gitgates-record/2")), "cannot decide", "record/2", "newer format", "newer-format: "
    ),
}


@pytest.mark.parametrize("name", ADDED)
def test_an_approval_in_no_other_form(world: World, name: str) -> None:
    check_row(world, ADDED[name])


def test_the_same_approval_in_the_right_form_allows(world: World) -> None:
    """Otherwise the rows above would show nothing."""
    world.allowed()
    check_row(world, Row(lambda _: None, "allowed", "all conditions are met"))
    assert world.findings() == []


# --- whoever can only push garbage locks nobody out ------------------------------------------------------------------


def garbage(change: Callable[[bytes], bytes]) -> Callable[[World], None]:
    def attack(world: World) -> None:
        report = world.allowed()
        world.put(remade(approval := world.approval("mallory", report), change(approval.data), "mallory").files)

    return attack


GARBAGE: Mapping[str, Callable[[World], None]] = {
    "rejection by a stranger": garbage(lambda d: d.replace(b'"approved": true', b'"approved": false')),
    "unknown kind by a stranger": garbage(with_field("kind", "blessing")),
    "newer format by a stranger": garbage(with_field("format", "gitgates-record/2")),
    "ghost parents by a stranger": garbage(with_field("parents", ["0" * 64])),
    "another policy by a stranger": garbage(with_field("policy", "0" * 64)),
    "no JSON by a stranger": garbage(lambda d: b"\xff" * 1000),
    "over the size by a stranger": garbage(lambda d: b"x" * 70_000),
}


@pytest.mark.parametrize("name", GARBAGE)
def test_a_stranger_locks_nobody_out(world: World, name: str) -> None:
    check_row(world, Row(GARBAGE[name], "allowed", "all conditions are met", finding="foreign: "))
    assert not any(finding["affects_decision"] for finding in world.findings())
