"""A new list of hospitals: checked together with all the rest of a city, and written as a data set of its own.

Units, bases, maps and pathways refer to hospitals, so that no list is put under a running city: the whole of it is copied, the list
exchanged, everything checked as the service would, and only then is there a directory that `--city` can name.
"""

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from maps_data.catalogue import embedded_city, load_catalogue
from maps_data.manifest import read_text
from maps_data.records import Hospital
from maps_data.tables import DataError

HOSPITALS: Final = "hospitals.csv"
COMPANIONS: Final = ("designations.csv", "capabilities.csv", "evidence.csv", "dataset.toml")
"""What a new list may need beside it: which map each hospital is on, what it can do, on what evidence, how long lists have to be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HospitalChanges:
    """What a new list changes, by `hospital_id`; `data_version` is that of the city with it."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    n_hospitals: int
    data_version: str


def import_hospitals(file: Path, out: Path | None, *, city: Path | None = None) -> HospitalChanges:
    """Exchange the hospitals of `city` for those of `file`, and write the city to `out` (None: only check).

    `file` has the columns of the data set's own `hospitals.csv` and is the whole list. Files of `COMPANIONS` that stand beside it are
    exchanged too. DataError when the city would not be sound with it, or when `out` exists.
    """
    if out is not None and out.exists():
        raise DataError(
            f"{out} 已存在，不会覆盖，请另指定目录", f"{out} exists and is not written over; name another directory"
        )
    before = load_catalogue(city).hospitals_by_id
    read_text(file)  # says in a sentence why it cannot be read
    place = out.parent if out is not None else Path(tempfile.gettempdir())
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place) as beside:
        fresh = Path(shutil.copytree(city or embedded_city(), Path(beside) / "city"))
        shutil.copyfile(file, fresh / HOSPITALS)
        for name in COMPANIONS:
            if (companion := file.parent / name).is_file():
                shutil.copyfile(companion, fresh / name)
        after = load_catalogue(fresh)
        if out is not None:
            fresh.rename(out)
    return _changes(before, after.hospitals_by_id, after.data_version)


def _changes(before: Mapping[str, Hospital], after: Mapping[str, Hospital], data_version: str) -> HospitalChanges:
    return HospitalChanges(
        added=tuple(sorted(after.keys() - before.keys())),
        changed=tuple(sorted(one for one in after.keys() & before.keys() if after[one] != before[one])),
        removed=tuple(sorted(before.keys() - after.keys())),
        n_hospitals=len(after),
        data_version=data_version,
    )
