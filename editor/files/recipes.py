"""The recipes of fills in a picture without layers: in its XMP, on request, and taken out again when it is opened."""

from __future__ import annotations

import base64
import json
import logging
import re
import zlib
from dataclasses import replace

from editor.document.document import Document
from editor.document.layers import FillLayer
from editor.document.recipe import FillRecipe
from editor.document.tiles import TileMap

MAX_PACKED = 32 << 10
"""Bytes in the XMP, all of which has to fit into 64 KB of a JPEG."""
_MAX_TEXT = 4 << 20
_MAX_RECIPES = 256

_START = b'<rdf:Description rdf:about="" xmlns:pentimento="urn:pentimento:xmp" pentimento:recipes="'
_END = b'"/>'
_CLOSING = b"</rdf:RDF>"
_HEAD = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
)
_TAIL = _CLOSING + b"</x:xmpmeta>"
_OURS = re.compile(rb"<rdf:Description[^<>]*\spentimento:recipes=\"([A-Za-z0-9+/=]*)\"\s*/>")

_log = logging.getLogger(__name__)


def recipes_of(document: Document) -> list[FillRecipe]:
    """Of the visible fill layers, bottom first."""
    fills = (layer for layer in document.layers() if isinstance(layer, FillLayer) and layer.visible)
    return [layer.recipe for layer in fills if layer.recipe is not None]


def with_recipes(xmp: bytes | None, recipes: list[FillRecipe]) -> bytes | None:
    """The packet with the recipes in it, without selections and the user's own pictures; the uppermost ones, where not
    all have room. As it is where it is no packet that could take them."""
    whole = xmp if xmp is not None else _HEAD + _TAIL
    at = whole.rfind(_CLOSING)
    texts = [text for recipe in recipes if (text := _text(recipe)) is not None]
    packed = _packed(texts)
    while texts and len(packed) > MAX_PACKED:
        del texts[0]
        packed = _packed(texts)
    if not texts or at < 0:
        _log.warning("%d recipes could not be written", len(recipes))
        return xmp
    return whole[:at] + _START + packed + _END + whole[at:]


def without_recipes(xmp: bytes | None) -> tuple[bytes | None, tuple[FillRecipe, ...]]:
    """The packet as it was before, and the recipes that were in it: saved again, the picture does not carry them any
    more unless that is asked for."""
    found = _OURS.search(xmp) if xmp is not None else None
    if xmp is None or found is None:
        return xmp, ()
    rest = xmp[: found.start()] + xmp[found.end() :]
    return (rest if rest != _HEAD + _TAIL else None), _unpacked(found[1])


def _text(recipe: FillRecipe) -> str | None:
    try:
        return replace(recipe, references=()).to_json()
    except (TypeError, ValueError):
        _log.warning("a recipe cannot be written and was left out", exc_info=True)
        return None


def _packed(texts: list[str]) -> bytes:
    return base64.b64encode(zlib.compress(json.dumps(texts).encode("utf-8", "replace"), 9))


def _unpacked(packed: bytes) -> tuple[FillRecipe, ...]:
    """Whatever can be read."""
    try:
        texts = json.loads(zlib.decompressobj().decompress(base64.b64decode(packed), _MAX_TEXT))
        recipes = tuple(FillRecipe.from_json(str(text), TileMap(1)) for text in texts[:_MAX_RECIPES])
    except (ValueError, TypeError, KeyError, zlib.error, RecursionError):
        _log.warning("the recipes in a picture cannot be read", exc_info=True)
        return ()
    return recipes
