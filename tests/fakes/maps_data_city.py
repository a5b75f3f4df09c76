"""A city to break or to shrink: the embedded one, copied with only its first rows of the long files."""

import shutil
from pathlib import Path

from maps_data.catalogue import embedded_city
from maps_data.manifest import read_text

N_CELLS = 40
N_AEDS = 5


def small_city(directory: Path) -> Path:
    """A city in `directory` with all facts but few population cells, and few AEDs in a file that is not compressed."""
    city = Path(shutil.copytree(embedded_city(), directory))
    keep_rows(city / "population_cells.csv", N_CELLS)
    aeds = read_text(city / "aeds.csv.gz")
    (city / "aeds.csv.gz").unlink()
    (city / "aeds.csv").write_text(aeds, encoding="utf-8")
    keep_rows(city / "aeds.csv", N_AEDS)
    return city


def keep_rows(path: Path, n_rows: int) -> None:
    """Cut a file to its header and first rows."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[: n_rows + 1]), encoding="utf-8")


def replace_in(path: Path, old: str, new: str) -> None:
    """Replace a text that stands exactly once in a file."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path.name}"
    path.write_text(text.replace(old, new), encoding="utf-8")
