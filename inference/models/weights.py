"""Weight files: which of a folder's files are a component's weights, and what a safetensors header says of one."""

from __future__ import annotations

import hashlib
import json
import math
import re
import struct
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path, PurePath

from inference.models.model import ModelError

PICKLES = frozenset({".bin", ".ckpt", ".pickle", ".pkl", ".pt", ".pth"})

_LARGEST_HEADER = 100_000_000
_STEMS = ("diffusion_pytorch_model", "model")
_SHARD = re.compile(r"-(\d{5})-of-(\d{5})")
_OTHER_KINDS = (
    (b"version https://git-lfs", "only a pointer to the file: fetch it with “git lfs pull”"),
    (b"PK\x03\x04", "a pickle checkpoint under another name, which can run code when it is opened"),
    (b"\x80", "a pickle checkpoint under another name, which can run code when it is opened"),
    (b"GGUF", "a GGUF file, which cannot be used here: pick a safetensors file"),
    (b"<", "a web page that was saved in its place: download it again"),
)


@dataclass(frozen=True, slots=True)
class Header:
    """What the head of a safetensors file tells. ``size``: of the file, in bytes. ``digest``: SHA-256 of the header."""

    size: int
    digest: str
    shapes: dict[str, tuple[int, ...]]

    @property
    def parameters(self) -> int:
        """How many numbers the file holds."""
        return sum(math.prod(shape) for shape in self.shapes.values())


@dataclass(frozen=True, slots=True)
class Choice:
    """The files, by name, that hold a component's weights. ``index``: the one that lists the shards, or ""."""

    names: tuple[str, ...]
    index: str = ""
    fp16: bool = False


def read_header(path: Path) -> Header:
    """Reads no weights. Raises ModelError unless the file is a whole safetensors file.

    Format: 8 bytes of length, that much JSON, then the data (github.com/huggingface/safetensors).
    """
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            start = file.read(8)
            _check_start(path, size, start)
            length = struct.unpack("<Q", start)[0]
            if length > min(_LARGEST_HEADER, size - 8):
                file.seek(0)
                raise _unlike(path, file.read(32))
            raw = file.read(length)
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror or error}).") from error
    try:
        entries = {key: value for key, value in json.loads(raw).items() if key != "__metadata__"}
        shapes = {key: tuple(int(side) for side in value["shape"]) for key, value in entries.items()}
        end = max((int(value["data_offsets"][1]) for value in entries.values()), default=0)
    except (ArithmeticError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise ModelError(f"{path.name} is not a safetensors file, or it is damaged.") from error
    if not entries:
        raise ModelError(f"{path.name} holds no weights.")
    if size != 8 + length + end:
        raise ModelError(
            f"{path.name} is not whole: it has {size} bytes instead of {8 + length + end}. Copy it again."
        )
    return Header(size, hashlib.sha256(raw).hexdigest(), shapes)


def choose_weights(names: Collection[str]) -> Choice | None:
    """Which of a component's files diffusers would load: 16 bits where there are such, shards where there is an index.

    None where no safetensors file is among them that it would find.
    """
    for fp16 in (True, False):
        for stem in _STEMS:
            index = f"{stem}.safetensors.index{'.fp16' if fp16 else ''}.json"
            shards = sorted(
                name
                for name in names
                if name.startswith(stem) and name.endswith(".safetensors") and _is_shard(name, stem, fp16)
            )
            single = f"{stem}{'.fp16' if fp16 else ''}.safetensors"
            if single in names:
                return Choice((single,), fp16=fp16)
            if index in names and shards:
                return Choice(tuple(shards), index, fp16)
    return None


def missing_shards(names: Collection[str]) -> bool:
    """Whether files are missing from a set “…-00001-of-00003…”."""
    counts = {int(found[2]) for name in names if (found := _SHARD.search(name))}
    return bool(counts) and (len(counts) > 1 or len(names) != counts.pop())


def is_pickle(name: str) -> bool:
    return PurePath(name).suffix.lower() in PICKLES


def pickle_refused(what: str) -> ModelError:
    return ModelError(
        f"{what} is a pickle checkpoint, which can run code when it is opened; ask for a safetensors version."
    )


def _is_shard(name: str, stem: str, fp16: bool) -> bool:
    middle = name.removeprefix(stem).removesuffix(".safetensors")
    return _SHARD.search(middle) is not None and _SHARD.sub("", middle) == (".fp16" if fp16 else "")


def _check_start(path: Path, size: int, start: bytes) -> None:
    if size == 0:
        raise ModelError(f"{path.name} is empty: copy it again.")
    for mark, kind in _OTHER_KINDS:
        # A length of up to 100 MB has zeros at its end, and none of these does.
        if start.startswith(mark[:8]) and start[-1:] != b"\0":
            raise ModelError(f"{path.name} is {kind}.")
    if len(start) < 8:
        raise ModelError(f"{path.name} is not a safetensors file.")


def _unlike(path: Path, start: bytes) -> ModelError:
    if start[8:9] == b"{":
        return ModelError(f"{path.name} is not whole: even its header is cut off. Copy it again.")
    return ModelError(f"{path.name} is not a safetensors file.")
