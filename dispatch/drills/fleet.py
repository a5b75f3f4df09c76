"""Other fleets for the same city: another number of units, or the units of a file."""

import hashlib
from dataclasses import replace
from pathlib import Path

from dispatch.domain.commands import AdoptCatalogue
from dispatch.domain.ids import UnitId
from dispatch.domain.unit import UnitRecord
from maps_data import decode
from maps_data.catalogue import Catalogue, embedded_city
from maps_data.manifest import read_dataset, read_text
from maps_data.tables import DataError


def of_size(roster: AdoptCatalogue, n_units: int) -> AdoptCatalogue:
    """The same city with `n_units` units, picked evenly from the fleet's list (which runs base by base); more units than it has are
    copies, whose ids say so."""
    fleet = roster.units
    if n_units <= len(fleet):
        units = [fleet[n * len(fleet) // n_units] for n in range(n_units)]
    else:
        units = [_copy(fleet[n % len(fleet)], n // len(fleet)) for n in range(n_units)]
    return replace(roster, units=tuple(units), data_version=f"{roster.data_version}+fleet-{n_units}")


def _copy(unit: UnitRecord, turn: int) -> UnitRecord:
    if turn == 0:
        return unit
    return replace(unit, unit_id=UnitId(f"{unit.unit_id}x{turn}"), call_sign=f"{unit.call_sign}x{turn}")


def from_file(path: Path, catalogue: Catalogue, city: Path | None) -> Catalogue:
    """The same city with the fleet of a file in the format of its `units.csv`; `city` is the data set's directory (None: the
    embedded one). `DataError` for a file that breaks the format or names a base that the city does not have."""
    try:
        text = read_text(path)
        dataset = read_dataset(city or embedded_city())
        sources = decode.read_sources(replace(dataset, files={**dataset.files, "units.csv": text}))
        units = decode.read_units(sources, catalogue.bases_by_id, catalogue.hospitals_by_id)
    except OSError as error:
        raise DataError(f"无法读取 {path}：{error}", f"{path} cannot be read: {error}") from None
    except DataError as error:
        raise DataError(f"{path}：{error.zh}", f"{path}: {error.en}") from None
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    return replace(catalogue, units=units, data_version=f"{catalogue.data_version}+fleet-{digest}")
