"""The two masks of a fill, made from the selection: what the engine repaints, and what of its result is shown.

Both are (h, w) uint8, distances are in pixels. Shown is: fully opaque inside the selection, soft only outside it, and
zero from ``reach`` on; so beyond the softness not one pixel can change.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from inference.geometry import Bounds

Mask = npt.NDArray[np.uint8]


def reach(grow: int, feather: int) -> int:
    """How far from the selection a fill can change anything, in pixels."""
    return max(grow, 0) + max(feather, 0)


def composite_mask(selection: Mask, grow: int, feather: int) -> Mask:
    """The layer mask: the fully selected core grown by ``grow``, falling smoothly to zero over ``feather``.

    Partly selected pixels are shown at least as much as they are selected; they cast no softness of their own.
    """
    if grow <= 0 and feather <= 0:
        return selection.copy()
    core, soft = max(grow, 0), max(feather, 1e-6)
    distance = _distance_to(selection == 255)
    shown = selection.copy()
    shown[distance <= core] = 255
    ring = (distance > core) & (distance < core + soft)
    t = (distance[ring] - core) / soft
    shown[ring] = np.maximum(shown[ring], np.rint((1 - t * t * (3 - 2 * t)) * 255).astype(np.uint8))
    return shown


def model_mask(shown: Mask, grow: int) -> Mask:
    """What the engine repaints, 0 or 255: all that will be shown even in part, and ``grow`` pixels more."""
    if grow <= 0:
        return np.where(shown > 0, np.uint8(255), np.uint8(0))
    return np.where(_distance_to(shown > 0) <= grow, np.uint8(255), np.uint8(0))


def soft_model_mask(shown: Mask, grow: int) -> Mask:
    """What an engine repaints that honours softness: as soft as what will be shown, ``grow`` pixels wider."""
    if grow <= 0:
        return shown.copy()
    import cv2

    y, x = np.ogrid[-grow : grow + 1, -grow : grow + 1]
    disc = (x * x + y * y <= grow * grow).astype(np.uint8)
    return np.asarray(cv2.dilate(shown, disc), np.uint8)


def repainted(selection: Mask, grow: int, feather: int, beyond: int) -> Mask:
    """What an engine was given to repaint, 0 or 255, where all that was to be shown grew by ``beyond``."""
    return model_mask(composite_mask(selection, grow, feather), beyond)


def bounds_of(where: Mask | npt.NDArray[np.bool_]) -> Bounds:
    """Of all that is not 0 in an (h, w) plane; empty where nothing is."""
    rows, columns = np.flatnonzero(where.any(axis=1)), np.flatnonzero(where.any(axis=0))
    if not rows.size:
        return Bounds(0, 0, 0, 0)
    return Bounds.from_edges(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def _distance_to(inside: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """Euclidean distance of each pixel to the nearest one inside; infinite where there is none."""
    if not inside.any():
        return np.full(inside.shape, np.inf, np.float32)
    import cv2  # not at start-up: the window is shown before anyone fills

    outside = np.where(inside, np.uint8(0), np.uint8(1))
    return np.asarray(cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE), np.float32)
