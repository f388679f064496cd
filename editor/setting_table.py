"""The table of settings: each is declared here once; the preferences and the options bar are made from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. Its type is its default's type; ``choices`` are (id, title); numbers have a range, a unit,
    and perhaps a word for 0.

    Settings with a ``page`` are in the preferences; the others are a tool's options, or merely remembered.
    """

    id: str
    default: Any
    title: str = ""
    help: str = ""
    page: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    minimum: int = 0
    maximum: int = 1 << 30
    unit: str = ""
    zero: str = ""

    def accepts(self, value: Any) -> bool:
        if type(value) is not type(self.default):
            return False
        if self.choices:
            return any(value == choice for choice, _title in self.choices)
        return not isinstance(value, int) or isinstance(value, bool) or self.minimum <= value <= self.maximum


def _pixels(
    setting_id: str, default: int, title: str, text: str, maximum: int = 250, minimum: int = 1
) -> Setting:
    return Setting(setting_id, default, title, text, minimum=minimum, maximum=maximum, unit=" px")


SETTINGS: dict[str, Setting] = {
    setting.id: setting
    for setting in (
        Setting(
            "theme",
            "system",
            "Theme",
            "Light or dark surroundings for the picture.",
            "Interface",
            choices=(("system", "As the system"), ("light", "Light"), ("dark", "Dark")),
        ),
        Setting(
            "veil-opacity",
            50,
            "Mask veil",
            "How strongly the red veil covers what the mask brush has selected.",
            "Interface",
            minimum=10,
            maximum=90,
            unit=" %",
        ),
        Setting(
            "history-memory",
            0,
            "Memory for undo",
            "At most this much; 0 takes an eighth of the machine's memory. Five steps are always kept.",
            "Editing",
            maximum=1 << 20,
            unit=" MB",
            zero="Automatic",
        ),
        Setting(
            "history-days",
            30,
            "Undo after closing",
            "How long the steps of a saved picture can still be undone once it is closed. They lie beside the "
            "program's settings, never in the picture's file.",
            "Editing",
            maximum=365,
            unit=" days",
            zero="Off",
        ),
        Setting(
            "history-disk",
            2048,
            "Disk space for it",
            "At most this much for all pictures together; the oldest go first.",
            "Editing",
            minimum=64,
            maximum=1 << 20,
            unit=" MB",
        ),
        Setting(
            "keep-backup",
            False,
            "Keep the previous version of a file",
            "When a file is saved over, what it was stays beside it, under its name with a tilde: picture.ora~.",
            "Files",
        ),
        Setting(
            "engine-python",
            "",
            "Engine's Python",
            "The Python interpreter that runs the engines. Empty: that of the engine which the Models window has "
            "installed, or else the program's own.",
            "Engines",
        ),
        Setting(
            "brush-mode",
            "add",
            "Mode",
            "Add to the selection, or erase from it (hold Ctrl for the other).",
            choices=(("add", "Add"), ("erase", "Erase")),
        ),
        Setting(
            "brush-size",
            80,
            "Size",
            "Diameter of the mask brush: [ and ]. A pen's pressure scales it.",
            minimum=1,
            maximum=2000,
            unit=" px",
        ),
        Setting(
            "brush-hardness",
            80,
            "Hardness",
            "How sharp the brush's edge is: Shift+[ and Shift+].",
            maximum=100,
            unit=" %",
        ),
        Setting(
            "paint-brush",
            "soft-round",
            "Brush",
            "A dot beside the name: it has been changed since it was chosen.",
        ),
        Setting("paint-color", "#000000"),
        Setting("paint-other-color", "#ffffff"),
        Setting("recent-colors", []),
        Setting("paint-blend-mode", "normal", "Mode", "How the paint is mixed with what is there."),
        Setting(
            "paint-size",
            40,
            "Size",
            "Diameter of the brush: [ and ].",
            minimum=1,
            maximum=2000,
            unit=" px",
        ),
        Setting(
            "paint-hardness",
            50,
            "Hardness",
            "How sharp the brush's edge is: Shift+[ and Shift+].",
            maximum=100,
            unit=" %",
        ),
        Setting(
            "paint-opacity",
            100,
            "Opacity",
            "What one stroke covers at most, however often it crosses itself.",
            minimum=1,
            maximum=100,
            unit=" %",
        ),
        Setting(
            "paint-flow",
            100,
            "Flow",
            "How much each dab of a stroke adds.",
            minimum=1,
            maximum=100,
            unit=" %",
        ),
        Setting(
            "paint-spacing",
            10,
            "Spacing",
            "Distance of two dabs, as a part of the diameter.",
            minimum=1,
            maximum=400,
            unit=" %",
        ),
        Setting(
            "paint-roundness",
            100,
            "Roundness",
            "100 % is a circle; less is an ellipse.",
            minimum=1,
            maximum=100,
            unit=" %",
        ),
        Setting(
            "paint-angle",
            0,
            "Angle",
            "How far the brush's tip is turned.",
            minimum=-180,
            maximum=180,
            unit="°",
        ),
        Setting(
            "paint-smoothing",
            0,
            "Smoothing",
            "How far the stroke lags behind a shaking hand.",
            maximum=100,
            unit=" %",
        ),
        Setting(
            "heal-size",
            40,
            "Size",
            "Diameter of the brush, a little more than what it is to take away: [ and ]. A pen's pressure scales it.",
            minimum=2,
            maximum=500,
            unit=" px",
        ),
        Setting(
            "heal-sample",
            "below",
            "Sample",
            "All that lies below counts, and what is healed comes onto a layer of its own, “Healing”; or the active "
            "layer alone, whose own pixels are healed.",
            choices=(("below", "This and below"), ("layer", "This layer")),
        ),
        Setting(
            "selection-mode",
            "replace",
            "Mode",
            "How a new shape joins the selection: Shift adds, Ctrl subtracts, both intersect.",
            choices=(
                ("replace", "Replace"),
                ("add", "Add"),
                ("subtract", "Subtract"),
                ("intersect", "Intersect"),
            ),
        ),
        Setting(
            "marquee-whole-pixels",
            True,
            "Whole pixels",
            "The shape's edges lie between pixels; otherwise exactly where the pointer was, and soft.",
        ),
        Setting(
            "wand-tolerance",
            32,
            "Tolerance",
            "How far a colour may be from the one that is clicked, in each of its channels.",
            maximum=255,
        ),
        Setting(
            "wand-contiguous",
            True,
            "Contiguous",
            "Only what is connected with the place that is clicked; otherwise all that is like it.",
        ),
        Setting("wand-antialias", True, "Smooth edge", "Softens the steps along slanting edges."),
        Setting(
            "wand-sample",
            "all",
            "Sample",
            "Whether the colours of the whole picture count, or those of the active layer alone.",
            choices=(("all", "All layers"), ("layer", "This layer")),
        ),
        _pixels("grow-pixels", 4, "Grow by", "The selection's edge moves outward by this much."),
        _pixels("shrink-pixels", 4, "Shrink by", "The selection's edge moves inward by this much."),
        _pixels(
            "feather-pixels",
            10,
            "Feather by",
            "The selection fades out over about this much, on either side of its edge.",
            1000,
        ),
        _pixels(
            "border-pixels",
            4,
            "Width",
            "A band along the edge becomes the selection, half of it on either side.",
        ),
        _pixels("smooth-pixels", 6, "Radius", "Corners are rounded; specks and gaps of about this size go."),
        Setting(
            "range-fuzziness",
            60,
            "Fuzziness",
            "How far a colour may be from the chosen one; the farther half is selected softly.",
            maximum=255,
        ),
        Setting(
            "device",
            "auto",
            "Run models on",
            "Automatic takes the graphics card where there is one. The processor is much slower.",
            "Engines",
            choices=(
                ("auto", "Automatic"),
                ("cuda", "Graphics card (CUDA)"),
                ("mps", "Graphics card (Apple)"),
                ("cpu", "Processor"),
            ),
        ),
        Setting(
            "fill-strength",
            100,
            "Strength",
            "Below 100 % the fill keeps that much less of what is there now.",
            minimum=1,
            maximum=100,
            unit=" %",
        ),
        _pixels("extend-left", 0, "Left", "Pixels to be added at the left.", 10_000, 0),
        _pixels("extend-top", 0, "Top", "Pixels to be added above.", 10_000, 0),
        _pixels("extend-right", 0, "Right", "Pixels to be added at the right.", 10_000, 0),
        _pixels("extend-bottom", 0, "Bottom", "Pixels to be added below.", 10_000, 0),
        Setting(
            "extend-fill",
            True,
            "Fill the new border",
            "Continues the picture into it with the engine that the Fill panel names.",
        ),
        Setting(
            "fill-context",
            "auto",
            "Context",
            "How much of the picture the engine sees around the selection.",
            choices=(
                ("auto", "Automatic"),
                ("tight", "Tight"),
                ("wide", "Wide"),
                ("whole", "Whole picture"),
                ("box", "Drawn box"),
            ),
        ),
        Setting(
            "fill-working-side",
            0,
            "Working size",
            "The longer side at which the engine works on what it sees.",
            maximum=4096,
            unit=" px",
            zero="Automatic",
        ),
        Setting(
            "fill-start",
            "auto",
            "Start from",
            "What the model begins from where it paints. Automatic: the border where the canvas was extended, what is "
            "there below full strength, a content-aware fill without a prompt, else the surroundings.",
            choices=(
                ("auto", "Automatic"),
                ("picture", "What is there"),
                ("content-aware", "Content-aware fill"),
                ("surroundings", "Blurred surroundings"),
                ("border", "Border drawn out"),
                ("neutral", "Grey"),
                ("noise", "Noise"),
            ),
        ),
        Setting(
            "fill-refine",
            "auto",
            "Second pass",
            "Whether a model goes once more over what is larger than it works at, in parts and at full size. "
            "Automatic: where it is much larger.",
            choices=(("auto", "Automatic"), ("on", "Always"), ("off", "Never")),
        ),
        Setting(
            "fill-colour-adaptation",
            True,
            "Adapt colours",
            "What is copied takes on the tones of where it comes to. Off: its pixels stay exactly as they are.",
        ),
        Setting(
            "fill-count",
            1,
            "Candidates",
            "How many results to choose from.",
            minimum=1,
            maximum=16,
        ),
        Setting("fill-engine", "content-aware"),
        Setting("fill-parameters", {}),
        Setting(
            "save-lossless",
            True,
            "Lossless",
            "Every pixel stays as it is; the file is several times as large.",
        ),
        Setting(
            "save-quality",
            95,
            "Quality",
            "From about 90 on nobody sees a difference; below 60 everybody does.",
            minimum=1,
            maximum=100,
        ),
        Setting(
            "save-subsampling",
            "4:4:4",
            "Colour",
            "Whether colours are kept with fewer pixels than brightness, which fine red and blue detail shows.",
            choices=(
                ("4:4:4", "Full resolution (4:4:4)"),
                ("4:2:2", "Half the width (4:2:2)"),
                ("4:2:0", "Half the width and height (4:2:0)"),
            ),
        ),
        Setting(
            "save-recipes",
            False,
            "Include the recipes of fills",
            "Engine, model, prompt, seed and settings go along with the picture, for everybody to read.",
        ),
        Setting("rulers-shown", False),
        Setting("guides-shown", True),
        Setting("guides-locked", False),
        Setting("guides-snap", True),
        Setting(
            "guide-direction",
            "vertical",
            "Direction",
            "How the guide runs.",
            choices=(("vertical", "Vertical"), ("horizontal", "Horizontal")),
        ),
        Setting(
            "guide-unit",
            "px",
            "Unit",
            "Pixels, or percent of the picture's width or height.",
            choices=(("px", "px"), ("percent", "%")),
        ),
        Setting("new-width", 2000, "Width", minimum=1, maximum=32_768, unit=" px"),
        Setting("new-height", 1500, "Height", minimum=1, maximum=32_768, unit=" px"),
        Setting(
            "new-depth",
            "8",
            "Depth",
            "16 bits keep smooth gradients smooth under strong changes, and take twice the memory.",
            choices=(("8", "8 bits per channel"), ("16", "16 bits per channel")),
        ),
        Setting(
            "new-background",
            "white",
            "Background",
            "What the first layer is filled with.",
            choices=(("white", "White"), ("color", "The colour in hand"), ("transparent", "Transparent")),
        ),
        Setting("recent-folder", ""),
        Setting("window-geometry", ""),
        Setting("window-state", ""),
    )
}
