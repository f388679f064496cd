"""Brush: all that makes one brush differ from another, and the brushes that a folder holds as readable files."""

from __future__ import annotations

import logging
import tomllib
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal, cast, get_args

import numpy as np

from editor.raster.blend_modes import MODES
from editor.raster.dab import Array8, Tip
from editor.raster.response import Response

log = logging.getLogger(__name__)

Driver = Literal["pressure", "tilt", "velocity"]
"""What a pen does: pressure; tilt, 0 upright to 1 flat; velocity, 0 at rest to 1 at FAST."""
Target = Literal["size", "opacity", "flow"]

FAST = 4000.0
"""Pixels of the picture per second that count as a velocity of 1."""
MIN_SIZE, MAX_SIZE = 0.25, 2000.0
"""Diameters of a brush in pixels."""


class BrushFileError(ValueError):
    """A brush that cannot be read; the text says which file, and why."""


@dataclass(frozen=True, slots=True)
class Brush:
    """``size`` is the diameter in pixels, ``spacing`` the distance of two dabs as a part of it; ``roundness``, the
    shorter axis as a part of the longer, and ``angle``, in degrees counter-clockwise, form the tip. ``hardness``,
    ``opacity`` (what one stroke covers at most), ``flow`` (what one dab adds) and ``smoothing`` are 0–1. Without an
    ``image`` the tip is round. By chance each dab strays by up to ``scatter`` diameters, and with ``turning`` its
    tip is turned by some eighths.

    ``dynamics``: responses whose factors, multiplied, scale size, flow, or what each dab covers at most.
    """

    id: str = "round"
    title: str = "Round"
    size: float = 40.0
    hardness: float = 0.5
    opacity: float = 1.0
    flow: float = 1.0
    spacing: float = 0.1
    roundness: float = 1.0
    angle: float = 0.0
    smoothing: float = 0.0
    scatter: float = 0.0
    turning: bool = False
    tip: str = ""
    blend_mode: str = "normal"
    eraser: bool = False
    dynamics: tuple[tuple[Target, Driver, Response], ...] = ()
    image: Array8 | None = field(default=None, compare=False, repr=False)
    """Of the tip, (h, w) uint8, 255 where it covers."""

    def __post_init__(self) -> None:
        """Raises ValueError for what no brush can be."""
        bounds = {
            "size": (MIN_SIZE, MAX_SIZE), "hardness": (0, 1), "opacity": (0, 1), "flow": (0, 1),
            "spacing": (0.01, 10), "roundness": (0.01, 1), "angle": (-360, 360), "smoothing": (0, 1),
            "scatter": (0, 10),
        }  # fmt: skip
        for name, (least, most) in bounds.items():
            value = getattr(self, name)
            if not least <= value <= most:
                raise ValueError(f"{name} is {value}, and goes from {least:g} to {most:g}")
        if self.blend_mode not in MODES:
            raise ValueError(f"there is no blend mode {self.blend_mode!r}")

    def form(self) -> Tip:
        name = f"{self.tip} {zlib.crc32(self.image.tobytes())}" if self.image is not None else ""
        return Tip(self.hardness, self.roundness, self.angle, self.image, name)

    def responses(self, target: Target) -> list[tuple[Driver, Response]]:
        return [(driver, response) for of, driver, response in self.dynamics if of == target]

    def driven_by(self, driver: Driver) -> bool:
        return any(by == driver for _target, by, _response in self.dynamics)


def load_brushes(*folders: Path) -> dict[str, Brush]:
    """The brushes of all ``*.toml`` files, by their ids, which are the files' names; in the order of their titles.

    One of a later folder replaces one of the same id. A file that cannot be read is left out, and the log says why.
    """
    brushes: dict[str, Brush] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.toml")):
            try:
                brushes[path.stem] = read_brush(path)
            except BrushFileError as error:
                log.warning("a brush is left out: %s", error)
    return dict(sorted(brushes.items(), key=lambda item: (item[1].title.casefold(), item[0])))


def read_brush(path: Path) -> Brush:
    """A brush from a TOML file; its tip's image lies beside it. Raises BrushFileError."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        dynamics = _dynamics(table.pop("dynamics", {}))
        brush = replace(Brush(path.stem, path.stem), **_plain(table), dynamics=dynamics)
        return replace(brush, image=_image(path.parent, brush.tip)) if brush.tip else brush
    except (OSError, ValueError, TypeError) as error:
        raise BrushFileError(f"{path.name}: {error}") from error


def _plain(table: dict[str, Any]) -> dict[str, Any]:
    kinds: dict[str, Callable[[Any], bool]] = {
        "float": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
        "str": lambda value: isinstance(value, str),
        "bool": lambda value: isinstance(value, bool),
    }
    known = {
        each.name: str(each.type) for each in fields(Brush) if each.name != "id" and str(each.type) in kinds
    }
    for name, value in table.items():
        if name not in known:
            raise ValueError(f"there is no {name!r}; there are {', '.join(known)}, dynamics")
        if not kinds[known[name]](value):
            raise ValueError(f"{name} is {value!r}, which is no {known[name]}")
    return {name: float(value) if known[name] == "float" else value for name, value in table.items()}


def _dynamics(table: Any) -> tuple[tuple[Target, Driver, Response], ...]:
    """From ``[dynamics.size]`` with ``pressure = [[0, 0.2], [1, 1]]``."""
    if not isinstance(table, dict) or not all(isinstance(curves, dict) for curves in table.values()):
        raise ValueError("dynamics are tables, such as [dynamics.size] with pressure = [[0, 0.2], [1, 1]]")
    found: list[tuple[Target, Driver, Response]] = []
    for target, curves in table.items():
        if target not in get_args(Target):
            raise ValueError(f"nothing changes {target!r}; dynamics change {', '.join(get_args(Target))}")
        for driver, points in curves.items():
            if driver not in get_args(Driver):
                raise ValueError(f"there is no {driver!r}; what drives is {', '.join(get_args(Driver))}")
            try:
                response = Response(tuple((float(x), float(y)) for x, y in points))
            except (ValueError, TypeError) as error:
                raise ValueError(f"{target} by {driver}: {error}") from error
            found.append((cast(Target, target), cast(Driver, driver), response))
    return tuple(found)


def _image(folder: Path, name: str) -> Array8:
    """A greyscale picture in which white covers. Raises ValueError where there is none, or none of this name can be
    part of the folder."""
    import cv2

    if Path(name).name != name:
        raise ValueError(f"the tip {name!r} does not lie beside the brush")
    try:
        data = np.frombuffer((folder / name).read_bytes(), np.uint8)
    except OSError as error:
        raise ValueError(f"the tip {name!r} cannot be read: {error.strerror}") from error
    try:
        image = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    except cv2.error:
        image = None
    if image is None or image.dtype != np.uint8 or max(image.shape) > MAX_SIZE:
        raise ValueError(f"the tip {name!r} is no greyscale picture of at most {MAX_SIZE:g} pixels a side")
    tip = np.asarray(image, np.uint8)
    tip.flags.writeable = False
    return tip
