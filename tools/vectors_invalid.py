"""The invalid records of the test vectors: each refused by one numbered step of the specification, for one reason."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from attrs import frozen

from gitgates.codec.json_text import MAX_DEPTH, render
from gitgates.codec.records import record_id, size_limit
from gitgates.model.entries import MAX_PARENTS
from gitgates.trust.sshsig import armour
from tools.vectors_ledger import Built
from tools.vectors_signing import ALICE, BOB, MALLORY, VectorKey


@frozen
class Invalid:
    """A file that is no record.

    Attributes:
        step: the step of the specification's "Verification" that refuses it.
        says: words of this program's message.
        newer: the answer is "cannot decide: newer format".
    """

    name: str
    step: int
    reason: str
    says: str
    path: str
    data: bytes
    signature: bytes
    newer: bool = False


@frozen
class _Base:
    """A valid record to spoil."""

    path: str
    data: bytes
    author: VectorKey

    @property
    def value(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.data)
        return value

    def path_of(self, data: bytes) -> str:
        """Return the path with the id of `data` in it."""
        return f"{self.path.rpartition('-')[0]}-{record_id(data)}.json"

    def spoiled(self, name: str, reason: str, says: str, data: bytes, *, newer: bool = False) -> Invalid:
        """Return an invalid record with a right name and signature, which step 4 refuses."""
        return Invalid(name, 4, reason, says, self.path_of(data), data, self.author.sign(data), newer)

    def changed(self, name: str, reason: str, says: str, *, newer: bool = False, **fields: Any) -> Invalid:
        """Return a record in canonical form whose `fields` are wrong; None leaves a key out."""
        value = {key: item for key, item in (self.value | fields).items() if item is not None}
        return self.spoiled(name, reason, says, render(value), newer=newer)


def build_invalid(built: Built) -> Iterator[Invalid]:
    """Yield the invalid records, made from the valid ones in `built`."""
    bases = {
        name: _Base(built.paths[name], built.files[built.paths[name]], author) for name, author in built.authors.items()
    }
    approval, report = bases["approval"], bases["report"]
    yield from _names_and_keys(approval, built.files[f"{approval.path}.sig"])
    yield from _signatures(approval)
    yield from _spellings(approval)
    yield from _json(approval, report)
    yield from _numbers(report)
    yield from _fields(approval)
    yield from _rules(approval, bases["root"])
    yield from _inputs(bases["report-own-metrics"])
    yield from _newer(approval)
    yield from _places(approval)


def _names_and_keys(base: _Base, signature: bytes) -> Iterator[Invalid]:
    flipped = base.data.replace(b'"approved": true', b'"approved": trux')
    other = f"{base.path.rpartition('-')[0]}-{'0' * 64}.json"
    why = "the id in the name is not the SHA-256 of the bytes"
    yield Invalid("id-flipped-byte", 1, why, "have the id", base.path, flipped, signature)
    yield Invalid("id-of-another", 1, why, "have the id", other, base.data, signature)
    why = "no policy of the ledger lists the key"
    yield Invalid(
        "key-unlisted", 2, why, "no policy of this ledger lists", base.path, base.data, MALLORY.sign(base.data)
    )


def _signatures(base: _Base) -> Iterator[Invalid]:
    good, blob = base.author.sign(base.data), base.author.blob(base.data)
    text = good.splitlines()
    middle = bytearray(blob)
    middle[-1] ^= 1
    wide = b"\n".join([text[0], b"".join(text[1:-1]), text[-1], b""])
    spaced = good.replace(text[1], text[1][:9] + b" " + text[1][9:])
    for_files = base.author.blob(base.data, namespace=b"file")
    cases = (
        ("other-bytes", "made over other bytes", "did not make this signature", base.author.sign(base.data + b"\n")),
        ("flipped-bit", "one bit of it is flipped", "did not make this signature", armour(bytes(middle))),
        ("wrong-namespace", "made for the namespace file", "namespace", armour(for_files)),
        ("wrong-hash", "names the hash sha1", "uses the hash", armour(blob.replace(b"\6sha512", b"\4sha1"))),
        ("reserved", "its reserved field is not empty", "reserved", armour(base.author.blob(base.data, reserved=b"x"))),
        ("version-2", "SSHSIG version 2", "not SSHSIG version 1", armour(blob[:9] + b"\2" + blob[10:])),
        ("more-bytes", "bytes follow the last field", "bytes follow", armour(blob + b"\0")),
        ("cut-short", "the last byte is missing", "cut short", armour(blob[:-1])),
        ("text-after", "text follows the END line", "begin and end", good + b"more\n"),
        ("text-before", "text stands before the BEGIN line", "begin and end", b"more\n" + good),
        ("no-last-newline", "the last line feed is missing", "begin and end", good[:-1]),
        ("crlf", "lines end with CR LF", "begin and end", good.replace(b"\n", b"\r\n")),
        ("other-width", "the base64 stands on one line", "not what ssh-keygen writes", wide),
        ("space", "a space stands in the base64", "not what ssh-keygen writes", spaced),
        ("empty", "the file is empty", "begin and end", b""),
    )  # fmt: skip
    for name, reason, says, signature in cases:
        yield Invalid(f"signature-{name}", 3, reason, says, base.path, base.data, signature)


def _spellings(base: _Base) -> Iterator[Invalid]:
    value, data = base.value, base.data
    texts: tuple[tuple[str, str, Callable[[], bytes]], ...] = (
        ("indent-4", "four spaces of indent", lambda: json.dumps(value, indent=4, ensure_ascii=False).encode() + b"\n"),
        ("compact", "no line breaks", lambda: json.dumps(value, ensure_ascii=False).encode() + b"\n"),
        ("space-after-comma", "a space ends a line", lambda: data.replace(b",\n", b", \n", 1)),
        ("crlf", "lines end with CR LF", lambda: data.replace(b"\n", b"\r\n")),
        ("no-last-newline", "the last line feed is missing", lambda: data[:-1]),
        ("two-last-newlines", "two line feeds at the end", lambda: data + b"\n"),
        ("key-order", "keys in another order", lambda: render(dict(sorted(value.items())))),
        ("escaped-letter", "a letter written as an escape", lambda: data.replace(b"QA", b"\\u0051A")),
        ("escaped-slash", "a solidus written as an escape", lambda: data.replace(b"QA team", b"QA\\/team")),
        ("escaped-umlaut", "not ASCII, and written as an escape", lambda: data.replace("ü".encode(), b"\\u00fc")),
        ("long-escape", "a tab written as \\u0009", lambda: data.replace(b"\\t", b"\\u0009")),
    )
    for name, reason, make in texts:
        yield base.spoiled(f"spelling-{name}", reason, "not in canonical form", make())


def _json(base: _Base, report: _Base) -> Iterator[Invalid]:
    data = base.data
    deep = b'"forced": ' + b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1)
    long_text = render(base.value | {"notes": "x" * size_limit("decision")})
    false = b'"forced": false'
    yield base.spoiled("json-not", "not JSON", "not JSON", data[:-3])
    yield base.spoiled("json-array", "not an object", "expected an object", b"[]\n")
    yield base.spoiled("json-bom", "a byte order mark stands first", "not JSON", b"\xef\xbb\xbf" + data)
    yield base.spoiled("json-not-utf8", "not UTF-8", "not UTF-8", data.replace("ü".encode(), b"\xfc"))
    yield base.spoiled("json-surrogate", "an escape of half a character", "surrogate", data.replace(b"QA", b"\\ud83d"))
    yield base.spoiled("json-raw-control", "a control character as it is", "not JSON", data.replace(b"\\t", b"\t"))
    yield base.spoiled("json-null", "null", "null is not used", data.replace(false, b'"forced": null'))
    twice = data.replace(false, b'"forced": true,\n  ' + false)
    yield base.spoiled("json-key-twice", "a key stands twice", "stands twice", twice)
    yield base.spoiled("json-deep", "more than 32 levels", "more than 32 levels", data.replace(false, deep))
    yield base.spoiled("json-too-large", "more than 65536 bytes", "too many for a decision", long_text)
    for word in ("NaN", "Infinity"):
        spoiled = report.data.replace(b'"perplexity": 7.25', f'"perplexity": {word}'.encode())
        yield report.spoiled(f"json-{word.lower()}", word, f"{word} is not a number", spoiled)


def _numbers(base: _Base) -> Iterator[Invalid]:
    cases = (
        ("fraction-of-zero", "a whole number as 2048.0", "not in canonical form", "2048.0"),
        ("exponent", "2048 as 2.048e3", "not in canonical form", "2.048e3"),
        ("trailing-zero", "2048.5 as 2048.50", "not in canonical form", "2048.50"),
        ("too-many-digits", "more digits than the shortest", "not in canonical form", "2048.10000000000002"),
        ("negative-zero", "0 as -0", "not in canonical form", "-0"),
        ("capital-exponent", "a capital E", "not in canonical form", "1E+21"),
        ("exponent-without-sign", "an exponent without its sign", "not in canonical form", "1e21"),
        ("leading-zero", "a leading zero", "not JSON", "02048"),
        ("beyond-64-bits", "an integer beyond 64 bits", "beyond 64 bits", "9223372036854775808"),
        ("too-large", "beyond every double", "too large", "1e400"),
        ("negative", "less than nothing", "must be at least 0", "-2048"),
        ("text", "a number as text", "expected a number", '"2048"'),
        ("truth", "a truth value as number", "expected a number", "true"),
    )
    for name, reason, says, number in cases:
        data = base.data.replace(b'"memory_mb": 2048,', f'"memory_mb": {number},'.encode())
        yield base.spoiled(f"number-{name}", reason, says, data)
    data = base.data.replace(b'"total_tests": 200', b'"total_tests": 200.5')
    yield base.spoiled("number-count-with-fraction", "a count with a fraction", "expected a whole number", data)


def _fields(base: _Base) -> Iterator[Invalid]:
    one, two = base.value["report"], "0" * 64
    yield base.changed("key-unknown", "an unknown key", "unknown key", mood="good")
    yield base.changed("key-missing", "a key is missing", "missing", forced=None)
    yield base.changed("key-missing-list", "an empty list must be written", "not in canonical form", parents=None)
    yield base.changed("key-missing-policy", "the policy is missing", "missing", policy=None)
    yield base.changed("type", "text instead of a truth value", "expected true or false", approved="true")
    yield base.changed("id-capital", "an id in capital letters", "hexadecimal", report=one.upper())
    yield base.changed("id-short", "an id of 40 digits", "hexadecimal", report=one[:40])
    yield base.changed("parents-unsorted", "parents not sorted", "must be sorted", parents=[one, two])
    yield base.changed("parents-twice", "a parent stands twice", "must be sorted", parents=[one, one])
    many = [f"{number:064x}" for number in range(MAX_PARENTS + 1)]
    yield base.changed("parents-too-many", "257 parents", "at most 256", parents=many)
    yield base.changed("principal", "a capital letter in a principal", "principal", author="Bob@example.com")
    yield base.changed("context", "a context with a capital letter", "context", context="Production")
    yield base.changed("model-colon", "a colon in a model name", "colon", model="veran:x")
    yield base.changed("model-dot", "a model name that begins with a dot", "may not start", model=".veran")
    yield base.changed("model-not-nfc", "a name not in Unicode normal form C", "normal form C", model="u\u0308")
    yield base.changed("format-other", "another program's format", "must be", format="gates-record/1")
    for name, created in (
        ("no-fraction", "2026-01-05T09:04:30Z"),
        ("milliseconds", "2026-01-05T09:04:30.250Z"),
        ("offset", "2026-01-05T09:04:30.250000+00:00"),
        ("no-such-day", "2026-02-30T09:04:30.250000Z"),
    ):
        yield base.changed(f"time-{name}", f"{created} is no time here", "expected a time", created=created)


def _rules(base: _Base, root: _Base) -> Iterator[Invalid]:
    yield base.changed("approval-of-nothing", "an approval names its report", "names the report", report=None)
    yield base.changed("force-without-reason", "force needs a reason", "needs a reason", forced=True)
    of_two = root.value["parsed"] | {"admin_quorum": 2}
    yield root.changed("policy-quorum", "more admins must sign than there are", "nobody could change", parsed=of_two)
    yield root.changed(
        "policy-root-with-parents", "a root has no parents", "neither ledger nor parents", parents=["0" * 64]
    )
    orphan = {"ledger": "0" * 64}
    value = {key: root.value[key] for key in ("format", "kind")} | orphan | root.value
    yield root.spoiled("policy-without-parents", "a successor has parents", "neither ledger nor parents", render(value))


def _inputs(report: _Base) -> Iterator[Invalid]:
    of_tests, of_model = report.value["inputs"]
    named = of_model["read_from"]
    cases = (
        ("other-role", "a scan gives no such metric", "of the role security", of_model | {"role": "security"}),
        ("coverage-of-a-model", "coverage is of tests", "of the role model", of_tests | {"role": "model"}),
        ("unsorted", "metrics not sorted", "not in canonical form", of_model | {"read_from": named[::-1]}),
        ("twice", "a metric stands twice", "twice", of_model | {"read_from": [named[0], named[0]]}),
        ("empty", "no metric is written as an absent key", "must not be empty", of_model | {"read_from": []}),
        (
            "blank", "the name of a number is blank", "must be the name",
            of_model | {"read_from": [named[0] | {"path": " "}]},
        ),
    )  # fmt: skip
    for name, reason, says, changed in cases:
        yield report.changed(f"input-{name}", reason, says, inputs=[changed])


def _newer(base: _Base) -> Iterator[Invalid]:
    why = "known key, newer format"
    yield base.changed("newer-format", why, "program knows", newer=True, format="gitgates-record/2")
    yield base.changed("newer-kind", "known key, unknown kind", "unknown kind", newer=True, kind="verdict")


def _places(base: _Base) -> Iterator[Invalid]:
    signature = base.author.sign(base.data)
    moved = (
        ("version", "in the folder of another version", base.path.replace("/v6.2/", "/v6.3/")),
        ("folder", "in the policy folder", base.path.replace("models/veran/v6.2", "policy")),
        ("stamp", "with another stamp", base.path.replace("T0904", "T0905")),
        ("kind", "with another kind in its name", base.path.replace("-decision-", "-report-")),
    )
    for name, reason, path in moved:
        yield Invalid(f"place-{name}", 5, f"it lies {reason}", "it belongs at", path, base.data, signature)


KNOWN = (ALICE, BOB)
"""Whose keys the ledger lists."""
