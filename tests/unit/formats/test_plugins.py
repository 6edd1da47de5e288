"""Formats of other packages, as they are installed: asked after the built-in ones, never trusted, never passed over."""

import json
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gitgates.api.files import load_files
from gitgates.api.inputs import read_inputs
from gitgates.errors import InputFileError
from gitgates.formats import plugins
from gitgates.formats.base import Reading, Role
from gitgates.formats.detect import read
from gitgates.formats.registry import FORMATS
from gitgates.model.metrics import TestMetrics
from tests.support import Gitgates

Install = Callable[..., None]
TAP = """
    from gitgates.errors import InputFileError
    from gitgates.formats.base import Format, Reading, Role
    from gitgates.formats.document import JsonDocument, TextDocument
    from gitgates.model.metrics import TestMetrics

    def matches(document):
        return isinstance(document, TextDocument) and document.text.startswith("TAP version")

    def read(document, options):
        lines = [line for line in document.text.splitlines() if "ok" in line]
        if not lines:
            raise InputFileError(document.file, "line 2: no test")
        passed = sum(not line.startswith("not ") for line in lines)
        return Reading(document.file, "acme-tap", TestMetrics(len(lines), passed, len(lines) - passed, 0), ("by Acme",))

    TAP = Format("acme-tap", "Test Anything Protocol", (Role.TESTS,), matches, read)
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Install a package of entry points, as pip leaves it behind."""
    names = []

    def make(package: str, points: dict[str, str], code: str) -> None:
        place = tmp_path / f"site-{package}"
        info = place / f"{package}-1.2.dist-info"
        info.mkdir(parents=True)
        (place / f"{package}.py").write_text(textwrap.dedent(code))
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.2\n")
        lines = "".join(f"{name} = {package}:{value}\n" for name, value in points.items())
        (info / "entry_points.txt").write_text(f"[{plugins.GROUP}]\n{lines}")
        monkeypatch.syspath_prepend(str(place))
        names.append(package)

    yield make
    for name in names:
        sys.modules.pop(name, None)


def _custom(matches: str = "True", read: str = "None", name: str = "mine", roles: str = "(Role.TESTS,)") -> str:
    return f"""
        from gitgates.formats.base import Format, Reading, Role
        from gitgates.model.metrics import ModelMetrics, TestMetrics
        def matches(document): return {matches}
        def read(document, options): return {read}
        FORMAT = Format({name!r}, "Mine", {roles}, matches, read)
    """


def test_text_of_another_format_is_read_as_a_built_in_one_is(install: Install) -> None:
    install("acme", {"tap": "TAP"}, TAP)
    reading = read(Role.TESTS, "t.tap", b"TAP version 13\nok 1\nnot ok 2\n")
    assert reading == Reading("t.tap", "acme-tap", TestMetrics(2, 1, 1, 0), ("by Acme",))
    with pytest.raises(InputFileError, match=r"^t\.tap: line 2: no test"):
        read(Role.TESTS, "t.tap", b"TAP version 13\n")
    with pytest.raises(InputFileError, match="of no known format for --security-scan: text that begins with 'TAP"):
        read(Role.SECURITY, "t.tap", b"TAP version 13\nok 1\n")


def test_a_built_in_format_is_never_taken_over(install: Install) -> None:
    install("greedy", {"all": "FORMAT"}, _custom(read="Reading(document.file, 'mine', TestMetrics(9, 9, 0, 0))"))
    assert read(Role.TESTS, "f", b'{"total_tests": 1}').format == "native-tests"
    assert read(Role.TESTS, "f", b'{"foo": 1}').metrics == TestMetrics(9, 9, 0, 0)


BROKEN = {
    "import": ("raise ImportError('no tensors')", "ImportError: no tensors"),
    "not there": ("x = 1", "AttributeError: .* has no attribute 'FORMAT'"),
    "no format": ("FORMAT = 7", "it must be a gitgates.formats.base.Format, not int"),
    "no name": (_custom(name=""), "its name and title must be short, printable texts"),
    "no role": (_custom(roles="()"), "its roles must be a tuple of at least one Role"),
    "a role of its own": (_custom(roles="('cakes',)"), "its roles must be a tuple of at least one Role"),
    "a name that is taken": (_custom(name="junit-xml"), "the name 'junit-xml' is taken by gitgates"),
}


@pytest.mark.parametrize(("code", "fault"), BROKEN.values(), ids=BROKEN.keys())
def test_a_plug_in_that_cannot_be_used_is_told_where_a_file_is_unknown(code: str, fault: str, install: Install) -> None:
    install("bad", {"mine": "FORMAT"}, code)
    for data in (b'{"foo": 1}', b"TAP version 13"):
        with pytest.raises(InputFileError, match=rf"^f: .*the plug-in 'mine' of bad 1\.2 cannot be used: {fault}"):
            read(Role.TESTS, "f", data)


def test_two_plug_ins_of_one_name(install: Install) -> None:
    install("first", {"a": "FORMAT"}, _custom())
    install("second", {"b": "FORMAT"}, _custom())
    found = plugins.load(["junit-xml"])
    assert [plugin.origin for plugin in found.plugins] == ["first 1.2"]
    assert found.faults == ("the plug-in 'b' of second 1.2 cannot be used: the name 'mine' is taken by first 1.2",)


def test_two_plug_ins_that_want_one_file(install: Install) -> None:
    install("first", {"a": "FORMAT"}, _custom())
    install("second", {"b": "FORMAT"}, _custom(name="other"))
    with pytest.raises(
        InputFileError, match=r"^f: could be any of: mine of first 1\.2, other of second 1\.2\. Uninstall"
    ):
        read(Role.TESTS, "f", b'{"foo": 1}')


FAILING = {
    "matches": (_custom(matches="1 / 0"), "ZeroDivisionError: division by zero"),
    "read": (_custom(read="{}['score']"), "KeyError: 'score'"),
    "nothing": (_custom(), "it must return a Reading of TestMetrics"),
    "another role": (_custom(read="Reading('', 'mine', ModelMetrics(1))"), "it must return a Reading of TestMetrics"),
    "another name": (_custom(read="Reading('', 'trivy', TestMetrics(1))"), "it calls its format 'trivy'"),
}


@pytest.mark.parametrize(("code", "fault"), FAILING.values(), ids=FAILING.keys())
def test_a_plug_in_that_fails_is_named(code: str, fault: str, install: Install) -> None:
    install("bad", {"mine": "FORMAT"}, code)
    with pytest.raises(InputFileError, match=rf"^f: the plug-in 'mine' of bad 1\.2 failed on it: {fault}"):
        read(Role.TESTS, "f", b'{"foo": 1}')


def test_the_list_of_formats_marks_plug_ins_and_tells_of_broken_ones(install: Install, gitgates: Gitgates) -> None:
    assert "plug-in" not in gitgates("formats").out
    install("acme", {"tap": "TAP", "gone": "GONE"}, TAP)
    done = gitgates("formats")
    assert done.code == 0
    assert done.out.splitlines()[-1].split("  ")[-1].strip() == "acme 1.2"
    assert "warning: the plug-in 'gone' of acme 1.2 cannot be used: AttributeError" in done.err
    value = json.loads(gitgates("formats", "--json").out)
    assert [item["name"] for item in value["formats"]] == [*(row.name for row in FORMATS), "acme-tap"]
    assert [item["plugin"] for item in value["formats"]] == [*("" for _ in FORMATS), "acme 1.2"]
    assert value["faults"][0].startswith("the plug-in 'gone'")


TOLD = {
    "no pairs": ("(1,)", "m: the format mine tells wrongly what it took: "),
    "no metric": ("(('toxicity', 'a'),)", "m: the format mine tells wrongly what it took: metric: must be one of"),
    "no name": ("(('accuracy', ''),)", "m: the format mine tells wrongly what it took: path: must be the name"),
    "of another role": ("(('coverage_percent', 'lines'),)", "is read from no file of the role model"),
    "twice": ("(('accuracy', 'a'), ('accuracy', 'b'))", "read_from: names accuracy twice"),
}


@pytest.mark.parametrize(("mapped", "fault"), TOLD.values(), ids=TOLD.keys())
def test_what_a_plug_in_took_must_be_metrics_with_names(
    mapped: str, fault: str, install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = f"Reading(document.file, 'mine', ModelMetrics(0.9), (), {mapped})"
    install("odd", {"mine": "FORMAT"}, _custom(read=reading, roles="(Role.MODEL,)"))
    (tmp_path / "m").write_text('{"foo": 1}')
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputFileError) as caught:
        read_inputs(load_files((), "m", ()))
    assert fault in caught.value.message
