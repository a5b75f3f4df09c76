"""How units, hospitals and roads stand: roster, duty, live capability and traffic with an expiry, the travel times in force."""

from collections.abc import Iterator
from datetime import timedelta

from dispatch.domain import events as ev
from dispatch.domain.casualties import CasualtyCapacity
from dispatch.domain.commands import (
    AdoptCatalogue,
    EndDistress,
    EndTraffic,
    NoteTravelTimes,
    RaiseDistress,
    ReportCasualtyCapacity,
    ReportHospitalStatus,
    ReportHospitalStatuses,
    ReportTraffic,
    SetUnitDuty,
)
from dispatch.domain.events_casualties import CasualtyCapacityReported
from dispatch.domain.events_crews import CrewDistressEnded, CrewDistressRaised
from dispatch.domain.hospital import CapabilityStatus
from dispatch.domain.rejections import CommandRejected, Refusal
from dispatch.domain.roads import TravelTimesInForce
from dispatch.domain.rules import Context
from dispatch.domain.vocabulary import Duty
from dispatch.domain.world import World


def adopt_catalogue(world: World, command: AdoptCatalogue, _: Context) -> Iterator[ev.Event]:
    """Take over a data set; the same one again changes nothing."""
    if command.data_version != world.data_version:
        yield ev.CatalogueAdopted(data_version=command.data_version, units=command.units, hospitals=command.hospitals)


def set_unit_duty(world: World, command: SetUnitDuty, _: Context) -> Iterator[ev.Event]:
    """Take a unit out of service or bring it back; a committed unit first ends or gives up its assignment."""
    unit = world.unit(command.unit_id)
    if command.duty is Duty.OUT_OF_SERVICE and unit.assignment_id is not None:
        raise CommandRejected(Refusal.UNIT_COMMITTED)
    if (unit.duty, unit.duty_reason) != (command.duty, command.reason):
        yield ev.UnitDutyChanged(unit_id=unit.unit_id, duty=command.duty, reason=command.reason)


def raise_distress(world: World, command: RaiseDistress, _: Context) -> Iterator[ev.Event]:
    """A crew asks for help; asked again, it still does."""
    unit = world.unit(command.unit_id)
    if unit.distress_at is None:
        yield CrewDistressRaised(unit_id=unit.unit_id)


def end_distress(world: World, command: EndDistress, _: Context) -> Iterator[ev.Event]:
    """Somebody has heard that the crew is safe, and says how."""
    unit = world.unit(command.unit_id)
    if unit.distress_at is not None:
        yield CrewDistressEnded(unit_id=unit.unit_id, reason=command.reason)


def report_hospital_status(world: World, command: ReportHospitalStatus, ctx: Context) -> Iterator[ev.Event]:
    """Write down what a hospital says it can do now, who said so, and until when it may be believed."""
    hospital = world.hospital(command.hospital_id)
    valid = timedelta(seconds=ctx.rules.hospital_status_valid_s)
    yield ev.HospitalStatusReported(
        hospital_id=hospital.hospital_id,
        capability=command.capability,
        status=CapabilityStatus(
            state=command.state,
            source=command.source,
            updated_at=ctx.now,
            expires_at=command.expires_at or ctx.now + valid,
            slots_free=command.slots_free,
        ),
    )


def report_hospital_statuses(world: World, command: ReportHospitalStatuses, ctx: Context) -> Iterator[ev.Event]:
    """Write several down, or none when one of the hospitals is not known."""
    for report in command.reports:
        yield from report_hospital_status(world, report, ctx)


def report_casualty_capacity(world: World, command: ReportCasualtyCapacity, ctx: Context) -> Iterator[ev.Event]:
    """Write down how many patients of mass casualties a hospital takes from now on, and how fast."""
    hospital = world.hospital(command.hospital_id)
    capacity = CasualtyCapacity(
        red=command.red,
        yellow=command.yellow,
        green=command.green,
        interval_s=command.interval_s,
        source=command.source,
        updated_at=ctx.now,
        expires_at=command.expires_at or ctx.now + timedelta(seconds=ctx.rules.hospital_status_valid_s),
    )
    yield CasualtyCapacityReported(hospital_id=hospital.hospital_id, capacity=capacity)


def report_traffic(_: World, command: ReportTraffic, ctx: Context) -> Iterator[ev.Event]:
    """Write down which streets are slow or closed, one event a report."""
    for details in command.reports:
        yield ev.TrafficReported(traffic_id=ctx.ids.traffic(), details=details)


def end_traffic(world: World, command: EndTraffic, _: Context) -> Iterator[ev.Event]:
    """End a report before its time."""
    if command.traffic_id not in world.traffic:
        raise CommandRejected(Refusal.TRAFFIC_NOT_FOUND)
    yield ev.TrafficEnded(traffic_id=command.traffic_id, has_expired=False, reason=command.reason)


def note_travel_times(world: World, command: NoteTravelTimes, _: Context) -> Iterator[ev.Event]:
    """See `travel_times_noted`."""
    return travel_times_noted(world, command.in_force)


def travel_times_noted(world: World, in_force: TravelTimesInForce) -> Iterator[ev.Event]:
    """Nothing when the journal says already where travel times come from and what is amiss with them."""
    if in_force == world.travel_times:
        return
    amiss = in_force.degradation
    if amiss is None:
        yield ev.TravelTimesAdopted(source=in_force.source, grade=in_force.grade)
    else:
        yield ev.TravelTimesDegraded(
            source=in_force.source,
            grade=in_force.grade,
            code=amiss.code,
            text_zh=amiss.text_zh,
            text_en=amiss.text_en,
        )
