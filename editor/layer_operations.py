"""What is done to whole layers of a session: each one step of its history, or none where there is nothing to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from uuid import uuid4

import numpy as np

from editor.document.blank import Colour, flat_patch
from editor.document.geometry import Bounds, TileKey, keys_covering, tile_bounds
from editor.document.layers import Group, Layer, PaintLayer
from editor.document.tiles import Pixels, TileMap, TilePatch, frozen, is_uniform
from editor.history.commands import (
    ChangeTiles,
    Command,
    InsertLayer,
    Macro,
    MoveLayer,
    RemoveLayer,
    SetProperty,
    changes_of_pixels,
)
from editor.raster.paint import Paint, Work, apply
from editor.render.compositor import composite
from editor.session import Session

PASS_THROUGH = "pass-through"
"""Stands beside the ids of blend modes, for groups that are not blended as one."""

_AT_ONCE = 64
"""Tiles that are painted over before those of one colour are stored as one pixel: a canvas has many."""


def new_layer(session: Session) -> None:
    """An empty layer of pixels above the active layer, or on top within the active group."""
    document = session.document
    _insert(session, PaintLayer(document.root.free_name("Layer"), pixels=document.plane(4)), "New layer")


def new_group(session: Session) -> None:
    _insert(session, Group(session.document.root.free_name("Group")), "New group")


def group_active(session: Session) -> None:
    """The active layer in a new group at its place."""
    layer, document = session.active, session.document
    if layer is None:
        return
    parent, index = document.index(layer)
    group = Group(document.root.free_name("Group"), clipped=layer.clipped)
    label = f"Group {layer.name}"
    steps: list[Command] = [
        InsertLayer(label, document, group, parent, index + 1),
        MoveLayer(label, document, layer, group, 0),
    ]
    if layer.clipped:  # the group is, in its place
        steps.append(SetProperty(label, document, layer, "clipped", False))
    _do(session, label, steps)
    session.active = group


def duplicate_active(session: Session) -> None:
    layer = session.active
    if layer is None:
        return
    parent, index = session.document.index(layer)
    twin = _twin(layer)
    twin.name = session.document.root.free_name(f"{layer.name} copy")
    label = f"Duplicate {layer.name}"
    session.history.do(InsertLayer(label, session.document, twin, parent, index + 1))
    session.active = twin


def can_merge_down(session: Session) -> bool:
    return _layer_below(session) is not None


def merge_down(session: Session) -> None:
    """The active layer, masks, opacity and mode included, into the layer of pixels beneath it, which must be shown as
    well. The result keeps that one's name, mode and clipping."""
    upper, lower, document = session.active, _layer_below(session), session.document
    if upper is None or lower is None:
        return
    parent, index = document.index(lower)
    below, above = lower.snapshot(), upper.snapshot()
    below.blend_mode, below.clipped = "normal", False
    above.clipped = upper.clipped and not lower.clipped  # two of one clipping base show alike
    both = Group("", children=[below, above])
    merged = PaintLayer(
        lower.name, pixels=document.plane(4), blend_mode=lower.blend_mode, clipped=lower.clipped
    )
    patch: TilePatch = {}
    for key in sorted({*_painted(lower), *_painted(upper)}):
        tile = composite(both, tile_bounds(key))
        if tile.any():
            patch[key] = frozen(tile)
    merged.pixels.exchange(patch)
    label = f"Merge {upper.name} down"
    steps: list[Command] = [
        RemoveLayer(label, document, upper),
        RemoveLayer(label, document, lower),
        InsertLayer(label, document, merged, parent, index),
    ]
    _do(session, label, steps)


def can_clip(session: Session) -> bool:
    """There is a layer beneath the active one in its group."""
    layer = session.active
    return layer is not None and layer.parent is not None and session.document.index(layer)[1] > 0


def toggle_clipped(session: Session) -> None:
    layer = session.active
    if layer is not None and (layer.clipped or can_clip(session)):
        session.set_layer(layer, "clipped", not layer.clipped)


def blending(layer: Layer) -> str:
    """The id of the layer's blend mode, or ``PASS_THROUGH``."""
    through = isinstance(layer, Group) and not layer.isolated and layer.blend_mode == "normal"
    return PASS_THROUGH if through else layer.blend_mode


def set_blending(session: Session, layer: Layer, mode: str) -> None:
    """``mode``: an id of a blend mode, or, for a group, ``PASS_THROUGH``."""
    if not isinstance(layer, Group):
        session.set_layer(layer, "blend_mode", mode)
        return
    if mode == blending(layer):
        return
    through = mode == PASS_THROUGH
    label, document = f"Blending of {layer.name}", session.document
    steps: list[Command] = [
        SetProperty(label, document, layer, "isolated", not through),
        SetProperty(label, document, layer, "blend_mode", "normal" if through else mode),
    ]
    _do(session, label, steps)


def add_mask(session: Session) -> None:
    """A layer mask that shows what is selected of the active layer; all of it where nothing is selected."""
    layer, document = session.active, session.document
    if layer is None or layer.mask is not None:
        return
    if document.selection:
        mask = document.selection.snapshot()
    else:
        mask = document.plane(1)
        white = frozen(np.full(mask.shape, mask.full, mask.dtype))
        mask.exchange(dict.fromkeys({*keys_covering(document.canvas), *_painted(layer)}, white))
    session.history.do(SetProperty(f"Mask of {layer.name}", document, layer, "mask", mask))


def delete_mask(session: Session) -> None:
    layer = session.active
    if layer is not None and layer.mask is not None:
        label = f"Delete the mask of {layer.name}"
        session.history.do(SetProperty(label, session.document, layer, "mask", None))


def can_apply_mask(session: Session) -> bool:
    return isinstance(session.active, PaintLayer) and session.active.mask is not None


def apply_mask(session: Session) -> None:
    """What the mask of the active layer hides is taken away from its pixels, and the mask with it."""
    layer, document = session.active, session.document
    if not isinstance(layer, PaintLayer) or layer.mask is None:
        return
    hidden = {key: frozen(layer.mask.full - _tile(layer.mask, key)) for key in layer.pixels}
    patch = _painted_over(layer.pixels, hidden, Paint(erase=True))
    label = f"Apply the mask of {layer.name}"
    change = ChangeTiles(label, document, layer, "pixels", patch)
    steps = [
        *changes_of_pixels(label, document, layer, change),
        SetProperty(label, document, layer, "mask", None),
    ]
    _do(session, label, steps)


def can_paint(session: Session) -> bool:
    """The active layer is one of pixels, and neither it nor a group around it is locked."""
    return isinstance(session.active, PaintLayer) and not _is_locked(session.active)


def why_not_painted(layer: Layer | None) -> str:
    """Why nothing can be painted on a layer, and what to do; empty where it can."""
    if layer is None:
        return "There is no layer to paint on. Add one first."
    if isinstance(layer, Group):
        return "A group has no pixels. Choose a layer inside it to paint on."
    if not isinstance(layer, PaintLayer):
        return f"“{layer.name}” has no pixels to paint on."
    return why_barred(layer)


def why_barred(layer: Layer | None) -> str:
    """Why nothing in a layer or group can be changed to be seen: it, or a group around it, is locked or hidden."""
    while layer is not None:
        if layer.locked:
            return f"“{layer.name}” is locked. Unlock it to paint."
        if not layer.visible:
            return f"“{layer.name}” is hidden. Show it to paint."
        layer = layer.parent
    return ""


def clear_selected(session: Session) -> None:
    """Takes away what is selected of the active layer's pixels; all of them where nothing is selected."""
    layer, selection = session.active, session.document.selection
    if not isinstance(layer, PaintLayer) or _is_locked(layer):
        return
    patch: TilePatch = dict.fromkeys(layer.pixels)
    if selection:
        selected = {key: _tile(selection, key) for key in selection if key in layer.pixels}
        patch = _painted_over(layer.pixels, selected, Paint(erase=True))
    _change(session, f"Clear {layer.name}", layer, patch)


def fill_selected(session: Session, colour: Colour) -> None:
    """Fills what is selected of the active layer, or all of the canvas, with one colour."""
    layer, selection = session.active, session.document.selection
    if not isinstance(layer, PaintLayer) or _is_locked(layer):
        return
    patch = flat_patch(layer.pixels, session.document.canvas, colour)
    if selection:
        red, green, blue = colour
        selected = {key: _tile(selection, key) for key in selection}
        patch = _painted_over(layer.pixels, selected, Paint((red / 255, green / 255, blue / 255)))
    _change(session, f"Fill {layer.name} with colour", layer, patch)


def _insert(session: Session, layer: Layer, label: str) -> None:
    active, document = session.active, session.document
    if isinstance(active, Group):
        parent, index = active, len(active.children)
    elif active is not None:
        parent, index = document.index(active)
        index += 1
    else:
        parent, index = document.root, len(document.root.children)
    # Between a clipped layer and its base, one that is not clipped would part them.
    layer.clipped = index < len(parent.children) and parent.children[index].clipped
    session.history.do(InsertLayer(label, document, layer, parent, index))


def _is_locked(layer: Layer) -> bool:
    holder: Layer | None = layer
    while holder is not None and not holder.locked:
        holder = holder.parent
    return holder is not None


def _layer_below(session: Session) -> PaintLayer | None:
    """What the active layer can be merged with."""
    layer = session.active
    if layer is None or not layer.visible:
        return None
    parent, index = session.document.index(layer)
    below = parent.children[index - 1] if index else None
    return below if isinstance(below, PaintLayer) and below.visible and not below.locked else None


def _twin(layer: Layer) -> Layer:
    """The same with ids of its own, throughout."""
    twin = layer.snapshot()
    for each in (twin, *(twin.walk() if isinstance(twin, Group) else ())):
        each.id = uuid4().hex
    return twin


def _painted(layer: Layer) -> Iterator[TileKey]:
    """The tiles that a layer, or what is in a group, has pixels in."""
    for each in layer.walk() if isinstance(layer, Group) else (layer,):
        if isinstance(each, PaintLayer):
            yield from each.pixels


def _tile(plane: TileMap, key: TileKey) -> Pixels:
    """All zero where there is none."""
    tile = plane.tile(key)
    return np.zeros(plane.shape, plane.dtype) if tile is None else tile


def _painted_over(plane: TileMap, covers: Mapping[TileKey, Pixels], paint: Paint) -> TilePatch:
    """The tiles that change where paint lies as thickly as ``covers`` say, in the plane's depth. What is of one colour,
    and evenly covered, is painted as one pixel, and once however many tiles of it there are."""
    patch: TilePatch = {}
    others: list[TileKey] = []
    made: dict[tuple[bytes, int], Pixels] = {}
    for key, cover in covers.items():
        tile = plane.tile(key)
        if not is_uniform(cover) or not (tile is None or is_uniform(tile)):
            others.append(key)
            continue
        pixel = np.zeros((1, 1, 4), plane.dtype) if tile is None else tile[:1, :1]
        kind = pixel.tobytes(), int(cover[0, 0])
        if kind not in made:
            made[kind] = np.broadcast_to(_painted_tiles([pixel], [cover[:1, :1]], paint)[0], plane.shape)
        new = made[kind][:1, :1]
        if not np.array_equal(pixel, new):
            patch[key] = made[kind] if new.any() else None
    for start in range(0, len(others), _AT_ONCE):
        some = others[start : start + _AT_ONCE]
        tiles = [_tile(plane, key) for key in some]
        painted = _painted_tiles(tiles, [covers[key] for key in some], paint)
        for key, tile, new in zip(some, tiles, painted, strict=True):
            if not np.array_equal(tile, new):
                patch[key] = frozen(new) if new.any() else None
    return patch


def _painted_tiles(tiles: Sequence[Pixels], covers: Sequence[Pixels], paint: Paint) -> list[Pixels]:
    """Tiles of one size, each new."""
    side = len(tiles[0])
    solid = np.zeros((side, side), np.uint16)  # nothing shows through
    whole = Bounds(0, 0, side, side)
    return apply(
        [Work(tile, tile, solid, cover, whole) for tile, cover in zip(tiles, covers, strict=True)], paint
    )


def _change(session: Session, label: str, layer: PaintLayer, patch: TilePatch) -> None:
    if patch:
        change = ChangeTiles(label, session.document, layer, "pixels", patch)
        steps = changes_of_pixels(label, session.document, layer, change)
        session.history.do(Macro(label, steps) if len(steps) > 1 else change)


def _do(session: Session, label: str, steps: list[Command]) -> None:
    session.history.do(steps[0] if len(steps) == 1 else Macro(label, steps))
