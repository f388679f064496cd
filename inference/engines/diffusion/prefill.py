"""Prefill: what a model is shown in place of what it repaints, so that it begins from something that helps."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from inference.choices import StartFrom
from inference.depth import Pixels, from_levels
from inference.engines.engine import ENGINES, Reporter
from inference.engines.patchmatch.diffuse import diffuse
from inference.request import FillError, FillRequest

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]

GREY = 128
"""The level of "neutral"."""

_SIDE = 512
"""The longest side at which the content-aware engine works here: a model adds what is finer."""

_SEED = 0
"""Every candidate begins from the same."""

_NARROW = 4.0
"""Pixels; a blur up to which is worked out as it is."""

_CELLS = (1, 4, 16)
"""Sides of the cells that noise is made of, in pixels."""


def start_of(request: FillRequest) -> StartFrom:
    """What to begin from, where that is left to the program: by the task.

    Where most of what is repainted is transparent, a picture is being extended: its border goes on. With less than full
    strength what is there is wanted. Without a word of what shall be there, something is to be removed; that it is
    worth the work, where the model looks at it. With words, the surroundings.
    """
    if request.start != "auto":
        return request.start
    under = request.image[request.mask == 255, 3] > 0
    if under.size and 2 * np.count_nonzero(under) < under.size:
        return "border"
    if request.strength < 1:
        return "picture"
    info = ENGINES.get(request.engine)
    if info is not None and info.start_at_full and not request.prompt and not request.references:
        return "content-aware"
    return "surroundings"


def prefill(colour: Floats, known: Bools, clean: Bools, start: StartFrom, report: Reporter) -> Floats:
    """(h, w, 3) levels of 255: ``colour`` where it is ``known``, and something to begin from elsewhere.

    ``clean``, part of what is known, is what may be copied by the content-aware engine, which reports as it works; the
    call may raise FillCancelled. Something has to be known.
    """
    if known.all():
        return colour
    if start == "neutral":
        made = np.full(colour.shape, GREY, np.float32)
    elif start == "noise":
        made = _noise(colour, known)
    elif start == "border":
        made = _continued(colour, known)
    elif start == "content-aware":
        made = _content_aware(colour, clean if clean.any() else known, report)
    else:
        return diffuse(colour, known)
    return np.where(known[..., None], colour, made).astype(np.float32)


def _noise(colour: Floats, known: Bools) -> Floats:
    """With the mean and the deviation of what is known, fine and coarse in equal parts."""
    height, width = known.shape
    random = np.random.default_rng(_SEED)
    total = np.zeros(colour.shape, np.float32)
    for side in _CELLS:
        cells = random.standard_normal((-(-height // side), -(-width // side), 3), np.float32)
        total += cells.repeat(side, axis=0).repeat(side, axis=1)[:height, :width]
    samples = colour[known]
    scale = samples.std(axis=0) / np.float32(np.sqrt(len(_CELLS)))
    return np.asarray(np.clip(samples.mean(axis=0) + total * scale, 0, 255), np.float32)


def _continued(colour: Floats, known: Bools) -> Floats:
    """The nearest known pixel everywhere, the more blurred the farther it is."""
    distance, labels = cv2.distanceTransformWithLabels(
        np.where(known, np.uint8(0), np.uint8(1)), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    nearest = np.zeros((int(labels.max()) + 1, 3), np.float32)
    nearest[labels[known]] = colour[known]
    made = nearest[labels]
    for octave in range(int(np.log2(max(2.0, float(distance.max()))))):
        far = 2.0**octave
        soft = _blurred(made, far / 2)
        share = np.clip(distance / far - 1, 0, 1)[..., None]
        made = made * (1 - share) + soft * share
    return np.asarray(made, np.float32)


def _blurred(colour: Floats, sigma: float) -> Floats:
    """By a Gaussian of ``sigma`` pixels; a wide one at a smaller size, where it is quick."""
    times = max(1, int(sigma / _NARROW))
    height, width = colour.shape[:2]
    size = -(-width // times), -(-height // times)
    small = cv2.resize(colour, size, interpolation=cv2.INTER_AREA) if times > 1 else colour
    small = cv2.GaussianBlur(small, (0, 0), sigma / times, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(
        cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR) if times > 1 else small, np.float32
    )


def _content_aware(colour: Floats, clean: Bools, report: Reporter) -> Floats:
    """A real fill of all that is not ``clean``, at a reduced size; smooth where there is nothing to copy."""
    try:
        from inference.engines import content_aware  # compiles, or loads what it has compiled
    except ImportError:  # a Python of the user's own need not have what that takes
        return diffuse(colour, clean)
    height, width = clean.shape
    scale = min(1.0, _SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    share = cv2.resize(clean.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    sums = cv2.resize(colour * clean[..., None], size, interpolation=cv2.INTER_AREA)
    small = np.empty((size[1], size[0], 4), np.uint8)
    small[..., :3] = from_levels(np.asarray(sums / np.maximum(share, 1e-6)[..., None], np.float32), np.uint8)
    small[..., 3] = 255
    hole = np.where(share < 0.5, np.uint8(255), np.uint8(0))
    if not hole.any():
        return diffuse(colour, clean)
    request = FillRequest("prefill", "content-aware", small, hole, size, seed=_SEED)
    try:
        (candidate,) = content_aware.fill(
            request, lambda stage, _fraction, step=0, steps=0, preview=None: report("prefill", 0.0)
        )
    except FillError:  # there is next to nothing to copy from
        return diffuse(colour, clean)
    found: Pixels = candidate.image[..., :3]
    return np.asarray(
        cv2.resize(found.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR), np.float32
    )
