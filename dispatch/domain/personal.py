"""What events and the world say of persons, member by member: the one table by which it is sealed when it is written down, and erased.

Each member has a stand-in, which is what an event or entity shows once the person is erased. Times, places to a few kilometres, codes
(complaint, determinant, pathway, triage tag) and decisions stay: they say what the service did. So do identifiers and names of staff.
A stand-in's stand-in is itself: erasing twice is erasing once.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from dispatch.domain import events as ev
from dispatch.domain import events_reception as reception
from dispatch.domain.arrest import AedRun
from dispatch.domain.assignment import Assignment
from dispatch.domain.care import Stamp
from dispatch.domain.casualties import CasualtyPlan
from dispatch.domain.choice import HospitalCandidate, Recommendation, UnitCandidate
from dispatch.domain.draft import changed
from dispatch.domain.events_arrest import AedRunOffered, AedRunStatusChanged
from dispatch.domain.events_care import CareTimeCorrected, CareTimeRecorded
from dispatch.domain.events_casualties import CasualtyPlanMade
from dispatch.domain.events_premises import PremisesReviewed, PremisesWarned, PremisesWarningEnded
from dispatch.domain.events_records import HandoverWithdrawn, RecordAsked
from dispatch.domain.incident import Call, DuplicateCandidate, Incident, Location
from dispatch.domain.patient import Finding, FindingKind, Patient
from dispatch.domain.reception import Prealert, Transfer, TransferRequest, TurnedAway
from routing.cells import cell_of, cell_text, centre

T = TypeVar("T")
C = TypeVar("C", UnitCandidate, HospitalCandidate)
StandIn = Callable[[Any], Any]

ERASED: Final = "已抹除 / erased"
"""What stands where somebody's words stood."""
BLURRED_RESOLUTION: Final = 6
BLURRED_ACCURACY_M: Final = 4_000.0
"""An erased place is the middle of its H3 cell of resolution 6: 36 km2, some 3.7 km to an edge (h3geo.org). A choice of ours."""
COARSE_S: Final = 600.0
COARSE_M: Final = 5_000.0
COARSE_COST: Final = 10_000
"""As coarse are drives to an erased place: ten minutes are some five kilometres. A choice of ours."""


def _words(said: str | None) -> str | None:
    return None if said is None else ERASED


def _nothing(_: object) -> None:
    return None


def _none_of_them(_: object) -> tuple[()]:
    return ()


def _each_words(said: tuple[str, ...]) -> tuple[str, ...]:
    return (ERASED,) * len(said)


def _blurred(location: Location | None) -> Location | None:
    """The middle of a coarse cell; `cell` is that point's own, of the resolution it had."""
    if location is None:
        return None
    point = centre(cell_of(location.point, BLURRED_RESOLUTION))
    return Location(point=point, accuracy_m=BLURRED_ACCURACY_M, source="erased", cell=cell_text(cell_of(point, 9)))


def _finding(finding: Finding) -> Finding:
    """That something was found and when; a triage tag stays, because whom the crews took first hangs on it."""
    return finding if finding.kind is FindingKind.TRIAGE_TAG else replace(finding, value=None, parts=())


def _findings(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    return tuple(map(_finding, findings))


def _reasoned(said: Stamp | TurnedAway) -> Stamp | TurnedAway:
    return replace(said, reason=_words(said.reason))  # type: ignore[arg-type]


def _refusals(refusals: tuple[TurnedAway, ...]) -> tuple[Any, ...]:
    return tuple(map(_reasoned, refusals))


def _prealert(sent: Prealert | None) -> Prealert | None:
    return None if sent is None else replace(sent, text=_words(sent.text))


def _request(request: TransferRequest) -> TransferRequest:
    return replace(request, reason=ERASED, age_years=None, sex=None)


def _coarse(value: float, step: float) -> float:
    return round(value / step) * step


def _unplaced(made: Recommendation) -> Recommendation:
    """Who was recommended, and how far away to some kilometres: with exact drives of several units their positions give the place."""
    return replace(
        made,
        units=tuple(_far_off(unit, made) for unit in made.units),
        hospital=None if made.hospital is None else _far_off(made.hospital, made),
        alternatives=(),
        hospital_alternatives=(),
        n_other_units=made.n_other_units + len(made.alternatives),
        robustness=None,
        outcome=None,
        awaits=None,
    )


def _far_off(candidate: C, made: Recommendation) -> C:
    travel_time_s = _coarse(candidate.travel_time_s, COARSE_S)
    changes: dict[str, Any] = {}
    if isinstance(candidate, UnitCandidate):
        diversion = candidate.diverted_from
        rough = (
            None
            if diversion is None
            else replace(diversion, gain_s=_coarse(diversion.gain_s, COARSE_S), next_delay_s=None)
        )
        changes = {"p90_s": travel_time_s, "diverted_from": rough}
    return replace(
        candidate,
        travel_time_s=travel_time_s,
        distance_m=_coarse(candidate.distance_m, COARSE_M),
        eta_at=made.computed_at + timedelta(seconds=travel_time_s),
        cost=round(_coarse(candidate.cost, COARSE_COST)),
        cost_terms=(),
        regret=None,
        reasons=(),
        **changes,
    )


def _roughly(seconds: float) -> float:
    return _coarse(seconds, COARSE_S)


def _about_then(at: datetime) -> datetime:
    return datetime.fromtimestamp(_coarse(at.timestamp(), COARSE_S), UTC)


def _roughly_timed(plan: CasualtyPlan | None) -> CasualtyPlan | None:
    """Who was to go where with whom, and about when: drives from the scene to several hospitals would give its place."""
    if plan is None:
        return None
    patients = (
        replace(
            each,
            leaves_at=_about_then(each.leaves_at),
            arrives_at=_about_then(each.arrives_at),
            received_at=None if each.received_at is None else _about_then(each.received_at),
        )
        for each in plan.patients
    )
    return replace(plan, patients=tuple(patients))


def _far_apart(candidates: tuple[DuplicateCandidate, ...]) -> tuple[DuplicateCandidate, ...]:
    """Of which incidents it was taken to be another call; how far from them would lead to its place, and so would the
    score, which is made of that."""
    return tuple(replace(each, distance_m=_coarse(each.distance_m, COARSE_M), score=0.5) for each in candidates)


_REASON: Final[Mapping[str, StandIn]] = {"reason": _words}
EVENT_MEMBERS: Final[Mapping[type[Any], Mapping[str, StandIn]]] = {
    ev.IncidentOpened: {
        "location": _blurred,
        "address_text": _words,
        "floor": _nothing,
        "answers": _none_of_them,
    },
    ev.CallReceived: {"caller_phone": _words, "address_text": _words, "location": _blurred},
    ev.PatientAdded: {"age_years": _nothing, "sex": _nothing},
    ev.IncidentRetriaged: _REASON,
    ev.LocationCorrected: {"location": _blurred, "address_text": _words, "floor": _nothing},
    ev.NoteAdded: {"text": _words},
    ev.FindingRecorded: {"finding": _finding},
    ev.RecommendationMade: {"recommendation": _unplaced},
    CasualtyPlanMade: {"plan": _roughly_timed},
    ev.DuplicatesProposed: {"candidates": _far_apart},
    ev.UnitAssigned: {"override_reason": _words},
    ev.AssignmentStatusCorrected: _REASON,
    ev.AssignmentCancelled: _REASON,
    ev.DestinationChanged: _REASON,
    ev.PatientOutcomeRecorded: _REASON,
    ev.IncidentClosed: _REASON,
    ev.IncidentCancelled: _REASON,
    AedRunOffered: {"arrives_at": _about_then, "gain_s": _roughly, "expected_s": _roughly},
    AedRunStatusChanged: _REASON,
    CareTimeRecorded: {"stamp": _reasoned},
    CareTimeCorrected: {"stamp": _reasoned},
    RecordAsked: _REASON,
    HandoverWithdrawn: _REASON,
    PremisesWarned: {"text": _words, "location": _blurred, "address_text": _words, **_REASON},
    PremisesReviewed: _REASON,
    PremisesWarningEnded: _REASON,
    reception.SlotReleased: _REASON,
    reception.PrealertSent: {"text": _words},
    reception.PatientTurnedAway: _REASON,
    reception.TransferAsked: {"request": _request},
    reception.TransferAnswered: {"answer": _words},
    reception.TransferWithdrawn: _REASON,
}
"""Members of events by type. What staff write in their own words counts as personal: they may name anybody."""

ENTITY_MEMBERS: Final[Mapping[type[Any], Mapping[str, StandIn]]] = {
    Incident: {
        "location": _blurred,
        "address_text": _words,
        "floor": _nothing,
        "answers": _none_of_them,
        "notes": _each_words,
        "closing_reason": _words,
        "casualty_plan": _roughly_timed,
        "possible_duplicates": _far_apart,
    },
    Call: {"caller_phone": _words, "address_text": _words, "location": _blurred},
    Patient: {
        "age_years": _nothing,
        "sex": _nothing,
        "findings": _findings,
        "prealert": _prealert,
        "turned_away": _refusals,
    },
    Assignment: {"override_reason": _words, "ending_reason": _words},
    AedRun: {"arrives_at": _about_then, "gain_s": _roughly},
    Transfer: {"request": _request, "answer": _words},
}
"""The same of the world: an entity whose events have been erased, and one that is erased itself, are equal."""


def without_person(event: T) -> T:
    """The event with stand-ins in place of what is personal; the very same where it says nothing of anybody."""
    stand_ins = stand_ins_of(event, EVENT_MEMBERS)
    return changed(event, **stand_ins) if stand_ins else event


def stand_ins_of(value: object, table: Mapping[type[Any], Mapping[str, StandIn]] = ENTITY_MEMBERS) -> dict[str, Any]:
    """The members of an event or entity that say something of a person, with what stands in for them."""
    found = {}
    for name, stand_in in table.get(type(value), {}).items():
        said = getattr(value, name)
        if (shown := stand_in(said)) != said:
            found[name] = shown
    return found


def subject_of(event: object) -> str | None:
    """Under whose key an event is sealed: its incident's, its transfer's, or its warning's; None for one that is about nobody."""
    names = ("incident_id", "transfer_id", "warning_id")
    return next((subject for name in names if (subject := getattr(event, name, None))), None)
