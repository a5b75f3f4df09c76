"""AEDs as GeoJSON: one device for itself, and one device as it is worth to somebody who needs it now."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final

from dispatch.api import aed_texts
from dispatch.api.aed_reports import report_wire
from dispatch.api.way_wire import line_wire, steps_wire
from maps_data.aed_judgement import Choice, Standing
from maps_data.aed_lookup import Found
from maps_data.aed_trip import Eta, Walk
from maps_data.aed_usable import AedLive
from maps_data.catalogue import Catalogue
from maps_data.records import Aed
from maps_data.vocabulary import RecordClass
from routing.cells import cell_of, cell_text
from routing.geo import Wgs84
from routing.travel_time.port import Grade, Route

Wire = dict[str, Any]

BUNDLE_RESOLUTION: Final = 7
"""Cells of some 5 km2 (h3geo.org): with a kilometre around them, what somebody on foot may reach. Choice of ours."""

NEAREST_CLOSED_SHOWN: Final = 5
NO_WAYS: Final[Mapping[str, Route]] = MappingProxyType({})
_PHONE: Final = re.compile(r"\+?[\d\s()-]{5,20}")
_STOREY: Final = re.compile(r"-?\d+")


def aed_feature(standing: Standing, at: datetime, today: date) -> Wire:
    """A device for itself, as it stands at the instant `at`, on the city's day `today`."""
    return _feature(standing.aed, _properties(standing, at, today))


def choice_feature(choice: Choice, at: datetime, today: date, way: Route | None = None) -> Wire:
    """A device as it is worth to somebody at the instant `at`: with its expected times and the reasons for its place, and the `way`
    to it if one was asked for.
    """
    properties = _properties(choice.standing, at, today)
    return _feature(
        choice.aed,
        {
            **properties,
            "distance_m": round(choice.distance_m),
            "walk": _walk(choice.walk, way),
            "is_closed": choice.is_closed,
            "is_barred": choice.is_barred,
            "verification": {**properties["verification"], "score": round(choice.p_usable, 3)},
            "eta": _eta(choice.eta),
            "why": aed_texts.why(choice),
        },
    )


def nearest_wire(
    found: Found,
    catalogue: Catalogue,
    at: datetime,
    today: date,
    *,
    place: Wgs84,
    source: str,
    ways: Mapping[str, Route] = NO_WAYS,
) -> Wire:
    """The answer to "where is the nearest AED?" from `place`, with what to do first; `source` is that of the walks in general, `ways`
    those to devices by `aed_id`.
    """
    is_network = {choice.walk.grade is Grade.NETWORK for choice in found.choices}
    wire: Wire = {
        "type": "FeatureCollection",
        "emergency": aed_texts.EMERGENCY,
        "features": [choice_feature(choice, at, today, ways.get(choice.aed.aed_id)) for choice in found.choices],
        "computed_for": at,
        "place": {"lat": round(place.lat_deg, 6), "lon": round(place.lon_deg, 6)},
        "bundle": f"/api/v1/aeds?cell={cell_text(cell_of(place, BUNDLE_RESOLUTION))}",
        "data_version": catalogue.data_version,
        "valid_from": catalogue.aeds_valid_from.isoformat(),
        "travel_time_source": source,
        "counted": aed_texts.counted(is_network),
    }
    if not found.choices:
        wire["note"] = aed_texts.NOTHING_NEAR
    elif any(choice.aed.record_class is RecordClass.SIMULATED for choice in found.choices):
        wire["note"] = aed_texts.SIMULATED
    if found.closed_sooner:
        wire["closed_sooner"] = _closed_sooner(found.closed_sooner)
    return wire


def point_geometry(point: Wgs84) -> Wire:
    """GeoJSON's order: longitude first; six decimals are a tenth of a metre."""
    return {"type": "Point", "coordinates": [round(point.lon_deg, 6), round(point.lat_deg, 6)]}


def _feature(aed: Aed, properties: Wire) -> Wire:
    return {"type": "Feature", "id": aed.aed_id, "geometry": point_geometry(aed.point), "properties": properties}


def _properties(standing: Standing, at: datetime, today: date) -> Wire:
    aed, hours, report, live = standing.aed, standing.hours, standing.report, standing.live
    pads, battery = live.pads_expiry or aed.pads_expiry, live.battery_expiry or aed.battery_expiry
    return {
        "aed_id": aed.aed_id,
        "name_zh": aed.name_zh,
        "name_en": aed.name_en,
        "place_kind": aed.place_kind,
        "uncertainty_m": aed.uncertainty_m,
        "level": aed.level,
        "floor": floor_of(aed.level),
        "indoor": aed.indoor,
        "location_text": {"zh": aed.location_zh, "en": aed.location_en},
        "access": {
            "class": aed.access,
            "rule": aed_texts.access_rule(aed.access),
            "opening_hours": aed.opening_hours,
            "open_now": hours.open_now,
            "next_change": hours.next_change_at,
        },
        "contact": _contact(aed.contact),
        "device": {
            "model": aed.model,
            "pads_expiry": _day(pads),
            "battery_expiry": _day(battery),
            "pads_ok": _is_in_date(pads, today),
            "battery_ok": _is_in_date(battery, today),
        },
        "verification": _verification(aed, live),
        "reserved_until": live.fetched_until,
        "is_withdrawn": live.is_withdrawn,
        "report": None if report is None else report_wire(report.kind, report.at, at),
        "source": aed.source,
        "source_ids": aed.source_ids,
        "photo": aed.photo_url,
        "evidence": {"zh": aed.evidence.zh, "en": aed.evidence.en, "dated": _day(aed.evidence.dated)},
        "data_age_s": max(0, (today - aed.evidence.dated).days) * 86_400,
        "licence": aed_texts.licence_of(aed),
        "record_class": aed.record_class,
    }


def floor_of(level: str | None) -> int | None:
    """OSM's level as storeys are counted in China: the ground floor is 1, basements are negative; None if it is no one storey."""
    if level is None or _STOREY.fullmatch(level) is None:
        return None
    return int(level) + 1 if int(level) >= 0 else int(level)


def _verification(aed: Aed, live: AedLive) -> Wire:
    """Who looked at the device last; nobody, if no check is on record."""
    on, by, method = aed.last_checked, aed.source, "registry_check"
    if live.inspected_on is not None and (on is None or live.inspected_on >= on):
        on, by, method = live.inspected_on, "120", "inspection"
    is_checked = on is not None
    return {"at": _day(on), "by": by if is_checked else None, "method": method if is_checked else None}


def _contact(text: str | None) -> Wire | None:
    """The record's contact: a phone number if it is one, else who to ask."""
    if text is None:
        return None
    is_phone = _PHONE.fullmatch(text) is not None
    return {"phone": text if is_phone else None, "role": None if is_phone else text}


def _walk(walk: Walk, way: Route | None) -> Wire:
    """Along footways, or an estimate where none is known."""
    wire: Wire = {"source": walk.source, "grade": walk.grade}
    if way is not None:
        wire["way"] = {"distance_m": round(way.distance_m), "line": line_wire(way), "steps": steps_wire(way)}
    return wire


def _eta(eta: Eta) -> Wire:
    return {name: round(getattr(eta, name), 1) for name in Eta._fields}


def _closed_sooner(aeds: Sequence[Aed]) -> Wire:
    shown = [{"id": aed.aed_id, "name_zh": aed.name_zh, "name_en": aed.name_en} for aed in aeds[:NEAREST_CLOSED_SHOWN]]
    return {"count": len(aeds), **aed_texts.closed_sooner(len(aeds)), "first": shown}


def _is_in_date(expiry: date | None, today: date) -> bool | None:
    return None if expiry is None else expiry >= today


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
