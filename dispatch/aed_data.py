"""The devices that this process knows: those that the journal orders, exchanged while it runs.

Whoever asks for other devices has them read first, so that a version that is damaged or half written is refused and changes nothing.
The order is in the journal before anybody is told of a device; then the maps of the process are exchanged, which is one assignment:
an answer knows the devices of before or those of now. Every process follows by itself. One that cannot (the version is not on its
disk) goes on with what it has, says so (`aed_data_missing`), and looks again until it can.
"""

import asyncio
import contextlib
import gc
import logging
from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final

from dispatch.adapters.roster import roster_of
from dispatch.api.map_layers import CityMaps
from dispatch.api.peer_aed_data import ask_peer
from dispatch.api.wiring import Service
from dispatch.domain.commands_aeds import AdoptAedData
from dispatch.domain.commands_arrest import PageForArrests
from dispatch.domain.world import World
from dispatch.engine.arrest import open_arrests
from dispatch.engine.commits import Told
from dispatch.engine.engine import ENGINE_ACTOR
from dispatch.engine.ports import DependencyFailed
from maps_data.catalogue import Catalogue, with_aeds
from maps_data.imported import Pointer, current_pointer, is_whole, keep, point_to, read_texts, read_version, version_of
from maps_data.importers.aed_diff import Diff
from maps_data.importers.aed_formats import AedFormat
from maps_data.importers.aed_versions import Kept, Taken, aside, difference, kept, take
from maps_data.tables import DataError
from routing.datum import Datum

LOOK_AGAIN_S: Final = 5.0
"""For a version that is not there: somebody is copying it. A choice of ours."""
BY_HAND: Final = "服务停止期间以 maps-data 设定 / set with maps-data while the service did not run"

log = logging.getLogger(__name__)


class AedDataInForce:
    """Keeps the devices of `service` as its journal says. `version` is what its maps hold: None for the city's own devices."""

    def __init__(
        self,
        service: Service,
        data_dir: Path,
        *,
        version: str | None,
        is_missing: bool = False,
        city: Path | None = None,
    ) -> None:
        """`city` is the directory of the city's data set, None for the embedded one."""
        self.version, self.is_missing, self.exchanging = version, is_missing, asyncio.Lock()
        self._service, self._data_dir, self._city = service, data_dir, city
        self._prepared: tuple[str | None, CityMaps] | None = None
        self._news, self._pointing = asyncio.Event(), asyncio.Lock()

    async def kept(self) -> Sequence[Kept]:
        return await asyncio.to_thread(kept, self._data_dir)

    async def texts(self, version: str) -> dict[str, str]:
        """The files of a version, by name."""
        return await asyncio.to_thread(read_texts, self._data_dir, version)

    async def difference(self, to: str | None) -> Diff:
        """From the devices that are known here."""
        dataset = self._service.catalogue.dataset
        return await asyncio.to_thread(aside, partial(difference, dataset, self._data_dir, self.version, to))

    async def take(
        self, content: bytes, *, name: str, kind: AedFormat, datum: Datum, registry: str | None, dated: date | None
    ) -> Taken:
        """Make a version of a file, beside those that there are."""
        read = partial(take, content, name=name, kind=kind, datum=datum, registry=registry, dated=dated)
        return await asyncio.to_thread(aside, partial(read, data_dir=self._data_dir, city=self._city))

    async def prepare(self, version: str | None) -> str:
        """Read a version, so that it is there when it is ordered; the data version of the city with it."""
        self._prepared = (version, await asyncio.to_thread(self._read, version))
        return self._prepared[1].catalogue.data_version

    def tell(self, told: Told) -> None:
        """Exchange the devices as soon as an order for those that were prepared is in the journal; for others, look."""
        order = told.world.aed_data
        if order is told.before.aed_data or order is None:
            return
        if self._prepared is not None and self._prepared[0] == order.version:
            self._exchange(*self._prepared)
        self._news.set()

    async def adopt(self) -> None:
        """As the writer: order what was set by hand while nobody wrote."""
        world = self._service.engine.world
        wanted = version_to_know(world, _pointer(self._data_dir))
        order = world.aed_data
        if wanted == (order.version if order else None):
            return
        if wanted != self.version:
            try:
                await self.prepare(wanted)
            except (DataError, OSError) as error:
                self._say_missing(wanted, error)
                return
        maps = self._prepared[1] if self._prepared and self._prepared[0] == wanted else self._service.maps
        command = AdoptAedData(
            version=wanted,
            data_version=maps.catalogue.data_version,
            reason=BY_HAND,
            instead_of=order.seq if order else 0,
        )
        await self._service.engine.execute(command, actor=ENGINE_ACTOR)

    async def run(self) -> None:
        """Follow the journal's orders until cancelled."""
        while True:
            self._news.clear()
            await self.follow()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AGAIN_S if self.is_missing else None):
                    await self._news.wait()

    async def follow(self) -> None:
        """Know what the journal orders now, let the pointer say so, and as the writer look at what hangs on devices."""
        engine, order = self._service.engine, self._service.engine.world.aed_data
        if order is None:
            return
        if self.version != order.version or self.is_missing:
            try:
                await self._fetch(order.version)
                maps = await asyncio.to_thread(self._read, order.version)
            except (DataError, OSError) as error:
                self._say_missing(order.version, error)
                return
            if engine.world.aed_data is not order:  # there is a newer one, and news of it
                return
            self._exchange(order.version, maps)
        await self.point()
        if engine.is_writing and engine.failure is None:
            with contextlib.suppress(DependencyFailed):  # the engine has said so
                if engine.world.data_version != self._service.catalogue.data_version:
                    await engine.execute(roster_of(self._service.catalogue), actor=ENGINE_ACTOR)
                if open_arrests(engine.world):
                    await engine.execute(PageForArrests(), actor=ENGINE_ACTOR)

    async def point(self) -> None:
        """Let a start, and the commands, find what the journal orders now; what was set by hand since waits for the next writer."""
        async with self._pointing:
            order = self._service.engine.world.aed_data
            if order is not None:
                await asyncio.to_thread(self._point, order.version, order.seq)

    async def _fetch(self, version: str | None) -> None:
        """Have a version that is not whole here from the process that writes."""
        writer = self._service.seat.writer if self._service.seat is not None else None
        if version is None or writer is None or await asyncio.to_thread(is_whole, self._data_dir, version):
            return
        texts = await ask_peer(writer, version)
        if texts is not None and version_of(texts) == version:
            await asyncio.to_thread(keep, self._data_dir, texts)

    def _exchange(self, version: str | None, maps: CityMaps) -> None:
        self._service.maps, self.version, self.is_missing, self._prepared = maps, version, False, None
        log.info(
            "AED 数据更换为 %s,共 %d 台 / AED data exchanged for %s, %d devices",
            *(version or "own", len(maps.aeds), version or "own", len(maps.aeds)),
        )

    def _read(self, version: str | None) -> CityMaps:
        """These are there to stay: no collection needs to walk them, least of all while crews are being sent."""
        was_enabled = gc.isenabled()
        gc.disable()
        try:
            maps = CityMaps(catalogue_of(self._service.catalogue, self._data_dir, version))
            gc.freeze()
            return maps
        finally:
            if was_enabled:
                gc.enable()

    def _point(self, version: str | None, order: int) -> None:
        pointer = _pointer(self._data_dir)
        if pointer is not None:
            is_set_since = pointer.is_by_hand and pointer.order >= order
            if is_set_since or (pointer.version, pointer.order) == (version, order):
                return
        with contextlib.suppress(OSError, DataError):  # the journal says it all the same
            point_to(self._data_dir, version, order=order)

    def _say_missing(self, version: str | None, error: DataError | OSError) -> None:
        if not self.is_missing:
            log.error("AED 数据 %s 无法载入 / AED data %s cannot be loaded: %s", version, version, error)
        self.is_missing = True


def catalogue_of(base: Catalogue, data_dir: Path, version: str | None) -> Catalogue:
    """The city of `base` with the devices of a version, or with its own (None). DataError when they cannot be used."""
    return with_aeds(base, None if version is None else read_version(data_dir, version))


def version_to_know(world: World, pointer: Pointer | None) -> str | None:
    """What the journal orders last, unless something was set by hand since, or it has never ordered anything."""
    order = world.aed_data
    if order is None or (pointer is not None and pointer.is_by_hand and pointer.order >= order.seq):
        return pointer.version if pointer else None
    return order.version


def known_at_start(base: Catalogue, data_dir: Path, world: World) -> tuple[Catalogue, str | None, bool]:
    """The city as a service begins with it, the version of its devices, and whether that is not the one that it should know.

    `base` has its own devices. Where the version is not there, that of the pointer stands in, and else the city's own.
    """
    pointer = _pointer(data_dir)
    wanted = version_to_know(world, pointer)
    for version in (wanted, pointer.version if pointer else None):
        try:
            return catalogue_of(base, data_dir, version) if version else base, version, version != wanted
        except (DataError, OSError) as error:
            log.error("AED 数据 %s 无法载入 / AED data %s cannot be loaded: %s", version, version, error)
    return base, None, True


def _pointer(data_dir: Path) -> Pointer | None:
    try:
        return current_pointer(data_dir)
    except DataError as error:
        log.error("%s", error)
        return None
