"""Where the program keeps what is not the user's picture: settings, state, cache, models, in the platform's folders."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

HOME_VARIABLE = "PENTIMENTO_HOME"
"""When set, every folder lies under it: for portable installations and for tests."""

_APP = "pentimento"


def settings_folder() -> Path:
    return _folder("settings", platformdirs.user_config_path(_APP, appauthor=False))


def state_folder() -> Path:
    """Logs, and what must survive a crash."""
    return _folder("state", platformdirs.user_state_path(_APP, appauthor=False))


def cache_folder() -> Path:
    """May be deleted at any time; compiled kernels lie here."""
    return _folder("cache", platformdirs.user_cache_path(_APP, appauthor=False))


def models_folder() -> Path:
    return _folder("models", platformdirs.user_data_path(_APP, appauthor=False) / "models")


def engine_folder() -> Path:
    """The engine environments; several gigabytes each."""
    return _folder("engine", platformdirs.user_data_path(_APP, appauthor=False) / "engine")


def _folder(name: str, default: Path) -> Path:
    """Not created here: only what writes creates folders."""
    home = os.environ.get(HOME_VARIABLE)
    return Path(home) / name if home else default
