"""What the service knows of its city, and the pages that it shows: data set, streets, posts, console."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from dispatch.adapters.journal_chain import EventRow, recorded_of
from dispatch.adapters.journal_faults import JournalDamaged
from dispatch.adapters.journal_places import Place, open_to_read
from dispatch.adapters.journal_tables import EVENTS
from dispatch.adapters.posts import demand_of, posts_of
from dispatch.adapters.travel import estimate_of
from dispatch.api.app import CONSOLE
from dispatch.doctor.finding import Finding, Grade, Said
from dispatch.domain.events import CatalogueAdopted
from dispatch.domain.events_aeds import AedDataAdopted
from dispatch.settings import Settings
from maps_data.catalogue import Catalogue, load_catalogue, with_aeds
from maps_data.imported import imported_aeds
from maps_data.tables import DataError
from routing.roads.network import NetworkError
from routing.travel_time.estimate_constants import ConstantsError
from routing.travel_time.road import RoadTravelTimes
from routing.travel_time.walking_roads import WalkingRoadTimes

_BY_ESTIMATE: Final = Said(
    "行程时间为估算,不知道封路与路况", "travel times are estimates, which know no closure and no traffic"
)


def city(settings: Settings) -> tuple[Catalogue | None, list[Finding]]:
    """The city as the service would load it; None when it cannot be used."""
    try:
        own = load_catalogue(settings.city)
    except (DataError, OSError) as error:
        zh, en = _words(error)
        fault = Finding(
            code="city_unusable",
            what=Said(f"城市数据不能用:{zh}", f"the city's data cannot be used: {en}"),
            means=Said(
                "服务无法启动:不知道医院、急救站与车组",
                "the service does not start: it knows no hospital, base or unit",
            ),
            do=Said(
                "用 maps-data catalogue validate 检查城市数据",
                "check the city's data with maps-data catalogue validate",
            ),
        )
        return None, [fault]
    try:
        return with_aeds(own, imported_aeds(settings.data_dir)), []
    except (DataError, OSError) as error:
        zh, en = _words(error)
        fault = Finding(
            code="aed_data_unusable",
            what=Said(f"导入的 AED 不能用:{zh}", f"the imported AEDs cannot be used: {en}"),
            means=Said(
                "服务改用城市自带的 AED,并说明(aed_data_missing)",
                "the service knows the city's own AEDs instead, and says so (aed_data_missing)",
            ),
            do=Said(
                "用 maps-data aeds rollback 退回,或把该版本的目录拷回",
                "go back with maps-data aeds rollback, or copy that version's directory back",
            ),
        )
        return own, [fault]


def adopted(where: Place, catalogue: Catalogue) -> Iterator[Finding]:
    """Whether the journal goes on with another city than the one that is there now."""
    try:
        with open_to_read(where) as connection:
            columns = [EVENTS.c[name] for name in EventRow._fields]
            wanted = select(*columns).where(EVENTS.c.type.in_([CatalogueAdopted.__name__, AedDataAdopted.__name__]))
            row = connection.execute(wanted.order_by(EVENTS.c.seq.desc()).limit(1)).one_or_none()
    except (FileNotFoundError, JournalDamaged, SQLAlchemyError, ValueError):
        return  # said elsewhere
    event = recorded_of(EventRow._make(row)).event if row is not None else None
    if isinstance(event, CatalogueAdopted | AedDataAdopted) and event.data_version != catalogue.data_version:
        yield Finding(
            code="city_not_adopted",
            grade=Grade.NOTICE,
            what=Said(
                f"日志沿用城市数据 {event.data_version},现有的是 {catalogue.data_version}",
                f"the journal goes on with the city's data {event.data_version}; what is there now is {catalogue.data_version}",
            ),
            means=Said("新数据在服务重启后生效", "the new data is in use when the service starts next"),
            do=Said("择机重启服务", "restart the service when it suits"),
        )


def roads(settings: Settings, catalogue: Catalogue) -> Iterator[Finding]:
    """Whether there are streets, whether they can be used, and whether they are this city's."""
    directory = settings.roads_directory
    if directory is None:
        yield Finding(
            code="no_roads",
            grade=Grade.NOTICE,
            what=Said("没有道路网络", "there is no road network"),
            means=_BY_ESTIMATE,
            do=Said(
                "用 maps-data roads build 生成到数据目录下的 roads",
                "make one with maps-data roads build, into roads in the data directory",
            ),
        )
        return
    try:
        streets = RoadTravelTimes.load(directory)
        WalkingRoadTimes.load(directory)
        estimate_of(catalogue, directory)
    except (NetworkError, ConstantsError) as error:
        yield Finding(
            code="roads_unusable",
            what=Said(f"道路网络不能用:{error.zh}", f"the road network cannot be used: {error.en}"),
            means=_BY_ESTIMATE,
            do=Said("用 maps-data roads build 重新生成", "build it again with maps-data roads build"),
        )
        return
    bases = [base.point for base in catalogue.bases]
    near = streets.is_within_reach([base.lat_deg for base in bases], [base.lon_deg for base in bases])
    n_far = int(np.count_nonzero(~near))
    if n_far:
        yield Finding(
            code="roads_of_elsewhere" if n_far == len(bases) else "roads_incomplete",
            grade=Grade.SICK if n_far == len(bases) else Grade.NOTICE,
            what=Said(
                f"{len(bases)} 个急救站中 {n_far} 个附近没有道路:{directory} 不是(整个){catalogue.name_zh}的道路",
                f"{n_far} of {len(bases)} bases have no street near them: {directory} does not hold (all of) this city's streets",
            ),
            means=_BY_ESTIMATE,
            do=Said("用覆盖全市的地图文件重新生成", "build it again from a map that covers the whole city"),
        )


def posts(settings: Settings, catalogue: Catalogue) -> Iterator[Finding]:
    """Whether the posts that are set can be used."""
    if settings.posts is None:
        return
    try:
        posts_of(catalogue, settings.posts)
    except (DataError, OSError) as error:
        zh, en = _words(error)
        yield Finding(
            code="posts_unusable",
            what=Said(f"候命点不能用:{zh}", f"the posts cannot be used: {en}"),
            means=Said("服务无法启动", "the service does not start"),
            do=Said("改正该文件,或不设 DISPATCH_POSTS", "mend the file, or leave DISPATCH_POSTS unset"),
        )


def demand(settings: Settings, catalogue: Catalogue) -> Iterator[Finding]:
    """Whether the file of demand that is set can be used, and is."""
    if settings.demand is None:
        return
    try:
        demand_of(catalogue, settings.demand)
    except DataError as error:
        yield Finding(
            code="demand_unusable",
            what=Said(f"呼救需求文件不能用:{error.zh}", f"the file of demand cannot be used: {error.en}"),
            means=Said("服务无法启动", "the service does not start"),
            do=Said("改正该文件,或不设 DISPATCH_DEMAND", "mend the file, or leave DISPATCH_DEMAND unset"),
        )
        return
    if settings.posts is None:
        yield Finding(
            code="demand_unused",
            grade=Grade.NOTICE,
            what=Said("设了呼救需求文件,却没有候命点", "a file of demand is set, but no posts"),
            means=Said("没有人移驻,需求文件不起作用", "nobody is relocated, and the demand changes nothing"),
            do=Said(
                "另设 DISPATCH_POSTS,或去掉 DISPATCH_DEMAND",
                "set DISPATCH_POSTS as well, or leave DISPATCH_DEMAND unset",
            ),
        )


def console(built: Path = CONSOLE) -> Iterator[Finding]:
    """Whether the console was built."""
    missing = [
        name
        for name in ("index.html", "aed.html", "crew.html", "hospital.html", "sign-in.html")
        if not (built / name).is_file()
    ]
    if missing:
        yield Finding(
            code="no_console",
            what=Said(
                f"控制台没有构建:{built} 中缺 {', '.join(missing)}",
                f"the console was not built: {built} lacks {', '.join(missing)}",
            ),
            means=Said("接口可用,但调度席打不开页面", "the API answers, but no desk can open a page"),
            do=Said("运行 make setup,或安装发布的软件包", "run make setup, or install a released package"),
        )


def _words(error: DataError | OSError) -> tuple[str, str]:
    """In Chinese and English; what the machine says is said as it stands."""
    return (error.zh, error.en) if isinstance(error, DataError) else (str(error), str(error))
