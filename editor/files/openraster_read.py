"""Reading OpenRaster: the layers as stack.xml has them, with what our own extension adds."""

from __future__ import annotations

import logging
import re
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO
from xml.etree.ElementTree import Element, ParseError

import numpy as np
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from editor.document.document import Document, Metadata
from editor.document.geometry import Extent
from editor.document.layers import Group, Layer, PaintLayer
from editor.document.tiles import Depth, TileMap
from editor.files import openraster as ora
from editor.files.ahead import ahead
from editor.files.archive import Archive
from editor.files.errors import FileError, pillow_quiet, shown
from editor.files.limits import MAX_DEPTH, MAX_LAYERS, check_size
from editor.files.opened import Opened
from editor.files.openraster_extension import MAX_TEXT, Extension
from editor.files.openraster_pictures import MAX_OFFSET, Picture, Pictures
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
from editor.files.pixels import scaled, srgb_profile
from editor.render.layer_program import runs

_ID = re.compile(r"[0-9a-f]{32}")

_log = logging.getLogger(__name__)


def read(stream: BinaryIO, path: Path) -> Opened:
    """The document in an OpenRaster file. ``path`` is only named in errors. Raises FileError."""
    with Archive(stream, shown(path)) as archive, pillow_quiet():
        return _Reader(archive).read()


class _Reader:
    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._ids: set[str] = set()
        self._active: Layer | None = None
        self._losses: dict[str, None] = {}
        self._pictures = Pictures(archive)
        self._extension = Extension(archive, self._pictures, self._losses)
        self._levels_left = 0
        """So many more groups there may be within each other."""
        self._ready: Generator[Picture, None, None]
        """The pictures of the layers that are still to be built."""

    def read(self) -> Opened:
        archive, name = self._archive, self._archive.name
        if ora.STACK_FILE not in archive:
            raise FileError(f"{name} is a zip archive without a picture in it: choose an OpenRaster file.")
        image = self._parse(archive.read(ora.STACK_FILE, MAX_TEXT))
        width, height = integer(image.get("w"), 0), integer(image.get("h"), 0)
        check_size(width, height, name)
        stack = image.find("stack")
        if image.tag != "image" or stack is None:
            raise FileError(f"{name} is damaged, its list of layers is empty: copy or download it again.")
        self._check_tree(stack)
        elements = list(layers_of(stack))  # before masks are taken out of the tree
        with closing(ahead(self._pictures.decoding(elements))) as self._ready:
            layers = self._children(stack)
        document = Document(Extent(width, height), depth=self._depth(layers))
        for index, layer in enumerate(layers):
            document.insert(layer, document.root, index)
        document.metadata = self._metadata(image)
        document.selection = self._extension.selection(document.depth)
        document.guides = self._extension.guides()
        return Opened(document, self._active, tuple(self._losses))

    def _depth(self, layers: list[Layer]) -> Depth:
        """16 bits where they are spoken of, or any picture has them: the others are converted then."""
        each = Group("", children=layers).walk()
        is_deep = self._extension.is_deep or any(
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
        rgba = self._pictures.rgba(element.get("src", ""))
        cover, opacity = rgba[..., 3], opacity_of(element)
        if opacity < 1:
            full = np.iinfo(cover.dtype).max
            cover = scaled(cover, np.full(cover.shape, round(opacity * full), cover.dtype))
        return TileMap.from_array(cover, self._offset(element, "x"), self._offset(element, "y"))

    def _layer(self, element: Element) -> PaintLayer:
        src = element.get("src", "")
        x, y = self._offset(element, "x"), self._offset(element, "y")
        picture = self._pictures.first(self._ready)
        layer = self._extension.layer(src, picture, x, y)
        is_edited = layer is None and self._extension.speaks_of(src)
        if layer is None:
            layer = PaintLayer("", pixels=TileMap.from_array(picture.rgba, x, y))
        self._common(layer, element, "Layer", keep_id=not is_edited)
        self._extension.add_candidates(layer, src, x, y)
        return layer

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

    def _metadata(self, image: Element) -> Metadata:
        across, down = integer(image.get("xres"), 0), integer(image.get("yres"), 0)
        profile = self._pictures.icc_profile
        metadata = Metadata(
            (float(across), float(down)) if across > 0 and down > 0 else None,
            profile if profile != srgb_profile() else None,
        )
        self._extension.complete(metadata)
        return metadata

    def _offset(self, element: Element, name: str) -> int:
        value = integer(element.get(name), 0)
        if abs(value) > MAX_OFFSET:
            raise FileError(
                f"{self._archive.name} has a layer that lies too far from the canvas: get it again."
            )
        return value


def _group_of(layers: list[Layer]) -> Group:
    group = Group("Group", children=layers)
    for layer in layers:
        layer.parent = group
    return group
