"""Streets all over the embedded city: a coarse chequer of straight two-way streets, saved as `maps-data roads build` saves them."""

from pathlib import Path

from routing.geo import Wgs84
from routing.roads.hierarchy import prepare
from routing.roads.network import save
from tests.fakes.embedded import embedded_catalogue
from tests.fakes.street_grids import Plan, Street

STEP_DEG = 0.014
"""Some 1.5 km, so that no place of the city is a kilometre from every street."""

MPS = 12.0
WALKING_MPS = 1.65


def save_city_streets(directory: Path) -> None:
    """Write the network into `directory`, which is made; its streets can be walked, too."""
    directory.mkdir(parents=True)
    network = _plan().network()
    save(network, directory)
    prepare(network, directory)


def _plan() -> Plan:
    points = [base.point for base in embedded_catalogue().bases]
    points += [hospital.point for hospital in embedded_catalogue().hospitals]
    south, north = min(p.lat_deg for p in points), max(p.lat_deg for p in points)
    west, east = min(p.lon_deg for p in points), max(p.lon_deg for p in points)
    rows, columns = int((north - south) / STEP_DEG) + 2, int((east - west) / STEP_DEG) + 2
    junctions = [
        Wgs84(lat_deg=south + row * STEP_DEG, lon_deg=west + column * STEP_DEG)
        for row in range(rows)
        for column in range(columns)
    ]
    along = [(i, i + 1) for i in range(rows * columns) if (i + 1) % columns]
    down = [(i, i + columns) for i in range((rows - 1) * columns)]
    return Plan(
        junctions=junctions,
        streets=[Street(start=a, end=b, speed_mps=MPS, way_id=a + 1) for a, b in along + down],
        footways=[Street(start=a, end=b, speed_mps=WALKING_MPS, way_id=a + 1) for a, b in along + down],
    )
