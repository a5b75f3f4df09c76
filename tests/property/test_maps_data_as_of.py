"""Membership over time never jumps about: each answer holds from some day on."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from maps_data.catalogue import embedded_city, read_facts
from maps_data.designations import designated
from maps_data.manifest import read_dataset
from maps_data.records import Designation, Evidence, Hospital
from maps_data.vocabulary import DesignationKind, Grade, Known

STROKE = DesignationKind.STROKE
LIST_DATED = date(2026, 11, 21)
HOSPITAL = read_facts(read_dataset(embedded_city())).hospitals[0]

days = st.dates(min_value=date(2015, 1, 1), max_value=date(2030, 1, 1))


def hospital_with(since: date | None, until: date | None, dated: date) -> Hospital:
    evidence = Evidence(evidence_id="e", zh="依据", en="evidence", dated=dated, url=None)
    designation = Designation(kind=STROKE, since=since, until=until, grade=Grade.REGISTRY, evidence=evidence)
    return replace(HOSPITAL, designations=(designation,))


def on(hospital: Hospital, as_of: date) -> Known:
    return designated(hospital, STROKE, as_of=as_of, list_dated=LIST_DATED)


@given(dated=days, as_of=days)
def test_an_undated_membership_is_unknown_before_its_source_and_yes_after(dated: date, as_of: date) -> None:
    expected = Known.YES if as_of >= dated else Known.UNKNOWN
    assert on(hospital_with(None, None, dated), as_of) is expected


@given(since=days, dated=days, as_of=days)
def test_a_dated_membership_is_never_unknown(since: date, dated: date, as_of: date) -> None:
    """The source says from which day on; when it was written no longer matters."""
    assert on(hospital_with(since, None, dated), as_of) is (Known.YES if as_of >= since else Known.NO)


@given(since=days, length=st.integers(min_value=1, max_value=2000), as_of=days)
def test_a_membership_ends_on_the_day_it_names(since: date, length: int, as_of: date) -> None:
    until = since + timedelta(days=length)
    expected = Known.YES if since <= as_of < until else Known.NO
    assert on(hospital_with(since, until, since), as_of) is expected


@given(as_of=days)
def test_a_hospital_on_no_list_is_a_no_only_from_the_lists_day(as_of: date) -> None:
    expected = Known.NO if as_of >= LIST_DATED else Known.UNKNOWN
    assert on(replace(HOSPITAL, designations=()), as_of) is expected


@given(as_of=days)
def test_no_is_never_guessed_for_a_member_whose_days_are_not_known(as_of: date) -> None:
    assert on(HOSPITAL, as_of) is not Known.NO
