"""`ExampleGate`: keep the training examples whose score `check_model_quality` would let pass.

An example has a score and nothing else, so the thresholds for other numbers (throughput, latency, memory, a regression
against a baseline) do not apply to it. What is left is the comparison of the score with `min_quality_score`: the
verdict is that of `QualityGate(context, thresholds).check_model_quality(ModelMetrics(quality_score=score))` with
`min_throughput_tokens_per_sec` at 0.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from attrs import field

from gitgates.api.gate import QualityGate
from gitgates.errors import InvalidValue
from gitgates.model.checks import GateCheckResult
from gitgates.model.fields import text
from gitgates.model.frozen import frozen
from gitgates.model.metrics import ModelMetrics
from gitgates.model.names import DeploymentContext
from gitgates.model.thresholds import GateThresholds

_BITS_OF_ONE = {"<f8": ("<u8", 0x3FF0_0000_0000_0000), "<f4": ("<u4", 0x3F80_0000), "<f2": ("<u2", 0x3C00)}
"""By type of column: the unsigned integers that its bits are read as, and that of 1.0."""


def _given(value: "GateThresholds | None") -> GateThresholds:
    return GateThresholds() if value is None else value


@frozen
class ExampleGate:
    """Judges examples by one score each, alone or in batches; can be pickled, and handed to worker processes.

    A score is a number from 0 to 1. One that is missing, NaN, text or out of range is refused, never judged.

    Attributes:
        context: the deployment context whose thresholds hold.
        metric: the field of an example, or the column of a batch, that holds the score.
        thresholds: those in force: what was given, and the context's defaults for the rest.
    """

    context: DeploymentContext = field(converter=DeploymentContext)
    metric: str = field(default="quality", validator=text)
    thresholds: GateThresholds = field(default=None, converter=_given)

    def __attrs_post_init__(self) -> None:
        """Fill in what the caller did not set."""
        object.__setattr__(self, "thresholds", self.thresholds.for_context(self.context))

    @classmethod
    def from_config(
        cls, context: DeploymentContext | str, metric: str = "quality", path: str | None = None
    ) -> "ExampleGate":
        """Return a gate with the thresholds that the project's files set; see `QualityGate.from_config`."""
        gate = QualityGate.from_config(context, path)
        return cls(gate.context, metric, gate.thresholds)

    def check(self, score: Any) -> GateCheckResult:
        """Return the verdict on one score, with its reason.

        Raises:
            InvalidValue: it is no score.
        """
        limits = self.thresholds.to_dict() | {"min_throughput_tokens_per_sec": 0}
        metrics = self._metrics(score, self.metric)
        return QualityGate(self.context, GateThresholds.from_dict(limits)).check_model_quality(metrics)

    def passes(self, score: Any) -> bool:
        """Return the verdict on one score, without a reason.

        Raises:
            InvalidValue: it is no score.
        """
        return self._passes(score, self.metric)

    def __call__(self, batch: Mapping[str, Any]) -> Any:
        """Return the verdicts on a batch: a mapping of columns, such as Hugging Face's `Dataset.filter` gives.

        Args:
            batch: each column is a list, an array of numpy, or something that numpy takes for one. A mapping whose
                score is a number is a single example.

        Returns:
            For an array an array of bool; for a list a list of bool; for a single example a bool.

        Raises:
            InvalidValue: the column is not there, or holds what is no score; the error names its row.
        """
        if not hasattr(batch, "keys"):
            raise InvalidValue(f"expected a mapping of columns, got {type(batch).__name__}", field="batch")
        if self.metric not in batch:
            names = ", ".join(map(str, list(batch)[:20]))
            raise InvalidValue("there is no such column", field=self.metric, remedy=f"Columns: {names}")
        column = batch[self.metric]
        if hasattr(column, "dtype") and (verdicts := self._at_once(column)) is not None:
            return verdicts
        if isinstance(column, Sequence) and not isinstance(column, str | bytes):
            return self._verdicts(column)
        if hasattr(column, "__array__") and getattr(column, "shape", None) != ():
            return self._verdicts_on_array(column)
        return self.passes(column)

    def map_batch(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """Return the batch without the rows that do not pass, for engines that map a function over batches.

        Raises:
            InvalidValue: as for a call, or a column has another number of rows.
        """
        verdicts = self(batch)
        if isinstance(verdicts, bool):
            raise InvalidValue("holds a number, not a column", field=self.metric, remedy="Give a mapping of columns")
        return {name: _kept(name, column, verdicts) for name, column in batch.items()}

    def _metrics(self, score: Any, place: str) -> ModelMetrics:
        """Return the score as metrics, by the rules that hold for these."""
        try:
            metrics = ModelMetrics(quality_score=score)
        except InvalidValue as error:
            raise InvalidValue(error.bare_message, field=place) from None
        if metrics.quality_score is None:
            raise InvalidValue("is missing", field=place, remedy="Score every example before it is judged")
        return metrics

    def _passes(self, score: Any, place: str) -> bool:
        # The rules compare the decimals that two doubles are written as. These are in the order of the doubles.
        if type(score) is not float or not 0 <= score <= 1:
            score = self._metrics(score, place).quality_score
        return bool(score >= self.thresholds.min_quality_score)

    def _verdicts(self, column: Sequence[Any]) -> list[bool]:
        low = self.thresholds.min_quality_score
        return [
            score >= low if type(score) is float and 0 <= score <= 1 else self._passes(score, f"{self.metric}[{row}]")
            for row, score in enumerate(column)
        ]

    def _verdicts_on_array(self, column: Any) -> Any:
        import numpy as np  # the caller has it, or has no array

        array = column if isinstance(column, np.ndarray) else np.asarray(column)
        if array.ndim != 1:
            raise InvalidValue(f"has {array.ndim} dimensions, not one", field=self.metric)
        verdicts = self._at_once(array)
        return np.array(self._verdicts(array.tolist()), dtype=bool) if verdicts is None else verdicts

    def _at_once(self, column: Any) -> Any:
        """Return the verdicts on an array that holds nothing but scores, None where they must be judged one by one.

        For a small batch all of the cost is here: a thousand scores take numpy half a microsecond.
        """
        known = _comparison(column.dtype, self.thresholds.min_quality_score)
        if known is None:
            return None
        kind, unsigned, one, least = known
        if type(column) is not kind or column.ndim != 1 or not column.size:  # a masked array is of another type
            return None
        bits = column.view(unsigned)
        # Of all ways to the largest number, argmax costs least to start.
        return column >= least if bits.item(bits.argmax()) <= one else None


@lru_cache(maxsize=64)
def _comparison(dtype: Any, low: float) -> tuple[Any, Any, int, Any] | None:
    """Return how arrays of this type are compared with `low`, None where it is no type of numpy that is known here.

    Read as unsigned integers of the second value's type, 0.0 to 1.0 are 0 to the third value; negative numbers,
    infinity and NaN lie above. The scores that pass are those from the fourth value: the smallest number of the type
    that is at least `low`. The nearest 32-bit number to 0.7 is less than 0.7, and numpy would have it pass.
    """
    bits = _BITS_OF_ONE.get(getattr(dtype, "str", ""))
    if bits is None:
        return None
    import numpy as np  # the caller has it

    number: Any = dtype.type
    nearest = number(low)
    least = nearest if float(nearest) >= low else np.nextafter(nearest, number(np.inf))
    return np.ndarray, np.dtype(bits[0]), bits[1], np.array(least)


def _kept(name: str, column: Any, verdicts: Any) -> Any:
    """Return the rows of a column that passed."""
    if len(column) != len(verdicts):
        raise InvalidValue(f"has {len(column)} rows, and there are {len(verdicts)} scores", field=str(name))
    if isinstance(column, list | tuple):
        return [value for value, passed in zip(column, verdicts, strict=True) if passed]
    import numpy as np  # a column that is no list is an array, or numpy takes it for one

    return np.asarray(column)[np.asarray(verdicts, dtype=bool)]
