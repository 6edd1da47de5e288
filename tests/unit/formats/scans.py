"""Reads reports of security scans that a test writes as Python values."""

import json
from typing import Any

import pytest

from gitgates.errors import InputFileError
from gitgates.formats.base import Reading, Role
from gitgates.formats.detect import read
from gitgates.model.metrics import SecurityScanResults

V3_HIGH = "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:H"
V3_CRITICAL = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
V2_MEDIUM = "AV:N/AC:L/Au:N/C:P/I:N/A:N"
V4_LOW = "CVSS:4.0/AV:L/AC:H/AT:P/PR:L/UI:A/VC:L/VI:L/VA:L/SC:L/SI:L/SA:L"

Counts = tuple[int | None, ...]


def scan(report: Any) -> Reading:
    return read(Role.SECURITY, "s.json", json.dumps(report).encode())


def metrics_of(reading: Reading) -> SecurityScanResults:
    assert isinstance(reading.metrics, SecurityScanResults)
    return reading.metrics


def counts(reading: Reading) -> Counts:
    """Return the counts: critical, high, medium, low, unknown."""
    found = metrics_of(reading)
    return (
        found.critical_vulnerabilities,
        found.high_vulnerabilities,
        found.medium_vulnerabilities,
        found.low_vulnerabilities,
        found.unknown_vulnerabilities,
    )


def listed(reading: Reading) -> list[tuple[str, str, int]]:
    return [(item.id, item.severity, item.count) for item in metrics_of(reading).vulnerabilities or ()]


def refuse(report: Any, fault: str) -> None:
    """Assert that a report is refused with a message that begins with the pattern `fault`, after the file's name."""
    with pytest.raises(InputFileError, match=f"^s.json: {fault}"):
        scan(report)
