"""Pictures and sessions for the editor's tests."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from editor.document.document import Document
from editor.document.layers import PaintLayer
from editor.document.tiles import Array8, TileMap
from editor.session import Session
from editor.settings import Settings
from inference.geometry import Extent


@pytest.fixture
def picture() -> Array8:
    """400 × 300 opaque pixels of smooth colour and fine noise."""
    rng = np.random.default_rng(11)
    ys, xs = np.mgrid[:300, :400]
    smooth = np.stack([xs * 0.5, ys * 0.7, 120 + 60 * np.sin(xs / 30), np.full(xs.shape, 255)], -1)
    noise = rng.integers(-6, 7, (300, 400, 4))
    noise[..., 3] = 0
    return np.clip(smooth + noise, 0, 255).astype(np.uint8)


@pytest.fixture
def make_session() -> Callable[[Array8], Session]:
    def make(pixels: Array8) -> Session:
        document = Document(Extent(pixels.shape[1], pixels.shape[0]))
        document.insert(PaintLayer("Background", pixels=TileMap.from_array(pixels)), document.root, 0)
        return Session(document)

    return make


@pytest.fixture
def session(make_session: Callable[[Array8], Session], picture: Array8) -> Session:
    return make_session(picture)


@pytest.fixture
def settings() -> Settings:
    return Settings()
