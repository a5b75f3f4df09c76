"""The closed vocabularies of the city's data; their values are what its files say."""

from enum import StrEnum
from typing import Final


class RecordClass(StrEnum):
    """How a record came to be; everything but `real` has to be said wherever the record is shown."""

    REAL = "real"
    INFERRED = "inferred"
    """Concluded by the project from a real fact (a designated hospital is assumed to host a base)."""
    ESTIMATED = "estimated"
    """A number computed from a coarser real number (a cell's share of its district's census)."""
    DERIVED = "derived"
    """A shape computed from other records (a district's outline from its cells)."""
    SIMULATED = "simulated"
    """Made by the generator; no such thing need exist."""


class CoordQuality(StrEnum):
    """How good a position is: that of a map's point of interest, or only of the neighbourhood."""

    POI = "poi"
    APPROXIMATE = "approximate"


class Grade(StrEnum):
    """How a designation or capability is known, best first."""

    OFFICIAL = "official"
    """Named, as what it is, in an official notice or a published account of the map; the evidence says which."""
    REGISTRY = "registry"
    """Stands on a registry's list."""
    INFERRED = "inferred"


class Known(StrEnum):
    """An answer that may be missing. Unknown is never treated as yes."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class DesignationKind(StrEnum):
    """The city's two treatment maps."""

    STROKE = "stroke"
    STEMI = "stemi"


class HospitalCapability(StrEnum):
    """What the sources say of a hospital's standing abilities; live status is not here."""

    THROMBECTOMY = "thrombectomy"
    PCI_24H = "pci_24h"


class Specialty(StrEnum):
    """What a specialised hospital takes; a general hospital has none of these."""

    CHILDREN = "children"
    MATERNITY = "maternity"
    CANCER = "cancer"
    CARDIOVASCULAR = "cardiovascular"


class StationRole(StrEnum):
    """An ambulance base, or the dispatch centre, which has no ambulances."""

    BASE = "base"
    DISPATCH_CENTRE = "dispatch_centre"


class UnitKind(StrEnum):
    """What a unit is staffed and equipped for. All of them carry an AED and oxygen."""

    ALS = "als"
    """Advanced life support: doctor, nurse, driver; monitor-defibrillator, ventilator, drugs."""
    BLS = "bls"
    """Basic life support: nurse or emergency technician, driver; no advanced airway or drugs."""
    NEONATAL = "neonatal"
    """Newborn transport: a hospital's neonatal team with incubator and infant ventilator."""
    MSU = "msu"
    """Mobile stroke unit: a CT on board and thrombolysis for stroke before hospital."""
    MSTEMI = "mstemi"
    """Mobile STEMI unit: 12-lead ECG sent to the cath lab, thrombolysis, mechanical compression."""


class UnitCapability(StrEnum):
    """What a unit can do, for rules that ask for an ability rather than for a kind."""

    AED = "aed"
    DOCTOR = "doctor"
    MONITOR_DEFIBRILLATOR = "monitor_defibrillator"
    VENTILATOR = "ventilator"
    ECG_12_LEAD = "ecg_12_lead"
    ECG_TRANSMISSION = "ecg_transmission"
    MECHANICAL_CPR = "mechanical_cpr"
    CT = "ct"
    THROMBOLYSIS = "thrombolysis"
    INCUBATOR = "incubator"


class AedAccess(StrEnum):
    """Who may take the AED, in the words of OSM's `access`."""

    YES = "yes"
    PERMISSIVE = "permissive"
    CUSTOMERS = "customers"
    PRIVATE = "private"
    NO = "no"
    UNKNOWN = "unknown"


class AedReportKind(StrEnum):
    """What somebody at the place says of an AED; unverified until staff have looked."""

    MISSING = "missing"
    USED = "used"
    LOCKED = "locked"
    MOVED = "moved"
    WORKS = "works"


OSM_SOURCE: Final = "OpenStreetMap"
"""How records out of OpenStreetMap name their source; its licence asks for it."""

PUBLIC_ACCESS: Final = frozenset({AedAccess.YES, AedAccess.PERMISSIVE, AedAccess.CUSTOMERS})
"""Who comes by may take the device, or ask for it."""
