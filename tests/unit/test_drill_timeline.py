"""A recorded unit timeline, replayed as events, gives the counts that its rows imply."""

import csv
import gzip
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dispatch.cli_drill import app
from dispatch.domain import events as ev
from dispatch.domain.ids import Realm
from dispatch.drills.sample import write_sample
from dispatch.drills.timeline import as_events, instants, replay, replayable
from dispatch.drills.unit_log import LoggedResponse, read_unit_log
from dispatch.projections.concurrency import Counts, as_row
from routing.geo import Wgs84

REALM = Realm("timeline")
NOON = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
NOTHING = Counts(0, 0, 0, 0, 0)
CLI = CliRunner()


def minute(number: float) -> datetime:
    return NOON + timedelta(minutes=number)


def response(name: str, *times: float | None, unit: str = "A1", is_transport_capable: bool = True) -> LoggedResponse:
    """Minutes after noon of dispatched, en route, on scene, left scene, at hospital, available."""
    at = [None if time is None else minute(time) for time in times]
    return LoggedResponse(
        response_id=name,
        call_id=f"call of {name}",
        unit_id=unit,
        is_transport_capable=is_transport_capable,
        dispatched_at=at[0],
        en_route_at=at[1],
        on_scene_at=at[2],
        at_patient_at=None,
        left_scene_at=at[3],
        at_hospital_at=at[4],
        available_at=at[5],
    )


def counts_at(responses: Sequence[LoggedResponse], *minutes: float) -> list[Counts]:
    return replay(responses, [minute(number) for number in minutes], REALM)[0]


def test_a_response_goes_through_its_steps_in_half_open_intervals() -> None:
    whole = response("r", 0, 1, 10, 30, 45, 60)
    # busy, en route, on scene, transporting, at hospital
    assert counts_at([whole], -1, 0, 10, 30, 45, 60) == [
        NOTHING,
        Counts(1, 1, 0, 0, 0),
        Counts(1, 0, 1, 0, 0),
        Counts(1, 0, 0, 1, 0),
        Counts(1, 0, 0, 0, 1),
        NOTHING,
    ]


@pytest.mark.parametrize(
    ("times", "at_50"),
    [
        ((0, 1, None, None, None, 60), Counts(1, 1, 0, 0, 0)),  # never seen on scene: en route to the end
        ((0, 1, 10, None, None, 60), Counts(1, 0, 1, 0, 0)),  # nobody transported: on scene to the end
        ((0, 1, 10, 30, None, 60), Counts(1, 0, 0, 1, 0)),  # arrival not recorded: transporting to the end
    ],
)
def test_a_missing_step_falls_through_to_the_end(times: tuple[float | None, ...], at_50: Counts) -> None:
    assert counts_at([response("r", *times)], 50) == [at_50]


def test_clocks_that_disagree_are_counted_as_they_stand() -> None:
    """At hospital before leaving the scene: between the two, both are claimed, and the unit is one busy unit."""
    odd = response("r", 0, 1, 10, 40, 30, 60)
    counts, report = replay([odd], [minute(35)], REALM)
    assert counts == [Counts(1, 0, 1, 0, 1)]
    assert (report.steps_out_of_order, report.breaking_rules) == (1, 1)


def test_a_unit_sent_before_it_was_available_counts_twice_and_is_reported() -> None:
    first, second = response("r1", 0, 1, 10, None, None, 30), response("r2", 25, 26, 40, None, None, 60)
    counts, report = replay([first, second], [minute(27)], REALM)
    assert counts[0].busy == 2
    assert (report.sent_while_committed, report.breaking_rules) == (1, 1)


def test_a_unit_sent_in_the_second_in_which_it_became_available_breaks_nothing() -> None:
    _, report = replay(
        [response("r1", 0, 1, 10, None, None, 30), response("r2", 30, 31, 40, None, None, 60)], [], REALM
    )
    assert report.breaking_rules == 0


def test_what_cannot_count_is_left_out_with_its_reason() -> None:
    rows = [
        response("engine", 0, 1, 10, None, None, 60, is_transport_capable=False),
        response("no end", 0, 1, 10, None, None, None),
        response("no start", None, 1, 10, None, None, 60),
        response("backwards", 60, 61, 70, None, None, 0),
        response("forgotten button", 0, 1, 10, None, None, 361),
        response("exactly six hours", 0, 1, 10, None, None, 360),
    ]
    kept, left_out = replayable(rows)
    assert [r.response_id for r in kept] == ["exactly six hours"]
    assert left_out == {
        "not_transport_capable": 1,
        "no_dispatch_or_end": 2,
        "ends_before_dispatch": 1,
        "over_six_hours": 1,
    }


def test_the_stream_is_dense_in_order_of_time_and_begins_every_response_with_its_assignment() -> None:
    """A step that its source dates before the dispatch keeps its date, and is written down with the dispatch."""
    stream = list(as_events([response("r", 5, 6, 2, None, None, 60), response("s", 0, 1, 9, 20, 30, 40)], REALM))
    assert [recorded.seq for recorded in stream] == list(range(1, len(stream) + 1))
    assert [recorded.recorded_at for recorded in stream] == sorted(recorded.recorded_at for recorded in stream)
    of_r = [recorded for recorded in stream if recorded.event.assignment_id == "asg-r"]  # type: ignore[union-attr]
    assert isinstance(of_r[0].event, ev.UnitAssigned)
    assert [recorded.occurred_at for recorded in of_r] == [minute(5), minute(2), minute(6), minute(60)]


def test_instants_include_both_ends_and_refuse_to_run_backwards() -> None:
    assert instants(minute(0), minute(10)) == [minute(0), minute(5), minute(10)]
    assert instants(minute(0), minute(12)) == [minute(0), minute(5), minute(10)]
    with pytest.raises(ValueError, match="before"):
        instants(minute(10), minute(0))


def brute_force(responses: Sequence[LoggedResponse], at: datetime) -> tuple[int, ...]:
    """The counting rules again, row by row and without events."""
    totals = [0] * 5
    for r in responses:
        assert r.dispatched_at is not None
        assert r.available_at is not None
        ends = r.on_scene_at or r.available_at, r.left_scene_at or r.available_at, r.at_hospital_at or r.available_at
        edges = [
            (r.dispatched_at, r.available_at),
            (r.dispatched_at, ends[0]),
            *zip(ends, (*ends[1:], r.available_at), strict=True),
        ]
        for column, (start, end) in enumerate(edges):
            totals[column] += start <= at < end
    return tuple(totals)


def test_a_generated_log_counts_as_by_hand(tmp_path: Path) -> None:
    _, units = write_sample(tmp_path, centre=Wgs84(lat_deg=22.54, lon_deg=114.05), start_at=NOON, n_calls=40, seed=3)
    kept, _ = replayable(read_unit_log(units))
    at = instants(NOON, NOON + timedelta(hours=10))
    counts, report = replay(kept, at, REALM)
    assert [as_row(count) for count in counts] == [brute_force(kept, instant) for instant in at]
    assert report.sent_while_committed > 0


def test_the_recorded_week_gives_the_validation_file_row_by_row(shared_data: Path | None, tmp_path: Path) -> None:
    """San Francisco, 2016-12-31 to 2017-01-05; where the recording is not at hand, a generated log and the rules by hand."""
    if shared_data is not None:
        units = shared_data / "call_logs/neutral/sffd-2017w01.units.csv.gz"
        with gzip.open(
            shared_data / "call_logs/validation/sffd-2017w01.expected_concurrency_5min.csv.gz", "rt"
        ) as stream:
            rows = list(csv.reader(stream))[1:]
        expected = [[row[0], *row[2:]] for row in rows]  # without the local time
    else:
        _, units = write_sample(
            tmp_path, centre=Wgs84(lat_deg=22.54, lon_deg=114.05), start_at=NOON, n_calls=40, seed=4
        )
        kept, _ = replayable(read_unit_log(units))
        at = instants(NOON, NOON + timedelta(days=1))
        expected = [[f"{i:%Y-%m-%dT%H:%M:%SZ}", *map(str, brute_force(kept, i))] for i in at]
    out = tmp_path / "out"
    called = CLI.invoke(
        app, ["timeline", str(units), "--from", expected[0][0], "--to", expected[-1][0], "--out", str(out)]
    )
    assert called.exit_code == 0, called.output
    with (out / "concurrency_5min.csv").open(encoding="utf-8", newline="") as stream:
        written = list(csv.reader(stream))
    assert written[0] == ["at", "busy", "en_route", "on_scene", "transporting", "at_hospital"]
    assert written[1:] == expected
    assert json.loads((out / "timeline.json").read_text(encoding="utf-8"))["replayed"] > 0


@pytest.mark.parametrize(
    ("from_at", "to_at", "says"),
    [
        ("2026-11-30T12:00:00", "2026-11-30T13:00:00Z", "no offset"),
        ("noon", "2026-11-30T13:00:00Z", "not an ISO 8601 instant"),
        ("2026-11-30T13:00:00Z", "2026-11-30T12:00:00Z", "lies before"),
    ],
)
def test_the_command_refuses_instants_it_cannot_read(tmp_path: Path, from_at: str, to_at: str, says: str) -> None:
    _, units = write_sample(tmp_path, centre=Wgs84(lat_deg=22.54, lon_deg=114.05), start_at=NOON, n_calls=5, seed=5)
    called = CLI.invoke(app, ["timeline", str(units), "--from", from_at, "--to", to_at, "--out", str(tmp_path / "out")])
    assert called.exit_code == 2
    assert says in called.stderr
    assert not (tmp_path / "out").exists()
