"""Cobertura, JaCoCo and LCOV: which figure, made of which counts, and what cannot be true."""

import pytest

from gitgates.errors import InputFileError, InvalidValue
from gitgates.formats.base import Reading, Role
from gitgates.formats.detect import read
from gitgates.formats.options import ReadOptions
from gitgates.model.metrics import TestMetrics


def _read(text: str, coverage: str | None = None) -> Reading:
    return read(Role.TESTS, "c", text.encode(), ReadOptions(coverage=coverage))


def _percent(text: str, coverage: str | None = None) -> float | None:
    metrics = _read(text, coverage).metrics
    assert isinstance(metrics, TestMetrics)
    return metrics.coverage_percent


def _line(number: int, hits: int, conditions: str = "") -> str:
    extra = f" branch='true' condition-coverage='50% ({conditions})'" if conditions else ""
    return f"<line number='{number}' hits='{hits}'{extra}/>"


def _class(*lines: str, file: str = "a.py") -> str:
    methods = f"<methods><method><lines>{lines[0]}</lines></method></methods>"
    return f"<class filename='{file}'>{methods}<lines>{''.join(lines)}</lines></class>"


def _cobertura(*classes: str, rate: float = 0.5, **header: int) -> str:
    counts = "".join(f" {name.replace('_', '-')}='{value}'" for name, value in header.items())
    packages = f"<packages><package><classes>{''.join(classes)}</classes></package></packages>"
    return f"<coverage line-rate='{rate}'{counts}>{packages}</coverage>"


FOUR = _class(_line(1, 3), _line(2, 0), _line(3, 1, "1/2"), _line(4, 0, "0/2"))
HEADER = {"lines_valid": 4, "lines_covered": 2, "branches_valid": 4, "branches_covered": 1}


def _counter(kind: str, missed: int, covered: int) -> str:
    return f"<counter type='{kind}' missed='{missed}' covered='{covered}'/>"


def _jacoco(*counters: str, package: tuple[str, ...] | None = None, outer: str = "package") -> str:
    inner = counters if package is None else package
    return f"<report name='r'><{outer} name='p'>{''.join(inner)}</{outer}>{''.join(counters)}</report>"


LINE, BRANCH = _counter("LINE", 1, 3), _counter("BRANCH", 3, 1)
LCOV = (
    "TN:\nSF:a.c\nFN:1,f\nFNDA:3,f\nFNF:1\nFNH:1\nDA:1,3\nDA:2,0\n"
    "BRDA:1,0,0,1\nBRDA:1,0,1,-\nLF:2\nLH:1\nend_of_record\n"
)

FIGURES = {
    "cobertura": (_cobertura(FOUR, **HEADER), (50.0, 25.0, 37.5)),
    "cobertura without counts in the header": (_cobertura(FOUR), (50.0, 25.0, 37.5)),
    "cobertura with a header alone": (_cobertura(**HEADER), (50.0, 25.0, 37.5)),
    "jacoco": (_jacoco(LINE, BRANCH), (75.0, 25.0, 50.0)),
    "jacoco of its own counters alone": (f"<report name='r'>{LINE}{BRANCH}</report>", (75.0, 25.0, 50.0)),
    "jacoco of groups": (_jacoco(LINE, BRANCH, outer="group"), (75.0, 25.0, 50.0)),
    "jacoco without counters of its own": (_jacoco(package=(LINE, BRANCH)), (75.0, 25.0, 50.0)),
    "lcov": (LCOV, (50.0, 50.0, 50.0)),
    "lcov with comments, versions and checksums": (
        "TN:x\n# made by hand\nSF:a.c\nVER:1\n\nDA:1,3,abc\nDA:2,0\nBRDA:1,e0,a,b,1\nBRDA:2,0,1,0\nend_of_record",
        (50.0, 50.0, 50.0),
    ),
    "lcov with line ends of Windows": (LCOV.replace("\n", "\r\n"), (50.0, 50.0, 50.0)),
}


@pytest.mark.parametrize(("text", "percents"), FIGURES.values(), ids=FIGURES.keys())
def test_the_figure_is_lines_unless_another_is_chosen(text: str, percents: tuple[float, float, float]) -> None:
    assert _percent(text) == percents[0]
    assert tuple(_percent(text, figure) for figure in ("lines", "branches", "total")) == percents
    assert _read(text).notes == ("coverage counts lines",)
    assert _read(text, "total").notes[0].startswith("coverage counts lines and branches (")


WITHOUT_BRANCHES = {
    "cobertura": _cobertura(lines_valid=2, lines_covered=1, branches_valid=0, branches_covered=0),
    "jacoco": _jacoco(LINE),
    "lcov": "SF:a\nDA:1,1\nDA:2,0\nend_of_record\n",
    "coverage.py": '{"meta": {}, "totals": {"covered_lines": 1, "num_statements": 2, "percent_covered": 50}}',
}  # fmt: skip


@pytest.mark.parametrize("text", WITHOUT_BRANCHES.values(), ids=WITHOUT_BRANCHES.keys())
def test_branches_that_nobody_measured_are_no_figure(text: str) -> None:
    with pytest.raises(InputFileError, match=r"^c: tells nothing of branches\. Measure branches, or choose another"):
        _read(text, "branches")
    with pytest.raises(InputFileError, match=r"tells nothing of lines and branches together.*--coverage lines"):
        _read(text, "total")


def test_a_percent_is_made_of_counts_and_not_of_a_rounded_rate() -> None:
    assert _percent(_cobertura(rate=0.95, lines_valid=10000, lines_covered=9496)) == 94.96


def test_a_line_counts_once_in_cobertura_whatever_repeats_it() -> None:
    again = _class(_line(1, 0), _line(2, 5), file="a.py")
    assert _percent(_cobertura(FOUR, again, rate=0.75)) == 75.0
    assert _percent(_cobertura(FOUR, _class(_line(1, 0), file="b.py"), rate=0.4)) == 40.0


def test_a_branch_of_several_cobertura_classes_counts_by_the_best() -> None:
    classes = (_class(_line(1, 1, "1/4")), _class(_line(1, 1, "3/4")), _class(_line(1, 1, "2/4")))
    assert _percent(_cobertura(*classes, rate=1), "branches") == 75.0


def test_lcov_joins_records_of_one_file() -> None:
    first, second = "SF:a\nDA:1,0\nDA:2,0\nLF:2\nLH:0\nend_of_record\n", "SF:a\nDA:1,7\nDA:2,0\nend_of_record\n"
    text = f"{first}TN:two\n{second}SF:b\nDA:1,0\nend_of_record\n"
    assert _percent(text) == pytest.approx(100 / 3)
    assert _read(text).notes == ("coverage counts lines",)


DISAGREEING = {
    "cobertura, better header": (
        _cobertura(FOUR, rate=1, lines_valid=4, lines_covered=4),
        50.0,
        "the header makes 100.00% coverage and the sum of all classes 50.00%; the lower one is taken",
    ),
    "cobertura, better body": (
        _cobertura(FOUR, rate=0.25, lines_valid=4, lines_covered=1),
        25.0,
        "the sum of all classes makes 50.00% coverage and the header 25.00%; the lower one is taken",
    ),
    "jacoco": (
        _jacoco(LINE, package=(_counter("LINE", 3, 1),)),
        25.0,
        "the report makes 75.00% coverage and the sum of all packages 25.00%; the lower one is taken",
    ),
    "lcov": (
        "SF:a\nDA:1,1\nDA:2,0\nLF:2\nLH:2\nend_of_record\n",
        50.0,
        "the sum of LF and LH makes 100.00% coverage and the sum of all lines 50.00%; the lower one is taken",
    ),
    "coverage.py": (
        (
            '{"meta": {}, "totals": {"covered_lines": 2, "num_statements": 2, "percent_covered": 100},'
            ' "files": {"a.py": {"summary": {"covered_lines": 1, "num_statements": 2}}}}'
        ),
        50.0,
        "$.totals makes 100.00% coverage and the sum of all files 50.00%; the lower one is taken",
    ),
}


@pytest.mark.parametrize(("text", "percent", "note"), DISAGREEING.values(), ids=DISAGREEING.keys())
def test_of_two_figures_in_one_file_the_lower_is_taken_and_told(text: str, percent: float, note: str) -> None:
    assert _percent(text) == percent
    assert note in _read(text).notes


def test_classes_without_lines_are_told_by_their_instructions() -> None:
    text = _jacoco(_counter("INSTRUCTION", 1, 9), _counter("METHOD", 0, 1))
    assert _percent(text) == 90.0
    assert _read(text).notes == ("coverage counts instructions, since the report tells of no lines",)
    assert _read(text).mapped == (("coverage_percent", "instructions"),)
    with pytest.raises(InputFileError, match="tells nothing of lines"):
        _read(text, "lines")


REFUSED = {
    "cobertura: no code": (_cobertura(rate=1, lines_valid=0, lines_covered=0), "0 lines, no code was measured"),
    "cobertura: nothing at all": (_cobertura(rate=1), "<coverage> lines-valid: is missing"),
    "cobertura: rate": (_cobertura(rate=1.5), "<coverage> line-rate: must be 0 to 1, got '1.5'"),
    "cobertura: NaN": (_cobertura(rate=float("nan")), "<coverage> line-rate: must be 0 to 1, got 'nan'"),
    "cobertura: no number": ("<coverage line-rate='good'/>", "<coverage> line-rate: must be 0 to 1, got 'good'"),
    "cobertura: rate against its counts": (
        _cobertura(rate=0.95, lines_valid=4, lines_covered=2),
        "<coverage> line-rate: is 0.95, but the header has 2 of 4 lines, which is 0.5000",
    ),
    "cobertura: more than all": (
        _cobertura(rate=1, lines_valid=4, lines_covered=5),
        r"<coverage> lines-covered: is 5, which is not in 0\.\.4 \(lines-valid\)",
    ),
    "cobertura: half a header": (_cobertura(lines_valid=4), "<coverage> lines-covered: must be a count, got ''"),
    "cobertura: hits": (_cobertura(_class("<line number='1' hits='-1'/>")), "<line> hits: must be a count, got '-1'"),
    "cobertura: conditions": (_cobertura(_class(_line(7, 1, "3/2"))), "<line number='7'>: is 3, which is not in 0..2"),
    "jacoco: no counter": (_jacoco(), "tells nothing of lines"),
    "jacoco: zeros": (_jacoco(_counter("LINE", 0, 0)), "tells nothing of lines"),
    "jacoco: no count": (_jacoco(_counter("LINE", -1, 2)), "<counter type='LINE'> missed: must be a count, got '-1'"),
    "lcov: truncated": (LCOV[:39], "ends within the record of a.c: it is not complete"),
    "lcov: no code": ("SF:a\nend_of_record\n", "tells of 0 lines, no code was measured"),
    "lcov: no source file": ("TN:x\n", "of no known format for --test-metrics: text that begins with 'TN:x"),
    "lcov: count": ("SF:a\nDA:1,x\nend_of_record\n", "line 2: 'DA:1,x' is not expected here"),
    "lcov: negative": ("SF:a\nDA:1,-1\nend_of_record\n", "line 2: 'DA:1,-1' is not expected here"),
    "lcov: half a line": ("SF:a\nDA:1\nend_of_record\n", "line 2: 'DA:1' is not expected here"),
    "lcov: half a branch": ("SF:a\nBRDA:1,1\nend_of_record\n", "line 2: 'BRDA:1,1' is not expected here"),
    "lcov: unknown": ("SF:a\nDA:1,1\nXY:2\nend_of_record\n", "line 3: 'XY:2' is not expected here"),
    "lcov: outside a record": ("TN:\nDA:1,1\nSF:a\nend_of_record\n", "line 2: 'DA:1,1' is not expected here"),
    "lcov: a record in a record": ("SF:a\nSF:b\nend_of_record\n", "line 2: 'SF:b' is not expected here"),
    "lcov: more than all": ("SF:a\nDA:1,1\nLF:1\nLH:2\nend_of_record\n", r"SF:a LH: is 2, which is not in 0\.\.1"),
    "lcov: trailing garbage": (LCOV + "garbage", "line 14: 'garbage' is not expected here"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "fault"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_true_is_refused_by_its_place(text: str, fault: str) -> None:
    with pytest.raises(InputFileError, match=f"^c: .*{fault}"):
        _read(text)


@pytest.mark.parametrize(
    "text", ["<coverage generated='1'><project/></coverage>", "<report/>", "<report name='x'><test/></report>"]
)
def test_xml_of_other_tools_with_the_same_root_is_not_taken(text: str) -> None:
    with pytest.raises(InputFileError, match="is of no known format"):
        _read(text)


def test_a_figure_must_be_a_known_one() -> None:
    with pytest.raises(InvalidValue, match="coverage"):
        ReadOptions(coverage="words")


def test_a_bare_percent_has_no_figure_to_choose() -> None:
    with pytest.raises(InputFileError, match=r"\$\.coverage_percent: does not tell what it counts"):
        _read('{"total_tests": 1, "coverage_percent": 90}', "branches")
    assert _read('{"total_tests": 1}', "branches").metrics == TestMetrics(1)


COVERAGE_JSON_FILES = {
    "a list": ("[]", None),
    "files of text": ('{"a": 1}', r"\$\.files\['a'\]: must be an object"),
    "no summary": ('{"a": {}}', r"\$\.files\['a'\]\.summary: is missing"),
    "impossible": (
        '{"a": {"summary": {"covered_lines": 3, "num_statements": 2}}}',
        r"\$\.files\['a'\]\.summary\.covered_lines: is 3, which is not in 0\.\.2",
    ),
}


@pytest.mark.parametrize(("files", "fault"), COVERAGE_JSON_FILES.values(), ids=COVERAGE_JSON_FILES.keys())
def test_the_files_of_coverage_json_are_counted_again(files: str, fault: str | None) -> None:
    totals = '{"covered_lines": 1, "num_statements": 2, "percent_covered": 50}'
    text = f'{{"meta": {{}}, "totals": {totals}, "files": {files}}}'
    if fault is None:
        assert _percent(text) == 50
    else:
        with pytest.raises(InputFileError, match=fault):
            _read(text)


@pytest.mark.parametrize("figure", ["lines", "branches", "total"])
def test_which_figure_was_taken_is_told(figure: str) -> None:
    text = _cobertura(FOUR, **HEADER)
    assert _read(text, figure).mapped == (("coverage_percent", figure),)
    assert _read(text).mapped == (("coverage_percent", "lines"),)
