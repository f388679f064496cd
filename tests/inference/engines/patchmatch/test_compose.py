"""Compose: the solution of the equations it stands for."""

from __future__ import annotations

import cv2
import numpy as np

from inference.engines.patchmatch.arrays import Floats, Ints
from inference.engines.patchmatch.compose import SCREENING, compose
from inference.engines.patchmatch.workers import Workers
from tests.inference.engines.patchmatch.conftest import Case


def test_a_composition_solves_its_equations(case: Case) -> None:
    """Of sources drawn by lot that lie well inside the known, in a picture so soft that no correction is large."""
    level = case.level
    np.multiply(level.colour, 0.2, out=level.colour)
    inner = cv2.erode(level.usable, np.ones((3, 3), np.uint8)) > 0
    places = np.argwhere(inner).astype(np.int32)
    shifts = places[np.random.default_rng(6).integers(0, len(places), len(level.pixels))]
    with Workers(lambda: None) as workers:
        colours = compose(level, shifts, workers)
    number = {tuple(pixel): q for q, pixel in enumerate(level.pixels)}
    matrix, right = np.zeros((len(number), len(number))), np.zeros((len(number), 3))

    def at(position: Ints) -> Floats:
        return level.colour[tuple(position)].astype(np.float64)

    for pixel, q in number.items():
        matrix[q, q] = SCREENING
        right[q] = SCREENING * at(shifts[q])
        for step in np.array(((0, 1), (0, -1), (1, 0), (-1, 0))):
            near = pixel + step
            if not ((near >= 0) & (near < level.shape)).all():
                continue
            matrix[q, q] += 1
            own = at(shifts[q] + step) - at(shifts[q])
            if (j := number.get(tuple(near))) is None:
                right[q] += at(near) - own
            else:
                matrix[q, j] -= 1
                right[q] -= (own + at(shifts[j]) - at(shifts[j] - step)) / 2
    assert np.abs(colours - np.linalg.solve(matrix, right)).max() < 0.1
