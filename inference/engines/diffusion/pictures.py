"""The pictures at an engine's two ends: what the model is shown of a request, and what is made of its answer."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from inference.choices import StartFrom
from inference.depth import Pixels, full_scale, to_8, to_dtype
from inference.engines.diffusion.prefill import GREY, prefill, start_of
from inference.engines.engine import Reporter, unheard
from inference.request import Array8, FillRequest

Floats = npt.NDArray[np.float32]


def is_soft(mask: Array8) -> bool:
    """Whether any pixel of the (h, w) uint8 mask is neither kept nor wholly repainted."""
    return bool(((mask > 0) & (mask < 255)).any())


def working_picture(request: FillRequest, report: Reporter = unheard) -> tuple[Array8, Floats]:
    """``(rgb (h, w, 3) uint8, mask (h, w) float32 in 0–1)`` at the request's working size.

    What is repainted (mask 255) is first filled with what to start from (see ``prefill``): what lies under the mask
    would reach the model through the autoencoder, which sees some way beyond each of its cells, and with less
    strength it is what the model begins with. Under grey parts of the mask the picture stays. What is transparent
    counts as hole anyway. A content-aware start reports, and may raise FillCancelled.
    A mask of 0 and 255 stays one of 0 and 1, never smaller than it was. At equal sizes nothing is resampled.
    """
    size = request.working_size
    height, width = request.mask.shape
    colour = to_8(request.image[..., :3])
    known = _share(to_8(request.image[..., 3]))
    start = start_of(request)
    if start != "picture":
        known[request.mask == 255] = 0
    clean = np.where(request.mask == 0, known, np.float32(0))
    if size[0] * size[1] < width * height:
        clean = np.asarray(cv2.resize(clean, size, interpolation=cv2.INTER_AREA), np.float32)
        rgb = _completed(*_shrunk(colour, known, size), clean, start, report)
    else:
        rgb = resized(_completed(colour, known, clean, start, report), size)
    return rgb, _resized_mask(request.mask, size)


def candidate_image(request: FillRequest, rgb: Array8) -> Pixels:
    """(h, w, 4) of the request's size and type: ``rgb``, of any size, where the mask is not 0; the request's elsewhere.

    What is painted is opaque. A generated picture is painted all over.
    """
    height, width = request.mask.shape
    image = request.image.copy()
    painted = to_dtype(resized(rgb, (width, height)), image.dtype)
    if request.generate:
        image[..., :3] = painted
        image[..., 3] = full_scale(image.dtype)
    else:
        where = request.mask > 0
        image[where, :3] = painted[where]
        image[where, 3] = full_scale(image.dtype)
    return image


def resized(rgb: Array8, size: tuple[int, int]) -> Array8:
    """(h, w, 3) uint8 at ``size`` (width, height): area means where it shrinks, cubic where it grows."""
    height, width = rgb.shape[:2]
    if (width, height) == size:
        return rgb
    shrinks = size[0] * size[1] < width * height
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC))


def _shrunk(colour: Array8, known: Floats, size: tuple[int, int]) -> tuple[Floats, Floats]:
    """Means over the known parts alone, so that nothing bleeds out of the hole; and how much of each was known."""
    small = cv2.resize(known, size, interpolation=cv2.INTER_AREA)
    # One channel at a time: as float, a large picture takes four times its memory.
    planes = [
        cv2.resize(colour[..., channel] * known, size, interpolation=cv2.INTER_AREA) for channel in range(3)
    ]
    means = np.stack(planes, axis=-1) / np.maximum(small, 1e-6)[..., None]
    return means.astype(np.float32), np.asarray(small, np.float32)


def _completed(
    colour: Floats | Array8, known: Floats, clean: Floats, start: StartFrom, report: Reporter
) -> Array8:
    """(h, w, 3) uint8: ``colour`` as far as it is known (0–1), over what to start from, made of what is ``clean``."""
    if known.min() == 1:
        return np.asarray(np.rint(colour), np.uint8)
    values = colour.astype(np.float32)
    firm = known > 0.5
    if not firm.any():
        return np.full(colour.shape, GREY, np.uint8)
    around = prefill(values, firm, firm & (clean > 0.5), start, report)
    share = known[..., None]
    return np.clip(np.rint(values * share + around * (1 - share)), 0, 255).astype(np.uint8)


def _resized_mask(mask: Array8, size: tuple[int, int]) -> Floats:
    height, width = mask.shape
    values = _share(mask)
    if (width, height) == size:
        return values
    shrinks = size[0] * size[1] < width * height
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    values = np.asarray(cv2.resize(values, size, interpolation=method), np.float32)
    return values if is_soft(mask) else (values > 0).astype(np.float32)


def _share(values: Array8) -> Floats:
    return values.astype(np.float32) / np.float32(255)
