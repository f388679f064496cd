"""Small checkpoints of all families, and fills with them. What imports torch is imported only where it is asked for."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.request import FillRequest

SIDE = 64


@pytest.fixture(scope="session", autouse=True)
def imports_set_aside() -> Iterator[None]:
    """As in the host: the collections that free a model's memory need not go through all that torch has imported."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(scope="session")
def checkpoint_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The diffusers folder of a small checkpoint, by its name in ``family_checkpoints``; each is built once."""
    from tests.inference.family_checkpoints import build

    base, built = tmp_path_factory.mktemp("families"), {}

    def folder(name: str) -> Path:
        if name not in built:
            built[name] = build(name, base)
        return built[name]

    return folder


@pytest.fixture
def family_request(
    own_folders: Path, checkpoint_folder: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., FillRequest]]:
    """A request to fill a hole in 64 × 64 pixels with the small checkpoint of that name, which the store then has."""
    import torch

    from inference.engines.diffusion import preview
    from inference.engines.diffusion.holder import let_go
    from tests.inference.family_checkpoints import record

    def make(name: str, **fields: Any) -> FillRequest:
        model = record(checkpoint_folder(name))
        down, across = np.mgrid[0:SIDE, 0:SIDE] * (255 // SIDE)
        image = np.stack([down, across, (down + across) // 2, np.full_like(down, 255)], -1).astype(np.uint8)
        mask = np.zeros((SIDE, SIDE), np.uint8)
        mask[16:48, 24:56] = 255
        values: dict[str, Any] = {
            "id": "one",
            "engine": model.family,
            "image": image,
            "mask": mask,
            "working_size": (SIDE, SIDE),
            "model": model.id,
            "device": "cpu",
            "prompt": "a hat",
            "steps": 4,
            "seed": 11,
        }
        return FillRequest(**{**values, **fields})

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # for models this small more are slower, and much slower on a busy machine
    monkeypatch.setattr(preview, "_SIDE", 64)  # every test has a store of its own, and fits its maps anew
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    yield make
    let_go()
    torch.set_num_threads(threads)
