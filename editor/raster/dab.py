"""Dabs: the brush's tip, round or an image, of any size, rendered between pixels and kept as stamps."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from editor.raster import native

Array8 = npt.NDArray[np.uint8]
Array16 = npt.NDArray[np.uint16]
Float32 = npt.NDArray[np.float32]

FULL = 65535
"""Coverage of a pixel that a stamp covers wholly."""

LANES = 16
"""Pixels that the rows of a stamp are padded to a multiple of."""

Dabs = npt.NDArray[np.float64]
"""(n, 6), in the order in which they are put down: x and y of the centre and the diameter in pixels of the picture;
flow 0–1, what part of what still shows through a dab takes away where its tip is full; opacity 0–1, more than which it
does not cover, however many there are; by how many eighths of a turn its tip is turned further, 0–7."""
DAB_COLUMNS = 6

FINE, COARSE = 256.0, 1024.0
"""Diameters up to which a stamp is placed to a quarter of a pixel, and to half a pixel; beyond, to whole ones."""

CACHE_BYTES = 64 << 20
"""Stamps that are kept for the next dab like them."""

_SAMPLES = 256
"""Samples along a side of a small dab; up to 16 per pixel, one per pixel from this size on."""


@dataclass(frozen=True, slots=True)
class Tip:
    """The form of a brush, of any size.

    ``hardness`` 0–1: the part of the radius that is full. ``roundness`` above 0, up to 1, is the shorter axis of the
    ellipse as a part of the longer one, ``angle`` turns the longer one, in degrees, counter-clockwise as seen.
    ``image``, (h, w) uint8 where 255 covers: its longer side is the diameter; hardness is then without meaning.
    """

    hardness: float = 1.0
    roundness: float = 1.0
    angle: float = 0.0
    image: Array8 | None = field(default=None, compare=False)
    name: str = ""
    """Of the image; tips of the same name are taken to have the same image."""

    def __post_init__(self) -> None:
        if not 0 <= self.hardness <= 1 or not 0 < self.roundness <= 1 or not math.isfinite(self.angle):
            raise ValueError(
                f"no tip of hardness {self.hardness}, roundness {self.roundness}, angle {self.angle}"
            )


class Stamp(NamedTuple):
    """``cover``, (h, stride) uint16 with rows padded by zeros to a multiple of LANES, and ``spans``, (h, 2) int32: the
    first value of each row that is not 0, and behind the last. ``reach``: pixels from its first row and column to the
    one in which its centre lies. Both arrays are read-only."""

    cover: Array16
    spans: npt.NDArray[np.int32]
    reach: int
    addresses: tuple[int, int]
    """Of both arrays."""

    @property
    def side(self) -> int:
        return 2 * self.reach + 1

    @property
    def nbytes(self) -> int:
        return self.cover.nbytes + self.spans.nbytes


class Placed(NamedTuple):
    """Dabs as they are put down. ``table``, (n, 4) int64: x and y of the pixel in which the centre lies, flow 0–65536,
    and the least transmittance that the dab leaves, 0–65535; ``which``, (n,) int32: its stamp."""

    stamps: list[Stamp]
    which: npt.NDArray[np.int32]
    table: npt.NDArray[np.int64]


def dab(diameter: float, tip: Tip, fx: float, fy: float) -> Array16:
    """Coverage 0–65535 of one dab, (n, n) with n odd; ``diameter`` in pixels.

    Its centre lies (fx, fy), each 0 up to 1, right of and below the corner of the middle pixel: (0.5, 0.5) is
    the middle of that pixel. Full within ``hardness`` × the radius, from there to the radius it falls by
    smoothstep, 1 − t²(3 − 2t); hardness 1 is a disc. A pixel's value is its average over the profile. An axis of
    less than a pixel is one of a pixel, as much thinner as it is shorter. Raises ValueError for no diameter.
    """
    padded = _padded(diameter, tip, fx, fy)
    return padded[:, : len(padded)]


def place(tip: Tip, dabs: Dabs) -> Placed:
    """Stamps for these dabs, pixel edges at whole numbers.

    Position is rounded to a quarter of a pixel (to more for large dabs), diameter to a 16th, or to 1 % where that is
    more: less than the eye sees, and a stroke's dabs are made once each.
    """
    table, keys = np.empty((len(dabs), 4), np.int64), np.empty(len(dabs), np.int64)
    kernels = native.kernels()
    if kernels is None:
        _locate(dabs, table, keys)
    else:
        kernels.dabs.locate(dabs, table, keys)
    # like np.unique, which would sort them
    low = int(keys.min())
    keys -= low
    number = np.zeros(int(keys.max()) + 1, np.int32)
    number[keys] = 1
    unique = np.flatnonzero(number)
    number[unique] = np.arange(len(unique), dtype=np.int32)
    return Placed([_kept(tip, low + key) for key in unique.tolist()], number[keys], table)


def _locate(dabs: Dabs, table: npt.NDArray[np.int64], keys: npt.NDArray[np.int64]) -> None:
    """The twin of ``kernels.dabs.locate``: fills ``table``, and ``keys`` with the diameter in 16ths, the turn in 3
    bits, and the quarters of a pixel across and down, 2 bits each."""
    x, y, diameter, flow, opacity, turn = dabs.T
    step = np.maximum(1 / 16, np.exp2(np.floor(np.log2(np.maximum(diameter, 1.0) / 100))))
    sixteenths = np.rint(np.maximum(np.rint(diameter / step), 1) * step * 16).astype(np.int64)
    shift = np.where(diameter <= FINE, 2, np.where(diameter <= COARSE, 1, 0))
    left, top = (np.rint(at * (1 << shift)).astype(np.int64) for at in (x, y))
    px, py = left >> shift, top >> shift
    table[:] = np.stack([px, py, np.rint(flow * 65536), np.rint((1 - opacity) * FULL)], axis=1)
    keys[:] = (sixteenths << 7) + (turn.astype(np.int64) << 4)
    keys += ((left - (px << shift)) << (4 - shift)) + ((top - (py << shift)) << (2 - shift))


def _padded(diameter: float, tip: Tip, fx: float, fy: float) -> Array16:
    """``dab``, its rows padded by zeros to a multiple of LANES."""
    if not diameter > 0:
        raise ValueError(f"no dab of {diameter} pixels")
    size = max(diameter, 1.0)
    reach = math.ceil(_radius(tip, size))
    side = 2 * reach + 1
    out = np.zeros((side, -(-side // LANES) * LANES), np.uint16)
    if tip.image is not None:
        cover = _from_image(tip.image, size, tip, reach + fx, reach + fy, side)
        out[:, :side] = cover * np.float32(min(diameter, 1.0) ** 2) + np.float32(0.5)
        return out
    roundness = max(tip.roundness, 1 / size)
    thin = min(diameter, 1.0) ** 2 * tip.roundness / roundness
    # a sample stands for a square as wide as the samples' distance: the edge is softened by that much
    per_pixel = min(max(_SAMPLES // side, 1), 16)
    turn = math.radians(tip.angle)
    shape = np.array(
        [reach + fx, reach + fy, math.cos(turn), -math.sin(turn), 1 / roundness, tip.hardness * size / 2, size / 2,
         thin * FULL / per_pixel**2],
        np.float32,
    )  # fmt: skip
    kernels = native.kernels()
    if kernels is None:
        out[:, :side] = _render(side, per_pixel, shape)
    else:
        kernels.dabs.render(out, side, per_pixel, shape)
    return out


def _radius(tip: Tip, size: float) -> float:
    """Of the circle around all that a tip covers."""
    if tip.image is None:
        return size / 2
    height, width = tip.image.shape
    return float(size / 2 * math.hypot(width, height * tip.roundness) / max(width, height) + 0.5)


def _render(side: int, per_pixel: int, shape: Float32) -> Array16:
    """The twin of ``kernels.dabs.render``: a round tip, sampled ``per_pixel`` times across and down a pixel.

    ``shape``: x and y of the centre, cosine and sine of the turn, 1 / roundness, inner and outer radius, and what a
    sum of samples is multiplied by. The edge is as wide as a sample where the ellipse is steep as well.
    """
    middle_x, middle_y, cos, sin, flat, inner, outer, scale = shape
    at = (np.arange(side * per_pixel, dtype=np.float32) + np.float32(0.5)) / np.float32(per_pixel)
    x, y = (at - middle_x)[None, :], (at - middle_y)[:, None]
    along, across = x * cos + y * sin, (y * cos - x * sin) * flat
    radius = np.sqrt(along * along + across * across)
    steep = np.sqrt(along * along + across * across * (flat * flat)) / np.maximum(radius, np.float32(1e-6))
    blur = np.float32(0.5 / per_pixel) * np.maximum(steep, 1)
    low = np.maximum(inner - blur, 0)
    fall = np.clip((radius - low) / (outer + blur - low), 0, 1)
    cover = 1 - fall * fall * (3 - 2 * fall)
    if per_pixel > 1:
        cover = cover.reshape(side, per_pixel, side, per_pixel).sum(axis=(1, 3), dtype=np.float32)
    return np.asarray(cover * scale + np.float32(0.5), np.float32).astype(np.uint16)


def _from_image(image: Array8, size: float, tip: Tip, middle_x: float, middle_y: float, side: int) -> Float32:
    """An image tip, 0–65535: turned, flattened, and scaled so that its longer side is ``size`` pixels."""
    import cv2

    picture = image.astype(np.float32) * np.float32(FULL / 255)
    while max(picture.shape) > 2 * size and max(picture.shape) > 2:
        height, width = (max(length // 2, 1) for length in picture.shape)
        picture = np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.float32)
    picture = np.pad(picture, 1)
    height, width = picture.shape
    scale = size / max(height - 2, width - 2)
    turn = math.radians(tip.angle)
    cos, sin, flat = math.cos(turn), math.sin(turn), tip.roundness
    # from the tip's picture to the dab's, about the centres of both
    matrix = np.array([[cos, sin], [-sin, cos]]) @ np.diag([scale, scale * flat])
    # OpenCV has the middle of a pixel at whole numbers
    offset = np.array([middle_x - 0.5, middle_y - 0.5]) - matrix @ np.array(
        [(width - 1) / 2, (height - 1) / 2]
    )
    warped = cv2.warpAffine(picture, np.column_stack([matrix, offset]), (side, side), flags=cv2.INTER_LINEAR)
    return np.asarray(warped, np.float32)


def _stamp(cover: Array16) -> Stamp:
    """Of a padded dab."""
    spans = np.empty((len(cover), 2), np.int32)
    kernels = native.kernels()
    if kernels is None:
        some = cover != 0
        spans[:, 0], spans[:, 1] = some.argmax(axis=1), cover.shape[1] - some[:, ::-1].argmax(axis=1)
        spans[~some.any(axis=1)] = 0
    else:
        kernels.dabs.span(cover, spans)
    for array in (cover, spans):
        array.flags.writeable = False
    return Stamp(cover, spans, len(cover) // 2, (cover.ctypes.data, spans.ctypes.data))


class _Kept:
    """The stamps that were used last, up to a number of bytes."""

    def __init__(self, limit: int) -> None:
        self._limit, self._held = limit, 0
        self._stamps: OrderedDict[tuple[Tip, int], Stamp] = OrderedDict()

    def get(self, tip: Tip, key: int, make: Callable[[], Stamp]) -> Stamp:
        stamp = self._stamps.get((tip, key))
        if stamp is not None:
            self._stamps.move_to_end((tip, key))
            return stamp
        stamp = self._stamps[tip, key] = make()
        self._held += stamp.nbytes
        while self._held > self._limit and len(self._stamps) > 1:
            self._held -= self._stamps.popitem(last=False)[1].nbytes
        return stamp


_STAMPS = _Kept(CACHE_BYTES)


def _kept(tip: Tip, key: int) -> Stamp:
    def make() -> Stamp:
        turned = replace(tip, angle=tip.angle + 45 * (key >> 4 & 7))
        return _stamp(_padded((key >> 7) / 16, turned, (key >> 2 & 3) / 4, (key & 3) / 4))

    return _STAMPS.get(tip, key, make)
