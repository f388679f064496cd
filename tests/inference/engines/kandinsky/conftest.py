"""A small Kandinsky in the program's store, and what a fill with it gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from inference.engines.diffusion.holder import let_go
from inference.engines.kandinsky.embeddings import forget
from inference.models.model import Model
from inference.request import Array8, FillRequest
from inference.runtime.small_model import build_kandinsky, record_kandinsky

SIDE = 128


@pytest.fixture(scope="package", autouse=True)
def one_thread() -> Iterator[None]:
    """Small layers are not worth dividing, and threads that wait for each other crawl where others compute as well."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="package")
def parts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return build_kandinsky(tmp_path_factory.mktemp("kandinsky"))


@pytest.fixture
def model(own_folders: Path, parts: dict[str, str]) -> Iterator[Model]:
    forget()
    yield record_kandinsky(parts)
    let_go()
    forget()


@pytest.fixture
def make_fill(model: Model) -> Callable[..., FillRequest]:
    """A request of 128 × 128 pixels with a hole in its middle."""

    def make(**fields: Any) -> FillRequest:
        values: dict[str, Any] = {
            "id": "one",
            "engine": "kandinsky-2-2",
            "image": picture(),
            "mask": hole(),
            "working_size": (SIDE, SIDE),
            "model": model.id,
            "device": "cpu",
            "prompt": "a hat",
            "steps": 5,
            "prior_steps": 3,
            "seed": 11,
        }
        return FillRequest(**{**values, **fields})

    return make


def picture() -> Array8:
    """Smooth, opaque, different in every channel."""
    down, across = np.mgrid[0:SIDE, 0:SIDE]
    channels = [down, across, (down + across) // 2, np.full_like(down, 255)]
    return np.stack(channels, axis=-1).astype(np.uint8)


def hole() -> Array8:
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[40:88, 32:96] = 255
    return mask
