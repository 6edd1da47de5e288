"""Tell irises apart by their petals: train a model, and measure it."""

import csv
import json
import sys
from pathlib import Path

import joblib
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import classification_report
from sklearn.model_selection import train_test_split

NAMES = ["setosa", "versicolor", "virginica"]
COLUMNS = {"v1": [2], "v2": [2, 3]}  # v1 looks at the length of the petals, v2 at their width, too; both in cm


def train(version: str) -> None:
    """Train a version on two thirds of the irises, save it, and report on the others."""
    flowers, species = load_iris(return_X_y=True)
    seen, held_out, answers, expected = train_test_split(
        flowers[:, COLUMNS[version]], species, test_size=1 / 3, random_state=1, stratify=species
    )
    model = LogisticRegression(max_iter=1000).fit(seen, answers)
    joblib.dump(model, f"{version}.joblib")
    report(f"report-{version}.json", model.predict(held_out), expected)


def observe(version: str, file: str) -> None:
    """Report on flowers of which experts told the names later: sepal length and width, petal length and width, name."""
    with Path(file).open(newline="") as lines:
        rows = list(csv.reader(lines))
    flowers = [[float(row[column]) for column in COLUMNS[version]] for row in rows]
    expected = [NAMES.index(row[4]) for row in rows]
    report(f"observed-{version}.json", joblib.load(f"{version}.joblib").predict(flowers), expected)


def report(file: str, told: list[int], expected: list[int]) -> None:
    """Write scikit-learn's own report as JSON, and say how good it is."""
    found = classification_report(expected, told, target_names=NAMES, output_dict=True)
    Path(file).write_text(json.dumps(found, indent=2))
    print(f"{file}: {found['accuracy']:.0%} of {len(expected)} are right")


if __name__ == "__main__":  # pragma: no cover
    {"train": train, "observe": observe}[sys.argv[1]](*sys.argv[2:])
