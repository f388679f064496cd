"""The folders of the program: none holds another, so that each can be removed alone."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import platformdirs
import pytest
from platformdirs.macos import MacOS

from inference.folders import (
    HOME_VARIABLE,
    cache_folder,
    engine_folder,
    models_folder,
    settings_folder,
    state_folder,
)


@pytest.fixture(params=["this platform", "macos", "all in one"])
def _platform(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """On Windows and macOS settings, state and data have one folder; anywhere else a user may have set it up so."""
    monkeypatch.delenv(HOME_VARIABLE)
    if request.param == "macos":
        mac = MacOS("pentimento", appauthor=False)
        for kind in ("config", "state", "cache", "data"):
            path = getattr(mac, f"user_{kind}_path")
            monkeypatch.setattr(platformdirs, f"user_{kind}_path", lambda *_, path=path, **__: path)
    elif request.param == "all in one":
        for kind in ("config", "state", "cache", "data"):
            monkeypatch.setattr(platformdirs, f"user_{kind}_path", lambda *_, **__: tmp_path)


@pytest.mark.usefixtures("_platform")
def test_no_folder_holds_another() -> None:
    folders = [settings_folder(), state_folder(), cache_folder(), models_folder(), engine_folder()]
    for one, other in permutations(folders, 2):
        assert not one.is_relative_to(other)
