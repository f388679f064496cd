"""What of a document a format cannot hold, in sentences: said before anything is written."""

from __future__ import annotations

from editor.document.document import Document
from editor.document.geometry import Bounds, TileKey, keys_covering, tile_bounds
from editor.document.layers import FillLayer, Layer, PaintLayer
from editor.document.tiles import TileMap
from editor.files.formats import Format, flattened
from editor.files.pixels import is_opaque

_MERGED = "Its layers are merged into one picture."
_FILLS = "Fills become plain layers: their recipes and the other candidates are left out."
_CUT = "What lies outside the canvas is cut off."
_SELECTION = "The selection is left out."
_GUIDES = "The guides are left out."
_WHITE = "What is transparent becomes white."
_EIGHT = "16 bits per channel become 8."
_PROFILE = "The colour profile is left out."
_CAMERA = "The camera's and the author's data (EXIF, XMP) are left out."


def losses(document: Document, row: Format) -> list[str]:
    """Empty where the file holds all of the document. It may have to composite the picture, which takes time."""
    metadata = document.metadata
    found = {
        "layers": _MERGED if not _is_one_picture(document) else _CUT if _reaches_beyond(document) else "",
        "fills": _FILLS if "layers" in row.keeps and _has_fills(document) else "",
        "selection": _SELECTION if document.selection else "",
        "guides": _GUIDES if document.guides else "",
        "depth": _EIGHT if document.depth == 16 else "",
        "profile": _PROFILE if metadata.icc_profile else "",
        "camera": _CAMERA if metadata.exif or metadata.xmp else "",
    }
    sentences = [text for kept, text in found.items() if text and kept not in row.keeps]
    if "alpha" not in row.keeps and not _is_opaque(document):
        sentences.append(_WHITE)
    return sentences


def _is_one_picture(document: Document) -> bool:
    """One visible layer of pixels and nothing done to it: a flat file gives it back as it is."""
    match document.root.children:
        case [PaintLayer(visible=True, opacity=1.0, mask=None) as layer]:
            return type(layer) is PaintLayer
    return False


def _reaches_beyond(document: Document) -> bool:
    bounds, canvas = document.root.bounds(), document.canvas
    if bounds.united(canvas) == canvas:
        return False
    layers = (layer for layer in document.layers() if isinstance(layer, PaintLayer))
    return any(layer.pixels.content_bounds().united(canvas) != canvas for layer in layers)


def _has_fills(document: Document) -> bool:
    fills = (layer for layer in document.layers() if isinstance(layer, FillLayer))
    return any(layer.recipe is not None or layer.candidates for layer in fills)


def _is_opaque(document: Document) -> bool:
    """One layer that covers all of the canvas makes all of it opaque, whatever lies above: looked for first."""
    return any(_covers(layer, document) for layer in document.root.children) or is_opaque(flattened(document))


def _covers(layer: Layer, document: Document) -> bool:
    """Whether it is plainly opaque all over the canvas."""
    match layer:
        case PaintLayer(visible=True, opacity=1.0, blend_mode="normal", mask=None, clipped=False):
            return all(_is_full(layer.pixels, key, document.canvas) for key in keys_covering(document.canvas))
    return False


def _is_full(pixels: TileMap, key: TileKey, canvas: Bounds) -> bool:
    tile, place = pixels.tile(key), tile_bounds(key)
    return tile is not None and is_opaque(tile[place.intersected(canvas).slices(place)])
