"""Outlines against a count of every pixel edge."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from editor.raster import outline as module
from editor.raster.outline import outline

Array8 = npt.NDArray[np.uint8]
Edge = tuple[int, int, int, int]


def edges(mask: Array8, threshold: int) -> set[Edge]:
    """Every edge of one pixel between inside and outside."""
    inside = np.pad(mask >= threshold, 1)
    found: set[Edge] = set()
    for y in range(mask.shape[0] + 1):
        for x in range(mask.shape[1] + 1):
            if inside[y, x + 1] != inside[y + 1, x + 1]:
                found.add((x, y, x + 1, y))
            if inside[y + 1, x] != inside[y + 1, x + 1]:
                found.add((x, y, x, y + 1))
    return {e for e in found if e[0] <= mask.shape[1] and e[1] <= mask.shape[0]}


def split(segments: npt.NDArray[np.int32]) -> list[Edge]:
    """Segments cut into edges of one pixel."""
    out: list[Edge] = []
    for x0, y0, x1, y1 in segments.tolist():
        if y0 == y1:
            out += [(x, y0, x + 1, y0) for x in range(x0, x1)]
        else:
            assert x0 == x1
            out += [(x0, y, x0, y + 1) for y in range(y0, y1)]
    return out


masks = nps.arrays(
    np.uint8,
    st.tuples(st.integers(0, 9), st.integers(0, 9)),
    elements=st.sampled_from([0, 0, 127, 128, 255]),
)


@settings(max_examples=200, deadline=None)
@given(masks, st.sampled_from([1, 128, 255]), st.sampled_from([1, 2, 256]))
def test_every_edge_once_in_maximal_segments(mask: Array8, threshold: int, band: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_BAND", band)
        segments = outline(mask, threshold)
    assert segments.dtype == np.int32
    assert segments.shape[1] == 4
    pieces = split(segments)
    assert len(pieces) == len(set(pieces))
    assert set(pieces) == edges(mask, threshold)
    starts = {(s[0], s[1], s[1] == s[3]) for s in segments.tolist()}
    ends = {(s[2], s[3], s[1] == s[3]) for s in segments.tolist()}
    assert not starts & ends  # where one segment ended another would not go on
    assert len(starts) == len(segments)


def test_a_rectangle_at_the_border_and_an_offset() -> None:
    mask = np.full((3, 5), 200, np.uint8)
    mask.flags.writeable = False
    expected = [[10, 20, 15, 20], [10, 23, 15, 23], [10, 20, 10, 23], [15, 20, 15, 23]]
    assert outline(mask, x=10, y=20).tolist() == expected
    assert outline(mask, threshold=201).tolist() == []
    assert outline(mask, threshold=0).tolist() == []


def test_a_single_pixel_far_down_a_large_mask() -> None:
    mask = np.zeros((700, 600), np.uint8)
    mask[640, 3] = 255
    assert outline(mask).tolist() == [[3, 640, 4, 640], [3, 641, 4, 641], [3, 640, 3, 641], [4, 640, 4, 641]]


@settings(max_examples=100, deadline=None)
@given(masks, st.integers(0, 40))
def test_more_than_the_limit_is_none(mask: Array8, limit: int) -> None:
    segments = outline(mask)
    limited = outline(mask, limit=limit)
    if len(segments) > limit:
        assert limited is None
    else:
        assert limited is not None
        assert np.array_equal(limited, segments)


def test_noise_is_given_up_before_all_of_it_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    count = np.flatnonzero

    def counted(values: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
        looked.append(values.size)
        return count(values)

    noise = np.random.default_rng(1).integers(0, 256, (4000, 300), np.uint8)
    monkeypatch.setattr(np, "flatnonzero", counted)
    assert outline(noise, limit=1000) is None
    assert sum(looked) < noise.size / 8


def test_both_depths_have_the_same_outline() -> None:
    mask = np.random.default_rng(2).integers(0, 256, (40, 50), np.uint8)
    deep = mask.astype(np.uint16) * 257
    assert np.array_equal(outline(deep, threshold=128 * 257), outline(mask))
