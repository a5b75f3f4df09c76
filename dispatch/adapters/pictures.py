"""Photographs of findings: a file each, sealed with the key of its incident, beside the journal and not in it.

`DIR/<incident_id>/<picture_id>`. When a person is erased the key goes, so that no copy can be read, and then the files. Several
processes on one machine share the directory, as they do the keys. The methods block.
"""

import os
import shutil
from pathlib import Path
from typing import Final

from dispatch.adapters.vault import Vault
from dispatch.domain.events_privacy import IncidentErased
from dispatch.domain.ids import IncidentId
from dispatch.engine.commits import Told
from dispatch.engine.ports import DependencyFailed

DIRECTORY: Final = "pictures"
"""In the data directory."""


class Pictures:
    """The pictures below `directory`, which is made, its owner's alone, with the first of them."""

    def __init__(self, directory: Path, vault: Vault) -> None:
        self._directory, self._vault = directory, vault

    def put(self, incident_id: IncidentId, picture_id: str, jpeg: bytes) -> None:
        """Keep a picture, durably; the same one again does no harm. `DependencyFailed` when it cannot be written."""
        place = self._place(incident_id, picture_id)
        closed = self._vault.sealed_bytes(incident_id, jpeg, picture_id)
        unfinished = place.with_suffix(".unfinished")
        try:
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with unfinished.open("wb") as file:
                file.write(closed)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(place)
        except OSError as error:
            raise DependencyFailed(f"a picture cannot be kept: {error}") from error

    def get(self, incident_id: IncidentId, picture_id: str) -> bytes | None:
        """The picture; None when it is not there, or its key is gone."""
        try:
            closed = self._place(incident_id, picture_id).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise DependencyFailed(f"a picture cannot be read: {error}") from error
        return self._vault.opened_bytes(incident_id, closed, picture_id)

    def tell(self, told: Told) -> None:
        """An engine subscriber: what is left of an erased incident's pictures, which nobody can read any more, goes too."""
        for recorded in told.entries:
            if isinstance(recorded.event, IncidentErased):
                shutil.rmtree(self._directory / recorded.event.incident_id, ignore_errors=True)

    def _place(self, incident_id: IncidentId, picture_id: str) -> Path:
        return self._directory / incident_id / picture_id
