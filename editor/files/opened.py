"""Opened: what reading a file gives."""

from __future__ import annotations

from dataclasses import dataclass

from editor.document.document import Document
from editor.document.layers import Layer
from editor.document.recipe import FillRecipe


@dataclass(frozen=True)
class Opened:
    """The document, the layer that was chosen when the file was saved, where the file says so, and what was in the
    file that Pentimento cannot read: saved over it, the file would lose that. ``recipes`` came with a picture without
    layers, in which those fills are."""

    document: Document
    active: Layer | None = None
    losses: tuple[str, ...] = ()
    recipes: tuple[FillRecipe, ...] = ()
