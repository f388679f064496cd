"""How messages travel over a pipe: a line of JSON with its length, then the arrays that it names, as raw bytes.

A message is a dict of plain data whose values may be NumPy arrays. Layout: ``PNT`` and a version byte, the JSON's
length (uint32, little-endian), the JSON (UTF-8), then the arrays in order. No pickle: reading a message runs no code.
"""

from __future__ import annotations

import json
import math
import struct
from typing import IO, Any

import numpy as np
import numpy.typing as npt

VERSION = 2

Message = dict[str, Any]

_HEAD = struct.Struct("<3sBI")
_MAGIC = b"PNT"
_ARRAY = "$array"
_MAX_JSON = 1 << 24
_MAX_ARRAY = 1 << 34
_DTYPES = frozenset({"uint8", "uint16", "float32"})


class WireError(Exception):
    """The other side does not speak this protocol, or stopped in mid-sentence."""


def write_message(stream: IO[bytes], message: Message) -> None:
    """Arrays may be of dtype uint8, uint16 or float32 and may stand anywhere in the message."""
    arrays: list[npt.NDArray[Any]] = []

    def describe(value: object) -> dict[str, Any]:
        if not isinstance(value, np.ndarray):
            raise TypeError(f"{type(value).__name__} does not travel")
        if value.dtype.name not in _DTYPES:
            raise TypeError(f"arrays of {value.dtype} do not travel")
        arrays.append(np.ascontiguousarray(value))
        return {_ARRAY: len(arrays) - 1, "dtype": value.dtype.name, "shape": value.shape}

    text = json.dumps(message, default=describe).encode()
    stream.write(_HEAD.pack(_MAGIC, VERSION, len(text)) + text)
    for array in arrays:
        if array.size:
            stream.write(array.data.cast("B"))
    stream.flush()


def read_message(stream: IO[bytes]) -> Message | None:
    """None at a clean end of the stream; WireError where it ends half way or is not the protocol."""
    head = stream.read(_HEAD.size)
    if not head:
        return None
    if len(head) < _HEAD.size:
        raise WireError("the stream ended within a message")
    magic, version, length = _HEAD.unpack(head)
    if magic != _MAGIC:
        raise WireError(f"not a message: it starts with {head!r}")
    if version != VERSION:
        raise WireError(
            f"the other side speaks version {version} of the protocol, this side version {VERSION}"
        )
    if length > _MAX_JSON:
        raise WireError(f"a message of {length} bytes")
    try:
        message = json.loads(_read(stream, length))
    except ValueError as error:
        raise WireError(f"not a message: {error}") from error
    if not isinstance(message, dict):
        raise WireError("not a message: it is no table")
    return {name: _with_arrays(stream, value) for name, value in message.items()}


def _with_arrays(stream: IO[bytes], value: Any) -> Any:
    """The value with every description replaced by its array; they follow each other as they were described."""
    match value:
        case dict() if _ARRAY in value:
            return _read_array(stream, value)
        case dict():
            return {name: _with_arrays(stream, each) for name, each in value.items()}
        case list():
            return [_with_arrays(stream, each) for each in value]
    return value


def _read_array(stream: IO[bytes], description: dict[str, Any]) -> npt.NDArray[Any]:
    name, shape = description["dtype"], tuple(int(side) for side in description["shape"])
    if name not in _DTYPES or any(side < 0 for side in shape):
        raise WireError(f"an array of {name} {shape}")
    size = math.prod(shape) * np.dtype(name).itemsize
    if size > _MAX_ARRAY:
        raise WireError(f"an array of {size} bytes")
    return np.frombuffer(_read(stream, size), np.dtype(name)).reshape(shape)


def _read(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise WireError("the stream ended within a message")
    return data
