"""What JSON would store without complaint and not give back: naive instants, and numbers that are not finite.

The check of an event type is put together once from its type hints and visits only fields that can hold an instant or a fraction,
so that it costs about as much as the encoding itself.
"""

import math
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import datetime
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

Check = Callable[[Any], None]


def check_of(hint: Any) -> Check | None:
    """The check for values of this type, raising ValueError for one that cannot be stored; None when all of them can.

    Knows dataclasses, tuples, unions and leaves; TypeError for a union whose members need different checks.
    """
    if hint is float:
        return _require_finite
    if hint is datetime:
        return require_aware
    if isinstance(hint, type) and is_dataclass(hint):
        return _dataclass_check(hint)
    origin = get_origin(hint)
    if origin in {Union, UnionType}:
        return _union_check(get_args(hint))
    if origin is tuple:
        return _tuple_check(get_args(hint))
    return None


def require_aware(at: datetime) -> None:
    """Raise ValueError for an instant without a time zone."""
    if at.tzinfo is None:
        raise ValueError(f"{at!r} has no time zone")


def _require_finite(number: object) -> None:
    if isinstance(number, float) and not math.isfinite(number):
        raise ValueError(f"{number!r} cannot be stored in an event")


def _dataclass_check(kind: type[Any]) -> Check | None:
    hints = get_type_hints(kind)
    found = [(field.name, check_of(hints[field.name])) for field in fields(kind)]
    parts = [(name, check) for name, check in found if check is not None]

    def check(value: Any) -> None:
        for name, part in parts:
            part(getattr(value, name))

    return check if parts else None


def _union_check(members: tuple[Any, ...]) -> Check | None:
    checks = [check for check in map(check_of, members) if check is not None]
    if not checks:
        return None
    if len(checks) > 1 or (checks[0] is not _require_finite and set(members) - {NoneType} != {members[0]}):
        raise TypeError(f"cannot tell which of {members} a value is")
    only = checks[0]

    def check(value: Any) -> None:
        if value is not None:
            only(value)

    return check


def _check_each(each: Check | None) -> Check | None:
    if each is None:
        return None

    def check(values: tuple[Any, ...]) -> None:
        for value in values:
            each(value)

    return check


def _tuple_check(members: tuple[Any, ...]) -> Check | None:
    if len(members) == 2 and members[1] is Ellipsis:
        return _check_each(check_of(members[0]))
    checks = [(place, check) for place, check in enumerate(map(check_of, members)) if check is not None]

    def check(values: tuple[Any, ...]) -> None:
        for place, part in checks:
            part(values[place])

    return check if checks else None
