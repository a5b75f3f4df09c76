"""How fast a fleet drives, learned from its recorded drives; until it is learned, as fast as any car.

Lights and siren do save time; how much depends on the city, and nobody has measured it for Shenzhen. Paired drives over the same ways
found 105.8 s of a response (Syracuse NY, 32 drives, doi:10.1080/10903120090941696), 38.5 % (Minneapolis, 64 drives,
doi:10.1016/s0196-0644(98)70037-x) and 43.5 s of a transport (Greenville NC, 50 drives, doi:10.1016/s0196-0644(95)70267-9). A factor
from elsewhere would promise a patient minutes that may not be there, so it is 1 unless a fleet's own drives say otherwise.
"""

import hashlib
import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from routing.roads.network import NetworkError

FILE: Final = "calibration.json"
"""In the directory of a street network."""

ASSUMED_SIGMA: Final = 0.3
"""Of log(real / computed time) until a fleet is calibrated. Assumed: day-to-day noise of 0.2, as `estimate.py` assumes it, and as much
again and a little for speeds that come from tags and not from drives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Times are multiplied by `factor`; what is left scatters: `relative_error` is the mean absolute error as a share of the true
    time, `p90_factor` times a time is exceeded by one drive in ten. `n_drives` of `fleet` were looked at (0: assumed), `source` says
    which.

    ValueError unless factors are positive and no number is missing.
    """

    fleet: str
    factor: float
    relative_error: float
    p90_factor: float
    n_drives: int
    source: str

    def __post_init__(self) -> None:
        if not (
            0.1 <= self.factor <= 10.0 and 0.0 <= self.relative_error < math.inf and 0.5 <= self.p90_factor <= 10.0
        ):
            raise ValueError(f"a calibration is out of range: {self}")
        if self.n_drives < 0:
            raise ValueError(f"n_drives must not be negative, got {self.n_drives}")

    @property
    def mark(self) -> str:
        """`~` and a digest, so that a time's source tells by which calibration it came about; empty while nothing was learned."""
        if self.n_drives == 0:
            return ""
        return "~" + hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:6]


UNCALIBRATED: Final = Calibration(
    fleet="",
    factor=1.0,
    relative_error=round(ASSUMED_SIGMA * math.sqrt(2 / math.pi), 2),
    p90_factor=round(math.exp(1.2816 * ASSUMED_SIGMA), 2),
    n_drives=0,
    source="assumed",
)
"""Against OSRM 26.10 on the same streets the computed times are off by under 2 % (tests); against real drives nothing was measured."""


def read_calibration(directory: Path) -> Calibration:
    """That in `directory`, UNCALIBRATED if there is none. Raises NetworkError for a file that cannot be used."""
    path = directory / FILE
    try:
        stored: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return Calibration(
            fleet=str(stored["fleet"]),
            factor=float(stored["factor"]),
            relative_error=float(stored["relative_error"]),
            p90_factor=float(stored["p90_factor"]),
            n_drives=int(stored["n_drives"]),
            source=str(stored["source"]),
        )
    except FileNotFoundError:
        return UNCALIBRATED
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NetworkError(
            f"{path} 不是可用的行车标定({error});请用 maps-data roads calibrate 重新生成或删去",
            f"{path} holds no calibration that can be used ({error}); make it again with maps-data roads calibrate or remove it",
        ) from error


def write_calibration(calibration: Calibration, directory: Path) -> None:
    """Put it into the directory of a street network."""
    fresh = directory / f".{FILE}"
    fresh.write_text(json.dumps(asdict(calibration), ensure_ascii=False, indent=1), encoding="utf-8")
    fresh.replace(directory / FILE)
