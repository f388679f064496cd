"""What a format would lose is said before it is lost, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from editor.document.document import Document, Metadata
from editor.document.geometry import Extent
from editor.document.guides import Guides
from editor.document.layers import FillLayer, Group, PaintLayer
from editor.document.tiles import TileMap
from editor.files.formats import FORMATS, Format, format_for, open_document, save_document
from editor.files.losses import losses
from tests.editor.files.samples import assert_same, noise, recipe, rich_document
from tests.editor.files.trees import documents

WRITTEN = [row for row in FORMATS if row.can_write]


def plain(alpha: int = 255) -> Document:
    picture = noise(200, 300)
    picture[..., 3] = alpha
    document = Document(Extent(300, 200))
    document.insert(PaintLayer("Background", pixels=TileMap.from_array(picture)), document.root, 0)
    return document


def top(document: Document) -> Any:
    return document.root.children[-1]


def words(document: Document, name: str) -> str:
    return " ".join(losses(document, format_for(name)))


@pytest.mark.parametrize("row", WRITTEN, ids=[row.id for row in WRITTEN])
def test_a_plain_photo_loses_nothing_anywhere(row: Format) -> None:
    assert losses(plain(), row) == []


def test_openraster_loses_nothing() -> None:
    assert losses(rich_document(), format_for("a.ora")) == []


CHANGES: dict[str, tuple[Callable[[Document], Any], str, set[str]]] = {
    "two layers": (
        lambda document: document.insert(PaintLayer("a"), document.root, 1),
        "merged into one",
        {"openraster", "psd", "psb"},
    ),
    "a group": (
        lambda document: document.insert(Group("a"), document.root, 1),
        "merged into one",
        {"openraster", "psd", "psb"},
    ),
    "a mask": (
        lambda document: setattr(
            top(document), "mask", TileMap.from_array(np.full((200, 300), 255, np.uint8))
        ),
        "merged into one",
        {"openraster", "psd", "psb"},
    ),
    "hidden": (
        lambda document: setattr(top(document), "visible", False),
        "merged into one",
        {"openraster", "psd", "psb"},
    ),
    "outside": (
        lambda document: setattr(top(document), "pixels", TileMap.from_array(noise(200, 400))),
        "outside the canvas",
        {"openraster", "psd", "psb"},
    ),
    "a fill": (
        lambda document: document.insert(FillLayer("f", recipe=recipe()), document.root, 1),
        "recipes",
        {"openraster", "png", "jpeg", "webp", "tiff", "avif", "bmp"},
    ),
    "a selection": (
        lambda document: setattr(document, "selection", TileMap.from_array(noise(9, 9, 1, 1))),
        "selection",
        {"openraster"},
    ),
    "guides": (
        lambda document: document.set_guides(Guides((3,), (40, 7000))),
        "guides",
        {"openraster", "psd", "psb"},
    ),
    "16 bits": (
        lambda document: document.exchange_planes(document.planes(16)),
        "become 8",
        {"openraster", "psd", "psb", "png", "tiff"},
    ),
    "transparency": (
        lambda document: setattr(top(document), "pixels", plain(254).root.children[0].pixels),  # type: ignore[attr-defined]
        "becomes white",
        {"openraster", "psd", "psb", "png", "webp", "tiff", "avif"},
    ),
    "a profile": (
        lambda document: setattr(document.metadata, "icc_profile", b"icc"),
        "profile",
        {"openraster", "psd", "psb", "png", "jpeg", "webp", "tiff", "avif"},
    ),
    "EXIF": (
        lambda document: setattr(document.metadata, "exif", b"Exif\0\0"),
        "EXIF",
        {"openraster", "psd", "psb", "png", "jpeg", "webp", "tiff", "avif"},
    ),
}


@pytest.mark.parametrize("row", WRITTEN, ids=[row.id for row in WRITTEN])
@pytest.mark.parametrize("case", CHANGES)
def test_each_loss_is_said_where_it_happens(case: str, row: Format) -> None:
    change, said, kept_by = CHANGES[case]
    document = plain()
    change(document)
    assert (said in " ".join(losses(document, row))) == (row.id not in kept_by)


def test_a_fill_in_a_flat_file_is_one_of_its_layers() -> None:
    document = plain()
    document.insert(FillLayer("f", recipe=recipe()), document.root, 1)
    assert words(document, "a.png") == "Its layers are merged into one picture."


def test_what_is_opaque_beneath_makes_all_of_it_opaque() -> None:
    document = plain()
    document.insert(PaintLayer("a", pixels=TileMap.from_array(noise(100, 100))), document.root, 1)
    assert "white" not in words(document, "a.jpg")
    document.root.children[0].blend_mode = "dissolve"
    assert "white" not in words(document, "a.jpg")
    document.root.children[0].opacity = 0.9
    assert "white" in words(document, "a.jpg")


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(documents(), st.sampled_from([".png", ".psd", ".tif", ".webp"]))
def test_where_nothing_is_said_everything_comes_back(tmp_path: Path, document: Document, suffix: str) -> None:
    document.metadata, document.selection = Metadata(), document.plane(1)
    path = tmp_path / f"any{suffix}"
    fills = any(isinstance(layer, FillLayer) for layer in document.layers())  # without a recipe, plain layers
    if fills or losses(document, format_for(path)) or not document.root.children:
        return
    save_document(document, path)
    opened = open_document(path)
    for before, after in zip(document.layers(), opened.layers(), strict=True):
        after.id, after.opacity = before.id, before.opacity  # in 255 steps
        if not format_for(path).keeps_layers:
            after.name, after.locked = before.name, before.locked
            after.blend_mode, after.clipped = before.blend_mode, before.clipped
        if isinstance(after, Group) and isinstance(before, Group):
            after.isolated = before.isolated
    assert_same(document, opened)
