"""Membership of the treatment maps on a given day: yes, no, or unknown where the sources do not reach."""

from collections.abc import Iterable
from datetime import date

from maps_data.records import Designation, Hospital, MapSize
from maps_data.vocabulary import DesignationKind, Known


def designated(hospital: Hospital, kind: DesignationKind, *, as_of: date, list_dated: date) -> Known:
    """Whether `hospital` was on map `kind` on the day `as_of`.

    A membership whose first day is not known is unknown before its source's own date. A hospital that is on
    no list is a plain `no` only from the list's own day `list_dated` on (`Catalogue.designation_lists`);
    before, an older list may have named it.
    """
    answers = {_on(d, as_of) for d in hospital.designations if d.kind is kind}
    if not answers:
        return Known.NO if as_of >= list_dated else Known.UNKNOWN
    return next(answer for answer in (Known.YES, Known.UNKNOWN, Known.NO) if answer in answers)


def size_on(sizes: Iterable[MapSize], kind: DesignationKind, as_of: date) -> MapSize | None:
    """What was last published by the day `as_of` of how many hospitals map `kind` has; None before the first source."""
    told = [size for size in sizes if size.kind is kind and size.evidence.dated <= as_of]
    return max(told, key=lambda size: size.evidence.dated, default=None)


def _on(designation: Designation, as_of: date) -> Known:
    """What one membership says of a day; `until` is the first day after it."""
    if designation.until is not None and as_of >= designation.until:
        return Known.NO
    if designation.since is not None:
        return Known.YES if as_of >= designation.since else Known.NO
    return Known.YES if as_of >= designation.evidence.dated else Known.UNKNOWN
