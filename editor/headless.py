"""The commands that work on pictures without a window: fill, generate and export."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np

from editor.document.document import Document
from editor.document.geometry import Bounds, Extent
from editor.document.selection import combine
from editor.document.tiles import Array8, TileMap
from editor.files.errors import FileError, shown
from editor.files.formats import format_for, open_document, save_document
from editor.files.losses import losses
from editor.files.options import DEFAULT_OPTIONS, SaveOptions
from editor.files.reference import read_reference
from editor.fill import PreparedFill, insert_fill, make_fill_layer, prepare_fill, prepare_generation
from editor.fill_options import FillOptions, check_options, resolve_model
from editor.history.commands import ChangeSelection
from editor.history.history import History
from editor.raster import native
from editor.raster.depth import to_8
from editor.render.compositor import composite
from editor.settings import Settings
from editor.texts import duration_text, stage_text
from inference.client import host_command, run_fill
from inference.engines.engine import ENGINES
from inference.models.store import ModelStore
from inference.request import FillCandidate, FillError, Progress

_JPEG = (".jpg", ".jpeg", ".jpe", ".jfif")
_JPEG_NOISE = 16
_HISTORY_BUDGET = 1 << 40
_WORTH_KERNELS = 64 << 20
"""Bytes of layers from which on loading the kernels takes less time than they save."""


def fill(arguments: argparse.Namespace) -> None:
    """Raises FileError and FillError; until everything is there, nothing is written."""
    options = replace(
        _options(arguments, arguments.prompt, arguments.feather, arguments.strength),
        colour_match=arguments.colour_match,
        blend=arguments.blend,
        grain=arguments.grain,
        **_context(arguments.context),
        working_side=arguments.working_size,
        start=arguments.start,
        refine=arguments.refine,
        colour_adaptation=arguments.colour_adaptation,
    )
    if arguments.source is not None:  # what it is, is not known before the photo's size
        options = replace(options, source=TileMap(1))
    check_options(options)
    outputs = output_paths(arguments.output, options.count)
    for output in outputs:
        check_output(output, [file for file in (arguments.photo, arguments.mask, arguments.source) if file])
    document = open_document(arguments.photo)
    history = History(_HISTORY_BUDGET)
    select_mask(document, history, read_mask(arguments.mask, document))
    if arguments.source is not None:
        options = replace(options, source=TileMap.from_array(read_mask(arguments.source, document, "source")))
    _make(document, history, prepare_fill(document, None, options), outputs, arguments.json)


def generate(arguments: argparse.Namespace) -> None:
    """Raises FileError and FillError; until everything is there, nothing is written."""
    if not arguments.engine and not arguments.model:
        arguments.model = _first_that_generates()
    options = _options(arguments, arguments.prompt.strip())
    outputs = output_paths(arguments.output, options.count)
    for output in outputs:
        check_output(output, [file for file, _weight in arguments.reference])
    document = Document(Extent(*arguments.size))
    prepared = prepare_generation(document, None, options)
    _make(document, History(_HISTORY_BUDGET), prepared, outputs, arguments.json)


def export(arguments: argparse.Namespace) -> None:
    """Raises FileError."""
    check_output(arguments.output, [arguments.input])
    document = open_document(arguments.input)
    if document.nbytes > _WORTH_KERNELS and native.is_compiled():
        native.load()
    for sentence in losses(document, format_for(arguments.output)):
        print(f"pentimento: {shown(arguments.output)}: {sentence}", file=sys.stderr)
    quality = arguments.quality or DEFAULT_OPTIONS.quality
    options = SaveOptions(quality, arguments.subsampling, lossless=arguments.quality is None)
    save_document(document, arguments.output, options=options)
    print(arguments.output)


def output_paths(output: Path, count: int) -> list[Path]:
    """Where the candidates go: one file where they fit into one, or as many files. Raises FileError."""
    if count == 1 or "fills" in format_for(output).keeps:
        return [output]
    return [output.with_name(f"{output.stem}-{index + 1}{output.suffix}") for index in range(count)]


def check_output(output: Path, inputs: list[Path]) -> None:
    """Raises FileError for what could not be written later, or must not be: before minutes of computing."""
    if any(_is_same_file(output, path) for path in inputs):
        raise FileError(f"{shown(output)} would overwrite the original: choose another name for the result.")
    if output.is_dir():
        raise FileError(f"{shown(output)} is a folder: name a file in it.")
    format_for(output)
    folder = Path(os.path.realpath(output)).parent
    if not folder.is_dir():
        raise FileError(f"The folder {shown(folder)} is not there: create it or choose another one.")
    if output.exists() and not (output.is_file() and os.access(output, os.W_OK)):
        raise FileError(f"{shown(output)} is write-protected: choose another name or lift the protection.")
    try:  # the one way to know: permissions, read-only disks and quotas all look different
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        reason = error.strerror or error
        raise FileError(
            f"Nothing can be written to the folder {shown(folder)} ({reason}): choose another one."
        ) from error


def read_mask(path: Path, document: Document, what: Literal["mask", "source"] = "mask") -> Array8:
    """(h, w) uint8 of the document's size. Raises FileError where the picture is no mask for it, or empty."""
    picture = open_document(path)
    if picture.extent != document.extent:
        raise FileError(
            f"The {what} {shown(path)} has {picture.extent.width}×{picture.extent.height} pixels, but the picture has "
            f"{document.extent.width}×{document.extent.height}: make them the same size."
        )
    mask = mask_of(to_8(composite(picture.root, picture.canvas)))
    if path.suffix.lower() in _JPEG:  # its black and white are only nearly so
        mask = np.where(mask < _JPEG_NOISE, np.uint8(0), mask)
        mask = np.where(mask > 255 - _JPEG_NOISE, np.uint8(255), mask)
    if not mask.any():
        purpose = "what is to be filled" if what == "mask" else "where to copy from"
        raise FileError(f"The {what} {shown(path)} is empty: paint white, or opaque, {purpose}.")
    return mask


def mask_of(rgba: Array8) -> Array8:
    """The alpha of (h, w, 4) uint8 where any of it is transparent, otherwise its luminance (ITU-R BT.601)."""
    alpha = rgba[..., 3]
    if (alpha < 255).any():
        return alpha
    weighted = rgba[..., :3] @ np.array([299, 587, 114], np.uint32)
    return ((weighted + 500) // 1000).astype(np.uint8)


def select_mask(document: Document, history: History, mask: Array8) -> None:
    """The mask becomes the document's selection, whatever was selected before."""
    patch = combine(document.selection, document.canvas, mask, "replace")
    history.do(ChangeSelection("Mask", document, patch))


def run_engine(prepared: PreparedFill, terminal: IO[str]) -> list[FillCandidate]:
    """Every candidate, in order; progress is shown where ``terminal`` is one. Raises FillError."""
    command = host_command(Settings()["engine-python"])
    candidates = []
    with contextlib.closing(run_fill(prepared.request, command)) as events, ProgressBar(terminal) as bar:
        for event in events:
            if isinstance(event, Progress):
                bar.show(event)
            else:
                candidates.append(event)
    if len(candidates) < prepared.request.count:
        raise FillError("The engine gave no picture. Try again, or choose another engine.")
    return sorted(candidates, key=lambda candidate: candidate.index)


def save_candidates(
    document: Document,
    history: History,
    prepared: PreparedFill,
    candidates: list[FillCandidate],
    outputs: list[Path],
) -> None:
    """Several candidates of one layer in one file, the first one taken; or one file each."""
    if len(outputs) == 1:
        layer = make_fill_layer(prepared, *candidates)
        insert_fill(document, history, prepared, layer)
        save_document(document, outputs[0], active=layer)
        return
    for candidate, output in zip(candidates, outputs, strict=True):
        insert_fill(document, history, prepared, make_fill_layer(prepared, candidate))
        save_document(document, output)
        history.undo()


def facts(
    prepared: PreparedFill, candidates: list[FillCandidate], outputs: list[Path], seconds: float
) -> dict[str, object]:
    """What ``--json`` prints. ``bounds`` is the context that the engine saw: x, y, width, height in pixels."""
    context = prepared.region.context
    return {
        "engine": prepared.request.engine,
        "model": prepared.request.model,
        "seed": candidates[0].seed,
        "seeds": [candidate.seed for candidate in candidates],
        "seconds": round(seconds, 3),
        "bounds": [context.x, context.y, context.width, context.height],
        "working_size": list(prepared.request.working_size),
        "feather": prepared.feather,
        "device": candidates[0].facts.get("device", "cpu"),
        "lowered": candidates[0].facts.get("lowered", []),
        "output": str(outputs[0]),
        "outputs": [str(output) for output in outputs],
    }


class ProgressBar:
    """One line on a terminal, rewritten in place and gone at the end; elsewhere nothing at all."""

    _CELLS = 24

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream if stream.isatty() else None

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(self, *_: object) -> None:
        self._write("")

    def show(self, progress: Progress) -> None:
        stage = stage_text(progress.stage)
        if progress.steps > 1:
            stage += f" {progress.step}/{progress.steps}"
        left = "" if progress.seconds_left is None else f"  {duration_text(progress.seconds_left)} left"
        self.draw(progress.fraction, f"{stage}{left}")

    def draw(self, fraction: float, text: str) -> None:
        """``fraction``: 0 to 1 of the whole."""
        done = round(self._CELLS * min(max(fraction, 0.0), 1.0))
        bar = "█" * done + "░" * (self._CELLS - done)
        self._write(f"{bar} {fraction:4.0%}  {text}")

    def _write(self, text: str) -> None:
        if self._stream is None:
            return
        width = shutil.get_terminal_size().columns - 1
        with contextlib.suppress(OSError, UnicodeError):  # a lost terminal is no reason to lose a fill
            self._stream.write(f"\r{text[:width]:<{width}}\r{text[:width]}")
            self._stream.flush()


def _options(
    arguments: argparse.Namespace, prompt: str, feather: int | None = None, strength: float = 1.0
) -> FillOptions:
    """What was asked for, with engine and model named by their ids. Raises FileError and FillError."""
    options = FillOptions(
        engine=arguments.engine,
        prompt=prompt,
        negative_prompt=arguments.negative,
        seed=arguments.seed,
        steps=arguments.steps,
        guidance=arguments.guidance,
        feather=feather,
        count=arguments.count,
        model=arguments.model,
        device=arguments.device,
        strength=strength,
        scheduler=arguments.scheduler,
        prior_steps=arguments.prior_steps,
        prior_guidance=arguments.prior_guidance,
        references=tuple(read_reference(file, weight) for file, weight in arguments.reference),
        allow_cpu=arguments.allow_cpu,
    )
    return resolve_model(options, ModelStore())[0]


def _context(asked: str | Bounds) -> dict[str, Any]:
    """The options that the argument stands for."""
    return {"context": "box", "context_box": asked} if isinstance(asked, Bounds) else {"context": asked}


def _first_that_generates() -> str:
    for model in ModelStore().models():
        if model.can_generate and ENGINES[model.family].generate:
            return model.id
    raise FillError(
        "There is no model on this machine that makes pictures from a prompt. Add or download one with “models”.",
        "input",
    )


def _make(
    document: Document, history: History, prepared: PreparedFill, outputs: list[Path], as_json: bool
) -> None:
    """Runs the engine, saves what it gave and says where it lies."""
    began = time.monotonic()
    candidates = run_engine(prepared, sys.stderr)
    seconds = time.monotonic() - began
    save_candidates(document, history, prepared, candidates, outputs)
    if as_json:
        print(json.dumps(facts(prepared, candidates, outputs, seconds)))
    else:
        for output, candidate in zip(outputs, candidates, strict=False):
            print(f"{output} (seed {candidate.seed})")


def _is_same_file(a: Path, b: Path) -> bool:
    try:
        return os.path.samefile(a, b)
    except OSError:  # one of them does not exist
        return False
