"""Messages over a pipe: what goes in comes out, and what is broken is refused."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from inference.wire import VERSION, WireError, read_message, write_message

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.text(max_size=20)
    | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
array = st.sampled_from([np.uint8, np.uint16, np.float32]).flatmap(
    lambda dtype: arrays.arrays(
        dtype,
        arrays.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=5),
        elements={"allow_nan": False} if dtype is np.float32 else None,
    )
)


def written(message: dict[str, object]) -> bytes:
    stream = io.BytesIO()
    write_message(stream, message)
    return stream.getvalue()


@given(
    st.dictionaries(st.text(max_size=6), plain | array, max_size=5).filter(
        lambda m: not any(isinstance(v, dict) and "$array" in v for v in m.values())
    )
)
def test_round_trip(message: dict[str, object]) -> None:
    read = read_message(io.BytesIO(written(message) * 2))
    assert read is not None
    assert read.keys() == message.keys()
    for name, value in message.items():
        if isinstance(value, np.ndarray):
            assert read[name].dtype == value.dtype
            assert read[name].shape == value.shape
            assert np.array_equal(read[name], value)
        else:
            assert read[name] == value


def test_a_view_that_is_not_contiguous() -> None:
    view = np.arange(60, dtype=np.uint8).reshape(6, 10)[::2, ::3]
    read = read_message(io.BytesIO(written({"image": view})))
    assert read is not None
    assert np.array_equal(read["image"], view)


def test_the_end() -> None:
    assert read_message(io.BytesIO(b"")) is None


def test_any_truncation_is_noticed() -> None:
    whole = written({"type": "fill", "image": np.ones((3, 4), np.uint8)})
    for length in range(1, len(whole)):
        with pytest.raises(WireError):
            read_message(io.BytesIO(whole[:length]))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"Traceback (most recent call last)", "not a message"),
        (struct.pack("<3sBI", b"PNT", 99, 2) + b"{}", "version 99"),
        (struct.pack("<3sBI", b"PNT", VERSION, 1 << 30), "bytes"),
        (struct.pack("<3sBI", b"PNT", VERSION, 2) + b"{]", "not a message"),
    ],
)
def test_what_is_no_message(data: bytes, says: str) -> None:
    with pytest.raises(WireError, match=says):
        read_message(io.BytesIO(data))


@pytest.mark.parametrize(
    "described", [{"dtype": "object", "shape": [1]}, {"dtype": "uint8", "shape": [1 << 40]}]
)
def test_arrays_that_are_refused(described: dict[str, object]) -> None:
    stream = io.BytesIO()
    write_message(stream, {"a": {"$array": 0, **described}})
    with pytest.raises(WireError, match="an array of"):
        read_message(io.BytesIO(stream.getvalue()))


def test_other_dtypes_do_not_travel() -> None:
    with pytest.raises(TypeError):
        write_message(io.BytesIO(), {"a": np.zeros(2, np.float64)})
