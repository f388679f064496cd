"""A store of the test's own, and a hub on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from inference.models.store import ModelStore
from tests.inference.models.fake_hub import FakeHub, running, stocked


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "store")


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    with running(stocked()) as hub:
        yield hub
