"""Where life-threatening calls come from, and the file that says so (`demand.csv`).

Columns: `h3_cell, red_share, record_class`. A row for each population cell of the city; `red_share` is how much of all red calls is
expected from it, and the shares of a file are taken relative to their sum.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from maps_data.manifest import read_table
from maps_data.records import PopulationCell
from maps_data.tables import DataError, member, not_negative, require_unique, text, write_table
from maps_data.vocabulary import RecordClass
from routing.cells import cell_text
from routing.geo import FloatArray

COLUMNS = ("h3_cell", "red_share", "record_class")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Demand:
    """`red_share` float64[m] over the population cells of a city, sum 1; `version` names the file's content, `record_class` is what
    its log was: the least certain of its rows."""

    version: str
    record_class: RecordClass
    red_share: FloatArray


def read_demand(path: Path, cells: Sequence[PopulationCell]) -> Demand:
    """The demand of a file. DataError names file, row and column of what is amiss: among it a cell that is none of the city's, one of
    the city's that has no row, and a file without any demand."""
    table = read_table(path)
    require_unique(table, "h3_cell")
    classes = set(table.column("record_class", member(RecordClass)))
    share_of = dict(zip(table.column("h3_cell", text), table.column("red_share", not_negative), strict=True))
    names = [cell_text(cell.cell) for cell in cells]
    _require_same_cells(path, list(share_of), names)
    red_share = np.array([share_of[name] for name in names])
    if not red_share.sum() > 0.0:
        raise DataError(f"{path.name} 里没有需求：各格都是 0", f"{path.name} holds no demand: all cells are 0")
    record_class = max(classes, key=list(RecordClass).index)
    digest = hashlib.sha256(record_class.encode() + red_share.tobytes()).hexdigest()[:12]
    return Demand(version=f"demand-{digest}", record_class=record_class, red_share=red_share / red_share.sum())


def demand_csv(cells: Sequence[PopulationCell], red: FloatArray, record_class: RecordClass) -> str:
    """The text of a `demand.csv`: `red` float64[m] is any measure of red calls by population cell."""
    shares = (red / red.sum()).tolist()
    return write_table(
        COLUMNS,
        ((cell_text(cell.cell), f"{share:.9f}", record_class) for cell, share in zip(cells, shares, strict=True)),
    )


def _require_same_cells(path: Path, given: Sequence[str], wanted: Sequence[str]) -> None:
    unknown, missing = sorted(set(given) - set(wanted)), sorted(set(wanted) - set(given))
    if unknown:
        raise DataError(
            f"{path.name}:{given.index(unknown[0]) + 2}:h3_cell “{unknown[0]}” 不是本市的人口网格",
            f"{path.name}:{given.index(unknown[0]) + 2}:h3_cell '{unknown[0]}' is no population cell of this city",
        )
    if missing:
        raise DataError(
            f"{path.name} 缺少 {len(missing)} 个人口网格，例如 {missing[0]}；请用本市数据重新生成",
            f"{path.name} lacks {len(missing)} population cells, {missing[0]} for one; make it again with this city's data",
        )
