"""SessionFolder: where an open picture keeps, through a crash, what has cost time to make and lies in no file yet."""

from __future__ import annotations

import io
import shutil
import time
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import numpy as np
from PIL import Image

from editor.document.tiles import Pixels
from editor.files.atomic import atomic_write
from editor.files.deep_write import write_png
from editor.files.errors import writing_error
from inference.folders import sessions_folder

KEPT_DAYS = 30
"""How long what a crash has left behind stays."""

RECIPE_KEY = "pentimento-recipe"
"""Text in a candidate's PNG: the JSON of its recipe, without selection and references."""

_PNG_LEVEL = 1


class SessionFolder:
    """Created with the first thing that is kept. Not for two threads at once."""

    def __init__(self) -> None:
        self.path = sessions_folder() / uuid4().hex

    def keep_candidate(self, name: str, image: Pixels, recipe: str) -> Path:
        """Writes (h, w, 4) uint8 or uint16 losslessly, as ``name``.png, with the recipe's JSON. Raises FileError."""
        from PIL.PngImagePlugin import PngInfo  # not before the window is shown

        path = self.path / f"{name}.png"
        try:
            if not self.path.is_dir():
                remove_old(self.path.parent)
                self.path.mkdir(parents=True)
        except OSError as error:
            raise writing_error(error, path) from error
        text = PngInfo()
        text.add_itxt(RECIPE_KEY, recipe, zip=True)
        with atomic_write(path) as stream:
            if image.dtype == np.uint8:
                Image.fromarray(image).save(stream, "PNG", compress_level=_PNG_LEVEL, pnginfo=text)
            else:
                like = io.BytesIO()
                Image.new("1", (1, 1)).save(like, "PNG", pnginfo=text)
                write_png(image, stream, _PNG_LEVEL, like.getvalue())
        return path

    def remove(self) -> None:
        """The picture has been closed in order: nothing in here is needed any more."""
        shutil.rmtree(self.path, ignore_errors=True)


def remove_old(sessions: Path) -> None:
    """Removes the folders in which nothing has been written for ``KEPT_DAYS``."""
    if not sessions.is_dir():
        return
    oldest = time.time() - KEPT_DAYS * 24 * 3600
    for folder in sessions.iterdir():
        with suppress(OSError):  # another window may have just removed it
            if folder.is_dir() and not folder.is_symlink() and folder.stat().st_mtime < oldest:
                shutil.rmtree(folder, ignore_errors=True)
