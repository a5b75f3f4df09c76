"""Other fleets for the same city: another number of units, homes at other posts, or the units of a file."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from dispatch.domain.commands import AdoptCatalogue, AdoptPosts
from dispatch.domain.ids import UnitId
from dispatch.domain.unit import UnitRecord
from maps_data import decode
from maps_data.catalogue import Catalogue, embedded_city
from maps_data.demand_file import Demand
from maps_data.generate.apportion import apportion
from maps_data.manifest import read_dataset, read_text
from maps_data.tables import DataError
from routing.cells import centre
from routing.geo import distance_matrix_m


def of_size(roster: AdoptCatalogue, n_units: int) -> AdoptCatalogue:
    """The same city with `n_units` units, picked evenly from the fleet's list (which runs base by base); more units than it has are
    copies, whose ids say so."""
    fleet = roster.units
    n_whole, n_rest = divmod(n_units, len(fleet))
    units = [_copy(unit, turn) for turn in range(n_whole) for unit in fleet]
    units += [_copy(fleet[n * len(fleet) // n_rest], n_whole) for n in range(n_rest)]
    return replace(roster, units=tuple(units), data_version=f"{roster.data_version}+fleet-{n_units}")


def at_posts(
    roster: AdoptCatalogue, posts: AdoptPosts, catalogue: Catalogue, demand: Demand | None = None
) -> AdoptCatalogue:
    """The same units with their homes at the posts, shared among these by the demand (without one: the residents) for which each is
    the nearest one.

    Units are taken in the order of the fleet's list, posts in that of their ids.
    """
    points = [post.point for post in posts.posts]
    cells = [centre(cell.cell) for cell in catalogue.population_cells]
    residents = np.array([cell.population_estimate for cell in catalogue.population_cells])
    weights = residents if demand is None else demand.red_share * residents.sum()
    away_m = distance_matrix_m(
        [point.lat_deg for point in points],
        [point.lon_deg for point in points],
        [point.lat_deg for point in cells],
        [point.lon_deg for point in cells],
    )
    nearest = np.bincount(away_m.argmin(axis=0), weights, minlength=len(points))
    shares = apportion(nearest.tolist(), len(roster.units), minimum=0)
    homes = [point for point, n in zip(points, shares, strict=True) for _ in range(n)]
    units = tuple(replace(unit, home=home) for unit, home in zip(roster.units, homes, strict=True))
    by = posts.posts_version if demand is None else f"{posts.posts_version}+{demand.version}"
    return replace(roster, units=units, data_version=f"{roster.data_version}+{by}")


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
