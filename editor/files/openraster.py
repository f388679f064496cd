"""OpenRaster's names: files in the archive, attributes, blend modes, and the extension that keeps what it lacks.

The format is https://www.openraster.org, version 0.0.5. Whatever it cannot hold lies in the folder ``pentimento/`` of
the archive, which other programs ignore, listed in ``pentimento/document.json``:

``depth``      bits per channel, 8 (where nothing is said) or 16: then all pictures have so many
``metadata``   exact resolution; names of the files with ICC profile, EXIF and XMP
``selection``  the document's selection: ``{"src", "x", "y"}``, or null
``guides``     the positions of guides, in pixels: ``{"horizontal": [y, …], "vertical": [x, …]}``
``layers``     by the name of a layer's picture in ``data/``: ``sha256`` of that file, without which nothing of this is
               used (somebody edited the layer); ``kind`` "paint" or "fill"; for a layer with a mask, whose plain
               picture has the mask multiplied into its alpha, ``alpha``, its own alpha, and ``mask``, placed relative
               to the picture; ``heals``, true for the layer of the spot healing brush; ``recipe``, a file,
               ``selection``, the one the fill was made from, and ``source``, where it copied from (everywhere, where
               that is missing); ``candidates`` of a fill, ``{"number", "seed", "facts"}`` and, for those that differ
               from the layer's pixels, ``{"src", "x", "y"}``, what to put over these, placed relative to the picture;
               ``taken``, a number or null;
               ``raw`` of a fill, where what the engine gave is not the picture: ``{"candidate"}``, a number, or again
               ``{"src", "x", "y"}``

A plane (mask, selection) is a grey PNG; null where nothing of it is covered. The mask of a group is a layer on top
within it with the operator ``svg:dst-in``, as other programs do it. Layers carry their id, and whether they are clipped
to what is below them, as attributes of our own. With the layer that they are clipped to they lie in a group, marked by
``pentimento:clipping``, that has the opacity, the mode and the visibility of that layer; there other programs find
clipped layers of normal mode as ``svg:src-atop``, and for the sake of the others a mask as that of a group.
"""

from __future__ import annotations

MIMETYPE = b"image/openraster"
VERSION = "0.0.5"

MIMETYPE_FILE = "mimetype"
STACK_FILE = "stack.xml"
MERGED_FILE = "mergedimage.png"
THUMBNAIL_FILE = "Thumbnails/thumbnail.png"
THUMBNAIL_SIDE = 256
EXTENSION_FILE = "pentimento/document.json"
EXTENSION_VERSION = 1

NAMESPACE = "urn:pentimento:openraster"

MASK_OPERATOR = "svg:dst-in"
CLIPPED_OPERATOR = "svg:src-atop"

MAX_CANDIDATES = 4_096

OPERATORS: dict[str, str] = {
    "normal": "svg:src-over",
    "multiply": "svg:multiply",
    "screen": "svg:screen",
    "overlay": "svg:overlay",
    "darken": "svg:darken",
    "lighten": "svg:lighten",
    "color-dodge": "svg:color-dodge",
    "color-burn": "svg:color-burn",
    "hard-light": "svg:hard-light",
    "soft-light": "svg:soft-light",
    "difference": "svg:difference",
    "hue": "svg:hue",
    "saturation": "svg:saturation",
    "color": "svg:color",
    "luminosity": "svg:luminosity",
    "linear-dodge": "svg:plus",
    # OpenRaster has no names for these; Krita's are the ones in use.
    "exclusion": "krita:exclusion",
    "linear-burn": "krita:linear_burn",
    "vivid-light": "krita:vivid_light",
    "linear-light": "krita:linear light",
    "pin-light": "krita:pin_light",
    "hard-mix": "krita:hard_mix_photoshop",
    "dissolve": "krita:dissolve",
    "darker-color": "krita:darker color",
    "lighter-color": "krita:lighter color",
    "subtract": "krita:subtract",
    "divide": "krita:divide",
}
"""From our blend modes to ``composite-op``."""

MODES: dict[str, str] = {operator: mode for mode, operator in OPERATORS.items()} | {
    CLIPPED_OPERATOR: "normal",
    "svg:add": "linear-dodge",
    "krita:add": "linear-dodge",
    "krita:linear_dodge": "linear-dodge",
    "svg:exclusion": "exclusion",
    "krita:hard mix": "hard-mix",
}
"""From ``composite-op`` to our blend modes; what is not here is read as normal."""
