"""ModelStore: the models that can be used, each recorded in a folder of its own."""

from __future__ import annotations

import json
import logging
import os
import shutil
from dataclasses import asdict, replace
from pathlib import Path

from inference.folders import models_folder
from inference.models.catalogue import CATALOGUE
from inference.models.hub_cache import cached_models
from inference.models.identify import identify
from inference.models.lock import locked
from inference.models.model import Model, ModelError

log = logging.getLogger(__name__)

RECORD = "model.json"
VERSION = 1

_LOCKS = ".locks"


class ModelStore:
    """Below ``folder`` each model has a folder, named by its id, with its record and what is kept beside it.

    What was downloaded lies there too; a user's own folder or file stays where it is and is only referred to. Models
    that other programs have put into the hub's local cache are found there, as they are.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or models_folder()

    def models(self) -> list[Model]:
        """By name. A record that cannot be read, or whose parts are gone, is left out and logged."""
        found = self._recorded()
        used = {path for model in found for path in model.parts.values()}
        found += [model for model in cached_models() if not used.issuperset(model.parts.values())]
        return sorted(found, key=lambda model: (model.name.casefold(), model.id))

    def get(self, model_id: str) -> Model:
        """Raises ModelError where there is none of that id."""
        record = self.folder / model_id / RECORD
        if model_id and Path(model_id).name == model_id and record.is_file():
            return self._read(record)
        for model in self.models():
            if model.id == model_id:
                return model
        raise ModelError(f"There is no model “{model_id}”. List what there is with “models list”.")

    def find(self, text: str) -> Model:
        """By id, name, hub id (“org/name”) or path. A folder or file that is not in the list yet is added to it, so
        that the engine finds it by its id. Raises ModelError."""
        models = self.models()
        wanted = text.strip().casefold()
        for matches in (
            [model for model in models if model.id == wanted],
            [model for model in models if model.name.casefold() == wanted],
            [model for model in models if model.origin.casefold() == wanted],
        ):
            if len(matches) > 1:
                ids = ", ".join(model.id for model in matches)
                raise ModelError(f"Several models are called “{text}”: name one by its id ({ids}).")
            if matches:
                return matches[0]
        if text.strip() and Path(text).expanduser().exists():
            return self.add(Path(text))
        names = ", ".join(model.id for model in models) or "there is none yet"
        raise ModelError(
            f"There is no model “{text}”. Name one that is there ({names}), or its folder or file."
        )

    def add(self, *paths: Path, name: str = "") -> Model:
        """Records a model of the user's own, whose parts stay where they are; the same paths again look at it anew.

        Raises ModelError where it is none, or cannot be recorded.
        """
        model = identify(*paths, name=name)
        same = next((known for known in self._recorded() if known.parts == model.parts), None)
        if same is not None and same.source == "download":
            return same
        if same is None:
            model = replace(model, id=self._free_id(model.id))
        else:
            model = replace(model, id=same.id, name=name or same.name)
        try:
            self.write(model)
        except OSError as error:
            raise ModelError(f"{self.folder} cannot be written to ({error.strerror or error}).") from error
        return model

    def remove(self, model_id: str) -> int:
        """The bytes freed. What was downloaded is deleted; a user's own folder or file is only forgotten.

        Raises ModelError where there is none, where it belongs to other programs too, or where it is in use.
        """
        model = self.get(model_id)
        folder = self.folder_of(model)
        if not (folder / RECORD).is_file():
            raise ModelError(
                f"{model.name} lies in the hub's cache, {next(iter(model.parts.values()))}, and other programs may use "
                "it too: delete it there."
            )
        with locked(self.lock_of(model_id), f"{model.name} is being downloaded: cancel that first."):
            return self._delete(folder)

    def folder_of(self, model: Model) -> Path:
        """Where what is computed once for the model is kept. It may not be there yet."""
        return self.folder / model.id

    def lock_of(self, model_id: str) -> Path:
        """The file that is locked while a model's folder is being filled or deleted."""
        return self.folder / _LOCKS / model_id

    def write(self, model: Model) -> None:
        """Raises OSError. The record is the last thing that is written: without it there is no model."""
        folder = self.folder_of(model)
        folder.mkdir(parents=True, exist_ok=True)
        temporary = folder / f"{RECORD}.part"
        with temporary.open("w", encoding="utf-8") as file:
            json.dump({"version": VERSION, **asdict(model)}, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, folder / RECORD)

    def _recorded(self) -> list[Model]:
        found = []
        for record in sorted(self.folder.glob(f"*/{RECORD}")):
            try:
                found.append(self._read(record))
            except ModelError as error:
                log.info("%s", error)
        return found

    def _read(self, record: Path) -> Model:
        try:
            values = json.loads(record.read_text(encoding="utf-8"))
            if values.pop("version") > VERSION:
                raise ValueError("it was written by a newer version")
            model = Model(**values)
            if model.id != record.parent.name:
                raise ValueError("it is another model's")
            gone = [path for path in model.parts.values() if not Path(path).exists()]
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise ModelError(f"The record {record} cannot be read ({error}).") from error
        if gone or not model.parts:
            raise ModelError(f"{model.name} is not where it was: {', '.join(gone)}.")
        return model

    def _free_id(self, wanted: str) -> str:
        """Not one that a folder of the store has, nor one that a model of the catalogue would have."""
        taken = {entry.id for entry in CATALOGUE}
        if self.folder.is_dir():
            taken |= {path.name.casefold() for path in self.folder.iterdir()}
        number = 2
        free = wanted
        while free in taken:
            free, number = f"{wanted}-{number}", number + 1
        return free

    def _delete(self, folder: Path) -> int:
        """Put aside by its record first, so that a half-deleted one is no model any more."""
        try:
            if folder.is_symlink():
                (folder / RECORD).unlink()
                return 0
            size = size_of(folder)
            aside = self.folder / f".removed-{folder.name}"
            shutil.rmtree(aside, ignore_errors=True)
            folder.rename(aside)
            shutil.rmtree(aside)
        except OSError as error:
            raise ModelError(
                f"{error.filename or folder} cannot be deleted ({error.strerror or error}); it may be in use."
            ) from error
        return size


def size_of(folder: Path) -> int:
    """Bytes of all files below a folder; links count as nothing."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sum(path.stat().st_size for path in files)
