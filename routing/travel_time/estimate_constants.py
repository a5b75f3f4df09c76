"""The constants of the estimate's law, read from a file that `maps-data roads fit-estimate` wrote; none is typed in.

The law and what its symbols mean stand at the head of `estimate.py`. The file names its own constants: `version` is the digest of
their values, so that a journal that says by which estimate a time came about can never mean other numbers.
"""

import hashlib
import json
import math
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

FORMAT: Final = "estimate-1"
FILE: Final = "estimate.json"
"""In the directory of a street network: constants of that city."""


class ConstantsError(ValueError):
    """The file holds no constants that can be used; says why in Chinese (`zh`) and English (`en`)."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh, self.en = zh, en


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateConstants:
    """A, B, C, D, E of the law, and how far it is off: on which legs, stands with the provider. ValueError for one below 0."""

    a_s: float
    b_s: float
    c: float
    d_m: float
    e: float
    relative_error: float
    p90_factor: float

    def __post_init__(self) -> None:
        if not all(math.isfinite(value) and value >= 0.0 for value in asdict(self).values()) or not (
            self.b_s and self.e
        ):
            raise ValueError(f"constants must be positive: {self}")

    @property
    def version(self) -> str:
        """The digest of the values."""
        digest = hashlib.sha256(
            json.dumps([FORMAT, {name: float(value) for name, value in asdict(self).items()}], sort_keys=True).encode()
        )
        return f"estimate-{digest.hexdigest()[:12]}"


def read_constants(path: Path) -> EstimateConstants:
    """The constants in the file at `path`. Raises ConstantsError when it is missing, of another format, or was changed by hand."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        constants = EstimateConstants(**{name: float(value) for name, value in stored["constants"].items()})
        is_sound = stored["format"] == FORMAT and stored["version"] == constants.version
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConstantsError(
            f"无法从 {path} 读出估算常数({error});请用 maps-data roads fit-estimate 重新生成",
            f"no constants of the estimate can be read from {path} ({error}); make them again with maps-data roads fit-estimate",
        ) from error
    if not is_sound:
        raise ConstantsError(
            f"{path} 的估算常数与其版本号不符;请用 maps-data roads fit-estimate 重新生成",
            f"the constants in {path} are not those that its version names; make them again with maps-data roads fit-estimate",
        )
    return constants


def write_constants(
    path: Path,
    constants: EstimateConstants,
    *,
    fitted_on: Mapping[str, Any],
    errors: Sequence[Mapping[str, Any]],
) -> None:
    """Write them, whence they come and how far they are off, in place of the file at `path`; what stands there stays on failure."""
    told = {
        "format": FORMAT,
        "version": constants.version,
        "constants": asdict(constants),
        "fitted_on": dict(fitted_on),
        "errors": [dict(row) for row in errors],
    }
    text = json.dumps(told, ensure_ascii=False, indent=1) + "\n"
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}-", delete=False
    ) as fresh:
        fresh.write(text)
    Path(fresh.name).chmod(0o644)
    Path(fresh.name).replace(path)
