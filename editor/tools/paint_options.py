"""The paint brush as its options say: a preset, with size, colour and the rest of it as the user has set them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from editor.raster.blend_modes import MODES
from editor.raster.brush import Brush, load_brushes
from editor.resources import resource
from editor.setting_table import SETTINGS
from editor.settings import Settings
from inference.folders import settings_folder


def brush_folders() -> tuple[Path, Path]:
    """The program's brushes, and the user's own, which come first where both have one of the same name."""
    return resource("brushes"), settings_folder() / "brushes"


def all_brushes() -> dict[str, Brush]:
    return load_brushes(*brush_folders())


def preset_values(brush: Brush) -> dict[str, object]:
    """What every option is where the preset has just been chosen."""
    values = {
        "paint-size": brush.size, "paint-hardness": brush.hardness * 100, "paint-opacity": brush.opacity * 100,
        "paint-flow": brush.flow * 100, "paint-spacing": brush.spacing * 100, "paint-roundness": brush.roundness * 100,
        "paint-angle": brush.angle, "paint-smoothing": brush.smoothing * 100,
    }  # fmt: skip
    whole = {
        setting: min(max(round(value), SETTINGS[setting].minimum), SETTINGS[setting].maximum)
        for setting, value in values.items()
    }
    return {"paint-blend-mode": brush.blend_mode, **whole}


def choose_brush(settings: Settings, brush: Brush) -> None:
    """Sets every option to what the preset has."""
    settings["paint-brush"] = brush.id
    for setting, value in preset_values(brush).items():
        settings[setting] = value


def chosen_brush(settings: Settings, brushes: Mapping[str, Brush]) -> Brush:
    """The brush to paint with: the chosen preset's tip and dynamics, and all else as it is set."""
    preset = brushes.get(settings["paint-brush"]) or Brush()
    mode = settings["paint-blend-mode"]
    return replace(
        preset,
        size=float(settings["paint-size"]),
        hardness=settings["paint-hardness"] / 100,
        opacity=settings["paint-opacity"] / 100,
        flow=settings["paint-flow"] / 100,
        spacing=settings["paint-spacing"] / 100,
        roundness=settings["paint-roundness"] / 100,
        angle=float(settings["paint-angle"]),
        smoothing=settings["paint-smoothing"] / 100,
        blend_mode=mode if mode in MODES else "normal",
    )


def to_rgb(colour: str) -> tuple[float, float, float]:
    """From "#rrggbb" to 0–1; black where it is nothing of the kind."""
    try:
        value = int(colour.removeprefix("#"), 16) if len(colour) == 7 else 0
    except ValueError:
        value = 0
    return (value >> 16 & 255) / 255, (value >> 8 & 255) / 255, (value & 255) / 255
