"""Values of known types as JSON and back, by their type hints: frozen dataclasses, and what their fields are made of.

The reader says what type it expects, so nothing that arrives can name a class or a function; what does not fit is
refused. Numbers that JSON lacks (NaN, infinities) are written as Python's `json` writes them: both ends are ours.
"""

import types
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints


class CodecError(ValueError):
    """What arrived is not what was expected."""


def to_wire(value: Any, kind: Any) -> Any:
    """Return a value of a type as what `json` writes.

    Worked example: `Place("1f", 2.5)` becomes `{"recording_id": "1f", "time_s": 2.5}`; where a `Moment | Place` is
    expected, `{"Place": {...}}`.

    Raises:
        TypeError: The type is none that travels, or the value is not of it.
    """
    origin, inner = get_origin(kind), get_args(kind)
    if origin in _UNIONS:
        return _union_to_wire(value, inner)
    if _has_fields(kind):
        return {name: to_wire(getattr(value, name), hint) for name, hint in _hints(kind).items()}
    if origin in _SEQUENCES:
        kinds = _members(origin, inner, len(value))
        return [to_wire(one, hint) for one, hint in zip(value, kinds, strict=True)]
    if origin in _MAPPINGS:
        return {str(to_wire(key, inner[0])): to_wire(one, inner[1]) for key, one in value.items()}
    return _scalar_to_wire(value, kind)


def from_wire(data: Any, kind: Any) -> Any:
    """Return the value that `to_wire` wrote.

    Raises:
        CodecError: The data do not describe a value of this type.
    """
    origin, inner = get_origin(kind), get_args(kind)
    if origin in _UNIONS:
        return _union_from_wire(data, inner)
    if _has_fields(kind):
        return _dataclass_from_wire(data, kind)
    if origin in _SEQUENCES:
        if not isinstance(data, list):
            raise _unfit(data, kind)
        kinds = _members(origin, inner, len(data))
        if len(kinds) != len(data):
            raise _unfit(data, kind)
        return _SEQUENCES[origin](from_wire(one, hint) for one, hint in zip(data, kinds, strict=True))
    if origin in _MAPPINGS:
        if not isinstance(data, dict):
            raise _unfit(data, kind)
        return {from_wire(key, inner[0]): from_wire(one, inner[1]) for key, one in data.items()}
    if origin is Literal:
        if data not in inner:
            raise _unfit(data, kind)
        return data
    return _scalar_from_wire(data, kind)


@cache
def described(kind: Any) -> str:
    """Return a type with all that it is made of, in words that change when any of it does."""
    if kind is None or kind is type(None):
        return "null"
    if _has_fields(kind):
        inside = ", ".join(f"{name}: {described(hint)}" for name, hint in _hints(kind).items())
        return f"{getattr(kind, '__name__', kind)}({inside})"
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Literal:
        return f"one of {inner}"
    if origin is not None:
        name = "union" if origin in _UNIONS else origin.__name__
        return f"{name}[{', '.join('...' if one is ... else described(one) for one in inner)}]"
    if isinstance(kind, type) and issubclass(kind, Enum):
        return f"{kind.__name__}({', '.join(str(one.value) for one in kind)})"
    return str(getattr(kind, "__name__", kind))


def _has_fields(kind: Any) -> bool:
    return is_dataclass(kind)


@cache
def _hints(kind: Any) -> Mapping[str, Any]:
    """Return the types of a dataclass's fields."""
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def _members(origin: Any, inner: tuple[Any, ...], length: int) -> tuple[Any, ...]:
    """Return the type of each member of a sequence; of a tuple of fixed length, one for each place."""
    if origin is tuple and not (len(inner) == 2 and inner[1] is ...):
        return inner
    return (inner[0],) * length


def _union_to_wire(value: Any, inner: tuple[Any, ...]) -> Any:
    if value is None and type(None) in inner:
        return None
    kinds = [kind for kind in inner if kind is not type(None)]
    if len(kinds) == 1:
        return to_wire(value, kinds[0])
    for kind in kinds:
        if type(value) is kind:
            return {kind.__name__: to_wire(value, kind)}
    raise TypeError(f"{value!r} is none of {', '.join(described(kind) for kind in kinds)}")


def _union_from_wire(data: Any, inner: tuple[Any, ...]) -> Any:
    if data is None and type(None) in inner:
        return None
    kinds = [kind for kind in inner if kind is not type(None)]
    if len(kinds) == 1:
        return from_wire(data, kinds[0])
    if isinstance(data, dict) and len(data) == 1:
        ((name, content),) = data.items()
        for kind in kinds:
            if kind.__name__ == name:
                return from_wire(content, kind)
    raise CodecError(f"{_cut(data)} is none of {', '.join(described(kind) for kind in kinds)}")


def _dataclass_from_wire(data: Any, kind: Any) -> Any:
    hints = _hints(kind)
    if not isinstance(data, dict) or data.keys() != hints.keys():
        raise _unfit(data, kind)
    values = {name: from_wire(data[name], hint) for name, hint in hints.items()}
    try:
        return kind(**values)
    except ValueError as error:
        raise CodecError(f"{_cut(data)} is no {described(kind)}: {error}") from error


def _scalar_to_wire(value: Any, kind: Any) -> Any:
    if get_origin(kind) is Literal and value in get_args(kind):
        return value
    if isinstance(kind, type) and issubclass(kind, Enum) and isinstance(value, kind):
        return value.value
    if kind in _SCALARS and isinstance(value, _SCALARS[kind][0]):
        return _SCALARS[kind][1](value)
    raise TypeError(f"{value!r} cannot travel as {described(kind)}")


def _scalar_from_wire(data: Any, kind: Any) -> Any:
    try:
        if kind is type(None) and data is None:
            return None
        if isinstance(kind, type) and issubclass(kind, Enum) and isinstance(data, str):
            return kind(data)
        if kind in _SCALARS:
            _, _, accepted, read = _SCALARS[kind]
            if isinstance(data, accepted) and isinstance(data, bool) == (kind is bool):
                return read(data)
    except (ValueError, OverflowError) as error:
        raise _unfit(data, kind) from error
    raise _unfit(data, kind)


def _unfit(data: Any, kind: Any) -> CodecError:
    return CodecError(f"{_cut(data)} is no {described(kind)}")


def _cut(data: Any) -> str:
    text = repr(data)
    return text if len(text) <= 80 else f"{text[:79]}…"


def _float(value: Any) -> float:
    return float(value)  # NumPy's are floats, but not to `json`


_UNIONS = (Union, types.UnionType)
_SEQUENCES: Mapping[Any, Callable[..., Any]] = {list: list, tuple: tuple, frozenset: frozenset}
_MAPPINGS = (dict, Mapping)
_SCALARS: Mapping[Any, tuple[Any, Callable[[Any], Any], Any, Callable[[Any], Any]]] = {
    # What may be given, how it is written, what is accepted back, how it is read.
    str: (str, str, str, str),
    bool: (bool, bool, bool, bool),
    int: (int, int, int, int),
    float: ((float, int), _float, (float, int), float),
    bytes: (bytes, lambda data: b64encode(data).decode("ascii"), str, lambda text: b64decode(text, validate=True)),
    Path: (Path, str, str, Path),
    datetime: (datetime, datetime.isoformat, str, datetime.fromisoformat),
    date: (date, date.isoformat, str, date.fromisoformat),
    time: (time, time.isoformat, str, time.fromisoformat),
    type(None): (type(None), lambda none: none, type(None), lambda none: none),
}
