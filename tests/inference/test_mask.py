"""The masks of a fill: opaque inside the selection, soft only outside, zero beyond the softness."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from inference.mask import composite_mask, model_mask, reach, soft_model_mask

selections = arrays.arrays(
    np.uint8,
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
    elements=st.sampled_from([0, 0, 0, 0, 90, 255]),
)
widths = st.integers(0, 12)


def distance(inside: np.ndarray) -> np.ndarray:
    """Brute force."""
    ys, xs = np.nonzero(inside)
    out = np.full(inside.shape, np.inf)
    for y in range(inside.shape[0]):
        for x in range(inside.shape[1]):
            if len(ys):
                out[y, x] = np.sqrt(((ys - y) ** 2 + (xs - x) ** 2).min())
    return out


@given(selections, widths, widths)
def test_composite_mask(selection: np.ndarray, grow: int, feather: int) -> None:
    mask = composite_mask(selection, grow, feather)
    away = distance(selection == 255)
    assert (mask >= selection).all()
    assert (mask[selection == 255] == 255).all()
    assert (mask[away <= grow] == 255).all()
    beyond = (away > reach(grow, feather)) & (selection == 0)
    assert (mask[beyond] == 0).all()
    if np.isfinite(away).all():  # without partly selected pixels, softness falls with the distance
        plain = composite_mask(np.where(selection == 255, selection, np.uint8(0)), grow, feather)
        order = np.argsort(away, axis=None)
        assert (np.diff(plain.ravel()[order].astype(int)) <= 1).all()


@given(selections, widths)
def test_model_mask_covers_all_that_is_shown(selection: np.ndarray, grow: int) -> None:
    shown = composite_mask(selection, 2, 3)
    repainted = model_mask(shown, grow)
    assert set(np.unique(repainted)) <= {0, 255}
    assert (repainted[shown > 0] == 255).all()
    assert (repainted[distance(shown > 0) > grow] == 0).all()


def test_a_hard_selection_without_softness_is_itself() -> None:
    selection = np.zeros((9, 9), np.uint8)
    selection[3:6, 3:6] = 255
    mask = composite_mask(selection, 0, 0)
    assert np.array_equal(mask, selection)
    assert mask is not selection


def test_a_partly_selected_region_is_respected() -> None:
    selection = np.full((20, 20), 100, np.uint8)
    assert np.array_equal(composite_mask(selection, 4, 12), selection)


def test_softness_falls_to_half_in_the_middle_of_the_feather() -> None:
    selection = np.zeros((1, 60), np.uint8)
    selection[:, :10] = 255
    mask = composite_mask(selection, 4, 20)
    assert mask[0, 13] == 255
    assert abs(int(mask[0, 9 + 4 + 10]) - 128) <= 1
    assert mask[0, 9 + 4 + 20] == 0


@given(selections, widths, widths)
def test_the_soft_mask_is_as_soft_as_what_is_shown_and_wider(
    selection: np.ndarray, feather: int, grow: int
) -> None:
    shown = composite_mask(selection, 2, feather)
    soft = soft_model_mask(shown, grow)
    assert (soft >= shown).all()
    assert set(np.unique(soft)) <= set(np.unique(shown))
    assert np.array_equal(soft == 255, distance(shown == 255) <= grow)
    assert np.array_equal(soft > 0, model_mask(shown, grow) > 0)
