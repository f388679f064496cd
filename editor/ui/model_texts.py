"""What the Models dialog says of a model and of a download: plain text made from plain values."""

from __future__ import annotations

import os
from pathlib import Path

from editor.texts import duration_text, size_text
from inference.engines.engine import ENGINES
from inference.models.catalogue import Entry, Option
from inference.models.download import DownloadProgress
from inference.models.model import Model

PURPOSE = (
    "There is no model here yet. A model paints what you describe in words: type “a hat”, get a hat. "
    "The content-aware engine needs none: it continues what surrounds your selection.\n\n"
    "Add a model that you already have, or get one from huggingface.co."
)

_PARTS = {
    "prior": "Prior",
    "inpaint": "Inpainting decoder",
    "generate": "Text-to-image decoder",
    "pipeline": "Folder",
    "checkpoint": "File",
}


def family_text(family: str) -> str:
    """A family that has no row (any more) is shown by its id rather than not at all."""
    return ENGINES[family].title if family in ENGINES else family


def place_of(model: Model) -> Path:
    """The file, or the folder that holds all parts."""
    paths = list(model.parts.values())
    try:
        return Path(os.path.commonpath(paths))
    except ValueError:  # on several drives
        return Path(paths[0])


def parts_text(model: Model) -> str:
    """Each part's full path on a line of its own."""
    if len(model.parts) == 1:
        return next(iter(model.parts.values()))
    return "\n".join(f"{_PARTS.get(role, role)}: {path}" for role, path in model.parts.items())


def removal_text(model: Model) -> tuple[str, str]:
    """The question, and exactly what is deleted and what is left alone."""
    if model.source == "download":
        return (
            f"Delete “{model.name}” from this computer?",
            f"This deletes what was downloaded, {size_text(model.bytes)}, in:\n{place_of(model)}\n\n"
            "To use it again, it has to be downloaded again. Your pictures and their fills stay as they are.",
        )
    return (
        f"Take “{model.name}” off the list?",
        f"Your own files stay where they are:\n{parts_text(model)}\n\n"
        "Only Pentimento's note of the model is deleted, and what it has computed for it. Your pictures and their "
        "fills stay as they are.",
    )


def part_text(done: int, total: int) -> str:
    """“2.1 of 6.1 GB”: the unit once where it is the same."""
    first, whole = size_text(done), size_text(total)
    number, _, unit = first.partition(" ")
    return f"{number if whole.endswith(f' {unit}') else first} of {whole}"


def progress_text(progress: DownloadProgress) -> str:
    """How much, how fast, how long still."""
    text = part_text(progress.done, progress.total)
    if progress.checking:
        return f"{text} · checking what is there"
    if progress.rate:
        text += f" · {size_text(round(progress.rate))}/s"
    if progress.seconds_left is not None:
        text += f" · {duration_text(progress.seconds_left)} left"
    return text


def entry_text(entry: Entry, host: str) -> str:
    """What is known of a model of the catalogue without going online."""
    about = (
        f"About {size_text(entry.bytes)} to download." if entry.bytes else "Its size is told by the look-up."
    )
    text = f"{about} Licence: {entry.licence}."
    if entry.gated:
        text += f"\n{host} gives it only to those who have agreed to its terms there, with an account."
    return text


def option_text(option: Option) -> str:
    return f"{option.title} (about {size_text(option.bytes)} more)" if option.bytes else option.title
