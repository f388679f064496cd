"""Growing and shrinking against the definition, pixel by pixel."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from editor.raster import morphology as module
from editor.raster.morphology import border, grow, shrink

Mask = npt.NDArray[Any]

soft_masks = nps.arrays(
    np.uint8,
    st.tuples(st.integers(1, 30), st.integers(1, 30)),
    elements=st.sampled_from([0] * 12 + [60, 128, 255]),
)
hard_masks = nps.arrays(
    np.uint8, st.tuples(st.integers(1, 30), st.integers(1, 30)), elements=st.sampled_from([0] * 12 + [255])
)
radii = st.sampled_from([1, 1.5, 2, 3, 5, 8.3, 13])


def grown(mask: Mask, radius: float) -> Mask:
    """By definition: the most of what lies within the radius."""
    out = mask.copy()
    height, width = mask.shape
    most = math.floor(radius)
    for dy in range(-most, most + 1):
        for dx in range(-most, most + 1):
            if dx * dx + dy * dy <= radius * radius and abs(dy) < height and abs(dx) < width:
                target = out[max(dy, 0) : height + min(dy, 0), max(dx, 0) : width + min(dx, 0)]
                source = mask[max(-dy, 0) : height + min(-dy, 0), max(-dx, 0) : width + min(-dx, 0)]
                np.maximum(target, source, out=target)
    return out


@settings(max_examples=80, deadline=None)
@given(soft_masks, radii, st.sampled_from([1, 7, 64]), st.booleans())
def test_growing_is_what_it_is_by_definition(mask: Mask, radius: float, band: int, deep: bool) -> None:
    mask = mask.astype(np.uint16) * 257 if deep else mask
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_BAND", band)
        result = grow(mask, radius)
    assert result.dtype == mask.dtype
    assert np.array_equal(result, grown(mask, radius))


@settings(max_examples=60, deadline=None)
@given(hard_masks, radii, st.booleans())
def test_by_distance_it_is_the_same_where_nothing_is_soft(mask: Mask, radius: float, deep: bool) -> None:
    mask = mask.astype(np.uint16) * 257 if deep else mask
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_SMALL", 0)
        assert np.array_equal(grow(mask, radius), grown(mask, radius))


def test_a_soft_edge_moves_as_it_is() -> None:
    ys, xs = np.mgrid[:400, :400]
    distance = np.hypot(xs - 200, ys - 200)
    ramp = np.rint(np.clip((80 - distance) / 40, 0, 1) * 255).astype(np.uint8)
    moved = np.rint(np.clip((80 + 60 - distance) / 40, 0, 1) * 255)
    assert np.abs(grow(ramp, 60).astype(int) - moved).max() <= 255 / 40 + 1  # a pixel's worth


@settings(max_examples=60, deadline=None)
@given(soft_masks, radii)
def test_order(mask: Mask, radius: float) -> None:
    """Grown contains; shrunk is contained; to grow and then shrink leaves nothing out."""
    larger, smaller = grow(mask, radius), shrink(mask, radius)
    assert (larger >= mask).all() and (smaller <= mask).all()
    assert (shrink(larger, radius) >= mask).all()
    assert (grow(smaller, radius) <= mask).all()
    assert np.array_equal(smaller, 255 - grown(255 - mask, radius))


def test_nothing_changes_beyond_the_radius() -> None:
    mask = np.zeros((200, 200), np.uint8)
    mask[100, 100] = 255
    for radius in (7, 60):
        ys, xs = np.nonzero(grow(mask, radius))
        assert np.hypot(xs - 100, ys - 100).max() == radius
        assert len(ys) == pytest.approx(math.pi * radius**2, rel=0.04)


def test_at_the_edge_of_the_array_a_mask_goes_on() -> None:
    mask = np.full((20, 30), 255, np.uint8)
    assert (shrink(mask, 5) == 255).all()
    assert not border(mask, 4).any()
    mask[:, 20:] = 0
    assert (shrink(mask, 5)[:, :15] == 255).all() and not shrink(mask, 5)[:, 15:].any()


@pytest.mark.parametrize(("width", "outside", "inside"), [(1, 1, 0), (2, 1, 1), (5, 3, 2), (100, 50, 50)])
def test_a_border_is_as_wide_as_it_says(width: int, outside: int, inside: int) -> None:
    mask = np.zeros((9, 300), np.uint8)
    mask[:, 150:] = 255
    band = border(mask, width)
    assert (band[:, 150 - outside : 150 + inside] == 255).all()
    assert np.count_nonzero(band) == 9 * width


@pytest.mark.parametrize("change", [grow, shrink])
def test_less_than_a_pixel_and_nothing_at_all(change: Any) -> None:
    mask = np.array([[0, 255], [7, 0]], np.uint8)
    assert np.array_equal(change(mask, 0.9), mask)
    assert not np.shares_memory(change(mask, 0), mask)
    assert change(np.zeros((0, 5), np.uint8), 3).shape == (0, 5)
    assert not grow(np.zeros((5, 5), np.uint8), 60).any()
