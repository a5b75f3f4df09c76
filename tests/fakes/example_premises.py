"""One of each event about warnings of premises."""

from datetime import timedelta

from dispatch.domain.events_premises import PremisesReviewed, PremisesWarned, PremisesWarningEnded
from dispatch.domain.ids import WarningId
from dispatch.domain.incident import Location
from dispatch.domain.premises import PremisesKind
from routing.geo import Wgs84
from tests.fakes.example_recommendation import AT

WARNING = WarningId("wrn-test-01KJ0000000000000000000001")
YARD = Location(point=Wgs84(lat_deg=22.5431, lon_deg=114.0579), accuracy_m=10.0, source="map", cell="8941126a1cfffff")

PREMISES = (
    PremisesWarned(
        warning_id=WARNING,
        kind=PremisesKind.DOG,
        text="院内有大型犬",
        location=YARD,
        address_text="福田区福中路 5 号",
        reason="车组被咬",
        expires_at=AT + timedelta(days=180),
    ),
    PremisesReviewed(warning_id=WARNING, reason="电话核实", expires_at=AT + timedelta(days=360)),
    PremisesWarningEnded(warning_id=WARNING, has_expired=False, reason="已搬走"),
)
