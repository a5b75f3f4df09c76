"""AED data from process to process: one without a version on its disk has it from the one that writes."""

from typing import Final

import msgspec

from dispatch.api.peer import PEER, CutOff, NotSent, PeerAnswer, ask
from dispatch.api.wiring import Service
from dispatch.engine.ports import Writer
from maps_data.tables import DataError

PATH: Final = "/peer/aed-data/"


async def answer_peer(service: Service, path: str) -> PeerAnswer:
    """The files of a version as this machine keeps them; 404 when it is not whole here either."""
    try:
        texts = await service.aed_data.texts(path.removeprefix(PATH)) if service.aed_data is not None else None
    except (DataError, OSError):
        texts = None
    if texts is None:
        return PeerAnswer(status=404, headers=[], body=b"")
    return PeerAnswer(status=200, headers=[], body=msgspec.msgpack.encode(texts))


async def ask_peer(writer: Writer, version: str) -> dict[str, str] | None:
    """The files of a version as the writer keeps them, by name; None when it has none, or does not answer."""
    try:
        done = await ask(writer.address, "GET", f"{PATH}{version}".encode(), [(PEER, writer.secret.encode())], b"")
        return msgspec.msgpack.decode(done.body, type=dict[str, str]) if done.status == 200 else None
    except (NotSent, CutOff, msgspec.DecodeError):
        return None
