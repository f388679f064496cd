"""Opened: what reading a file gives."""

from __future__ import annotations

from dataclasses import dataclass

from editor.document.document import Document
from editor.document.layers import Layer


@dataclass(frozen=True)
class Opened:
    """The document, and the layer that was chosen when the file was saved, where the file says so."""

    document: Document
    active: Layer | None = None
