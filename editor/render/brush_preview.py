"""What a brush paints, as a small picture: one stroke, drawn by the engine that paints on the canvas."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from PySide6.QtGui import QImage

from editor.document.geometry import Bounds
from editor.raster.brush import Brush
from editor.raster.paint import Paint, Work, apply
from editor.raster.stabiliser import Sample
from editor.raster.stroke import StrokePath
from editor.raster.transmittance import Transmittance
from editor.render.qimage import to_qimage

_SAMPLES = 48
_MARGIN = 0.12
_TALLEST = 0.5
"""Diameter, as a part of the picture's height, beyond which a brush is drawn smaller than it is."""
_DURATION = 250.0
"""Milliseconds that the stroke takes: a quick one, so that what velocity does is seen."""


def stroke_picture(brush: Brush, width: int, height: int, colour: tuple[float, float, float]) -> QImage:
    """A wave from left to right, pressed hardest in its middle; ``colour`` is RGB, 0–1. What surrounds it is clear."""
    shown = replace(brush, size=min(brush.size, height * _TALLEST), smoothing=0.0)
    bounds = Bounds(0, 0, width, height)
    side = max(width, height)
    stroke = Transmittance(bounds, shown.form(), tile=side)
    path = StrokePath(shown)
    stroke.add(path.add(_samples(width, height)))
    stroke.add(path.finish())
    out = np.zeros((side, side, 4), np.uint8)
    changed = stroke.take_changed().get((0, 0))
    if changed is not None:
        work = Work(out, out, changed.transmittance, None, changed.area)
        (out,) = apply([work], Paint(colour, brush.opacity))
    return to_qimage(np.ascontiguousarray(out[:height, :width]))


def _samples(width: int, height: int) -> list[Sample]:
    samples = []
    for number in range(_SAMPLES + 1):
        part = number / _SAMPLES
        x = width * (_MARGIN + (1 - 2 * _MARGIN) * part)
        y = height * (0.5 - 0.12 * math.sin(2 * math.pi * part))
        samples.append(Sample(x, y, math.sin(math.pi * part), time=part * _DURATION))
    return samples
