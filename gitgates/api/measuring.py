"""Metrics of a project's own: their numbers out of the files that `check` read."""

from collections.abc import Sequence

from gitgates.api.inputs import Inputs
from gitgates.decision.signed import Signed
from gitgates.errors import InputFileError, InvalidValue
from gitgates.formats.base import Reading
from gitgates.model.custom import HIGHER, LOWER, Measurement, MetricRule
from gitgates.model.records import ReportRecord


def measurements(
    inputs: Inputs, rules: Sequence[MetricRule], compared: Signed[ReportRecord] | None = None
) -> tuple[Measurement, ...]:
    """Return the number of each rule that the file of metrics has, with that of the baseline.

    Args:
        compared: the report of the ledger that is the baseline; else the baseline is the file of it, if there is one.

    Raises:
        InputFileError: a number cannot be taken.
    """
    before = {} if compared is None else _of_report(compared.record, rules)
    found = []
    for rule in rules:
        measured = _measured(inputs.model, rule)
        if measured is not None:
            baseline = before.get(rule.name) if compared is not None else _measured(inputs.compared, rule)
            found.append(measured.against(baseline))
    return tuple(found)


def _of_report(record: ReportRecord, rules: Sequence[MetricRule]) -> dict[str, Measurement]:
    """Return the numbers of an earlier report that were read as the rules say now; others are not comparable."""
    wanted = {(rule.name, rule.path, rule.direction) for rule in rules}
    same = {rule.name for rule in record.metric_rules or () if (rule.name, rule.path, rule.direction) in wanted}
    return {item.name: item for item in record.metrics.custom or () if item.name in same}


def _measured(reading: Reading | None, rule: MetricRule) -> Measurement | None:
    number = reading.numbers().get(rule.path) if reading is not None and reading.numbers is not None else None
    if reading is None or number is None:
        return None
    fault = number.fault
    if not fault and number.higher_is_better is (rule.direction == LOWER):
        better = HIGHER if number.higher_is_better else LOWER
        fault = f"cannot be {rule.name}, of which {rule.direction} is better: the {better} it is, the better"
    if fault:
        raise InputFileError(reading.file, f"{rule.path}: {fault}")
    try:
        return Measurement(name=rule.name, value=number.value, samples=number.samples, stderr=number.stderr)
    except InvalidValue as error:
        raise InputFileError(reading.file, f"{number.where}: {error.bare_message}") from None
