"""Reading OpenRaster: what stack.xml says, and what our own extension adds where nobody edited the layer since."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import re
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from xml.etree.ElementTree import Element, ParseError

import numpy as np
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from editor.document.document import Document, Metadata
from editor.document.geometry import Bounds, Extent
from editor.document.guides import DIRECTIONS, Guides
from editor.document.layers import FillLayer, Group, Layer, PaintLayer
from editor.document.recipe import FillRecipe
from editor.document.tiles import Depth, Pixels, TileMap
from editor.files import openraster as ora
from editor.files.ahead import ahead
from editor.files.archive import Archive
from editor.files.deep_read import to_deep_rgba
from editor.files.errors import FileError, pillow_quiet, shown
from editor.files.limits import MAX_DEPTH, MAX_LAYERS, check_size
from editor.files.opened import Opened
from editor.files.openraster_candidates import read_candidate, read_raw
from editor.files.openraster_tree import (
    integer,
    is_atop,
    is_clipping_run,
    is_shown_as_one,
    items,
    layers_of,
    mask_of,
    members,
    opacity_of,
)
from editor.files.pixels import scaled, srgb_profile, to_rgba
from editor.render.layer_program import runs

_MAX_TEXT = 16 << 20
_MAX_METADATA = 64 << 20
_MAX_OFFSET = 1 << 30
_ID = re.compile(r"[0-9a-f]{32}")

_log = logging.getLogger(__name__)


def read(stream: BinaryIO, path: Path) -> Opened:
    """The document in an OpenRaster file. ``path`` is only named in errors. Raises FileError."""
    with Archive(stream, shown(path)) as archive, pillow_quiet():
        return _Reader(archive).read()


class _Picture(NamedTuple):
    """Of a layer, (h, w, 4), with the hash of its file."""

    rgba: Pixels
    icc_profile: bytes | None
    sha256: str


class _Reader:
    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._extension: dict[str, Any] = {}
        self._entries: dict[str, Any] = {}
        self._ids: set[str] = set()
        self._icc: bytes | None = None
        self._active: Layer | None = None
        self._losses: dict[str, None] = {}
        self._candidate_count = 0
        self._levels_left = 0
        """So many more groups there may be within each other."""
        self._ready: Generator[_Picture, None, None]
        """The pictures of the layers that are still to be built."""

    def read(self) -> Opened:
        archive, name = self._archive, self._archive.name
        if ora.STACK_FILE not in archive:
            raise FileError(f"{name} is a zip archive without a picture in it: choose an OpenRaster file.")
        image = self._parse(archive.read(ora.STACK_FILE, _MAX_TEXT))
        width, height = integer(image.get("w"), 0), integer(image.get("h"), 0)
        check_size(width, height, name)
        stack = image.find("stack")
        if image.tag != "image" or stack is None:
            raise FileError(f"{name} is damaged, its list of layers is empty: copy or download it again.")
        self._check_tree(stack)
        self._read_extension()
        elements = list(layers_of(stack))  # before masks are taken out of the tree
        with closing(ahead(self._decoding(elements))) as self._ready:
            layers = self._children(stack)
        document = Document(Extent(width, height), depth=self._depth(layers))
        for index, layer in enumerate(layers):
            document.insert(layer, document.root, index)
        document.metadata = self._metadata(image)
        try:
            document.selection = self._plane(self._extension.get("selection")).converted(document.depth)
        except Exception:
            _log.warning("the selection in %s cannot be read", name, exc_info=True)
        document.guides = self._guides()
        return Opened(document, self._active, tuple(self._losses))

    def _depth(self, layers: list[Layer]) -> Depth:
        """16 bits where they are spoken of, or any picture has them: the others are converted then."""
        each = Group("", children=layers).walk()
        is_deep = self._extension.get("depth") == 16 or any(
            plane.depth == 16 for layer in each for plane in layer.planes()
        )
        return 16 if is_deep else 8

    def _parse(self, text: bytes) -> Element:
        name = self._archive.name
        try:
            image: Element = fromstring(text)
        except DefusedXmlException as error:
            raise FileError(
                f"{name} is refused because its list of layers defines entities: get it again."
            ) from error
        except (ParseError, ValueError, LookupError) as error:
            raise FileError(
                f"{name} is damaged, its list of layers is no XML: copy or download it again."
            ) from error
        return image

    def _check_tree(self, stack: Element) -> None:
        """Counts layers and levels, before anything is built and without recursion."""
        count, level, depth = 0, [stack], 0
        while level := [child for element in level for child in members(element)]:
            count, depth = count + len(level), depth + 1
            if count > MAX_LAYERS:
                raise FileError(f"{self._archive.name} has more than {MAX_LAYERS} layers: merge some first.")
            self._levels_left = MAX_DEPTH - depth
            if depth > MAX_DEPTH:
                raise FileError(
                    f"{self._archive.name} has groups within groups more than {MAX_DEPTH} deep: merge some first."
                )

    def _read_extension(self) -> None:
        if ora.EXTENSION_FILE not in self._archive:
            return
        try:
            extension = json.loads(self._archive.read(ora.EXTENSION_FILE, _MAX_METADATA))
            if extension["version"] > ora.EXTENSION_VERSION:
                raise ValueError("written by a newer version")
            self._entries = dict(extension["layers"])
            self._extension = extension
        except Exception:
            _log.warning(
                "the extension of %s cannot be read, only plain layers are", self._archive.name, exc_info=True
            )

    def _children(self, stack: Element) -> list[Layer]:
        """The layers of a stack, bottom first."""
        for child in stack:
            if child.tag not in ("layer", "stack"):
                self._losses[f"a layer of the kind “{child.tag}”"] = None
        layers: list[Layer] = []
        for element in reversed(list(items(stack))):
            if is_clipping_run(element):
                layers += self._run(element)
                continue
            if (
                is_atop(element)
                and is_shown_as_one(stack)
                and self._levels_left
                and sum(1 for _ in runs(layers)) > 1
            ):
                self._levels_left -= 1
                layers = [_group_of(layers)]  # to others, it is atop of all that lies below
            layers.append(self._item(element))
        return layers

    def _item(self, element: Element) -> Layer:
        return self._group(element) if element.tag == "stack" else self._layer(element)

    def _run(self, stack: Element) -> list[Layer]:
        """A layer and those clipped to it, bottom first."""
        mask = mask_of(stack)
        layers = [self._item(each) for each in reversed(list(items(stack))) if each is not mask]
        self._blending(layers[0], stack)
        return layers

    def _group(self, element: Element) -> Group:
        group = Group("")
        self._common(group, element, "Group")
        group.isolated = element.get("isolation") != "auto"
        mask = mask_of(element)
        if mask is not None:
            group.mask = self._group_mask(mask)
            element.remove(mask)
            group.isolated = element.get(f"{{{ora.NAMESPACE}}}isolation") != "auto" and group.isolated
        group.children = self._children(element)
        for child in group.children:
            child.parent = group
        return group

    def _group_mask(self, element: Element) -> TileMap:
        rgba = self._picture(element.get("src", ""))
        cover, opacity = rgba[..., 3], opacity_of(element)
        if opacity < 1:
            full = np.iinfo(cover.dtype).max
            cover = scaled(cover, np.full(cover.shape, round(opacity * full), cover.dtype))
        return TileMap.from_array(cover, self._offset(element, "x"), self._offset(element, "y"))

    def _layer(self, element: Element) -> PaintLayer:
        src = element.get("src", "")
        x, y = self._offset(element, "x"), self._offset(element, "y")
        rgba, profile, digest = next(self._ready)
        self._icc = self._icc or profile
        entry = self._entries.get(src)
        layer: PaintLayer | None = None
        if isinstance(entry, dict) and entry.get("sha256") == digest:
            try:
                layer = self._restored(entry, rgba, x, y)
            except Exception:
                _log.warning("%s: %s is opened as a plain layer", self._archive.name, src, exc_info=True)
        edited = entry is not None and layer is None
        if layer is None:
            layer = PaintLayer("", pixels=TileMap.from_array(rgba, x, y))
        self._common(layer, element, "Layer", keep_id=not edited)
        if isinstance(entry, dict) and isinstance(entry.get("candidates"), list):
            self._add_candidates(layer, entry, x, y)
        if isinstance(layer, FillLayer) and isinstance(entry, dict):
            self._add_raw(layer, entry, x, y)
        return layer

    def _restored(self, entry: dict[str, Any], rgba: Pixels, x: int, y: int) -> PaintLayer:
        """The layer as it was saved. Raises anything where the extension is broken."""
        mask: TileMap | None = None
        if "mask" in entry:
            alpha = self._grey(entry["alpha"])
            if (alpha.shape, alpha.dtype) != (rgba.shape[:2], rgba.dtype):
                raise ValueError("the layer's alpha has another size or depth than its picture")
            mask = self._plane(entry["mask"], x, y)
            rgba = np.dstack([rgba[..., :3], alpha])
        recipe: FillRecipe | None = None
        if "recipe" in entry:
            text = self._archive.read(entry["recipe"], _MAX_TEXT).decode()
            source = self._plane(entry["source"]) if "source" in entry else None
            recipe = FillRecipe.from_json(text, self._plane(entry["selection"]), source)
        pixels = TileMap.from_array(rgba, x, y)
        if entry["kind"] == "fill":
            return FillLayer("", mask=mask, pixels=pixels, recipe=recipe)
        return PaintLayer("", mask=mask, pixels=pixels, heals=entry.get("heals") is True)

    def _add_candidates(self, layer: PaintLayer, entry: dict[str, Any], x: int, y: int) -> None:
        """Those that cannot be read, or belong to a layer that somebody edited, are losses and nothing worse."""
        for place, values in enumerate(entry["candidates"][: ora.MAX_CANDIDATES + 1], 1):
            self._candidate_count += 1
            try:
                if not isinstance(layer, FillLayer) or self._candidate_count > ora.MAX_CANDIDATES:
                    raise ValueError("there is no room for this candidate")
                candidate = read_candidate(values, layer.pixels, self._placer(x, y))
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
            layer.raw = read_raw(entry.get("raw"), layer, self._placer(x, y))
        except Exception:
            _log.warning("%s: what the engine gave cannot be read", self._archive.name, exc_info=True)
            self._losses[f"what the engine gave for the layer “{layer.name}”"] = None

    def _placer(self, x: int, y: int) -> Callable[[dict[str, Any]], tuple[Bounds, Pixels]]:
        """Reads pictures that are placed relative to (x, y)."""

        def picture(place: dict[str, Any]) -> tuple[Bounds, Pixels]:
            left, top = int(place["x"]) + x, int(place["y"]) + y
            if max(abs(left), abs(top)) > _MAX_OFFSET:
                raise ValueError("a candidate lies too far away")
            rgba = self._picture(place["src"])
            return Bounds(left, top, rgba.shape[1], rgba.shape[0]), rgba

        return picture

    def _common(self, layer: Layer, element: Element, default_name: str, keep_id: bool = True) -> None:
        layer.name = element.get("name", default_name)
        self._blending(layer, element)
        layer.locked = element.get("edit-locked") in ("true", "1")
        clipped = element.get(f"{{{ora.NAMESPACE}}}clipped") == "true"
        layer.clipped = clipped or element.get("composite-op") == ora.CLIPPED_OPERATOR
        known = element.get(f"{{{ora.NAMESPACE}}}id", "")
        if keep_id and _ID.fullmatch(known) and known not in self._ids:
            layer.id = known
        self._ids.add(layer.id)
        if self._active is None and element.get("selected") in ("true", "1"):
            self._active = layer

    def _blending(self, layer: Layer, element: Element) -> None:
        layer.visible = element.get("visibility") != "hidden"
        layer.opacity = opacity_of(element)
        operator = element.get("composite-op", "svg:src-over")
        if operator not in ora.MODES:
            self._losses[f"the blend mode {operator}"] = None
        layer.blend_mode = ora.MODES.get(operator, "normal")

    def _decoding(self, elements: list[Element]) -> Iterator[Callable[[], _Picture]]:
        """The pictures of layers are read here and decoded on other threads."""
        for element in elements:
            src = element.get("src", "")
            yield partial(self._decoded, self._archive.read_png(src), src)

    def _decoded(self, data: bytes, src: str) -> _Picture:
        image = self._archive.decode(data, src)
        rgba, profile = to_deep_rgba(image, io.BytesIO(data)) or to_rgba(image)
        return _Picture(rgba, profile, hashlib.sha256(data).hexdigest())

    def _picture(self, src: str) -> Pixels:
        """(h, w, 4)."""
        picture = self._decoded(self._archive.read_png(src), src)
        self._icc = self._icc or picture.icc_profile
        return picture.rgba

    def _grey(self, src: str) -> Pixels:
        image = self._archive.decode(self._archive.read_png(src), src)
        if image.mode not in ("L", "I;16"):
            raise ValueError(f"“{src}” is no grey picture")
        return np.asarray(image)

    def _plane(self, place: dict[str, Any] | None, x: int = 0, y: int = 0) -> TileMap:
        if place is None:
            return TileMap(1)
        left, top = int(place["x"]) + x, int(place["y"]) + y
        if max(abs(left), abs(top)) > _MAX_OFFSET:
            raise ValueError("a mask lies too far away")
        return TileMap.from_array(self._grey(place["src"]), left, top)

    def _guides(self) -> Guides:
        """As many as can be read: the others are losses and nothing worse."""
        values = self._extension.get("guides")
        values = values if isinstance(values, dict) else {}
        lists = [each if isinstance(each := values.get(name), list) else [] for name in DIRECTIONS]
        guides = Guides.of(*lists)
        if len(guides) < sum(map(len, lists)):
            self._losses["some of its guides"] = None
        return guides

    def _metadata(self, image: Element) -> Metadata:
        across, down = integer(image.get("xres"), 0), integer(image.get("yres"), 0)
        profile = self._icc if self._icc != srgb_profile() else None
        metadata = Metadata((float(across), float(down)) if across > 0 and down > 0 else None, profile)
        try:
            values = self._extension.get("metadata") or {}
            exact = values.get("resolution")
            if metadata.resolution and exact and [max(1, round(v)) for v in exact] == [across, down]:
                metadata.resolution = float(exact[0]), float(exact[1])
            for name in ("icc_profile", "exif", "xmp"):
                if name in values:
                    setattr(metadata, name, self._archive.read(values[name], _MAX_METADATA))
        except Exception:
            _log.warning("the metadata in %s cannot be read", self._archive.name, exc_info=True)
        return metadata

    def _offset(self, element: Element, name: str) -> int:
        value = integer(element.get(name), 0)
        if abs(value) > _MAX_OFFSET:
            raise FileError(
                f"{self._archive.name} has a layer that lies too far from the canvas: get it again."
            )
        return value


def _group_of(layers: list[Layer]) -> Group:
    group = Group("Group", children=layers)
    for layer in layers:
        layer.parent = group
    return group
