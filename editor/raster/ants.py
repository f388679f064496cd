"""Raster ants: the outline of a mask as it lies on the screen, pixel by pixel, at a cost that no outline changes."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

Array8 = npt.NDArray[np.uint8]
Matrix = tuple[float, float, float, float, float, float]

PERIOD = 8
"""Pixels of one light and one dark stripe together."""


@lru_cache(maxsize=2)
def chevrons(height: int, width: int) -> Array8:
    """(h, w) uint8 in 0 … PERIOD − 1: where in the pattern a pixel lies. The stripes turn every few rows: an edge in
    any direction crosses them, none runs along with them."""
    rows = np.arange(height) % (2 * PERIOD)
    shift = np.minimum(rows, 2 * PERIOD - rows)
    return ((np.arange(width)[None, :] + shift[:, None]) % PERIOD).astype(np.uint8)


def raster_ants(mask: Array8, to_mask: Matrix, width: int, height: int) -> Array8:
    """(height, width) uint8: 0, or on the outline of the mask 1 + the place in the pattern of ``chevrons``.

    ``mask`` is (h, w) uint8, 1 inside and 0 outside; beyond its edges lies nothing. ``to_mask`` (a, b, c, d, x, y)
    takes the screen's point (sx, sy) to (a·sx + c·sy + x, b·sx + d·sy + y) of the mask. A pixel of the screen is
    on the outline where it is inside and one of the four beside it is not.
    """
    import cv2

    a, b, c, d, x, y = to_mask
    # OpenCV counts from the pixels' centres.
    matrix = np.array([[a, c, x + (a + c) / 2 - 0.5], [b, d, y + (b + d) / 2 - 0.5]])
    # with a pixel around it, so that what lies just beyond the screen counts
    matrix[:, 2] -= matrix[:, 0] + matrix[:, 1]
    seen = cv2.warpAffine(
        mask,
        matrix,
        (width + 2, height + 2),
        flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=0,
    )
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    inner = cv2.erode(seen, cross)[1:-1, 1:-1]
    edge = seen[1:-1, 1:-1] > inner
    return edge.view(np.uint8) * (chevrons(height, width) + np.uint8(1))
