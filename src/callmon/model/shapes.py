"""How a type is written as JSON and read back, worked out from its type hints; reading is strict.

A new field of a dataclass needs nothing here. What equals its default is left out and filled in again; what
is not known is ignored, so that a newer peer can be read. Arrays are ``typecode:base64``, little-endian.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import functools
import sys
import types
import typing
from array import array
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, Generic, TypeVar

from callmon.model.frames import Json
from callmon.model.text import printable

LARGEST = 1e18
"""No number that is read is further from zero; sums and squares of such numbers stay finite."""

ARRAY_BYTES = 4_194_304
"""Largest array that is read, in bytes."""

_INTEGERS, _FLOATS = "iq", "fd"
_Item = TypeVar("_Item")


class ShapeError(ValueError):
    """A value that is not of its type: where, and what is wrong, in one sentence."""


@dataclasses.dataclass(frozen=True, slots=True)
class Shape:
    """How one type is written and read; ``read`` raises ShapeError."""

    write: Callable[[Any], Json]
    read: Callable[[Json], Any]


class _ArrayOf(Generic[_Item]):
    """Stands for array.array in hints: before Python 3.12 that cannot be subscripted at run time."""


def shape_of(hint: Any) -> Shape:
    """Return the shape of a type hint; TypeError for a hint that has none."""
    return _shape_of(hint)


@functools.cache
def _shape_of(hint: Any) -> Shape:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if hint in _SIMPLE:
        return _SIMPLE[hint]
    if origin in (typing.Union, types.UnionType):
        return _optional(inner)
    if origin in (dict, Mapping):
        return _mapping(shape_of(inner[1]), inner[0])
    if origin is tuple and (len(inner) != 2 or inner[1] is not Ellipsis):
        return _record([shape_of(item) for item in inner])
    if origin in (list, tuple, Sequence):
        return _many(shape_of(inner[0]), list if origin is list else tuple)
    if origin is _ArrayOf:
        return _array(_INTEGERS if inner[0] is int else _FLOATS)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _enum(hint)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _fields(hint)
    raise TypeError(f"{hint!r} has no shape")


def _write_float(value: float) -> float | None:
    return value if -LARGEST <= value <= LARGEST else None


def _read_float(value: Json) -> float:
    kind = type(value)
    if kind is not float and kind is not int:
        raise ShapeError(f"{_name(value)} where a number belongs")
    if not -LARGEST <= value <= LARGEST:
        raise ShapeError("a number that is out of range")
    return float(value)


def _read_int(value: Json) -> int:
    if type(value) is not int:
        raise ShapeError(f"{_name(value)} where a whole number belongs")
    if not -(2**63) <= value < 2**63:
        raise ShapeError("a number that is out of range")
    return value


def _read_str(value: Json) -> str:
    if type(value) is not str:
        raise ShapeError(f"{_name(value)} where a text belongs")
    if not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value):
        raise ShapeError("a text with half a character")
    return value


def _read_bool(value: Json) -> bool:
    if value is not True and value is not False:
        raise ShapeError(f"{_name(value)} where true or false belongs")
    return value


def _same(value: Any) -> Any:
    return value


_SIMPLE: Mapping[Any, Shape] = {
    str: Shape(_same, _read_str),
    float: Shape(_write_float, _read_float),
    int: Shape(_same, _read_int),
    bool: Shape(_same, _read_bool),
    object: Shape(_same, _same),
    Any: Shape(_same, _same),
}


def _name(value: Json) -> str:
    """Return what a JSON value is, in words."""
    if value is None:
        return "nothing"
    names = {bool: "true or false", int: "a number", float: "a number", str: "a text", list: "a list"}
    return names.get(type(value), "an object" if isinstance(value, dict) else "something else")


def _optional(inner: tuple[Any, ...]) -> Shape:
    rest = [item for item in inner if item is not type(None)]
    if len(rest) != 1 or len(rest) == len(inner):
        raise TypeError(f"a union of {inner!r} has no shape")
    shape = shape_of(rest[0])
    write, read = shape.write, shape.read
    return Shape(
        write if write is _same else lambda value: None if value is None else write(value),
        lambda value: None if value is None else read(value),
    )


def _mapping(shape: Shape, key: Any) -> Shape:
    write, read = shape.write, shape.read
    if key not in (str, int):
        raise TypeError(f"a mapping with keys of {key!r} has no shape")

    def write_mapping(value: Mapping[Any, Any]) -> Json:
        if key is int:
            return {str(name): write(item) for name, item in value.items()}
        if write is _write_float:
            return {name: item for name, item in value.items() if -LARGEST <= item <= LARGEST}
        return dict(value) if write is _same else {name: write(item) for name, item in value.items()}

    def read_mapping(value: Json) -> dict[Any, Any]:
        if not isinstance(value, dict):
            raise ShapeError(f"{_name(value)} where an object belongs")
        found: dict[Any, Any] = {}
        for name, item in value.items():
            _read_str(name)
            try:
                found[name if key is str else _read_key(name)] = read(item)
            except ShapeError as error:
                raise ShapeError(f"{printable(name[:60])}: {error}") from None
        return found

    return Shape(write_mapping, read_mapping)


def _read_key(name: str) -> int:
    try:
        number = int(name[:24])  # longer ones are out of range whatever follows
    except ValueError:
        raise ShapeError("not a whole number") from None
    return _read_int(number)


def _many(shape: Shape, kind: type[list[Any]] | type[tuple[Any, ...]]) -> Shape:
    write, read = shape.write, shape.read

    def read_many(value: Json) -> Any:
        if not isinstance(value, list):
            raise ShapeError(f"{_name(value)} where a list belongs")
        found: list[Any] = []
        for item in value:
            try:
                found.append(read(item))
            except ShapeError as error:
                raise ShapeError(f"{len(found)}: {error}") from None
        return found if kind is list else tuple(found)

    return Shape(lambda value: [write(item) for item in value], read_many)


def _record(shapes: list[Shape]) -> Shape:
    def read_record(value: Json) -> tuple[Any, ...]:
        if not isinstance(value, list) or len(value) != len(shapes):
            raise ShapeError(f"{_name(value)} where a list of {len(shapes)} belongs")
        return tuple(shape.read(item) for shape, item in zip(shapes, value, strict=True))

    if all(shape.write is _write_float for shape in shapes):
        return Shape(lambda value: [*map(_write_float, value)], read_record)
    return Shape(
        lambda value: [shape.write(item) for shape, item in zip(shapes, value, strict=True)], read_record
    )


def _enum(kind: type[Enum]) -> Shape:
    def read_enum(value: Json) -> Enum:
        try:
            return kind(value)
        except (ValueError, TypeError):
            raise ShapeError(f"a {kind.__name__.lower()} that is not known") from None

    return Shape(lambda value: value.value, read_enum)


def _array(codes: str) -> Shape:
    def write_array(value: array[Any]) -> str:
        if sys.byteorder == "big":
            value = value[:]
            value.byteswap()
        return f"{value.typecode}:{base64.b64encode(value).decode('ascii')}"

    def read_array(value: Json) -> array[Any]:
        if not isinstance(value, str) or value[1:2] != ":" or value[0] not in codes:
            raise ShapeError(f"no array of {' or '.join(codes)}")
        if len(value) * 3 // 4 > ARRAY_BYTES:
            raise ShapeError(f"an array of more than {ARRAY_BYTES} bytes")
        found: array[Any] = array(value[0])
        try:
            found.frombytes(base64.b64decode(value[2:], validate=True))
        except (binascii.Error, ValueError):
            raise ShapeError("an array that is cut or garbled") from None
        if sys.byteorder == "big":
            found.byteswap()
        return found

    return Shape(write_array, read_array)


def _plain_default(field: dataclasses.Field[Any]) -> Any:
    """Return the default that need not be written, or MISSING."""
    if field.default_factory in (dict, list):
        return field.default_factory()
    return field.default


def _fields(kind: type[Any]) -> Shape:
    """Return the shape of a dataclass: an object with a key for each field that is not at its default."""
    hints = typing.get_type_hints(kind, localns={"array": _ArrayOf})
    fields = [field for field in dataclasses.fields(kind) if field.init]
    writers = [(field.name, shape_of(hints[field.name]).write, _plain_default(field)) for field in fields]
    readers = {field.name: shape_of(hints[field.name]).read for field in fields}
    needed = {
        field.name
        for field in fields
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    }

    def write_fields(value: Any) -> Json:
        found: dict[str, Json] = {}
        for name, write, default in writers:
            item = getattr(value, name)
            if item is not default and item != default:
                found[name] = item if write is _same else write(item)
        return found

    def read_fields(value: Json) -> Any:
        if not isinstance(value, dict):
            raise ShapeError(f"{_name(value)} where an object belongs")
        found: dict[str, Any] = {}
        for name, item in value.items():
            read = readers.get(name)
            if read is not None:
                try:
                    found[name] = read(item)
                except ShapeError as error:
                    raise ShapeError(f"{name}: {error}") from None
        absent = needed - found.keys()
        if absent:
            raise ShapeError(f"{min(absent)} is missing")
        return kind(**found)

    return Shape(write_fields, read_fields)
