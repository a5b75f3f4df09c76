"""The small city in which everybody does anything in any order: five units, three hospitals, three kerbside posts."""

from dispatch.domain import commands as cmd
from dispatch.domain.hospital import Designation, HospitalRecord
from dispatch.domain.ids import HospitalId, UnitId
from dispatch.domain.post import PostKind, PostRecord
from dispatch.domain.unit import UnitRecord
from dispatch.domain.vocabulary import UnitKind
from routing.geo import Wgs84

N_UNITS, N_HOSPITALS, N_POSTS = 5, 3, 3


def post(i: int) -> PostRecord:
    point = Wgs84(lat_deg=22.53 + 0.035 * i, lon_deg=113.95 + 0.05 * i)
    return PostRecord(
        post_id=f"P{i}",
        kind=PostKind.KERBSIDE,
        name=f"候命点{i}",
        point=point,
        record_class="simulated",
        evidence="test",
    )


def city() -> cmd.AdoptCatalogue:
    return cmd.AdoptCatalogue(
        data_version="machine",
        units=tuple(
            UnitRecord(
                unit_id=UnitId(f"U{i}"),
                call_sign=f"救{i:03}",
                kind=UnitKind.ALS if i % 2 else UnitKind.BLS,
                negative_pressure=i % 2 == 0,
                home_station_id="S",
                home=Wgs84(lat_deg=22.54 + 0.01 * i, lon_deg=114.0),
                record_class="simulated",
            )
            for i in range(N_UNITS)
        ),
        hospitals=tuple(
            HospitalRecord(
                hospital_id=HospitalId(f"H{i}"),
                name_zh=f"医院{i}",
                name_en=f"Hospital {i}",
                level_zh="三级甲等",
                point=Wgs84(lat_deg=22.55, lon_deg=114.0 + 0.05 * i),
                coord_quality="poi",
                designations=(Designation(kind="stroke", grade="registry", evidence="test"),) if i else (),
            )
            for i in range(N_HOSPITALS)
        ),
    )
