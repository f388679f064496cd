"""A host with stand-in engines, and requests for it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.request import FillRequest

STAND_IN = [sys.executable, str(Path(__file__).with_name("stand_in_host.py"))]


@pytest.fixture
def stand_in() -> list[str]:
    """The command that starts a host with the engine "stand-in"."""
    return STAND_IN


@pytest.fixture
def make_request() -> Callable[..., FillRequest]:
    """A request of 24 × 16 pixels whose middle is masked, for the engine "stand-in"."""
    numbers = count()

    def make(prompt: str = "", **fields: Any) -> FillRequest:
        rng = np.random.default_rng(3)
        image = rng.integers(0, 256, (16, 24, 4), dtype=np.uint8)
        mask = np.zeros((16, 24), np.uint8)
        mask[5:11, 8:16] = 255
        values = {"id": f"r{next(numbers)}", "engine": "stand-in", "working_size": (24, 16), **fields}
        return FillRequest(image=image, mask=mask, prompt=prompt, **values)

    return make
