"""Settings: the values of what ``editor.setting_table`` declares, kept in a file."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from editor.setting_table import SETTINGS
from inference.folders import settings_folder

log = logging.getLogger(__name__)


class Settings:
    """The values. Reading a broken or missing file gives the defaults; unknown ids in it are left alone."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or settings_folder() / "settings.json"
        self._values: dict[str, Any] = {}
        self._listeners: list[Callable[[str], None]] = []
        try:
            values = json.loads(self._path.read_text(encoding="utf-8"))
            if not isinstance(values, dict):
                raise ValueError("not a table of settings")
            self._values = values
        except FileNotFoundError:
            pass
        except (OSError, ValueError) as error:
            log.warning("settings in %s could not be read, defaults are used: %s", self._path, error)

    def __getitem__(self, setting_id: str) -> Any:
        setting = SETTINGS[setting_id]
        value = self._values.get(setting_id, setting.default)
        return value if setting.accepts(value) else setting.default

    def __setitem__(self, setting_id: str, value: Any) -> None:
        """Raises ValueError for a value that the setting does not accept."""
        if not SETTINGS[setting_id].accepts(value):
            raise ValueError(f"{value!r} is no value for {setting_id}")
        if self[setting_id] != value:
            self._values[setting_id] = value
            for listener in tuple(self._listeners):
                listener(setting_id)

    def on_change(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """Calls ``listener`` with the id of each setting that changes. Returns the function that ends it."""
        self._listeners.append(listener)

        def disconnect() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return disconnect

    def save(self) -> None:
        """Settings that cannot be written are no reason to keep anyone from closing: it is logged."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            temporary = self._path.with_suffix(".part")
            temporary.write_text(json.dumps(self._values, indent=1, sort_keys=True), encoding="utf-8")
            os.replace(temporary, self._path)
        except OSError as error:
            log.warning("settings could not be saved to %s: %s", self._path, error)
