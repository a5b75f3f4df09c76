"""Writing the generated files of a city."""

import gzip
from pathlib import Path
from typing import Final

from maps_data.catalogue import embedded_city, read_facts
from maps_data.generate.aeds import aeds_csv
from maps_data.generate.fleet import fleet_csv
from maps_data.generate.outlines import outlines_geojson
from maps_data.manifest import read_dataset
from maps_data.shapes import OUTLINES

DEFAULT_SEED: Final = 120
"""The seed of the files that ship."""

COMPRESSED: Final = frozenset({"aeds.csv"})
"""Files stored with gzip; they are compared and hashed by their text, which no zlib can change."""


def generated_files(city: Path | None = None, *, seed: int = DEFAULT_SEED) -> dict[str, str]:
    """The generated files by logical name, from the facts in `city` (default: the embedded one).

    Facts are everything in the directory but these files. DataError if they cannot be read.
    """
    facts = read_facts(read_dataset(city or embedded_city()))
    return {"units.csv": fleet_csv(facts), "aeds.csv": aeds_csv(facts, seed), OUTLINES: outlines_geojson(facts)}


def write_generated(files: dict[str, str], out: Path) -> list[Path]:
    """Write the files into `out`, made if needed; returns their paths."""
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in files.items():
        packed = name in COMPRESSED
        path = out / (f"{name}.gz" if packed else name)
        path.write_bytes(gzip.compress(text.encode(), mtime=0) if packed else text.encode())
        written.append(path)
    return written
