"""Which of a recommendation's travel times come from elsewhere than the rest: from a point off the road network, say.

A decision is about many legs and states one source for them; those few that are another's are marked one by one, so that an estimate
is never shown as a way on the network.
"""

from dataclasses import replace

from dispatch.domain.choice import HospitalCandidate, Recommendation, UnitCandidate
from dispatch.domain.facts import Facts
from routing.geo import Wgs84
from routing.travel_time.port import OffNetwork, TravelTimes


def graded(made: Recommendation, facts: Facts) -> Recommendation:
    """`made` from `facts`, with the grade of every candidate whose travel time is not of the recommendation's own."""
    to_scene, to_hospital = facts.to_scene, facts.to_hospital
    if to_scene.off_network is None and to_hospital.off_network is None and to_hospital.grade is to_scene.grade:
        return made
    scene = next(n.incident.location.point for n in facts.needs if n.incident.incident_id == made.incident_id)
    point_of = {h.hospital_id: h.record.point for h in facts.hospitals.hospitals}

    def hospital(candidate: HospitalCandidate) -> HospitalCandidate:
        off = _off_network(to_hospital, scene, point_of[candidate.hospital_id])
        grade = off.grade if off else to_hospital.grade
        return candidate if grade is to_scene.grade else replace(candidate, travel_time_grade=grade)

    return replace(
        made,
        units=tuple(_unit(candidate, to_scene, scene) for candidate in made.units),
        alternatives=tuple(_unit(candidate, to_scene, scene) for candidate in made.alternatives),
        hospital=made.hospital and hospital(made.hospital),
        hospital_alternatives=tuple(map(hospital, made.hospital_alternatives)),
    )


def _unit(candidate: UnitCandidate, legs: TravelTimes, scene: Wgs84) -> UnitCandidate:
    off = _off_network(legs, candidate.point, scene)
    if off is None:
        return candidate
    return replace(candidate, travel_time_grade=off.grade, p90_s=round(candidate.travel_time_s * off.p90_factor, 1))


def _off_network(legs: TravelTimes, origin: Wgs84, destination: Wgs84) -> OffNetwork | None:
    return legs.off_network_on((origin.lat_deg, origin.lon_deg), (destination.lat_deg, destination.lon_deg))
