"""Exact decimal comparison, so that 19 of 20 meets 0.95 and no binary rounding decides a gate.

Every number is taken as the decimal that it is written as: 0.1 means one tenth, not the nearest double. Doubles span
10**-324 to 10**308, so sums need fewer than 700 digits and products fewer than 1400; the context holds them all and
traps inexact results, which therefore cannot occur unnoticed.
"""

import decimal
from decimal import Decimal

from gitgates.model.fields import Number

_WHOLE_BELOW = 1e21
"""Whole doubles below this are written without an exponent, like integers."""
_EXACT = decimal.Context(prec=3000, Emax=99999, Emin=-99999, traps=[decimal.Inexact, decimal.InvalidOperation])


def exact(value: Number) -> Decimal:
    """Return the decimal that `value` is written as in a record: whole numbers with all their digits."""
    if isinstance(value, int) or (value.is_integer() and abs(value) < _WHOLE_BELOW):
        return Decimal(int(value))
    return Decimal(repr(value))


def at_least_share(part: int, whole: int, share: Number) -> bool:
    """Tell whether part / whole >= share, for whole > 0."""
    return Decimal(part) >= _EXACT.multiply(exact(share), Decimal(whole))


def at_least_percent(percent: Number, share: Number) -> bool:
    """Tell whether percent / 100 >= share."""
    return exact(percent) >= _EXACT.multiply(exact(share), Decimal(100))


def grew_more_than(value: Number, baseline: Number, share: Number) -> bool:
    """Tell whether (value - baseline) / baseline > share, for baseline > 0."""
    base = exact(baseline)
    return _EXACT.subtract(exact(value), base) > _EXACT.multiply(exact(share), base)


def shrank_more_than(value: Number, baseline: Number, share: Number) -> bool:
    """Tell whether (baseline - value) / baseline > share, for baseline > 0."""
    base = exact(baseline)
    return _EXACT.subtract(base, exact(value)) > _EXACT.multiply(exact(share), base)


def grew_more_than_percent(value: Number, baseline: Number, percent: Number) -> bool:
    """Tell whether 100 * (value - baseline) / baseline > percent, for baseline > 0."""
    base = exact(baseline)
    growth = _EXACT.multiply(_EXACT.subtract(exact(value), base), Decimal(100))
    return growth > _EXACT.multiply(exact(percent), base)


def changed_by(value: Number, baseline: Number) -> Decimal:
    """Return value - baseline."""
    return _EXACT.subtract(exact(value), exact(baseline))


def share_of(baseline: Number, share: Number) -> Decimal:
    """Return share * |baseline|."""
    return _EXACT.multiply(exact(share), abs(exact(baseline)))


def within_noise(change: Decimal, stderr: Number, baseline_stderr: Number, deviations: Number) -> bool:
    """Tell whether |change| <= deviations * sqrt(stderr**2 + baseline_stderr**2), for deviations >= 0."""
    one, other, times = exact(stderr), exact(baseline_stderr), exact(deviations)
    variance = _EXACT.add(_EXACT.multiply(one, one), _EXACT.multiply(other, other))
    return _EXACT.multiply(change, change) <= _EXACT.multiply(_EXACT.multiply(times, times), variance)
