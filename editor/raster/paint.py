"""Paint: a colour laid over tiles, or their pixels taken away, as a stroke's transmittance and a selection say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from editor.raster import native
from editor.raster.blend_modes import MODES
from editor.raster.dab import FULL, Array16
from editor.raster.stack_plain import Noise
from inference.geometry import Bounds

Pixels = npt.NDArray[Any]
Float32 = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Paint:
    """What a stroke does with what it covers. ``colour`` is RGB, 0–1; ``opacity`` 0–1 is as much as it covers at most;
    ``blend_mode`` an id of ``MODES``. With ``erase`` it takes alpha away, and colour and mode have no meaning."""

    colour: tuple[float, float, float] = (0.0, 0.0, 0.0)
    opacity: float = 1.0
    blend_mode: str = "normal"
    erase: bool = False


class Work(NamedTuple):
    """A tile to paint on. Pixels are (n, n, 4) straight RGBA, uint8 or uint16, before the stroke and now;
    ``transmittance`` (n, n) uint16; ``selection`` (n, n) of the pixels' type, None where all is selected; ``area``:
    what has changed since ``now``; (``x``, ``y``): where the tile lies. Everything but ``transmittance`` may be a
    broadcast view."""

    before: Pixels
    now: Pixels
    transmittance: Array16
    selection: Pixels | None
    area: Bounds
    x: int = 0
    y: int = 0


def apply(works: Sequence[Work], paint: Paint) -> list[Pixels]:
    """For each tile a new one: as now, and within ``area`` the paint laid over what was there before the stroke.

    The paint's alpha is opacity · (1 − transmittance) · selection. Where that is 0 the pixel stays as it was before,
    hidden colour included; what has been erased down to alpha 0 is zero throughout. Raises ValueError for an unknown
    mode.
    """
    if paint.blend_mode not in MODES:
        raise ValueError(f"unknown blend mode {paint.blend_mode!r}")
    kernels = native.kernels()
    if not works:
        return []
    if kernels is None:
        return [_applied(work, paint) for work in works]
    works = [_dense(work) for work in works]
    out = [np.empty_like(work.now) for work in works]
    table = np.array(
        [
            (
                work.before.ctypes.data, work.now.ctypes.data, work.transmittance.ctypes.data,
                0 if work.selection is None else work.selection.ctypes.data, new.ctypes.data,
                work.area.x, work.area.y, work.area.right, work.area.bottom, work.x, work.y,
            )
            for work, new in zip(works, out, strict=True)
        ],
        np.int64,
    )  # fmt: skip
    depth, side = works[0].now.itemsize * 8, len(works[0].now)
    colour = np.array(paint.colour, np.float32)
    if paint.erase or paint.blend_mode == "normal":
        run = kernels.paint.apply8 if depth == 8 else kernels.paint.apply16
        run(table, side, colour * np.float32((1 << depth) - 1), paint.opacity, paint.erase)
    else:
        mode = kernels.modes.MODE_IDS.index(paint.blend_mode)
        kernels.paint.apply_mode(table, side, depth, colour, paint.opacity, mode)
    return out


def _dense(work: Work) -> Work:
    """Rows side by side in memory, as the kernels have them."""
    now = work.before if work.now is work.before else np.ascontiguousarray(work.now)
    before = np.ascontiguousarray(work.before)
    selection = None if work.selection is None else np.ascontiguousarray(work.selection)
    return Work(before, before if now is work.before else now, work.transmittance, selection, *work[4:])


def _applied(work: Work, paint: Paint) -> Pixels:
    """The twin of ``kernels.paint``, for every mode: float32, in the words of W3C, Compositing and Blending Level 1."""
    full = np.float32(np.iinfo(work.now.dtype).max)
    rows, columns = work.area.slices()
    out = np.array(work.now)
    before = work.before[rows, columns]
    share = np.subtract(FULL, work.transmittance[rows, columns], dtype=np.float32)
    share *= np.float32(paint.opacity / FULL)
    if work.selection is not None:
        share *= work.selection[rows, columns] * (1 / full)
    if paint.blend_mode == "dissolve" and not paint.erase:
        side = len(out)
        noise = Noise(slice(0, side * side), side, work.x, work.y).values().reshape(side, side)
        share = (noise[rows, columns] < share).astype(np.float32)
    new = _erased(before, share) if paint.erase else _painted(before, share, paint, full)
    out[rows, columns] = np.where(share[..., None] > 0, new, before)
    return out


def _erased(before: Pixels, share: Float32) -> Pixels:
    new = np.array(before)
    new[..., 3] = (before[..., 3] * (1 - share) + np.float32(0.5)).astype(before.dtype)
    new[new[..., 3] == 0] = 0
    return new


def _painted(before: Pixels, share: Float32, paint: Paint, full: np.float32) -> Pixels:
    below = before.astype(np.float32) / full
    base = np.moveaxis(below[..., :3], -1, 0).reshape(3, -1)
    backdrop, source = below[..., 3].reshape(-1), share.reshape(-1)
    colour = np.broadcast_to(np.array(paint.colour, np.float32)[:, None], base.shape)
    mix = MODES[paint.blend_mode].mix
    if mix is not None:
        colour = colour + backdrop * (mix(np.ascontiguousarray(base), np.ascontiguousarray(colour)) - colour)
    alpha = source + backdrop - source * backdrop
    ratio = np.divide(source, alpha, out=np.zeros_like(alpha), where=source > 0)
    values = np.concatenate([base + (colour - base) * ratio, alpha[None]])
    new: Pixels = (values * full + np.float32(0.5)).astype(before.dtype)
    return np.moveaxis(new, 0, -1).reshape(before.shape)
