"""The patient's clock, read off events: what counts, what is missing, and what does not fit together. Minutes since noon."""

from datetime import timedelta

from dispatch.domain.care import Milestone, StampSource
from dispatch.domain.events_reception import PrealertSent
from dispatch.domain.ids import HospitalId
from dispatch.domain.vocabulary import Pathway
from dispatch.projections.care_book import CareBook
from dispatch.projections.care_clock import CareClock, IntervalState, Measured, care_clock
from tests.fakes.care_story import CareStory, Told


def clock_of(told: Told, at: float = 600) -> CareClock:
    book = CareBook(told.story.entries)
    stamps = book.stamps_of(told.incident_id, told.patient_id)
    return care_clock(stamps, book.pathway_of(told.incident_id), told.story.minute(at))


def interval(clock: CareClock, code: str) -> Measured:
    return next(measured for measured in clock.intervals if measured.interval.code == code)


def minutes(clock: CareClock) -> dict[str, float]:
    """The lengths of what was measured."""
    return {m.interval.code: m.length_s / 60 for m in clock.intervals if m.length_s is not None}


def stroke() -> Told:
    """Known to be well at 11:00, found at 11:40, call at noon, in hospital H1 at 12:35, needle at 13:20."""
    told = CareStory().patient(Pathway.STROKE, onset=-20, last_known_well=-60)
    told.crew("H1", paged=1, at_patient=10, at_hospital=35)
    told.given(Milestone.ALERT, 20, source=StampSource.CREW)
    told.given(Milestone.CT, 50, "H1")
    told.given(Milestone.NEEDLE, 80, "H1")
    return told


def test_every_interval_of_a_stroke_by_hand() -> None:
    clock = clock_of(stroke())
    assert minutes(clock) == {
        "call_to_dispatch": 1,
        "call_to_contact": 10,
        "onset_to_door": 55,  # 11:40 to 12:35
        "last_known_well_to_door": 95,  # 11:00 to 12:35, apart from onset
        "door_to_ct": 15,
        "door_to_needle": 45,
    }
    assert (clock.missing, clock.contradictions) == ((), ())
    # 45 min: inside both targets, the second of which is 45 min itself.
    assert [verdict.is_met for verdict in interval(clock, "door_to_needle").verdicts] == [True, True]


def test_onset_and_last_known_well_never_fill_each_other() -> None:
    told = CareStory().patient(Pathway.STROKE, last_known_well=-60)
    told.crew("H1", paged=1, at_patient=10, at_hospital=35)
    onset = interval(clock_of(told), "onset_to_door")
    assert (onset.state, onset.lacks) == (IntervalState.MISSING, (Milestone.ONSET,))


def test_a_clock_runs_until_its_end_is_known_and_says_when_it_is_due() -> None:
    told = CareStory().patient(Pathway.STROKE)
    told.crew("H1", paged=1, at_patient=10, at_hospital=35)
    running = interval(clock_of(told, at=85), "door_to_needle")
    assert running.state is IntervalState.RUNNING
    assert [verdict.due_at for verdict in running.verdicts] == [told.story.minute(95), told.story.minute(80)]
    assert [verdict.is_met for verdict in running.verdicts] == [None, False]  # the 45 min are over, the 60 not
    a_day_later = interval(clock_of(told, at=35 + 24 * 60), "door_to_needle")
    assert (a_day_later.state, a_day_later.lacks) == (IntervalState.MISSING, (Milestone.NEEDLE,))


def test_what_was_passed_over_is_missing() -> None:
    told = CareStory().patient(Pathway.STROKE)
    told.crew("H1", paged=1, at_hospital=35)  # never said that it was at the patient
    clock = clock_of(told)
    assert clock.missing == (Milestone.LAST_KNOWN_WELL, Milestone.FIRST_CONTACT, Milestone.ALERT)
    assert interval(clock, "call_to_contact").lacks == (Milestone.FIRST_CONTACT,)


def test_the_first_pre_alert_is_the_alert() -> None:
    told = CareStory().patient(Pathway.STROKE)
    told.crew("H1", paged=1, at_patient=10, at_hospital=35)
    for minute, hospital in ((18, "H1"), (25, "H2")):
        told.story.tell(
            minute,
            PrealertSent(
                patient_id=told.patient_id, incident_id=told.incident_id, hospital_id=HospitalId(hospital), text=None
            ),
        )
    stamps = {
        stamp.milestone: stamp for stamp in CareBook(told.story.entries).stamps_of(told.incident_id, told.patient_id)
    }
    assert stamps[Milestone.ALERT].at == told.story.minute(18)
    assert Milestone.ALERT not in clock_of(told).missing


def test_what_will_not_be_done_is_not_missing() -> None:
    told = stroke()
    told.given(Milestone.GROIN, None, "H1")
    assert interval(clock_of(told), "door_to_groin").state is IntervalState.NOT_DONE


def test_two_sources_that_differ_are_both_shown_and_the_nearer_one_counts() -> None:
    told = stroke()
    told.given(Milestone.DOOR, 40, "H1")  # the hospital's own clock; the crew said 35
    clock = clock_of(told)
    dispute = clock.contradictions[0]
    assert (dispute.kind, {stamp.source for stamp in dispute.stamps}) == (
        "sources",
        {StampSource.CREW, StampSource.HOSPITAL},
    )
    needle = interval(clock, "door_to_needle")
    assert (needle.length_s, needle.is_disputed) == (40 * 60, True)
    assert interval(clock, "call_to_contact").is_disputed is False


def test_clocks_two_minutes_apart_are_no_dispute() -> None:
    told = stroke()
    told.given(Milestone.DOOR, 37, "H1")
    assert clock_of(told).contradictions == ()


def test_an_interval_that_runs_backwards_has_no_length() -> None:
    told = stroke()
    told.corrected(told.stamp(Milestone.NEEDLE, 30, "H1", reason="写错"))  # before the door at 35 and the CT at 50
    clock = clock_of(told)
    needle = interval(clock, "door_to_needle")
    assert (needle.state, needle.length_s) == (IntervalState.CONTRADICTORY, None)
    wrong = {tuple(stamp.milestone for stamp in found.stamps): found.by_s for found in clock.contradictions}
    assert wrong == {(Milestone.DOOR, Milestone.NEEDLE): 300, (Milestone.CT, Milestone.NEEDLE): 1200}


def test_a_correction_replaces_and_a_withdrawal_removes() -> None:
    told = stroke()
    told.corrected(told.stamp(Milestone.NEEDLE, 75, "H1", reason="护理记录"))
    assert minutes(clock_of(told))["door_to_needle"] == 40
    told.corrected(told.stamp(Milestone.NEEDLE, None, "H1", reason="不是这名患者"), is_withdrawn=True)
    assert "door_to_needle" not in minutes(clock_of(told))


def test_a_crew_s_press_can_be_corrected_like_any_stamp() -> None:
    told = stroke()
    wrong_button = told.stamp(Milestone.DOOR, 38, "H1", StampSource.CREW, reason="到院时忘按")
    told.corrected(wrong_button)
    assert minutes(clock_of(told))["door_to_ct"] == 12


def test_a_transferred_stemi_is_measured_in_both_hospitals() -> None:
    """H1 has no cath lab: in at 30, out at 65; H2 in at 85, wire across at 125. First contact at 10."""
    told = CareStory().patient(Pathway.STEMI, onset=-30)
    told.crew("H1", paged=1, at_patient=10, at_hospital=30)
    told.ecg(18)
    told.given(Milestone.DOOR_OUT, 65, "H1")
    told.crew("H2", paged=55, at_patient=62, at_hospital=85)
    told.given(Milestone.BALLOON, 125, "H2")
    clock = clock_of(told)
    found = minutes(clock)
    assert found == {
        "call_to_dispatch": 1,
        "call_to_contact": 10,
        "onset_to_door": 60,
        "fmc_to_ecg": 8,
        "door_in_door_out": 35,
        "door_to_balloon": 40,  # from H2's door
        "fmc_to_device": 115,
    }
    assert clock.is_transferred
    device = interval(clock, "fmc_to_device").verdicts
    assert [(v.target.within_s, v.is_met) for v in device] == [(120 * 60, True)]  # the target of transfers
    assert [verdict.is_met for verdict in interval(clock, "door_in_door_out").verdicts] == [False]


def test_who_is_not_transferred_has_no_door_out() -> None:
    told = CareStory().patient(Pathway.STEMI)
    told.crew("H1", paged=1, at_patient=10, at_hospital=30)
    clock = clock_of(told, at=40)
    assert interval(clock, "door_in_door_out").state is IntervalState.NOT_APPLICABLE
    assert [v.target.within_s for v in interval(clock, "fmc_to_device").verdicts] == [90 * 60]


def test_a_needle_on_the_way_has_no_door_before_it() -> None:
    told = CareStory().patient(Pathway.STROKE)
    told.crew("H1", paged=1, at_patient=10, at_hospital=60)
    told.given(Milestone.CT, 20, source=StampSource.CREW)
    told.given(Milestone.NEEDLE, 35, source=StampSource.CREW)
    clock = clock_of(told)
    assert interval(clock, "door_to_needle").state is IntervalState.NOT_APPLICABLE
    assert clock.contradictions == ()  # a CT before the door is no mistake there


def test_the_first_crew_at_an_only_patient_is_the_first_contact() -> None:
    told = CareStory().patient(Pathway.STROKE)
    told.crew("H1", paged=2, at_patient=7, has_patient=False)  # a first responder, who transports nobody
    told.crew("H1", paged=1, at_patient=12, at_hospital=30)
    assert minutes(clock_of(told))["call_to_contact"] == 7


def test_an_interval_of_another_pathway_is_not_asked_for() -> None:
    told = CareStory().patient(Pathway.TRAUMA)
    told.crew("H1", paged=1, at_patient=10, at_hospital=30)
    clock = clock_of(told)
    assert {measured.interval.code for measured in clock.intervals} == {"call_to_dispatch", "call_to_contact"}
    assert clock.intervals[0].length_s == timedelta(minutes=1).total_seconds()
