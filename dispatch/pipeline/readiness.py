"""What units and hospitals say of themselves: the roster, duty, and live capability with an expiry."""

from collections.abc import Iterator
from datetime import timedelta

from dispatch.domain import events as ev
from dispatch.domain.commands import AdoptCatalogue, ReportAed, ReportHospitalStatus, SetUnitDuty
from dispatch.domain.hospital import CapabilityStatus
from dispatch.domain.rejections import CommandRejected, Refusal
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


def report_aed(_: World, command: ReportAed, __: Context) -> Iterator[ev.Event]:
    """Write down what somebody at the place says of an AED."""
    yield ev.AedReported(aed_id=command.aed_id, kind=command.kind, seen_at=command.seen_at, text=command.text)
