"""`export`: records as JSON Lines and CSV, by the same filters as `list`, as users type it."""

import csv
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pytest

from gitgates.codec.json_text import render
from gitgates.ledger.exporting.rows import COLUMNS, cell
from tests.cli.project import Project
from tests.support import CHECKOUT, Keys, git, run

VERSION = ("--model", "veran:v6.1", "--context", "production")


@pytest.fixture
def team(project: Project, keys: Keys) -> Project:
    """Alice checked v6.1, bob approved and deployed it, and rejected v6.1 in staging, with a formula."""
    roles = ("--role", "approver", "--role", "deployer")
    project.ok("member", "add", "bob@example.com", *roles, "--public-key", keys.bob.public)
    project.check()
    project.ok("approve", *VERSION, "--key", keys.bob.path)
    project.ok("deploy", *VERSION, "--target", "prod", "--key", keys.bob.path)
    in_staging = ("--model", "veran:v6.1", "--context", "staging", "--key", keys.bob.path)
    project.ok("reject", *in_staging, "--reason", '=HYPERLINK("http://example.com"; "click")\n@all, see')
    return project


def lines(project: Project, *args: str | Path, code: int = 0) -> list[dict[str, Any]]:
    """Return the JSON lines that an export prints."""
    done = project("export", *args)
    assert done.code == code, done
    return [json.loads(line) for line in done.out.splitlines()]


def test_every_record_with_what_list_says_of_it(team: Project) -> None:
    found = {one["id"]: one for one in lines(team)}
    listed = team.json("list", "--records")["records"]
    assert len(found) == len(listed) == 6
    for one in listed:
        exported = found[one["id"]]
        record = exported.pop("record")
        assert {key: exported[key] for key in one if key != "record"} == {k: v for k, v in one.items() if k != "record"}
        assert {key: record[key] for key in one["record"]} == one["record"]
        assert hashlib.sha256(render(record)).hexdigest() == one["id"]
        assert (team.path / exported["path"]).read_bytes() == render(record)
        assert exported["signer"] == record["author"]


def test_policies_come_first_then_version_by_version(team: Project) -> None:
    done = team.ok("export")
    assert [one["kind"] for one in map(json.loads, done.out.splitlines())] == [
        *("policy", "policy", "report", "decision", "deployment", "decision"),
    ]
    assert team.ok("export").out == done.out


FILTERS: list[tuple[tuple[str, ...], list[str]]] = [
    (("--by", "bob@example.com"), ["approved", "succeeded", "rejected"]),
    (("--by", "bob@example.com", "--context", "staging"), ["rejected"]),
    (("--kind", "policy"), ["accepted", "accepted"]),
    (("--outcome", "passed"), ["passed"]),
    (("--model", "veran:v6.1"), ["passed", "approved", "succeeded", "rejected"]),
    (("--model", "veran"), ["passed", "approved", "succeeded", "rejected"]),
    (("--since", "2999-01-01"), []),
    (("--until", "2020-01-01"), []),
]


def test_filters(team: Project) -> None:
    for args, outcomes in FILTERS:
        assert [one["outcome"] for one in lines(team, *args)] == outcomes, args


def test_csv(team: Project) -> None:
    done = team.ok("export", "-o", "all.csv")
    assert done.out == "wrote 6 records to all.csv\n"
    text = (team.path / "all.csv").read_bytes().decode()
    assert text.count("\r\n") == 7  # the line break inside a cell is no other
    table = list(csv.DictReader(io.StringIO(text, newline="")))
    assert tuple(table[0]) == COLUMNS
    assert [row["outcome"] for row in table] == [*("accepted",) * 2, "passed", "approved", "succeeded", "rejected"]
    report, rejection = table[2], table[5]
    assert (report["total_tests"], report["coverage_percent"], report["dirty"]) == ("13", "93.75", "false")
    assert report["checks"] == "tests passed; model_quality passed; security passed"
    assert rejection["reason"] == '\'=HYPERLINK("http://example.com"; "click")\n\'@all, see'
    assert table[3]["report"] == report["id"]
    assert table[3]["parents"] == report["id"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t'=1"),
        ("\rx", "'\rx"),
        ("\nx", "'\nx"),
        ("  =1", "'  =1"),
        ("＝1", "'＝1"),  # noqa: RUF001 -- the wide form
        ("a=1", "a=1"),
        ("a;=1", "a;'=1"),
        ("a; =1;-1", "a;' =1;'-1"),
        ('a;"=1"', 'a;\'"=1"'),
        ("a\t+1", "a\t'+1"),
        ("a\r\n@b", "a\r\n'@b"),
        ("a;b, -1", "a;b, -1"),
        ("", ""),
        (None, ""),
        (True, "true"),
        (-0.5, "-0.5"),
        (1e-7, "1e-7"),
        (91.0, "91"),
    ],
)
def test_cells(value: object, shown: str) -> None:
    assert cell(value) == shown


def test_a_file_holds_what_standard_output_shows(team: Project) -> None:
    for form in ("jsonl", "csv"):
        team.ok("export", "--format", form, "-o", f"all.{form}.txt")
        written = (team.path / f"all.{form}.txt").read_bytes().decode().replace("\r\n", "\n")
        assert written == team.ok("export", "--format", form).out.replace("\r\n", "\n")
        assert team.json("export", "--format", form, "-o", "again", "--force") == {
            "schema": "gitgates/export/1",
            "format": form,
            "file": "again",
            "records": 6,
            "problems": [],
        }


def test_the_ending_says_which_form(team: Project) -> None:
    for name, form in (("a.jsonl", "jsonl"), ("a.NDJSON", "jsonl"), ("a", "jsonl"), ("a.CSV", "csv")):
        assert team.json("export", "-o", name)["format"] == form
    assert team.json("export", "-o", "a.json", "--format", "csv")["format"] == "csv"


def test_a_file_is_not_written_over_unless_asked(team: Project) -> None:
    file = team.path / "all.jsonl"
    file.write_text("mine\n")
    done = team("export", "-o", "all.jsonl")
    assert (done.code, done.out) == (2, "")
    assert done.err == "gitgates: -o: all.jsonl: is there already. Name another file, or pass --force\n"
    assert file.read_text() == "mine\n"
    team.ok("export", "-o", "all.jsonl", "--force")
    assert len(file.read_text().splitlines()) == 6
    done = team("export", "-o", ".", "--force")
    assert (done.code, done.err) == (2, "gitgates: -o: .: is a folder. Name a file\n")


MISTAKES: list[tuple[tuple[str, ...], str]] = [
    (("--json",), "--json would mix with the records on standard output"),
    (("--no-history",), "--no-history is for `gitgates export bundle`"),
    (("--by", "eve@example.com", "-o", "x.jsonl"), "--by: no policy of this ledger ever knew 'eve@example.com'"),
    (("--model", "a/../b:"), "--model: "),
    (("--since", "2026-02-02", "--until", "2026-01-01"), "--until 2026-01-01 is before --since 2026-02-02"),
    (("-o", "x.parquet"), "-o: x.parquet: no format has the ending .parquet. Name a file in .jsonl or .csv, or say"),
    (("-o", "x.jsonl.gz"), "-o: x.jsonl.gz: no format has the ending .gz. "),
    (("-o", "x.json"), "-o: x.json: no format has the ending .json. "),
    (("bundle",), "a bundle is a folder or an archive. Name it: -o audit.tar.gz"),
    (("bundle", "-o", "x", "--by", "bob@example.com"), "a bundle has all records, or those of --model"),
    (("bundle", "-o", "x", "--context", "staging"), "a bundle has all records, or those of --model"),
]


def test_what_cannot_be_meant(team: Project) -> None:
    before = sorted(team.path.iterdir())
    for args, told in MISTAKES:
        done = team("export", *args)
        assert done.code == 2, args
        assert told in done.err
        assert sorted(team.path.iterdir()) == before


def test_records_that_do_not_count_are_there_and_say_so(team: Project, keys: Keys) -> None:
    fingerprint = run("ssh-keygen", "-l", "-f", f"{keys.bob.path}.pub").out.split()[1]
    team.ok("member", "revoke-key", fingerprint)
    by_bob = lines(team, "--by", "bob@example.com")
    assert [one["counts"] for one in by_bob] == ["counts against only"] * 3
    assert all("revoked" in one["why_not"] for one in by_bob)
    assert {(one["signer"], one["key_fingerprint"]) for one in by_bob} == {("bob@example.com", fingerprint)}


def test_an_incomplete_ledger_is_written_and_called_so(team: Project) -> None:
    (report,) = team.path.glob(".quality-gates/models/veran/v6.1/*-report-*.json")
    for file in (report, report.with_name(f"{report.name}.sig")):
        git(team.path, "rm", "--quiet", "--force", file)
    git(team.path, "commit", "--quiet", "--message", "Lose a report")
    done = team("export", "-o", "all.jsonl")
    assert done.code == 3
    assert "cannot decide: this may not be all: veran:v6.1: " in done.err
    assert len((team.path / "all.jsonl").read_text().splitlines()) == 5
    value = team.json("export", "-o", "all.jsonl", "--force", code=3)
    assert value["problems"]


def test_foreign_files_are_counted_on_stderr(team: Project) -> None:
    (team.path / ".quality-gates/models/veran/v6.1/notes.txt").write_text("hello\n")
    git(team.path, "add", "--force", ".quality-gates")
    git(team.path, "commit", "--quiet", "--message", "Notes")
    done = team.ok("export", "-o", "all.jsonl")
    assert done.err == "note: 1 foreign file(s) are left out; `gitgates verify` tells of them\n"


def test_the_columns_are_documented() -> None:
    page = (CHECKOUT / "docs/reference/export.md").read_text()
    table = page.split("| column |")[1].split("\n\n")[0]
    told = [name for row in table.splitlines()[2:] for name in row.split("|")[1].replace("`", "").split(", ")]
    assert [name.strip() for name in told] == list(COLUMNS)
