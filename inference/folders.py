"""Where the program keeps what is not the user's picture: settings, state, cache, models, in the platform's folders."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

HOME_VARIABLE = "PENTIMENTO_HOME"
"""When set, every folder lies under it: for portable installations and for tests."""

_APP = "pentimento"


def settings_folder() -> Path:
    return _folder("settings", _own("settings"))


def state_folder() -> Path:
    """Logs, and what must survive a crash."""
    return _folder("state", _own("state"))


def cache_folder() -> Path:
    """May be deleted at any time; compiled kernels lie here."""
    return _folder("cache", _own("cache"))


def models_folder() -> Path:
    return _folder("models", _own("data") / "models")


def engine_folder() -> Path:
    """The engine environments; several gigabytes each."""
    return _folder("engine", _own("data") / "engine")


def settle_home() -> None:
    """Makes what ``HOME_VARIABLE`` says a full path: children work in another folder, and mean the same one."""
    if home := os.environ.get(HOME_VARIABLE):
        os.environ[HOME_VARIABLE] = os.path.abspath(home)


def _own(name: str) -> Path:
    """The platform's folder for ``name``; below it where the same is for more than that, as on Windows and macOS: what
    is removed with one must hold nothing of another."""
    places = {
        "settings": platformdirs.user_config_path(_APP, appauthor=False),
        "state": platformdirs.user_state_path(_APP, appauthor=False),
        "cache": platformdirs.user_cache_path(_APP, appauthor=False),
        "data": platformdirs.user_data_path(_APP, appauthor=False),
    }
    is_shared = list(places.values()).count(places[name]) > 1
    return places[name] / name if is_shared and name != "data" else places[name]


def _folder(name: str, default: Path) -> Path:
    """Not created here: only what writes creates folders."""
    home = os.environ.get(HOME_VARIABLE)
    return Path(home) / name if home else default
