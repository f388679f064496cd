"""Tells what model lies in a folder or file, or why it cannot be used. Reads headers and JSON only, runs nothing."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inference.engines.families import KANDINSKY, PIPELINES
from inference.models.card import licence_of
from inference.models.checkpoint import component_of, family_of
from inference.models.model import Model, ModelError, PartMissing
from inference.models.weights import (
    Choice,
    Header,
    choose_weights,
    is_pickle,
    missing_shards,
    pickle_refused,
    read_header,
)

INDEX = "model_index.json"
SAFETY_CHECKER = "safety_checker"

ROLES = {
    "KandinskyV22PriorPipeline": "prior",
    "KandinskyV22PriorEmb2EmbPipeline": "prior",
    "KandinskyV22InpaintPipeline": "inpaint",
    "KandinskyV22Pipeline": "generate",
}
"""The part that a pipeline's class plays in a model of several; all others are models by themselves."""

_LIBRARIES = (
    "diffusers",
    "transformers",
    "stable_diffusion",
)  # the last: diffusers' own name for its safety checker
_WITHOUT_WEIGHTS = (
    "Scheduler",
    "Tokenizer",
    "TokenizerFast",
    "Processor",
    "ProcessorFast",
    "FeatureExtractor",
)
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)")


@dataclass(frozen=True, slots=True)
class Piece:
    """One pipeline's folder, or one checkpoint file. ``weights``: (component, name within the piece, header)."""

    role: str
    family: str
    path: Path
    weights: tuple[tuple[str, str, Header], ...]
    fp16: bool
    inpaints: bool


def identify(*paths: Path, name: str = "") -> Model:
    """The model that lies at ``paths``: a diffusers folder, a folder with its parts inside, or one safetensors file.

    Several paths are the parts of one model (Kandinsky's prior and decoder). Raises ModelError.
    """
    paths = tuple(_place(path) for path in paths)
    pieces = [piece for path in paths for piece in pieces_of(path)]
    _check_whole(pieces)
    main = next((piece for piece in pieces if piece.role in ("inpaint", "pipeline", "checkpoint")), pieces[0])
    name = name or name_of(main.path if len(paths) > 1 else paths[0])
    parameters: Counter[str] = Counter()
    digest = hashlib.sha256()
    for piece in sorted(pieces, key=lambda piece: piece.role):
        for component, file, header in piece.weights:
            digest.update(f"{piece.role}/{file}\0{header.size}\0{header.digest}\n".encode())
            if piece.role == "checkpoint":
                for key, shape in header.shapes.items():
                    count = Header(0, "", {key: shape}).parameters
                    parameters[f"checkpoint/{component_of(key, piece.family)}"] += count
            else:
                parameters[f"{piece.role}/{component}"] += header.parameters
    return Model(
        id=slug(name),
        name=name,
        family=main.family,
        parts={piece.role: str(piece.path) for piece in pieces},
        parameters=dict(parameters),
        bytes=sum(header.size for piece in pieces for *_, header in piece.weights),
        licence=licence_of(main.path),
        source="file" if main.role == "checkpoint" else "folder",
        origin=str(paths[0]),
        variant="fp16" if any(piece.fp16 for piece in pieces) else "",
        hash=digest.hexdigest(),
        inpaints=main.inpaints,
    )


def pieces_of(path: Path) -> list[Piece]:
    """All that lies at a path and can be a model or a part of one; at least one. Raises ModelError."""
    path = _place(path)
    try:
        if not path.exists():
            raise ModelError(f"There is nothing at {path}.")
        if path.is_file():
            return [_checkpoint(path)]
        if (path / INDEX).is_file():
            return [_pipeline(path)]
        inside = [folder for folder in sorted(path.iterdir()) if (folder / INDEX).is_file()]
        if inside:
            return [_pipeline(folder) for folder in inside]
        return [_lone_checkpoint(path)]
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror or error}).") from error


def check_index(index: Any, what: str) -> str:
    """The class of the pipeline that a ``model_index.json`` names. Raises ModelError, naming ``what``, for one whose
    family is not known or that would run code of its own."""
    if not isinstance(index, dict) or not index.get("_class_name"):
        raise ModelError(f"The {INDEX} of {what} cannot be read: it is damaged, or not of a diffusers model.")
    name = index["_class_name"]
    if not isinstance(name, str):
        file = name[0] if isinstance(name, list) else name
        raise ModelError(
            f"{what} brings a pipeline of its own ({file}.py). Code of a model is never run here."
        )
    for component, value in components_of(index).items():
        if value[0] not in _LIBRARIES:
            raise ModelError(
                f"{what} needs code of its own, or of “{value[0]}”, for its {component}. It is never run here."
            )
    if name not in PIPELINES:
        raise ModelError(f"{what} is made for {name}, which is not among the families that are known here.")
    return name


def components_of(index: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """{component: (library, class)} of those that are there; other values of the file are settings."""
    return {
        key: (str(value[0]), str(value[1]))
        for key, value in index.items()
        if isinstance(value, list) and len(value) == 2 and value[0] is not None and not key.startswith("_")
    }


def has_weights(class_name: str) -> bool:
    """Whether a component of this class has weights, unlike schedulers, tokenizers and processors."""
    return not class_name.endswith(_WITHOUT_WEIGHTS)


def can_do_without(role: str, component: str) -> bool:
    """Kandinsky's prior works from text without its image encoder, which is larger than all the rest of it. The safety
    checker of Stable Diffusion is never loaded."""
    return component == SAFETY_CHECKER or (
        role == "prior" and component in ("image_encoder", "image_processor")
    )


def slug(text: str) -> str:
    """ASCII letters, digits and single hyphens: safe as a folder's name on every system."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    made = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:64].strip("-")
    return f"model-{made}".strip("-") if not made or _RESERVED.fullmatch(made) else made


def name_of(path: Path) -> str:
    """A file's or folder's name; in the hub's cache the repository's."""
    if path.parent.name == "snapshots":
        return path.parents[1].name.split("--")[-1]
    return path.stem if path.is_file() else path.name


def _place(path: Path) -> Path:
    """The folder, where its index was picked."""
    path = path.expanduser().absolute()
    return path.parent if path.name == INDEX else path


def _check_whole(pieces: Collection[Piece]) -> None:
    """Raises ModelError unless the pieces make one model."""
    roles = Counter(piece.role for piece in pieces)
    if not roles:
        raise ModelError("There is no model to identify: name a folder or a file.")
    if len({piece.family for piece in pieces}) > 1 or max(roles.values()) > 1:
        raise ModelError("These are several models: pick the folder or file of one of them.")
    if any(piece.family == KANDINSKY.id for piece in pieces):
        if "prior" not in roles:
            raise PartMissing("This is Kandinsky's decoder alone: pick the folder of its prior as well.")
        if roles.keys() == {"prior"}:
            raise PartMissing("This is Kandinsky's prior alone: pick the folder of its decoder as well.")
        if "inpaint" not in roles:
            raise PartMissing(
                "This is only Kandinsky's decoder for new pictures: pick the folder of its inpainting decoder as well."
            )
    elif len(pieces) > 1:
        raise ModelError("These are several models: pick the folder or file of one of them.")


def _checkpoint(path: Path) -> Piece:
    if is_pickle(path.name):
        raise pickle_refused(path.name)
    header = read_header(path)
    family, inpaints = family_of(header.shapes, path.name)
    return Piece("checkpoint", family, path, (("", "checkpoint", header),), False, inpaints)


def _lone_checkpoint(folder: Path) -> Piece:
    files = sorted(path for path in folder.iterdir() if path.is_file())
    found = [path for path in files if path.suffix == ".safetensors"]
    if (folder / "config.json").is_file() and found:
        raise ModelError(
            f"{folder.name} is one component of a model: pick the folder that has {INDEX} in it."
        )
    if len(found) == 1:
        return _checkpoint(found[0])
    if found:
        raise ModelError(f"There are several models in {folder.name}: pick one of its files.")
    for path in files:
        if is_pickle(path.name):
            raise pickle_refused(path.name)
    raise ModelError(f"There is no model in {folder}: no {INDEX} and no safetensors file.")


def _pipeline(folder: Path) -> Piece:
    what = name_of(folder)
    class_name = check_index(_json(folder / INDEX), what)
    role, family = ROLES.get(class_name, "pipeline"), PIPELINES[class_name]
    weights: list[tuple[str, str, Header]] = []
    fp16, channels = False, None
    for component, (_, made) in components_of(_json(folder / INDEX)).items():
        place = folder / component
        if component == SAFETY_CHECKER:
            continue
        if not place.is_dir():
            if can_do_without(role, component):
                continue
            raise ModelError(f"{what} is not whole: its folder “{component}” is missing.")
        config = _config(place, what)
        if component == "unet":
            channels = config.get("in_channels")
            if family == "sd-1-5" and config.get("cross_attention_dim") == 1024:
                family = "sd-2"  # the same classes, another text encoder
        if has_weights(made):
            choice = _weights(place, what, can_do_without(role, component))
            if choice is not None:
                fp16 |= choice.fp16
                weights += [
                    (component, f"{component}/{name}", read_header(place / name)) for name in choice.names
                ]
    inpaints = family == KANDINSKY.id or "Fill" in class_name or channels == 9
    return Piece(role, family, folder, tuple(weights), fp16, inpaints)


def _weights(place: Path, what: str, optional: bool) -> Choice | None:
    """Checked to be complete. Links into the hub's cache that lead nowhere count as missing."""
    names = {path.name for path in place.iterdir() if path.is_file()}
    choice = choose_weights(names)
    if choice is None:
        if optional:
            return None
        if any(is_pickle(name) for name in names):
            raise pickle_refused(f"{what}/{place.name}")
        raise ModelError(f"{what} is not whole: its {place.name} has no safetensors weights.")
    listed = set(choice.names)
    if choice.index:
        try:
            listed = {str(name) for name in _json(place / choice.index)["weight_map"].values()}
        except (TypeError, KeyError, AttributeError) as error:
            raise ModelError(f"{what} is damaged: {place.name}/{choice.index} cannot be read.") from error
    gone = sorted(listed - set(choice.names))
    if gone or missing_shards(choice.names):
        raise ModelError(
            f"{what} is not whole: {place.name}/{gone[0] if gone else 'one of its shards'} is missing."
        )
    return choice


def _config(place: Path, what: str) -> dict[str, Any]:
    """A component's settings, {} where it has none. Raises ModelError where they name code to run."""
    found = {}
    for path in sorted(place.glob("*config.json")):
        values = _json(path)
        if isinstance(values, dict) and values.get("auto_map"):
            raise ModelError(
                f"{what} brings code of its own for its {place.name}. Code of a model is never run here."
            )
        if path.name == "config.json" and isinstance(values, dict):
            found = values
    return found


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror or error}).") from error
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path} is damaged: it is not JSON.") from error
