"""The document of benchmarks keeps what is not measured again: results lie on the machine where they were made, and machines go."""

from dataclasses import replace

from tests.bench.measure import Findings, Table, below
from tests.bench.report import Run, document, parts_of

NAMES = ("first", "second", "third")


def run(name: str, measured: float) -> Run:
    table = Table(title="Times", columns={"ms": "ms"}, rows=[{"ms": measured}])
    findings = Findings(
        title=f"The {name}", method="By a stopwatch.", tables=[table], limits=[below(name, measured, 10.0, "ms")]
    )
    return Run(
        name=name,
        machine="2 cores",
        versions={"Python": "3.11"},
        load_at_start=(0.0, 0.0, 0.0),
        began_at="2026-11-23T00:00:00+00:00",
        wall_s=1.0,
        is_quick=False,
        findings=findings,
    )


def test_what_is_not_measured_again_stands() -> None:
    first, second = run("first", 1.5), run("second", 20.5)
    both = document([first, second], "", NAMES)
    assert both.endswith("Not yet measured: third\n")
    again = document([replace(first, findings=run("first", 2.5).findings)], both, NAMES)
    assert again == document([run("first", 2.5), second], "", NAMES)
    assert again == document([run("first", 2.5)], again, NAMES)
    assert parts_of(again)["second"] == parts_of(both)["second"]


def test_what_was_missing_takes_its_place_in_the_order() -> None:
    two = document([run("first", 1.5), run("third", 3.5)], "", NAMES)
    assert document([run("second", 2.5)], two, NAMES) == document(
        [run(name, at) for name, at in zip(NAMES, (1.5, 2.5, 3.5), strict=True)], "", NAMES
    )
