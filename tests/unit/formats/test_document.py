"""Hostile and broken files: each is refused, with the file and the fault named, in bounded time and memory."""

import codecs
import subprocess
import sys
import textwrap

import pytest

from gitgates.errors import InputFileError
from gitgates.formats.base import Role
from gitgates.formats.detect import read
from gitgates.formats.document import JsonDocument, TextDocument, as_folder, as_json, as_text, as_xml

GOOD = b'{"total_tests": 2, "passed_tests": 2}'
LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE t [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<testsuite name="&b;"/>"""

HOSTILE = {
    "empty": (b"", "is empty"),
    "blank": (b" \n\t", "is empty"),
    "truncated": (GOOD[:-4], "not complete, valid JSON: .* line 1 column"),
    "truncated xml": (b'<testsuite><testcase name="a"/>', "not complete, well-formed XML"),
    "trailing garbage": (GOOD + b"x", "not complete, valid JSON: Extra data"),
    "two documents": (GOOD + GOOD, "Extra data"),
    "trailing garbage xml": (b"<testsuite/><x/>", "well-formed XML: junk"),
    "nan": (b'{"a": [1, {"total_tests": NaN}]}', r"\$\.a\[1\]\.total_tests: NaN is not a number in JSON"),
    "infinity": (b'{"total_tests": -Infinity}', r"\$\.total_tests: -Infinity is not a number"),
    "1e400": (b'{"quality_score": 1e400}', r"\$\.quality_score: 1e400 is beyond the range"),
    "long integer": (b'{"total_tests": ' + b"9" * 5000 + b"}", "thousands of digits"),
    "beyond 64 bits": (b'{"total_tests": 9223372036854775808}', r"\$\.total_tests: is "),
    "duplicate keys": (b'{"total_tests": 1, "total_tests": 2}', "'total_tests' stands twice"),
    "duplicate keys below": (b'{"a": {"b": 1, "b": 1}}', "'b' stands twice"),
    "bom": (codecs.BOM_UTF8 + GOOD, "byte order mark"),
    "utf-16": (GOOD.decode().encode("utf-16"), "UTF-16"),
    "utf-16 without bom": (GOOD.decode().encode("utf-16-be"), "UTF-16"),
    "utf-32": (GOOD.decode().encode("utf-32"), "UTF-16 or UTF-32"),
    "utf-16 xml": ("<?xml version='1.0' encoding='utf-16'?><testsuite/>".encode("utf-16"), "UTF-16"),
    "utf-7 xml": (b"<?xml version='1.0' encoding='utf-7'?><testsuite/>", "has the encoding utf-7"),
    "latin-1 json": (b'{"scan_tool": "\xe9"}', "not UTF-8 at byte 15"),
    "100,000 levels": (b"[" * 100_000 + b"]" * 100_000, "levels deep"),
    "200 levels": (b'{"a":' * 200 + b"1" + b"}" * 200, "more than 100 levels deep"),
    "100,000 levels of xml": (b"<testsuite>" * 100_000, "more than 100 levels deep"),
    "billion laughs": (LAUGHS, "document type of its own"),
    "external entity": (
        b'<!DOCTYPE t [<!ENTITY x SYSTEM "file:///etc/passwd">]><t>&x;</t>',
        "document type of its own",
    ),
    "undefined entity": (b'<!DOCTYPE t SYSTEM "t.dtd"><testsuite>&x;</testsuite>', "XML|entities"),
    "plain text": (b"PASSED 12", "of no known format for --test-metrics: text that begins with 'PASSED 12'"),
    "a list": (b"[1, 2]", "JSON, but not an object: list"),
    "null": (b"null", "text that begins with 'null'"),
    "an empty object": (b"{}", "an empty JSON object"),
    "other json": (b'{"foo": 1, "bar": 2}', "JSON with the keys foo, bar"),
    "other xml": (b"<html/>", "XML with the root <html>"),
}


@pytest.mark.parametrize(("data", "fault"), HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("role", Role)
def test_hostile_file_is_refused_for_every_role(role: Role, data: bytes, fault: str) -> None:
    with pytest.raises(InputFileError, match=r"(?s)^some/file: ") as caught:
        read(role, "some/file", data)
    if role is Role.TESTS:
        assert caught.match(fault)


HOSTILE_TEXT = {
    "nul": (b"SF:a\nDA:1,\0\n", "holds a NUL at byte 10, so it is not text"),
    "latin-1": (b"SF:caf\xe9\n", "is not UTF-8 at byte 6"),
    "bom": (codecs.BOM_UTF8 + b"SF:a\n", "byte order mark, which only XML allows"),
    "many lines": (b"SF:a\n" + b"DA:1,1\n" * 500_000, r"too large to be read safely \(3500005 bytes, 500001 lines\)"),
    "long lines beyond ASCII": (b"SF:" + "\u00e9".encode() * 10 * 2**20, "too large to be read safely"),
}


@pytest.mark.parametrize(("data", "fault"), HOSTILE_TEXT.values(), ids=HOSTILE_TEXT.keys())
def test_hostile_text_is_refused(data: bytes, fault: str) -> None:
    with pytest.raises(InputFileError, match=f"^f: .*{fault}"):
        read(Role.TESTS, "f", data)


def test_a_document_of_another_syntax_is_a_bug_of_the_caller() -> None:
    for make, word in ((as_json, "a JSON"), (as_xml, "an XML"), (as_text, "a text"), (as_folder, "a folder")):
        other = TextDocument("f", "") if make is not as_text else JsonDocument("f", {})
        with pytest.raises(TypeError, match=f"f is not {word}"):
            make(other)


def test_bom_is_accepted_before_xml() -> None:
    assert read(Role.TESTS, "f", codecs.BOM_UTF8 + b"<testsuite/>").metrics.to_dict()["total_tests"] == 0


def test_doctype_without_subset_is_passed_over() -> None:
    data = b'<!DOCTYPE testsuite SYSTEM "https://example.invalid/t.dtd"><testsuite><testcase name="a"/></testsuite>'
    assert read(Role.TESTS, "f", data).metrics.to_dict()["total_tests"] == 1


LARGE = {
    "list of lists": 'b"[" + b"[]," * (17 * 2**20) + b"1]"',
    "objects": """b"[" + b'{"a":1},' * (6 * 2**20) + b"1]" """,
    "one wide object": """b"{" + b",".join(b'"k%d":1' % i for i in range(3 * 2**20)) + b"}" """,
    "text beyond ASCII": """b'["' + "\\U0001f600".encode() * (12 * 2**20) + b'"]' """,
    "spaces": 'b" " * (50 * 2**20) + b"x"',
    "zeros": "bytes(50 * 2**20)",
    "elements": 'b"<testsuite>" + b"<a/>" * (12 * 2**20) + b"</testsuite>"',
    "attributes": """b"<testsuite " + b" ".join(b"a%d=''" % i for i in range(4 * 2**20)) + b"/>" """,
    "tags full of attributes": """b"<testsuite>" + (b"<a " + b" ".join(b"a%d=''" % i for i in range(50000))
        + b"/>") * 90 + b"</testsuite>" """,
    "one comment": 'b"<testsuite><!--" + b"x" * (49 * 2**20) + b"--></testsuite>"',
}


@pytest.mark.parametrize("made_by", LARGE.values(), ids=LARGE.keys())
def test_50_mib_file_is_refused_within_2_seconds_and_200_mib(made_by: str, tmp_path: object) -> None:
    path = f"{tmp_path}/large"
    make = f"open({path!r}, 'wb').write(({made_by})[:50 * 2**20])"
    subprocess.run([sys.executable, "-c", make], check=True)
    program = f"""
        import re, resource
        from gitgates.artifacts.files import read_input
        from gitgates.errors import InputFileError
        from gitgates.formats.detect import Role, read
        try:
            read(Role.TESTS, "large", read_input({path!r}))
        except InputFileError as error:
            usage = resource.getrusage(resource.RUSAGE_SELF)
            try:  # the peak of this program alone: ru_maxrss starts with that of the process which it was forked from
                peak = re.search(r"VmHWM:\\s*(\\d+) kB", open("/proc/self/status").read())[1]
            except FileNotFoundError:  # macOS, in bytes, and new with each program
                peak = usage.ru_maxrss // 1024
            print(usage.ru_utime + usage.ru_stime, int(peak) // 1024, error)
    """
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": "."},
    )
    seconds, mebibytes, *message = result.stdout.split()
    assert message[0] == "large:"
    assert float(seconds) < 2
    assert int(mebibytes) < 200
