"""The command ``data``: what the program keeps in the user's folders, and how all of it is removed."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from editor.files.errors import FileError
from editor.texts import size_text
from inference.folders import cache_folder, engine_folder, models_folder, settings_folder, state_folder
from inference.runtime.environments import EnvironmentStore, measure
from inference.runtime.errors import SetupError


@dataclass(frozen=True, slots=True)
class Kept:
    """One folder: ``what`` lies there, in words."""

    id: str
    what: str
    folder: Path


def run(arguments: argparse.Namespace) -> None:
    """Raises FileError where a window is open, an engine is being made, or where something cannot be removed."""
    if arguments.action == "list":
        _list(arguments.json)
    else:
        _remove(arguments.kinds, arguments.yes)


def kept() -> list[Kept]:
    """All folders, whether they are there or not."""
    return [
        Kept("settings", "settings, brushes and the window's layout", settings_folder()),
        Kept("journals", "undo histories and unsaved work", state_folder()),
        Kept("cache", "what is made anew when it is missing", cache_folder()),
        Kept("models", "downloaded models, and the list of those that lie elsewhere", models_folder()),
        Kept("engine", "what models run on", engine_folder()),
    ]


def _list(as_json: bool) -> None:
    sizes = {one.id: measure(one.folder) for one in kept()}
    if as_json:
        rows = [{"id": one.id, "folder": str(one.folder), "bytes": sizes[one.id]} for one in kept()]
        print(json.dumps({"kept": rows}))
        return
    for one in kept():
        size = size_text(sizes[one.id]) if one.folder.exists() else "nothing"
        print(f"{one.id:<9} {size:>9}  {one.what}: {one.folder}")


def _remove(kinds: list[str], agreed: bool) -> None:
    chosen = [one for one in kept() if (not kinds or one.id in kinds) and os.path.lexists(one.folder)]
    if not chosen:
        print("There is nothing to remove.")
        return
    # Qt and NumPy, which the list does without.
    from editor.files.journal_folder import JournalFolder
    from editor.single_instance import is_running

    # The lock is one screen's: a window on another is known by its pictures.
    if is_running() or JournalFolder().is_in_use():
        raise FileError(
            "Pentimento is open: close its window first, so that it does not write all of it anew."
        )
    if any(one.id in ("cache", "engine") for one in chosen):
        _check_engine()
    for one in chosen:
        print(f"{one.folder}: {one.what}, {size_text(measure(one.folder))}")
    if not agreed and not _asked():
        print("Nothing was removed.")
        return
    for one in chosen:
        _delete(one.folder)
    print("Removed. Your pictures, and models that lie elsewhere, are where they were.")


def _check_engine() -> None:
    """Raises FileError where one is being made, by whatever program."""
    store = EnvironmentStore()
    if store.folder.is_dir():
        try:
            with store.held():
                pass
        except SetupError as error:
            raise FileError(str(error)) from error


def _asked() -> bool:
    if not sys.stdin.isatty():
        raise FileError("Nobody can be asked here whether to remove it: say so with --yes.")
    print("Remove all of this for good? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().casefold() in ("y", "yes")


def _delete(folder: Path) -> None:
    """A link is removed, and what it leads to is kept. The folder above goes as well, once it is empty and ours."""
    try:
        if folder.is_symlink():
            folder.unlink()
        else:
            shutil.rmtree(folder)
    except OSError as error:
        raise FileError(
            f"{error.filename or folder} cannot be removed: {error.strerror or error}."
        ) from error
    if folder.parent.name == "pentimento":
        with suppress(OSError):  # it is not empty, a link, or in a folder that is not ours
            folder.parent.rmdir()
