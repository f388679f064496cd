"""Fill metrics: how far a filled hole is from what was there, as texture, along its border, and pixel by pixel.

Everywhere ``filled`` and ``truth`` are (h, w, 3) uint8 pictures of one size and ``hole`` is (h, w) bool. Distances are
in grey levels of 255 unless said otherwise, and 0 for identical pictures.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]

_PATCH = 7
_PATCH_SCALES = 4
_MOST_PATCHES = 4096
_PROJECTIONS = 96

_TEXTURE_SCALES = 3
_NEARBY = 5.0
"""Standard deviation, in pixels, of the window in which gradient energy is called local."""
_ORIENTATIONS = ((1.0, 0.0), (math.sqrt(0.5), math.sqrt(0.5)), (0.0, 1.0), (math.sqrt(0.5), -math.sqrt(0.5)))

_LEAST_CONTRAST = 0.5
"""Added to both contrasts of a border: rounding alone makes that much."""
_BAND = 5
"""Width in pixels of the strips on both sides of the border whose tones are compared."""
_ALONG = 4.0
"""Standard deviation, in pixels, over which those tones are averaged along the border."""

_LUMA = np.array((0.299, 0.587, 0.114), np.float32)


def patch_distance(filled: Picture, truth: Picture, hole: Bools) -> float:
    """``swd``: the sliced Wasserstein distance of the 7 × 7 patches centred in the hole, mean of four halved scales.

    Both sides are taken at the same, evenly chosen places, and projected on the same fixed random unit vectors
    (Rabin et al. 2011; Karras et al. 2018 for pictures). Places within the hole may change: only what there is counts.
    """
    one, other = filled.astype(np.float32), truth.astype(np.float32)
    inside = hole.astype(np.float32)
    distances: list[float] = []
    for scale in range(_PATCH_SCALES):
        if min(inside.shape) < _PATCH:
            break
        reach = _PATCH // 2
        rows, columns = np.nonzero(inside[reach:-reach, reach:-reach] > 0.5)
        if len(rows) == 0:
            break
        chosen = np.unique(np.linspace(0, len(rows) - 1, min(_MOST_PATCHES, len(rows))).astype(int))
        chance = np.random.default_rng(scale)
        vectors = chance.normal(size=(_PATCH * _PATCH * 3, _PROJECTIONS)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=0)
        mine, theirs = (
            np.sort(_patches(picture, rows[chosen], columns[chosen]) @ vectors, axis=0)
            for picture in (one, other)
        )
        distances.append(float(np.abs(mine - theirs).mean()))
        one, other, inside = cv2.pyrDown(one), cv2.pyrDown(other), cv2.pyrDown(inside)
    return float(np.mean(distances)) if distances else 0.0


def texture_distance(filled: Picture, truth: Picture, hole: Bools) -> float:
    """``tex``: the difference of the local strength of gradients in four directions, mean of three halved scales.

    A blurred or repeated patch lacks strength somewhere, a noisy one has too much, one with its lines turned has it in
    the wrong direction; a shift by a few pixels changes little.
    """
    one, other = _luma(filled), _luma(truth)
    inside = hole.astype(np.float32)
    distances: list[float] = []
    for _ in range(_TEXTURE_SCALES):
        chosen = inside > 0.5
        if not chosen.any():
            break
        apart = [
            np.abs(a - b)[chosen].mean() for a, b in zip(_strengths(one), _strengths(other), strict=True)
        ]
        distances.append(float(np.mean(apart)))
        one, other, inside = cv2.pyrDown(one), cv2.pyrDown(other), cv2.pyrDown(inside)
    return float(np.mean(distances)) if distances else 0.0


def seam(filled: Picture, truth: Picture, hole: Bools) -> float:
    """``seam``: log2 of the mean contrast across the hole's border over the truth's.

    0 is as strong as the picture's own, positive a visible line, negative a smear.
    """
    return math.log2((_contrast(filled, hole) + _LEAST_CONTRAST) / (_contrast(truth, hole) + _LEAST_CONTRAST))


def step(filled: Picture, truth: Picture, hole: Bools) -> float:
    """``step``: by how much the mean tonal step across the border, of strips five pixels wide, exceeds the truth's."""
    return max(0.0, _tonal_step(filled, hole) - _tonal_step(truth, hole))


def cost(swd: float, tex: float, seam: float, step: float) -> float:
    """One figure for a fill, lower is better: sqrt(swd · tex) · (1 + |seam| / 4) · (1 + step / 20)."""
    return math.sqrt(swd * tex) * (1 + abs(seam) / 4) * (1 + step / 20)


def psnr(filled: Picture, truth: Picture, hole: Bools) -> float:
    """Peak signal-to-noise ratio within the hole, in decibels; rewards blur."""
    error = ((filled.astype(np.float32) - truth.astype(np.float32))[hole] ** 2).mean()
    return math.inf if error == 0 else float(10 * np.log10(255**2 / error))


def ssim(filled: Picture, truth: Picture, hole: Bools) -> float:
    """Mean structural similarity of brightness within the hole, -1 to 1 (Wang et al. 2004); rewards blur."""
    one, other = _luma(filled), _luma(truth)
    mean_one, mean_other = _window(one), _window(other)
    variance_one = _window(one * one) - mean_one**2
    variance_other = _window(other * other) - mean_other**2
    covariance = _window(one * other) - mean_one * mean_other
    small, smaller = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    similar = (2 * mean_one * mean_other + small) * (2 * covariance + smaller)
    similar /= (mean_one**2 + mean_other**2 + small) * (variance_one + variance_other + smaller)
    return float(similar[hole].mean())


def randomness(truth: Picture, hole: Bools) -> float:
    """0–1: how much what was there is a texture without lines or larger shapes, like gravel or moss.

    The share of the fine detail (below some 12 pixels) in all variation, times the lack of a common direction of its
    gradients in windows of some 15 pixels (coherence of the structure tensor).
    """
    grey = _luma(truth)
    coarse = cv2.GaussianBlur(grey, (0, 0), 6)
    fine = (grey - coarse)[hole].var()
    share = fine / (fine + coarse[hole].var() + 1.0)
    across, down = _gradients(grey)
    xx, yy, xy = (cv2.GaussianBlur(plane, (0, 0), 8) for plane in (across**2, down**2, across * down))
    coherence = np.sqrt((xx - yy) ** 2 + 4 * xy**2)[hole].sum() / ((xx + yy)[hole].sum() + 1e-6)
    return float(share * (1 - coherence))


def _patches(picture: Floats, rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp]) -> Floats:
    """(n, 147) the patches whose top left corners these are."""
    windows = np.lib.stride_tricks.sliding_window_view(picture, (_PATCH, _PATCH), axis=(0, 1))
    return windows[rows, columns].reshape(len(rows), -1)


def _luma(picture: Picture) -> Floats:
    return np.asarray(picture.astype(np.float32) @ _LUMA, np.float32)


def _gradients(grey: Floats) -> tuple[Floats, Floats]:
    """Central differences across and down, in grey levels a pixel."""
    padded = cv2.copyMakeBorder(grey, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    return (padded[1:-1, 2:] - padded[1:-1, :-2]) / 2, (padded[2:, 1:-1] - padded[:-2, 1:-1]) / 2


def _strengths(grey: Floats) -> list[Floats]:
    """The root of the local mean of the squared gradient in each direction."""
    across, down = _gradients(grey)
    return [
        np.sqrt(np.maximum(0, cv2.GaussianBlur((x * across + y * down) ** 2, (0, 0), _NEARBY)))
        for x, y in _ORIENTATIONS
    ]


def _contrast(picture: Picture, hole: Bools) -> float:
    """Mean absolute difference of the neighbours on both sides of the hole's border."""
    values = picture.astype(np.float32)
    total, count = 0.0, 0
    for first, second in (
        ((slice(None), slice(1, None)), (slice(None), slice(None, -1))),
        ((slice(1, None), slice(None)), (slice(None, -1), slice(None))),
    ):
        crossing = hole[first] != hole[second]
        total += float(np.abs(values[first] - values[second])[crossing].sum()) / 3
        count += int(crossing.sum())
    return total / max(1, count)


def _tonal_step(picture: Picture, hole: Bools) -> float:
    """Mean absolute difference of the tones inside and outside, each averaged in its strip along the border."""
    square = np.ones((2 * _BAND + 1, 2 * _BAND + 1), np.uint8)
    inner = hole & (cv2.dilate((~hole).astype(np.uint8), square) > 0)
    outer = ~hole & (cv2.dilate(hole.astype(np.uint8), square) > 0)
    border = hole & (cv2.dilate((~hole).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
    if not border.any():
        return 0.0
    values = picture.astype(np.float32)
    inside, outside = (_strip_mean(values, strip)[border] for strip in (inner, outer))
    return float(np.abs(inside - outside).mean())


def _strip_mean(values: Floats, strip: Bools) -> Floats:
    share = strip.astype(np.float32)
    weight = cv2.GaussianBlur(share, (0, 0), _ALONG)
    total = cv2.GaussianBlur(values * share[..., None], (0, 0), _ALONG)
    return np.asarray(total / (weight[..., None] + 1e-6), np.float32)


def _window(plane: Floats) -> Floats:
    return np.asarray(cv2.GaussianBlur(plane, (11, 11), 1.5), np.float32)
