"""The report says of each pathway whether its patients ended in a suitable hospital, and names the rule where one did not."""

from zoneinfo import ZoneInfo

from dispatch.domain.commands import ChangeDestination
from dispatch.domain.ids import HospitalId
from dispatch.domain.vocabulary import Complaint, Priority
from dispatch.drills.report import make_report
from dispatch.drills.report_page import make_page
from tests.fakes.ascii_city import Scene, caller, clock_time

# H is on both treatment maps, M on none.
TOWN = "A . 1 M . H"


async def test_every_pathway_is_counted_and_a_suitable_end_is_said() -> None:
    scene = Scene(
        TOWN,
        lambda at: [
            caller("1", "08:00:00", at["1"], Complaint.STROKE, Priority.RED),
            caller("2", "10:00:00", at["1"], Complaint.PSYCHIATRIC, Priority.YELLOW, is_transported=False),
            caller("3", "12:00:00", at["1"], Complaint.RESPIRATORY, Priority.ORANGE, age_years=0),
        ],
    )
    table = make_report(await scene.run(), "0" * 64)["destinations"]
    assert table["stroke"] == {"incidents": 1, "arrived": 1, "suitable": 1, "unmet": {}, "otherwise": {}}
    assert table["newborn"]["suitable"] == 1
    assert table["psychiatric"]["arrived"] == 0
    assert sum(table["psychiatric"]["otherwise"].values()) == 1


async def test_a_hospital_that_does_not_suit_stands_under_its_rule_with_the_incident() -> None:
    """Somebody sends a stroke to the next house, which is on no map."""
    scene = Scene(TOWN, lambda at: [caller("1", "08:00:00", at["1"], Complaint.STROKE, Priority.RED)])

    async def send_elsewhere() -> None:
        (held,) = scene.engine.world.assignments.values()
        changed = ChangeDestination(
            assignment_id=held.assignment_id, hospital_id=HospitalId("M"), reason="asked for by the family"
        )
        await scene.engine.execute(changed, actor="dispatcher")

    scene.drill.agenda.once(clock_time("08:08:00"), send_elsewhere)
    played = await scene.run()
    report = make_report(played, "0" * 64)
    assert report["destinations"]["stroke"]["unmet"] == {"not_stroke_designated": {"n": 1, "incidents": [1]}}
    assert "not_stroke_designated 1 (#1)" in make_page(played, report, ZoneInfo("Asia/Shanghai"))


async def test_nobody_to_send_and_nobody_needed_are_told_apart() -> None:
    scene = Scene(
        "1 H",
        lambda at: [
            caller("1", "08:00:00", at["1"], Complaint.STROKE, Priority.RED),
            caller("2", "08:10:00", at["1"], Complaint.PSYCHIATRIC, None, is_ambulance_needed=False),
        ],
    )
    table = make_report(await scene.run(), "0" * 64)["destinations"]
    assert table["stroke"]["otherwise"] == {"under_way": 1}
    assert table["psychiatric"]["otherwise"] == {"no_ambulance_needed": 1}
