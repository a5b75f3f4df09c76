"""A month worked by hand: seven patients, two hospitals, two districts. Every figure below was counted on paper from the list.

October 2026 in Shenzhen. Strokes, minutes from the call, H1 unless said:
  A  Futian   door 30  needle 70  → door to needle 40
  B  Futian   door 20  needle 75  → 55
  C  Nanshan  door 25  needle 95  → 70
  D  Nanshan  door 40  needle     → not done, a reason given
  E  Futian   door 30, H2, needle 20 → contradictory: 10 min before the door
  F  nowhere  the call of 30 September, 23:59: not October's
STEMI:
  G  Futian   contact 10, ECG 22, door 35, H2, balloon 100 → D2B 65, contact to device 90, contact to ECG 12
"""

import csv
import io
from datetime import UTC, datetime

import pytest

from dispatch.domain.care import Milestone
from dispatch.domain.vocabulary import Pathway
from dispatch.projections.quality import CITY, QualityReport, Scope, Tally, month_book, quality_report
from dispatch.reports.quality_page import Names, as_csv, as_json, as_page
from tests.fakes.care_story import CareStory

FROM = datetime(2026, 9, 30, 16, 0, tzinfo=UTC)  # midnight in Shenzhen
TO = datetime(2026, 10, 31, 16, 0, tzinfo=UTC)
DISTRICTS = {"futian-cell": "440304", "nanshan-cell": "440305"}
NAMES = Names(
    month="2026-10",
    city=("深圳", "Shenzhen"),
    districts={"440304": ("福田区", "Futian"), "440305": ("南山区", "Nanshan")},
    hospitals={"H1": ("第一医院", "First Hospital"), "H2": ("第二医院", "Second Hospital")},
)


def stroke(story: CareStory, call: float, cell: str, hospital: str, door: float, needle: float | None) -> None:
    told = story.patient(Pathway.STROKE, call=call, cell=cell)
    told.crew(hospital, paged=call + 1, at_patient=call + 10, at_hospital=call + door)
    told.given(Milestone.NEEDLE, None if needle is None else call + needle, hospital)


@pytest.fixture(scope="module")
def report() -> QualityReport:
    story = CareStory(FROM)
    stroke(story, 0, "futian-cell", "H1", 30, 70)
    stroke(story, 1000, "futian-cell", "H1", 20, 75)
    stroke(story, 2000, "nanshan-cell", "H1", 25, 95)
    stroke(story, 3000, "nanshan-cell", "H1", 40, None)
    stroke(story, 4000, "futian-cell", "H2", 30, 20)
    stroke(story, -1, "at-sea", "H1", 10, 20)
    told = story.patient(Pathway.STEMI, call=5000, cell="futian-cell")
    told.crew("H2", paged=5001, at_patient=5010, at_hospital=5035)
    told.ecg(5022)
    told.given(Milestone.BALLOON, 5100, "H2")
    book = month_book(story.entries, FROM, TO)
    return quality_report(book, from_at=FROM, to_at=TO, district_of=DISTRICTS.get)


def tally(report: QualityReport, place: tuple[Scope, str | None], code: str) -> Tally:
    return report.tallies[place][code]


def test_the_patients_of_the_month(report: QualityReport) -> None:
    assert (report.n_patients, report.n_simulated) == (6, 0)  # A to E and G


def test_door_to_needle_in_the_city(report: QualityReport) -> None:
    needle = tally(report, CITY, "door_to_needle")
    assert sorted(length_s / 60 for length_s in needle.lengths_s) == [40, 55, 70]
    assert (needle.n_patients, needle.n_measured, needle.n_not_done, needle.n_contradictory) == (5, 3, 1, 1)
    assert (needle.n_without_end, needle.n_without_start) == (0, 0)
    assert needle.quantile_s(0.5) == 55 * 60
    assert needle.quantile_s(0.9) == pytest.approx(67 * 60)  # 55 + 0.8 × 15
    within_60, within_45 = needle.kept()
    assert (within_60.n_met, within_60.share_met, within_60.is_reached) == (
        2,
        pytest.approx(2 / 3),
        False,
    )  # 75 % asked
    assert (within_45.n_met, within_45.share_met, within_45.is_reached) == (
        1,
        pytest.approx(1 / 3),
        False,
    )  # 50 % asked


@pytest.mark.parametrize(
    ("district", "lengths_min", "not_done"), [("440304", [40, 55], 0), ("440305", [70], 1)], ids=["Futian", "Nanshan"]
)
def test_door_to_needle_by_district(
    report: QualityReport, district: str, lengths_min: list[float], not_done: int
) -> None:
    here = tally(report, (Scope.DISTRICT, district), "door_to_needle")
    assert ([length_s / 60 for length_s in here.lengths_s], here.n_not_done) == (lengths_min, not_done)


def test_door_to_needle_by_hospital(report: QualityReport) -> None:
    first, second = (tally(report, (Scope.HOSPITAL, h), "door_to_needle") for h in ("H1", "H2"))
    assert (first.n_patients, first.n_measured, first.n_not_done) == (4, 3, 1)
    assert (second.n_patients, second.n_measured, second.n_contradictory) == (1, 0, 1)
    assert [kept.is_reached for kept in second.kept()] == [None, None]  # nobody measured: neither kept nor missed


def test_stemi(report: QualityReport) -> None:
    h2 = (Scope.HOSPITAL, "H2")
    assert tally(report, h2, "door_to_balloon").lengths_s == [65 * 60]
    assert tally(report, h2, "door_to_balloon").kept()[0].is_reached is True
    direct, transferred = tally(report, h2, "fmc_to_device").kept()
    assert (direct.n_measured, direct.n_met) == (1, 1)  # 90 minutes exactly
    assert (transferred.n_measured, transferred.share_met) == (0, None)
    ecg = tally(report, CITY, "fmc_to_ecg")
    assert (ecg.lengths_s, ecg.kept()[0].is_reached) == ([12 * 60], False)
    assert "fmc_to_ecg" not in report.tallies[h2]  # it ended before any hospital


def test_what_nobody_recorded_is_counted_and_not_guessed(report: QualityReport) -> None:
    ct = tally(report, CITY, "door_to_ct")
    assert (ct.n_patients, ct.n_measured, ct.n_without_end) == (5, 0, 5)
    assert ct.quantile_s(0.5) is None


@pytest.mark.slow
def test_every_way_out_tells_the_same(report: QualityReport) -> None:
    wire = as_json(report, NAMES)
    row = next(row for row in wire["rows"] if (row["id"], row["interval"]) == ("H1", "door_to_needle"))
    assert (row["name_zh"], row["median_s"], row["targets"][0]["n_met"]) == ("第一医院", 55 * 60, 2)
    assert {edition["code"] for edition in wire["editions"]} >= {"target_stroke_2", "chest_pain_centre"}
    lines = list(csv.DictReader(io.StringIO(as_csv(report, NAMES).removeprefix("\ufeff"))))
    found = [line for line in lines if (line["id"], line["interval"]) == ("H1", "door_to_needle")]
    assert [(line["target_s"], line["target_n_met"]) for line in found] == [("3600.0", "2"), ("2700.0", "1")]
    page = as_page(report, NAMES)
    assert "第一医院" in page
    assert "2/3 = 67 % (≥ 75 %)" in page
    assert page.count("<svg") == 3  # door to needle, door to balloon, first contact to device
    assert not any(fetched in page for fetched in ("<script", "<link", " src="))  # it opens without a network
