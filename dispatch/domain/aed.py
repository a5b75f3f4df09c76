"""What the public reports of AEDs. The devices themselves are in the catalogue; here is only what was said since."""

from dataclasses import dataclass
from datetime import datetime

from dispatch.domain.vocabulary import AedReportKind

# Reports kept per device; older ones are in the journal.
RECENT_REPORTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class AedReport:
    """One report, unverified. `seen_at` is when the reporter was there."""

    kind: AedReportKind
    seen_at: datetime
    text: str | None = None
