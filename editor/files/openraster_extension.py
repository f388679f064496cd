"""Extension: what the folder of our own in an OpenRaster file adds, as far as it can be read."""

from __future__ import annotations

import json
import logging
from typing import Any

import numpy as np

from editor.document.document import Metadata
from editor.document.guides import DIRECTIONS, Guides
from editor.document.layers import FillLayer, PaintLayer
from editor.document.recipe import FillRecipe
from editor.document.tiles import Depth, Pixels, TileMap
from editor.files import openraster as ora
from editor.files.archive import Archive
from editor.files.openraster_candidates import read_candidate, read_raw
from editor.files.openraster_pictures import Picture, Pictures

MAX_TEXT = 16 << 20
_MAX_METADATA = 64 << 20

_log = logging.getLogger(__name__)


class Extension:
    """Empty where there is none, or none that can be understood. What of it cannot be read is added to ``losses``, and
    is nothing worse."""

    def __init__(self, archive: Archive, pictures: Pictures, losses: dict[str, None]) -> None:
        self._archive, self._pictures, self._losses = archive, pictures, losses
        self._values: dict[str, Any] = {}
        self._layers: dict[str, Any] = {}
        self._candidate_count = 0
        if ora.EXTENSION_FILE not in archive:
            return
        try:
            extension = json.loads(archive.read(ora.EXTENSION_FILE, _MAX_METADATA))
            if extension["version"] > ora.EXTENSION_VERSION:
                raise ValueError("written by a newer version")
            self._layers = dict(extension["layers"])
            self._values = extension
        except Exception:
            _log.warning(
                "the extension of %s cannot be read, only plain layers are", archive.name, exc_info=True
            )

    @property
    def is_deep(self) -> bool:
        return self._values.get("depth") == 16

    def selection(self, depth: Depth) -> TileMap:
        try:
            return self._pictures.plane(self._values.get("selection")).converted(depth)
        except Exception:
            _log.warning("the selection in %s cannot be read", self._archive.name, exc_info=True)
            return TileMap(1, depth=depth)

    def guides(self) -> Guides:
        values = self._values.get("guides")
        values = values if isinstance(values, dict) else {}
        lists = [each if isinstance(each := values.get(name), list) else [] for name in DIRECTIONS]
        guides = Guides.of(*lists)
        if len(guides) < sum(map(len, lists)):
            self._losses["some of its guides"] = None
        return guides

    def complete(self, metadata: Metadata) -> None:
        """``metadata`` is what other programs find."""
        try:
            values = self._values.get("metadata") or {}
            exact = values.get("resolution")
            if metadata.resolution and exact and [max(1, round(v)) for v in exact] == [*metadata.resolution]:
                metadata.resolution = float(exact[0]), float(exact[1])
            for name in ("icc_profile", "exif", "xmp"):
                if name in values:
                    setattr(metadata, name, self._archive.read(values[name], _MAX_METADATA))
        except Exception:
            _log.warning("the metadata in %s cannot be read", self._archive.name, exc_info=True)

    def layer(self, src: str, picture: Picture, x: int, y: int) -> PaintLayer | None:
        """The layer of a picture, without what every layer has; None where another program has edited it, or nothing
        is said of it."""
        entry = self._entry(src)
        if entry.get("sha256") != picture.sha256:
            return None
        try:
            return self._restored(entry, picture.rgba, x, y)
        except Exception:
            _log.warning("%s: %s is opened as a plain layer", self._archive.name, src, exc_info=True)
            return None

    def speaks_of(self, src: str) -> bool:
        return src in self._layers

    def add_candidates(self, layer: PaintLayer, src: str, x: int, y: int) -> None:
        """And what the engine gave. Of a layer that somebody has edited, they are losses."""
        entry = self._entry(src)
        if isinstance(entry.get("candidates"), list):
            self._add_candidates(layer, entry, x, y)
        if isinstance(layer, FillLayer):
            self._add_raw(layer, entry, x, y)

    def _entry(self, src: str) -> dict[str, Any]:
        found = self._layers.get(src)
        return found if isinstance(found, dict) else {}

    def _restored(self, entry: dict[str, Any], rgba: Pixels, x: int, y: int) -> PaintLayer:
        """The layer as it was saved. Raises anything where the extension is broken."""
        mask: TileMap | None = None
        if "mask" in entry:
            alpha = self._pictures.grey(entry["alpha"])
            if (alpha.shape, alpha.dtype) != (rgba.shape[:2], rgba.dtype):
                raise ValueError("the layer's alpha has another size or depth than its picture")
            mask = self._pictures.plane(entry["mask"], x, y)
            rgba = np.dstack([rgba[..., :3], alpha])
        recipe: FillRecipe | None = None
        if "recipe" in entry:
            text = self._archive.read(entry["recipe"], MAX_TEXT).decode()
            source = self._pictures.plane(entry["source"]) if "source" in entry else None
            recipe = FillRecipe.from_json(text, self._pictures.plane(entry["selection"]), source)
        pixels = TileMap.from_array(rgba, x, y)
        if entry["kind"] == "fill":
            return FillLayer("", mask=mask, pixels=pixels, recipe=recipe)
        return PaintLayer("", mask=mask, pixels=pixels, heals=entry.get("heals") is True)

    def _add_candidates(self, layer: PaintLayer, entry: dict[str, Any], x: int, y: int) -> None:
        for place, values in enumerate(entry["candidates"][: ora.MAX_CANDIDATES + 1], 1):
            self._candidate_count += 1
            try:
                if not isinstance(layer, FillLayer) or self._candidate_count > ora.MAX_CANDIDATES:
                    raise ValueError("there is no room for this candidate")
                candidate = read_candidate(values, layer.pixels, self._pictures.placer(x, y))
                if any(candidate.number == other.number for other in layer.candidates):
                    raise ValueError("two candidates have the same number")
                layer.candidates += (candidate,)
                if entry.get("taken") == candidate.number:
                    layer.taken = candidate.number
            except Exception:
                _log.warning("%s: a candidate cannot be read", self._archive.name, exc_info=True)
                self._losses[f"candidate {place} of the layer “{layer.name}”"] = None

    def _add_raw(self, layer: FillLayer, entry: dict[str, Any], x: int, y: int) -> None:
        """What the engine gave; where it cannot be read, the layer's pixels take its place."""
        try:
            layer.raw = read_raw(entry.get("raw"), layer, self._pictures.placer(x, y))
        except Exception:
            _log.warning("%s: what the engine gave cannot be read", self._archive.name, exc_info=True)
            self._losses[f"what the engine gave for the layer “{layer.name}”"] = None
