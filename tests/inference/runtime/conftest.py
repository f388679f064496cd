"""A store of engine environments in a temporary folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from inference.runtime.environments import EnvironmentStore


@pytest.fixture
def store(own_folders: Path) -> EnvironmentStore:
    return EnvironmentStore()
