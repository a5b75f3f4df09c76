"""The stroke and chest pain maps: who was on them on a given day, on what evidence, and what those hospitals say now."""

from collections import Counter
from datetime import date, datetime
from typing import Any, Final

from dispatch.api.aed_wire import point_geometry
from dispatch.api.map_layers import versions
from dispatch.domain.ids import HospitalId
from dispatch.domain.world import World
from dispatch.projections.board import hospital_wire
from maps_data.aed_judgement import OPEN_NOW
from maps_data.catalogue import Catalogue
from maps_data.designations import designated, size_on
from maps_data.opening_hours import state_at
from maps_data.records import Designation, Evidence, Hospital, MapSize
from maps_data.vocabulary import DesignationKind, Grade, HospitalCapability, Known

Wire = dict[str, Any]

_STANDING: Final = {
    DesignationKind.STROKE: HospitalCapability.THROMBECTOMY,
    DesignationKind.STEMI: HospitalCapability.PCI_24H,
}
"""The standing ability that matters most on each map."""

_NOT_LISTED: Final = {"zh": "未列出的医院不在此图上", "en": "Hospitals that are not listed are not on this map"}
_BEFORE_THE_LIST: Final = {
    "zh": "名单日期之前,未列出的医院是否在此图上不明",
    "en": "Before the day of the list it is not known whether a hospital that is not listed was on this map",
}
_MORE_THAN_LISTED: Final = {
    "zh": "据公布此图有 {published} 家医院,能确认的只有 {named} 家,其余是哪些不明",
    "en": "This map is said to have {published} hospitals, of which {named} are known; which the others are is not",
}


def treatment_map(
    catalogue: Catalogue, world: World, kind: DesignationKind, *, as_of: date, today: date, now: datetime
) -> Wire:
    """Every hospital that a source ever named for this map, as a feature, with `membership` on the day `as_of`.

    `published` is how many hospitals the map then had by its latest source, `known` how many of those named here were on it, were
    not, or cannot be told: the two differ where no source dates a membership, or gives a number without a list. Live capabilities
    are given for today only: what a hospital said on another day is no part of a map.
    """
    listed = catalogue.designation_lists.get(kind)
    dated = listed.dated if listed else catalogue.valid_from
    named = [hospital for hospital in catalogue.hospitals if any(d.kind is kind for d in hospital.designations)]
    features = [_feature(hospital, kind, as_of=as_of, list_dated=dated) for hospital in named]
    if as_of == today:
        for hospital, feature in zip(named, features, strict=True):
            feature["properties"]["capabilities"] = _live(world, feature["id"])
            feature["properties"]["standing"]["open_now"] = _is_open(hospital, kind, now, catalogue)
    known = Counter(feature["properties"]["membership"] for feature in features)
    size = size_on(catalogue.map_sizes, kind, as_of)
    return {
        "type": "FeatureCollection",
        **versions(catalogue, as_of),
        "kind": kind,
        "list_dated": dated.isoformat(),
        "published": size and {"members": size.members, "evidence": _evidence(size.evidence)},
        "known": {answer: known[answer] for answer in Known},
        "others": _others(size, known[Known.YES], is_listed=as_of >= dated),
        "features": features,
    }


def _others(size: MapSize | None, n_named: int, *, is_listed: bool) -> Wire:
    """What is known of hospitals that no source names."""
    if not is_listed:
        return {"membership": Known.UNKNOWN, **_BEFORE_THE_LIST}
    if size is None or size.members <= n_named:
        return {"membership": Known.NO, **_NOT_LISTED}
    words = {tongue: text.format(published=size.members, named=n_named) for tongue, text in _MORE_THAN_LISTED.items()}
    return {"membership": Known.UNKNOWN, **words}


def _feature(hospital: Hospital, kind: DesignationKind, *, as_of: date, list_dated: date) -> Wire:
    designation = _decisive([d for d in hospital.designations if d.kind is kind], as_of)
    properties = {
        "hospital_id": hospital.hospital_id,
        "name_zh": hospital.name_zh,
        "name_en": hospital.name_en,
        "level_zh": hospital.level_zh,
        "district_zh": hospital.district_zh,
        "coord_quality": hospital.coord_quality,
        "membership": designated(hospital, kind, as_of=as_of, list_dated=list_dated),
        "grade": designation.grade,
        "since": _day(designation.since),
        "until": _day(designation.until),
        "evidence": _evidence(designation.evidence),
        "standing": _standing(hospital, _STANDING[kind]),
        "capabilities": None,
        "record_class": hospital.record_class,
    }
    return {
        "type": "Feature",
        "id": hospital.hospital_id,
        "geometry": point_geometry(hospital.point),
        "properties": properties,
    }


def _decisive(designations: list[Designation], as_of: date) -> Designation:
    """The one in force on the day, the best graded first; else the one that comes first."""
    grades = list(Grade)

    def rank(designation: Designation) -> tuple[bool, int]:
        is_over = designation.until is not None and as_of >= designation.until
        is_ahead = designation.since is not None and as_of < designation.since
        return is_over or is_ahead, grades.index(designation.grade)

    return min(designations, key=rank)


def _standing(hospital: Hospital, kind: HospitalCapability) -> Wire:
    """A standing ability as far as sources tell, with its hours; nothing said is unknown."""
    said = next((capability for capability in hospital.capabilities if capability.kind is kind), None)
    return {
        "capability": kind,
        "state": said.state if said else Known.UNKNOWN,
        "hours": said.hours if said else None,
        "open_now": None,
        "grade": said.grade if said else None,
        "evidence": _evidence(said.evidence) if said else None,
    }


def _is_open(hospital: Hospital, kind: DesignationKind, now: datetime, catalogue: Catalogue) -> Known:
    """Whether the standing ability is there at this hour, as its hours have it; hours that nobody gives are unknown."""
    said = next((capability for capability in hospital.capabilities if capability.kind is _STANDING[kind]), None)
    if said is None or said.state is not Known.YES:
        return said.state if said else Known.UNKNOWN
    return OPEN_NOW[state_at(said.hours, now, catalogue.time_zone, catalogue.holidays).state]


def _live(world: World, hospital_id: str) -> Wire | None:
    """What the hospital says now, by capability; None while the roster is not the catalogue's."""
    hospital = world.hospitals.get(HospitalId(hospital_id))
    if hospital is None:
        return None
    capabilities: Wire = hospital_wire(hospital)["capabilities"]
    return capabilities


def _evidence(evidence: Evidence) -> Wire:
    return {"zh": evidence.zh, "en": evidence.en, "dated": _day(evidence.dated), "url": evidence.url}


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
