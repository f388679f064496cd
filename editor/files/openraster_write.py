"""Writing OpenRaster: layers as other programs read them, and beside them what only we understand."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import re
import zipfile
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import asdict
from functools import partial
from typing import Any, BinaryIO, NamedTuple
from xml.etree import ElementTree

import numpy as np
from PIL import Image

from editor.document.document import Document
from editor.document.geometry import Bounds
from editor.document.layers import FillLayer, Group, Layer, PaintLayer
from editor.document.tiles import Pixels, TileMap
from editor.files import deep_write, fast_png
from editor.files import openraster as ora
from editor.files.ahead import ahead
from editor.files.extents import kept_bounds, used_bounds
from editor.files.openraster_candidates import candidate_entries, raw_entry
from editor.files.pixels import is_opaque, scaled, srgb_profile, to_image
from editor.raster.depth import to_8
from editor.render.compositor import composite
from editor.render.layer_program import runs

PNG_LEVEL = 1
"""Saving often matters more than the last tenth of the size."""

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_log = logging.getLogger(__name__)


def write(document: Document, merged: Pixels, stream: BinaryIO, active: Layer | None = None) -> None:
    """``merged`` is the picture of the canvas, (h, w, 4) of the document's depth with straight alpha."""
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        _Writer(document, archive, active).write(merged)


class _Picture(NamedTuple):
    """Of a layer: where it lies, its own alpha where its picture has the mask in it, and the PNG."""

    bounds: Bounds
    alpha: Pixels | None
    data: bytes


class _Writer:
    def __init__(self, document: Document, archive: zipfile.ZipFile, active: Layer | None) -> None:
        self._document, self._archive, self._active = document, archive, active
        self._entries: dict[str, Any] = {}
        self._count = 0
        self._ready: Generator[Any, None, None]
        profile = document.metadata.icc_profile or (srgb_profile() if document.depth == 16 else None)
        self._like_colour = _png_like("RGB", profile)
        self._like_grey = _png_like("L", None)

    def write(self, merged: Pixels) -> None:
        opaque = is_opaque(merged)
        work: list[Callable[[], Any]] = [
            partial(self._encoded, each) for each in _in_order(self._document.root)
        ]
        work.append(partial(self._png, merged[..., :3] if opaque else merged))
        with closing(ahead(work)) as self._ready:
            self._put(ora.MIMETYPE_FILE, ora.MIMETYPE)
            stack = ElementTree.Element("stack")
            self._children(stack, self._document.root)
            self._put(ora.STACK_FILE, self._stack_xml(stack), compress=True)
            self._put(ora.MERGED_FILE, next(self._ready))
        thumbnail = to_image(to_8(merged), opaque)
        thumbnail.thumbnail((ora.THUMBNAIL_SIDE, ora.THUMBNAIL_SIDE))
        self._put(ora.THUMBNAIL_FILE, self._png(np.asarray(thumbnail)))
        extension = {
            "version": ora.EXTENSION_VERSION,
            "depth": self._document.depth,
            "metadata": self._metadata(),
            "selection": self._plane("pentimento/selection.png", self._document.selection),
            "guides": asdict(self._document.guides),
            "layers": self._entries,
        }
        text = json.dumps(extension, ensure_ascii=False, indent=1)
        self._put(ora.EXTENSION_FILE, text.encode("utf-8", "replace"), compress=True)

    def _stack_xml(self, stack: ElementTree.Element) -> bytes:
        extent = self._document.extent
        image = ElementTree.Element(
            "image", {"version": ora.VERSION, "w": str(extent.width), "h": str(extent.height)}
        )
        image.set("xmlns:pentimento", ora.NAMESPACE)
        if self._document.metadata.resolution:
            across, down = self._document.metadata.resolution
            image.set("xres", str(max(1, round(across))))
            image.set("yres", str(max(1, round(down))))
        image.append(stack)
        return ElementTree.tostring(image, encoding="UTF-8", xml_declaration=True)

    def _children(self, stack: ElementTree.Element, group: Group) -> None:
        for base, clipped in reversed(list(runs(group.children))):  # the first element is the topmost layer
            if not clipped:
                self._item(stack, base, self._common(base))
                continue
            run = self._run(stack, base, clipped)
            for layer in reversed(clipped):
                attributes = self._common(layer)
                if layer.blend_mode == "normal":
                    attributes["composite-op"] = ora.CLIPPED_OPERATOR
                self._item(run, layer, attributes)
            plain = {"visibility": "visible", "opacity": "1.0", "composite-op": "svg:src-over"}
            self._item(run, base, self._common(base) | plain)

    def _run(self, stack: ElementTree.Element, base: Layer, clipped: list[Layer]) -> ElementTree.Element:
        """A group that shows a layer and those clipped to it as one."""
        shown = self._common(base)
        names = ("name", "visibility", "opacity", "composite-op")
        attributes = {name: shown[name] for name in names} | {"isolation": "isolate"}
        run = ElementTree.SubElement(stack, "stack", attributes | {"pentimento:clipping": "true"})
        if any(
            layer.blend_mode != "normal" for layer in clipped
        ):  # these show beyond the base to other programs
            alone = base.snapshot()
            alone.visible, alone.opacity, alone.blend_mode = True, 1.0, "normal"
            bounds = self._kept(base.bounds())
            if bounds:
                cover = composite(Group("", children=[alone]), bounds)[..., 3]
                self._mask(run, TileMap.from_array(cover, bounds.x, bounds.y))
        return run

    def _item(self, stack: ElementTree.Element, layer: Layer, attributes: dict[str, str]) -> None:
        if isinstance(layer, Group):
            self._group(stack, layer, attributes)
        elif isinstance(layer, PaintLayer):
            self._layer(stack, layer, attributes)
        else:
            raise TypeError(f"OpenRaster has no place for a {type(layer).__name__}")

    def _group(self, stack: ElementTree.Element, group: Group, attributes: dict[str, str]) -> None:
        element = ElementTree.SubElement(stack, "stack", attributes)
        isolation = "isolate" if group.isolated else "auto"
        element.set("isolation", isolation)
        if group.mask is not None:
            element.set("isolation", "isolate")  # a group with a mask is always shown as one
            element.set("pentimento:isolation", isolation)
            self._mask(element, group.mask)
        self._children(element, group)

    def _mask(self, stack: ElementTree.Element, mask: TileMap) -> None:
        """Of all that lies in a group."""
        bounds = self._kept(used_bounds(mask)) or Bounds(0, 0, 1, 1)
        cover = mask.read(bounds)
        rgba = np.zeros((*cover.shape, 4), cover.dtype)
        rgba[..., 3] = cover
        src = self._picture(self._png(rgba))
        attributes = {"name": "Mask", "src": src, "x": str(bounds.x), "y": str(bounds.y)}
        ElementTree.SubElement(
            stack, "layer", {**attributes, "composite-op": ora.MASK_OPERATOR, "opacity": "1.0"}
        )

    def _encoded(self, layer: PaintLayer) -> _Picture:
        """On a thread of its own: nothing is put into the archive yet."""
        bounds = self._kept(used_bounds(layer.pixels)) or Bounds(0, 0, 1, 1)
        rgba, alpha = layer.pixels.read(bounds), None
        if layer.mask is not None:
            alpha = rgba[..., 3].copy()
            rgba[..., 3] = scaled(alpha, layer.mask.read(bounds))
        return _Picture(bounds, alpha, self._png(rgba))

    def _layer(self, stack: ElementTree.Element, layer: PaintLayer, attributes: dict[str, str]) -> None:
        bounds, alpha, data = next(self._ready)
        entry: dict[str, Any] = {"kind": "fill" if isinstance(layer, FillLayer) else "paint"}
        folder = f"pentimento/layer{self._count + 1:04}"
        if layer.heals:
            entry["heals"] = True
        if alpha is not None and layer.mask is not None:
            entry["alpha"] = f"{folder}/alpha.png"
            self._put(entry["alpha"], self._png(alpha))
            entry["mask"] = self._plane(f"{folder}/mask.png", layer.mask, bounds.x, bounds.y)
        if isinstance(layer, FillLayer) and layer.recipe is not None:
            try:
                recipe = layer.recipe.to_json().encode("utf-8", "replace")
            except (TypeError, ValueError):
                _log.warning(
                    "the recipe of layer %r cannot be written and was left out", layer.name, exc_info=True
                )
            else:
                entry["recipe"] = f"{folder}/recipe.json"
                self._put(entry["recipe"], recipe, compress=True)
                entry["selection"] = self._plane(f"{folder}/selection.png", layer.recipe.selection)
                if layer.recipe.source:
                    entry["source"] = self._plane(f"{folder}/source.png", layer.recipe.source)
        if isinstance(layer, FillLayer) and layer.candidates:
            entry["taken"] = layer.taken
            entry["candidates"] = candidate_entries(
                layer,
                folder,
                bounds.x,
                bounds.y,
                self._png,
                self._put,
                self._kept,
            )
        if isinstance(layer, FillLayer):
            raw = raw_entry(layer, folder, bounds.x, bounds.y, self._png, self._put, self._kept)
            if raw is not None:
                entry["raw"] = raw
        src = self._picture(data, entry)
        place = {"src": src, "x": str(bounds.x), "y": str(bounds.y)}
        ElementTree.SubElement(stack, "layer", attributes | place)

    def _common(self, layer: Layer) -> dict[str, str]:
        attributes = {
            "name": _NOT_XML.sub("\ufffd", layer.name),
            "visibility": "visible" if layer.visible else "hidden",
            "opacity": repr(float(layer.opacity)),
            "composite-op": ora.OPERATORS.get(layer.blend_mode, "svg:src-over"),
            "pentimento:id": layer.id,
        }
        if layer.clipped:
            attributes["pentimento:clipped"] = "true"
        if layer.locked:
            attributes["edit-locked"] = "true"
        if layer is self._active:
            attributes["selected"] = "true"
        return attributes

    def _picture(self, data: bytes, entry: dict[str, Any] | None = None) -> str:
        """Puts a layer's plain picture into the archive, and with it what we know of the layer."""
        self._count += 1
        src = f"data/layer{self._count:04}.png"
        self._put(src, data)
        if entry is not None:
            self._entries[src] = {"sha256": hashlib.sha256(data).hexdigest(), **entry}
        return src

    def _plane(self, src: str, plane: TileMap, x: int = 0, y: int = 0) -> dict[str, Any] | None:
        """A grey picture of a plane's covered part, placed relative to (x, y)."""
        bounds = self._kept(plane.content_bounds())
        if not bounds:
            return None
        self._put(src, self._png(plane.read(bounds)))
        return {"src": src, "x": bounds.x - x, "y": bounds.y - y}

    def _metadata(self) -> dict[str, Any]:
        metadata = self._document.metadata
        values: dict[str, Any] = {"resolution": metadata.resolution}
        for name, data, suffix in (
            ("icc_profile", metadata.icc_profile, "icc"),
            ("exif", metadata.exif, "bin"),
            ("xmp", metadata.xmp, "xml"),
        ):
            if data is not None:
                values[name] = f"pentimento/{name}.{suffix}"
                self._put(values[name], data, compress=True)
        return values

    def _kept(self, bounds: Bounds) -> Bounds:
        return kept_bounds(bounds, self._document.canvas)

    def _png(self, array: Pixels) -> bytes:
        """Of (h, w), (h, w, 3) or (h, w, 4), either depth; colours with the document's profile."""
        like = self._like_colour if array.ndim == 3 else self._like_grey
        if array.dtype == np.uint8:
            return fast_png.encoded(array, PNG_LEVEL, like)
        out = io.BytesIO()
        deep_write.write_png(array, out, PNG_LEVEL, like)
        return out.getvalue()

    def _put(self, name: str, data: bytes, compress: bool = False) -> None:
        info = zipfile.ZipInfo(name)  # dated 1980: the same document gives the same bytes
        info.external_attr = 0o644 << 16
        info.compress_type = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
        self._archive.writestr(info, data)


def _in_order(group: Group) -> Iterator[PaintLayer]:
    """Its layers in the order in which they are written: the topmost first."""
    for layer in reversed(group.children):
        if isinstance(layer, Group):
            yield from _in_order(layer)
        elif isinstance(layer, PaintLayer):
            yield layer


def _png_like(mode: str, icc_profile: bytes | None) -> bytes:
    out = io.BytesIO()
    Image.new(mode, (1, 1)).save(out, "PNG", icc_profile=icc_profile)
    return out.getvalue()
