"""Merging: counts add up, coverage stands alone, and what is not measured is never zero."""

import pytest

from gitgates.errors import InputFileError
from gitgates.formats.base import MetricsOfRole, Reading
from gitgates.formats.merge import merge_model, merge_security, merge_tests, unlisted
from gitgates.model.metrics import ModelMetrics, SecurityScanResults, TestMetrics
from gitgates.model.vulnerabilities import MAX_VULNERABILITIES, Vulnerability


def _readings(*metrics: MetricsOfRole) -> list[Reading]:
    return [Reading(f"f{number}", "x", item) for number, item in enumerate(metrics)]


def test_one_reading_stays_as_it_is() -> None:
    metrics = TestMetrics(total_tests=3, duration_seconds=1, coverage_percent=50)
    assert merge_tests(_readings(metrics)) is metrics


def test_counts_from_one_file_and_coverage_from_another() -> None:
    merged = merge_tests(_readings(TestMetrics(coverage_percent=91.5), TestMetrics(3, 2, 1, 0, 1.5)))
    assert merged == TestMetrics(3, 2, 1, 0, 1.5, 91.5)


def test_counts_add_up() -> None:
    merged = merge_tests(_readings(TestMetrics(3, 2, 1, 0, 1.5), TestMetrics(5, 4, 0, 1, 2.5)))
    assert merged == TestMetrics(8, 6, 1, 1, 4.0)


def test_duration_that_one_file_does_not_tell_is_not_measured() -> None:
    assert merge_tests(_readings(TestMetrics(1, 1, 0, 0, 1.5), TestMetrics(1, 1, 0, 0))).duration_seconds is None


def test_two_coverages_are_refused() -> None:
    with pytest.raises(InputFileError, match=r"^f2: gives coverage, and so does f0"):
        merge_tests(
            _readings(TestMetrics(coverage_percent=90), TestMetrics(1, 1), TestMetrics(2, 2, coverage_percent=80))
        )


def test_count_that_only_some_files_tell_is_refused() -> None:
    with pytest.raises(InputFileError, match=r"^f1: does not tell passed_tests, and f0 does"):
        merge_tests(_readings(TestMetrics(1, 1), TestMetrics(9, failed_tests=9)))


def test_same_file_twice_is_refused() -> None:
    reading = Reading("f", "x", TestMetrics(1, 1))
    with pytest.raises(InputFileError, match=r"^f: is given twice"):
        merge_tests([reading, reading])


def test_sum_beyond_64_bits_names_all_files() -> None:
    with pytest.raises(InputFileError, match=r"^f0 \+ f1: total_tests: is too large"):
        merge_tests(_readings(TestMetrics(2**63 - 1), TestMetrics(1)))


def test_scans_add_up() -> None:
    merged = merge_security(
        _readings(
            SecurityScanResults(1, 2, 3, 4, "2026", "trivy", unknown_vulnerabilities=1),
            SecurityScanResults(0, 1, 0, 1, "2026", "grype", unknown_vulnerabilities=2),
            SecurityScanResults(0, 0, 0, 0, "2026", "trivy", unknown_vulnerabilities=0),
        )
    )
    assert merged == SecurityScanResults(1, 3, 3, 5, "2026", "trivy+grype", unknown_vulnerabilities=3)


def test_listed_vulnerabilities_add_up() -> None:
    both, one = Vulnerability("CVE-1", "high"), Vulnerability("CVE-2", "high", 2)
    merged = merge_security(
        _readings(
            SecurityScanResults(0, 1, 0, vulnerabilities=(both,)),
            SecurityScanResults(0, 3, 0, vulnerabilities=(both, one)),
            SecurityScanResults(0, 5, 0),
        )
    )
    assert merged == SecurityScanResults(0, 9, 0, vulnerabilities=(Vulnerability("CVE-1", "high", 2), one))


def _scan(critical: int | None = 0, high: int | None = 0, medium: int | None = 0) -> SecurityScanResults:
    return SecurityScanResults(critical, high, medium)


@pytest.mark.parametrize("name", ["critical", "high", "medium"])
@pytest.mark.parametrize("told", [0, 3])
def test_severity_that_only_some_scans_tell_is_neither_zero_nor_lost(name: str, told: int) -> None:
    full = _scan(**{name: told})
    part = _scan(**{name: None})
    with pytest.raises(InputFileError, match=rf"^f1: does not tell {name}_vulnerabilities, and f0 does"):
        merge_security(_readings(full, part))


def test_severity_that_no_scan_tells_stays_not_measured() -> None:
    assert merge_security(_readings(SecurityScanResults(0), SecurityScanResults(2))) == SecurityScanResults(2)


@pytest.mark.parametrize(
    ("first", "second", "merged"), [(2, None, 2), (None, 2, 2), (0, None, None), (None, None, None), (0, 0, 0)]
)
def test_unknown_severities_are_kept_and_zero_needs_all_scans(
    first: int | None, second: int | None, merged: int | None
) -> None:
    scans = [SecurityScanResults(0, unknown_vulnerabilities=count) for count in (first, second)]
    assert merge_security(_readings(*scans)).unknown_vulnerabilities == merged


def test_different_times_are_left_out() -> None:
    scans = [SecurityScanResults(0, scan_timestamp=time) for time in ("2025", "2026")]
    assert merge_security(_readings(*scans)).scan_timestamp is None


def test_model_metrics_come_from_one_file() -> None:
    metrics = ModelMetrics(0.5)
    assert merge_model(_readings(metrics)) is metrics
    with pytest.raises(InputFileError, match=r"^f1: gives model metrics, and so does f0"):
        merge_model(_readings(metrics, metrics))


def test_readings_of_several_roles_are_a_bug() -> None:
    with pytest.raises(TypeError):
        merge_tests(_readings(TestMetrics(1), ModelMetrics(0.5)))
    with pytest.raises(TypeError):
        merge_security([])


def test_a_list_that_no_record_can_hold_is_left_out_with_a_note() -> None:
    half = MAX_VULNERABILITIES // 2 + 1
    first, second = (
        SecurityScanResults(half, vulnerabilities=tuple(Vulnerability(f"CVE-{n}-{i}", "critical") for i in range(half)))
        for n in (1, 2)
    )
    readings = _readings(first, second)
    assert merge_security(readings).vulnerabilities is None
    assert unlisted(readings) == ("202 vulnerabilities are counted and not listed: a record lists at most 200",)
    assert unlisted(_readings(first, first)) == unlisted(_readings(first)) == unlisted([]) == ()
