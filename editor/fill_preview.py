"""The running picture: what an engine shows of its work, as it is laid over the canvas meanwhile."""

from __future__ import annotations

import numpy as np

from editor.document.tiles import Array8
from editor.fill import PreparedFill

PREVIEW_SIDE = 1024
"""In pixels; it is a sketch."""


def running_picture(prepared: PreparedFill, preview: Array8) -> Array8:
    """What an engine shows of its work as (h, w, 4) straight RGBA to be laid over ``prepared.shown_bounds``, seen
    through the mask; no larger than ``PREVIEW_SIDE``. ``preview`` is (h, w, 3), of the whole context."""
    import cv2  # not at start-up

    context, part = prepared.region.context, prepared.shown_bounds
    scale = min(1.0, PREVIEW_SIDE / part.extent.longest)
    size = (max(1, round(part.width * scale)), max(1, round(part.height * scale)))
    across, down = preview.shape[1] / context.width, preview.shape[0] / context.height
    # From a pixel of the result to one of the preview, centre to centre.
    x_step, y_step = (
        side / made * times for side, made, times in zip(part.extent, size, (across, down), strict=True)
    )
    x_first = (part.x - context.x) * across + (x_step - 1) / 2
    y_first = (part.y - context.y) * down + (y_step - 1) / 2
    to_preview = np.array([[x_step, 0, x_first], [0, y_step, y_first]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    out = np.empty((size[1], size[0], 4), np.uint8)
    out[..., :3] = cv2.warpAffine(preview, to_preview, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    out[..., 3] = (
        255 if prepared.shown is None else cv2.resize(prepared.shown, size, interpolation=cv2.INTER_AREA)
    )
    return out
