"""Which numbers of a file become metrics: those that the user or the policy names, never a guess.

A number becomes one of our metrics if the metric is mapped to its name (`--quality-score`, `[tool.afs.gates.metrics]`,
the policy's `metric_paths`), or if its name is that of the metric, letter for letter. There is no third way.
"""

from collections.abc import Mapping, Sequence

from gitgates.errors import InputFileError
from gitgates.formats.base import Reading, measured
from gitgates.formats.candidates import Candidates, shown
from gitgates.formats.numbers import Candidate
from gitgates.formats.options import ReadOptions
from gitgates.model.metric_paths import METRICS
from gitgates.model.metrics import ModelMetrics


def take(
    found: Candidates,
    format_name: str,
    options: ReadOptions,
    notes: Sequence[str] = (),
    *,
    own: Sequence[str] = METRICS,
    meant: Sequence[str] = ("quality_score",),
    needs_quality: bool = True,
) -> Reading:
    """Return the metrics that are mapped to numbers in `found`, and those that it calls by their own names.

    Args:
        notes: further ones.
        own: the metrics that are known by their own names.
        meant: those of them that are surely ours, so that an impossible number is an error. Of the others a tool may
            have another idea, such as an accuracy in percent, and it is left out with a note.
        needs_quality: refuse a file of which no number is the quality score.

    Raises:
        InputFileError: a mapped number is not there or cannot be taken, there is no quality score, or a number is
            impossible.
    """
    named = [metric for metric in own if metric in found and metric not in options.metric_paths]
    others = [metric for metric in named if metric not in meant and not found.can_be(metric, metric)]
    own_paths = options.own_paths or frozenset()
    needs_quality = needs_quality and not any(path in found for path in own_paths)
    absent = _absent(found, options, needs_quality=needs_quality)
    asked = {metric: path for metric, path in options.metric_paths.items() if metric not in absent}
    paths = {metric: metric for metric in named if metric not in others} | asked
    if needs_quality and "quality_score" not in paths:
        raise _without_quality(found)
    taken = {metric: found.take(metric, path) for metric, path in paths.items()}
    if not taken and not any(path in found for path in own_paths):
        raise InputFileError(found.file, "holds no number")
    values = {name: taken[name].value if name in taken else None for name in {"quality_score", *taken}}
    metrics = measured(found.file, ModelMetrics, values, {name: taken[name].where for name in taken})
    mapped = {metric: path for metric, path in paths.items() if metric in options.metric_paths}
    told = [_told(metric, path, taken[metric]) for metric, path in mapped.items()]
    told += [f"{metric} is not measured, the file has no {shown(path)}" for metric, path in absent.items()]
    told += [candidate.note for candidate in taken.values() if candidate.note]
    told += [f"{metric} is not taken, it is no number that {metric} can be" for metric in others]
    all_notes = tuple(dict.fromkeys((*told, *notes)))
    return Reading(found.file, format_name, metrics, all_notes, tuple(mapped.items()), lambda: found)


def _without_quality(found: Candidates) -> InputFileError:
    fault, listed = "no number in it is called quality_score", found.listed("quality_score")
    if not found.fitting("quality_score"):
        return InputFileError(found.file, fault, remedy=f"Give a file that has a score of 0 to 1. {listed}")
    say = 'Say which: --quality-score NAME, or quality_score = "NAME" in [tool.afs.gates.metrics]'
    return InputFileError(found.file, f"{fault}, and which one to take is not guessed", remedy=f"{say}. {listed}")


def _absent(found: Candidates, options: ReadOptions, *, needs_quality: bool) -> dict[str, str]:
    """Return the pinned metrics that the file does not have, with their paths: they are not measured.

    Raises:
        InputFileError: the quality score is one of them and needed, or the file has a number of the metric's own name:
            it is not the one that the policy pins, and looks like it.
    """
    pins = {metric: path for metric, path in options.metric_paths.items() if metric in options.pinned}
    absent = {metric: path for metric, path in pins.items() if path not in found}
    for metric, path in absent.items():
        if metric in found or (needs_quality and metric == "quality_score"):
            raise InputFileError(
                found.file,
                f"has no number {shown(path)}, and the policy takes {metric} from nothing else",
                remedy="Give a file that has it, or have an admin change metric_paths in the policy",
            )
    return absent


def own_names_first(
    found: Candidates, paths: Mapping[str, str], pinned: frozenset[str] = frozenset()
) -> dict[str, str]:
    """Return `paths` without those of metrics that `found` has under their own names, and not under the mapped ones.

    A mapping that stands in a project's configuration also meets files that were written for gitgates, such as a
    baseline, and these need none. A `pinned` metric keeps its path.
    """
    return {metric: path for metric, path in paths.items() if metric in pinned or metric not in found or path in found}


def _told(metric: str, path: str, candidate: Candidate) -> str:
    """Return a note on what was taken."""
    stderr = None if candidate.stderr is None else f"standard error {candidate.stderr:.4g}"
    samples = None if candidate.samples is None else f"{candidate.samples} samples"
    known = ", ".join(filter(None, (stderr, samples)))
    return f"{metric} is {shown(path)}" + (f" ({known})" if known else "")
