"""Fill cases: photos with random regions held out: boxes, brush strokes and shapes like objects, their content gone."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from tests.benchmarks.fill_metrics import Bools, Picture, randomness

LEAST_AREA, MOST_AREA = 0.02, 0.15
"""Shares of the picture that a hole may take."""

KINDS = ("box", "stroke", "blob")

GONE = 128
"""The grey that stands in a hole before anything is filled."""

RANDOM_TEXTURE = 0.5
"""Randomness from which a case counts as random texture; gravel and lawns lie above, façades and skylines below."""


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """``truth`` is (h, w, 3) uint8 RGB; ``hole`` (h, w) bool; ``photo`` the photo's name."""

    photo: str
    kind: str
    truth: Picture
    hole: Bools

    @property
    def holed(self) -> Picture:
        """The picture as the methods get it."""
        return np.where(self.hole[..., None], np.uint8(GONE), self.truth)

    @property
    def is_random_texture(self) -> bool:
        return randomness(self.truth, self.hole) >= RANDOM_TEXTURE


def read_photo(path: Path, side: int) -> Picture:
    """(h, w, 3) RGB, scaled down to ``side`` pixels at its longer side. Raises OSError where it is no picture."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise OSError(f"{path} cannot be read as a picture")
    scale = side / max(picture.shape[:2])
    if scale < 1:
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(picture[..., ::-1], np.uint8)


def cases(paths: Sequence[Path], per_photo: int, seed: int, side: int) -> Iterator[Case]:
    """``per_photo`` cases of each photo, the kinds in turns. A photo's holes depend on its name and the seed alone."""
    for number, path in enumerate(paths):
        truth = read_photo(path, side)
        chance = np.random.default_rng((seed, zlib.crc32(path.stem.encode())))
        for index in range(per_photo):
            kind = KINDS[(number + index) % len(KINDS)]
            yield Case(path.stem, kind, truth, random_hole(truth.shape[0], truth.shape[1], kind, chance))


def random_hole(height: int, width: int, kind: str, chance: np.random.Generator) -> Bools:
    """(height, width) bool; takes 2–15 % of the picture, evenly in the logarithm."""
    draw = {"box": _box, "stroke": _stroke, "blob": _blob}[kind]
    wanted = np.exp(chance.uniform(np.log(1.2 * LEAST_AREA), np.log(0.85 * MOST_AREA))) * height * width
    while True:
        hole = draw(height, width, float(wanted), chance)
        if LEAST_AREA <= hole.mean() <= MOST_AREA:
            return hole


def _box(height: int, width: int, area: float, chance: np.random.Generator) -> Bools:
    aspect = np.exp(chance.uniform(-0.9, 0.9))
    tall, wide = min(height - 2, round((area * aspect) ** 0.5)), min(width - 2, round((area / aspect) ** 0.5))
    top, left = chance.integers(0, height - tall + 1), chance.integers(0, width - wide + 1)
    hole = np.zeros((height, width), np.bool_)
    hole[top : top + tall, left : left + wide] = True
    return hole


def _stroke(height: int, width: int, area: float, chance: np.random.Generator) -> Bools:
    """A winding brush stroke: a walk whose direction drifts, drawn until the area is reached."""
    thickness = max(6, round(float(chance.uniform(0.16, 0.34)) * area**0.5))
    canvas = np.zeros((height, width), np.uint8)
    place = np.array((chance.uniform(0.2, 0.8) * width, chance.uniform(0.2, 0.8) * height))
    direction, turn = chance.uniform(0, 2 * np.pi), 0.0
    while np.count_nonzero(canvas) < area:
        turn = 0.8 * turn + chance.normal(0, 0.15)
        direction += turn
        ahead = place + thickness / 2 * np.array((np.cos(direction), np.sin(direction)))
        if not (0 <= ahead[0] < width and 0 <= ahead[1] < height):
            direction += np.pi / 2
            continue
        cv2.line(canvas, _point(place), _point(ahead), 255, thickness)
        place = ahead
    return np.asarray(canvas > 0)


def _blob(height: int, width: int, area: float, chance: np.random.Generator) -> Bools:
    """A smooth outline like an object's: a circle whose radius swings with a few random harmonics."""
    angle = np.linspace(0, 2 * np.pi, 256, endpoint=False)
    radius = np.ones_like(angle)
    for harmonic in range(2, 7):
        radius += chance.normal(0, 0.3 / harmonic) * np.cos(harmonic * angle + chance.uniform(0, 2 * np.pi))
    radius = np.maximum(radius, 0.3)
    radius *= (area / (0.5 * np.sum(radius**2) * 2 * np.pi / len(angle))) ** 0.5
    stretch = np.exp(chance.uniform(-0.35, 0.35))
    x = chance.uniform(0.1, 0.9) * width + radius * np.cos(angle) * stretch
    y = chance.uniform(0.1, 0.9) * height + radius * np.sin(angle) / stretch
    canvas = np.zeros((height, width), np.uint8)
    cv2.fillPoly(canvas, [np.rint(np.stack((x, y), axis=-1)).astype(np.int32)], 255)
    return np.asarray(canvas > 0)


def _point(place: np.ndarray) -> tuple[int, int]:
    return round(float(place[0])), round(float(place[1]))
