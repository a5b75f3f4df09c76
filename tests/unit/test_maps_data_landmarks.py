"""What callers say, and where it is taken to be."""

import pytest

from maps_data.catalogue import Catalogue
from maps_data.landmarks import Gazetteer
from maps_data.places import PlaceKind
from routing.cells import boundary
from routing.geo import distance_m
from tests.fakes.embedded import embedded_catalogue


@pytest.fixture(scope="module")
def city() -> Catalogue:
    return embedded_catalogue()


@pytest.fixture(scope="module")
def gazetteer(city: Catalogue) -> Gazetteer:
    return Gazetteer(city)


@pytest.mark.parametrize(
    ("text", "name_zh", "kind"),
    [
        ("福田区莲花街道", "莲花街道", PlaceKind.SUBDISTRICT),
        ("深圳北站B出口旁", "地铁深圳北站", PlaceKind.METRO_STATION),
        ("Futian checkpoint metro", "地铁福田口岸站", PlaceKind.METRO_STATION),
        ("我在罗湖区东门老街这边", "东门老街", PlaceKind.LANDMARK),
        ("北大医院对面", "北京大学深圳医院", PlaceKind.HOSPITAL),
        ("near Peking University Shenzhen Hospital", "北京大学深圳医院", PlaceKind.HOSPITAL),
        ("龙华区人民医院门诊楼", "深圳市龙华区人民医院", PlaceKind.HOSPITAL),
        ("Lianhua Sub-district", "莲花街道", PlaceKind.SUBDISTRICT),
        ("ＢＡＯ’ＡＮ district", "宝安区", PlaceKind.DISTRICT),
        ("民治那边", "民治街道", PlaceKind.SUBDISTRICT),
        ("坪山高铁站", "地铁坪山高铁站", PlaceKind.METRO_STATION),
        ("世界之窗", "地铁世界之窗站", PlaceKind.METRO_STATION),
    ],
)
def test_a_saying_finds_its_place(gazetteer: Gazetteer, text: str, name_zh: str, kind: PlaceKind) -> None:
    best = gazetteer.locate(text)[0]
    assert (best.name_zh, best.kind) == (name_zh, kind)


def test_the_longest_name_hides_those_inside_it(gazetteer: Gazetteer) -> None:
    """福田口岸 is one place, not also the district 福田."""
    assert [place.name_zh for place in gazetteer.locate("福田口岸地铁站")] == ["地铁福田口岸站"]


def test_a_name_that_several_places_bear_is_taken_for_the_largest(gazetteer: Gazetteer) -> None:
    """Longhua is a district, a sub-district and a metro station; said alone it may mean anything within the district."""
    for text in ("龙华", "Longhua"):
        assert [(p.name_zh, p.kind) for p in gazetteer.locate(text)] == [("龙华区", PlaceKind.DISTRICT)]
    assert gazetteer.locate("龙华地铁站")[0].accuracy_m < 500
    assert gazetteer.locate("龙华街道")[0].kind is PlaceKind.SUBDISTRICT


@pytest.mark.parametrize(
    "text", ["福田路12号", "宝安大道", "华强北路", "Futian Road", "东门南路", "新生儿抽搐", "", "??"]
)
def test_what_is_no_place_falls_back_to_the_whole_city(gazetteer: Gazetteer, text: str) -> None:
    """A road may run beyond the district whose name it bears; 新生 is a metro station, 新生儿 a newborn."""
    assert gazetteer.locate(text) == [gazetteer.city]


def test_a_place_outside_of_the_named_district_comes_after_it(gazetteer: Gazetteer) -> None:
    """Window of the World stands in Nanshan; whoever also says Pingshan means something else by one of the two."""
    assert [place.name_zh for place in gazetteer.locate("坪山区 世界之窗")] == ["坪山区", "地铁世界之窗站"]
    assert [place.name_zh for place in gazetteer.locate("南山区 世界之窗")] == ["地铁世界之窗站", "南山区"]


def test_the_accuracy_holds_every_cell_of_the_area(city: Catalogue, gazetteer: Gazetteer) -> None:
    place = gazetteer.locate("莲花街道")[0]
    corners = [
        corner for cell in city.population_cells if cell.subdistrict_zh == "莲花街道" for corner in boundary(cell.cell)
    ]
    farthest_m = max(distance_m(place.point, corner) for corner in corners)
    # Not less than the farthest corner, and more by no more than one cell's reach.
    assert farthest_m <= place.accuracy_m < farthest_m + 700


def test_every_district_subdistrict_station_and_hospital_is_found_by_its_name(
    city: Catalogue, gazetteer: Gazetteer
) -> None:
    names = [d.name_zh for d in city.districts] + [s.name_zh for s in city.subdistricts]
    names += [h.name_zh for h in city.hospitals]
    assert [name for name in names if gazetteer.locate(name)[0].name_zh != name] == []
    english = [h.name_en for h in city.hospitals]
    assert [name for name in english if gazetteer.locate(name)[0].name_en != name] == []
    stations = [s for s in city.metro_stations if gazetteer.locate(f"地铁{s.name_zh}站")[0].point != s.point]
    assert stations == []
