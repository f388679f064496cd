"""Harmonise: what is fitted in, what stays to the bit, and a stand-in engine that gives the truth in a wrong colour."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as run_with
from hypothesis import strategies as st
from PIL import Image

from inference.harmonise import Harmony, harmonise, membrane
from inference.mask import Mask, composite_mask, model_mask
from inference.request import Array8

PHOTO = Path(__file__).parents[2] / "resources" / "samples" / "picos-de-europa.jpg"
ALL = Harmony(1, 1, 1)
GROW, FEATHER, BEYOND = 2, 6, 2


def smooth(height: int = 160, width: int = 200) -> Array8:
    ys, xs = np.mgrid[:height, :width]
    planes = [60 + xs * 0.4, 90 + ys * 0.5, 120 + 30 * np.sin(xs / 40), np.full(xs.shape, 255)]
    return np.rint(np.stack(planes, -1)).astype(np.uint8)


def ellipse(height: int, width: int, part: float = 0.25) -> Mask:
    selection = np.zeros((height, width), np.uint8)
    axes = (round(width * part), round(height * part))
    cv2.ellipse(selection, (width // 2, height // 2), axes, 0, 0, 360, 255, -1)
    return selection


def masks(selection: Mask) -> tuple[Mask, Mask]:
    """What is shown, and what the engine repaints."""
    shown = composite_mask(selection, GROW, FEATHER)
    return shown, model_mask(shown, BEYOND)


def stand_in(truth: Array8, repainted: Mask, cast: tuple[int, ...], blur: float, noise: float) -> Array8:
    """The true pixels with a cast, blurred, and with a noise of its own."""
    values = truth[..., :3].astype(np.float32)
    values = cv2.GaussianBlur(values, (0, 0), blur) if blur else values
    values = values + cast + np.random.default_rng(5).normal(0, noise, values.shape)
    patch = truth.copy()
    where = repainted > 0
    patch[where, :3] = np.clip(np.rint(values), 0, 255).astype(np.uint8)[where]
    return patch


def composited(patch: Array8, below: Array8, shown: Mask) -> Array8:
    share = shown[..., None] / 255
    return np.rint(patch * share + below * (1 - share)).astype(np.uint8)


def step(picture: Array8, truth: Array8, inside: Mask) -> float:
    """How much more the tone changes across the border than in truth, in grey levels."""
    error = picture[..., :3].astype(np.float32) - truth[..., :3]
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
    within = (inside > 0) & (cv2.erode(inside, disc) == 0)
    outside = (inside == 0) & (cv2.dilate(inside, disc) > 0)
    return float(np.abs(error[within].mean(0) - error[outside].mean(0)).mean())


def seam(picture: Array8, truth: Array8, inside: Mask) -> float:
    """log2 of the contrast across the border over the truth's."""

    def contrast(rgba: Array8) -> float:
        values = rgba[..., :3].astype(np.float32)
        down, across = inside[1:] != inside[:-1], inside[:, 1:] != inside[:, :-1]
        steps = [np.abs(np.diff(values, axis=0))[down], np.abs(np.diff(values, axis=1))[across]]
        return float(np.concatenate(steps).mean())

    return float(np.log2(contrast(picture) / contrast(truth)))


def test_the_truth_in_another_colour_blurred_and_with_other_noise() -> None:
    """Colour casts of ±12: no tonal step anywhere, and the border's contrast is the truth's in the mean."""
    photo = np.asarray(Image.open(PHOTO).convert("RGB"))
    seams = []
    for x, y in ((300, 200), (700, 420), (900, 150), (100, 450)):
        rgb = photo[y : y + 280, x : x + 320]
        truth = np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])
        selection = ellipse(280, 320)
        shown, repainted = masks(selection)
        edge = np.where(shown > 127, np.uint8(255), np.uint8(0))
        for cast in ((12, 12, 12), (-12, 12, -12), (12, -12, -12)):
            patch = stand_in(truth, repainted, cast, 0.8, 2)
            fitted = harmonise(patch, truth, repainted, selection, shown, ALL, 3)
            picture = composited(fitted, truth, shown)
            assert step(composited(patch, truth, shown), truth, edge) > 3
            assert max(step(picture, truth, selection), step(picture, truth, edge)) < 1
            seams.append(seam(picture, truth, edge))
    assert abs(np.mean(seams)) < 0.15
    assert max(np.abs(seams)) < 0.5


def test_a_plain_cast_goes_whatever_is_painted() -> None:
    truth, selection = smooth(), ellipse(160, 200)
    shown, repainted = masks(selection)
    patch = stand_in(truth, repainted, (12, -12, 12), 0, 0)
    for harmony in (Harmony(colour=1), Harmony(blend=1), Harmony(1, 1)):
        fitted = harmonise(patch, truth, repainted, selection, shown, harmony)
        off = np.abs(fitted[..., :3].astype(int) - truth[..., :3])[shown > 0]
        assert off.mean() < 1.5 and off.max() <= 6
    half = harmonise(patch, truth, repainted, selection, shown, Harmony(blend=0.5))
    off = (half[..., 0].astype(int) - truth[..., 0])[selection > 0]
    assert abs(off.mean() - 6) < 1


def test_a_cast_that_varies_along_the_border_goes_too() -> None:
    truth, selection = smooth(), ellipse(160, 200)
    shown, repainted = masks(selection)
    tilt = np.linspace(-15, 15, 200)[None, :, None]
    patch = truth.copy()
    painted = np.clip(truth[..., :3] + tilt, 0, 255).astype(np.uint8)
    patch[repainted > 0, :3] = painted[repainted > 0]
    fitted = harmonise(patch, truth, repainted, selection, shown, Harmony(blend=1))
    off = np.abs(fitted[..., :3].astype(int) - truth[..., :3])[shown > 0]
    assert off.mean() < 1.5 and off.max() <= 5


@given(
    st.integers(0, 1000),
    st.sampled_from(["soft", "hard", "edge"]),
    st.tuples(*[st.sampled_from([0.0, 0.4, 1.0])] * 3),
    st.sampled_from([np.uint8, np.uint16]),
)
@run_with(max_examples=30, deadline=None)
def test_nothing_else_changes(
    seed: int, kind: str, strengths: tuple[float, float, float], dtype: type[np.uint8] | type[np.uint16]
) -> None:
    random = np.random.default_rng(seed)
    below = random.integers(0, 256, (70, 90, 4), np.uint8)
    below[..., 3] = random.choice([0, 120, 255], (70, 90))
    x, y = random.integers(0, 60), random.integers(0, 40)
    selection = np.zeros((70, 90), np.uint8)
    selection[y : y + 30, x : x + 30] = 255 if kind != "soft" else random.integers(0, 256, (30, 30))[: 70 - y]
    if kind == "edge":
        selection[:, :20] = 255
    shown, repainted = masks(selection)
    patch = below.copy()
    patch[repainted > 0] = random.integers(0, 256, (np.count_nonzero(repainted), 4))
    if dtype == np.uint16:
        below, patch = below * np.uint16(257), patch * np.uint16(257)
    harmony = Harmony(*strengths)
    fitted = harmonise(patch, below, repainted, selection, shown, harmony, seed)
    assert fitted.dtype == dtype
    assert np.array_equal(fitted[..., 3], patch[..., 3])
    same = (shown == 0) | (repainted == 0)
    assert np.array_equal(fitted[same], patch[same])
    assert np.array_equal(harmonise(patch, below, repainted, selection, shown, harmony, seed), fitted)
    if not harmony:
        assert np.array_equal(fitted, patch)


def test_grain_is_added_where_it_lacks_and_never_taken_away() -> None:
    truth, selection = smooth(240, 300), ellipse(240, 300)
    shown, repainted = masks(selection)
    random = np.random.default_rng(1)
    noise = np.rint(random.normal(0, 5, truth.shape[:2]))[..., None]
    noisy = truth.copy()
    noisy[..., :3] = np.clip(truth[..., :3] + noise, 0, 255)
    inside = cv2.erode(selection, np.ones((9, 9), np.uint8)) > 0

    patch = noisy.copy()
    patch[repainted > 0] = truth[repainted > 0]
    fitted = harmonise(patch, noisy, repainted, selection, shown, Harmony(grain=1), 1)
    spread = (fitted[..., 1].astype(float) - truth[..., 1])[inside].std()
    assert 4 < spread < 6
    other = harmonise(patch, noisy, repainted, selection, shown, Harmony(grain=1), 2)
    assert not np.array_equal(other, fitted)
    half = harmonise(patch, noisy, repainted, selection, shown, Harmony(grain=0.5), 1)
    assert (half[..., 1].astype(float) - truth[..., 1])[inside].std() == pytest.approx(spread / 2, abs=0.5)

    patch = truth.copy()
    patch[repainted > 0] = noisy[repainted > 0]
    fitted = harmonise(patch, truth, repainted, selection, shown, Harmony(grain=1), 1)
    assert np.array_equal(fitted, patch)


def test_the_same_place_in_a_larger_context_with_what_lies_far_off() -> None:
    """Colour and blend do not depend on what is far from the border."""
    truth, selection = smooth(), ellipse(160, 200, 0.15)
    shown, repainted = masks(selection)
    patch = stand_in(truth, repainted, (10, -8, 6), 0.8, 2)
    fitted = harmonise(patch, truth, repainted, selection, shown, Harmony(1, 1))
    pad = ((40, 24), (56, 8))
    large = [np.pad(each, (*pad, (0, 0)), constant_values=255) for each in (patch, truth)]
    more = [np.pad(each, pad) for each in (repainted, selection, shown)]
    again = harmonise(*large, *more, Harmony(1, 1))
    assert np.array_equal(again[40:-24, 56:-8][shown > 0], fitted[shown > 0])


def test_all_of_the_picture_is_selected() -> None:
    """There is nothing to be fitted into."""
    patch = smooth()
    everything = np.full(patch.shape[:2], 255, np.uint8)
    fitted = harmonise(patch, patch // 2, everything, everything, everything, ALL)
    assert np.array_equal(fitted, patch)


def test_deep_pictures_keep_their_depth() -> None:
    truth, selection = smooth(), ellipse(160, 200)
    shown, repainted = masks(selection)
    patch = stand_in(truth, repainted, (12, 12, -12), 0.8, 2)
    shallow = harmonise(patch, truth, repainted, selection, shown, ALL, 4)
    deep = harmonise(patch * np.uint16(257), truth * np.uint16(257), repainted, selection, shown, ALL, 4)
    assert np.abs(deep / 257 - shallow).max() <= 0.51
    assert (deep[shown > 0] % 257).any()


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 1000))
@run_with(max_examples=40, deadline=None)
def test_a_membrane_stays_within_what_holds_it(height: int, width: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    values = random.normal(0, 10, (height, width, 3)).astype(np.float32)
    weight = (random.random((height, width)) < 0.2).astype(np.float32)
    weight[random.integers(height), random.integers(width)] = 1
    surface = membrane(values, weight)
    held = values[weight > 0]
    assert (surface <= held.max(0) + 1e-3).all() and (surface >= held.min(0) - 1e-3).all()


def test_a_membrane_is_nearly_harmonic() -> None:
    """x² − y² is; held along a frame, all of it comes back."""
    ys, xs = np.mgrid[-32:33, -32:33].astype(np.float32)
    truth = np.stack([(xs * xs - ys * ys) / 32, xs, ys], -1).astype(np.float32)
    weight = np.ones(xs.shape, np.float32)
    weight[4:-4, 4:-4] = 0
    assert np.abs(membrane(truth, weight) - truth)[weight == 0].max() < 2.5
