"""Identifiers: prefixed, sortable, and carrying their realm, so that a drill can never page a real unit."""

from typing import NewType, Protocol

Realm = NewType("Realm", str)
CallId = NewType("CallId", str)
IncidentId = NewType("IncidentId", str)
PatientId = NewType("PatientId", str)
AssignmentId = NewType("AssignmentId", str)
CommandId = NewType("CommandId", str)
UnitId = NewType("UnitId", str)
HospitalId = NewType("HospitalId", str)
TrafficId = NewType("TrafficId", str)
AedFetchId = NewType("AedFetchId", str)
TransferId = NewType("TransferId", str)

LIVE = Realm("live")


class NewIds(Protocol):
    """Source of fresh identifiers such as `inc-live-01JD...`; seeded in drills, so that a drill repeats itself."""

    def call(self) -> CallId: ...
    def incident(self) -> IncidentId: ...
    def patient(self) -> PatientId: ...
    def assignment(self) -> AssignmentId: ...
    def traffic(self) -> TrafficId: ...
    def aed_fetch(self) -> AedFetchId: ...
    def transfer(self) -> TransferId: ...
    def command(self) -> CommandId: ...
