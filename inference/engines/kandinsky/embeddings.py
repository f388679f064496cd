"""What the decoder paints: image embeddings of words and pictures, made by the prior and kept for the next time."""

from __future__ import annotations

import hashlib
import logging
import os
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from inference.engines.kandinsky.pipelines import Kandinsky
from inference.request import Array8, FillRequest, Reference

log = logging.getLogger(__name__)

PRIOR_SEED = 0
"""The prior's own, whatever the request's seed: so another variation of a prompt costs the decoder alone."""

ZERO_EMBEDDING = "zero-image-embedding.safetensors"
"""Kept beside the model: the embedding of an all-zero image, which stands for "no negative prompt"."""

_KEPT = 64


@dataclass(frozen=True, slots=True)
class Embeddings:
    """Both (1, width), on the processor: what to paint, and what not to."""

    positive: torch.Tensor
    negative: torch.Tensor


@dataclass(frozen=True, slots=True)
class Wish:
    """All that the embeddings depend on, besides the model."""

    prompt: str
    negative: str
    steps: int
    guidance: float
    references: tuple[Reference, ...] = ()

    @classmethod
    def of(cls, request: FillRequest, steps: int, guidance: float) -> Wish:
        return cls(
            request.prompt.strip(), request.negative_prompt.strip(), steps, guidance, request.references
        )

    @property
    def runs(self) -> int:
        """How often the prior runs for it."""
        if not self.references:
            return 1
        return bool(self.prompt) + bool(self.negative)


Step = Callable[[], None]
"""Told of each step of the prior; may raise to stop it."""

_kept: OrderedDict[Hashable, Any] = OrderedDict()


def known(kandinsky: Kandinsky, wish: Wish) -> bool:
    """Whether the embeddings are there already."""
    return _key(kandinsky, wish) in _kept


def embeddings(kandinsky: Kandinsky, wish: Wish, step: Step) -> Embeddings:
    """Of the wish, from the ones kept or made anew. Raises FillError where an image encoder is needed and missing.

    Without references they are what the prior pipeline gives for prompt and negative prompt. With references they are
    what its ``interpolate`` gives for the prompt (unless empty) and the pictures, their weights divided by their sum.
    Where neither the image encoder nor the zero image's embedding is there, an empty negative prompt stands for none.
    """
    key = _key(kandinsky, wish)
    if key not in _kept:
        pictures, zero = _encoded(kandinsky, wish)
        if not wish.runs:
            made = Embeddings(_blend(wish, None, pictures), _there(zero))
        else:
            with kandinsky.prior() as prior:
                make = _with_references if wish.references else _from_words
                made = make(prior, wish, pictures, zero, step)
        _keep(key, made)
    _kept.move_to_end(key)
    kept: Embeddings = _kept[key]
    return kept


def forget() -> None:
    """Keeps nothing of what was made so far."""
    _kept.clear()


def _from_words(
    prior: Any, wish: Wish, pictures: list[torch.Tensor], zero: torch.Tensor | None, step: Step
) -> Embeddings:
    if zero is not None:
        kept = zero.to(prior.prior.dtype)  # the pipeline would ask the image encoder, which is not loaded
        prior.get_zero_embed = lambda batch_size=1, device=None: kept.to(device).repeat(batch_size, 1)
    negative = wish.negative if wish.negative or zero is None else None
    made = _run(prior, wish.prompt, negative, wish, _generator(), step)
    return Embeddings(made.image_embeds.cpu(), made.negative_image_embeds.cpu())


def _with_references(
    prior: Any, wish: Wish, pictures: list[torch.Tensor], zero: torch.Tensor | None, step: Step
) -> Embeddings:
    """As ``interpolate``, which has no callback and so could not be cancelled, and runs the prior for an empty
    negative prompt only to throw the result away."""
    generator = _generator()
    # Neither run needs a negative embedding: the second one's positive is it.
    prior.get_zero_embed = lambda batch_size=1, device=None: torch.zeros(batch_size, 1, device=device)
    words = _run(prior, wish.prompt, None, wish, generator, step).image_embeds.cpu() if wish.prompt else None
    if wish.negative:
        negative = _run(prior, wish.negative, None, wish, generator, step).image_embeds.cpu()
    else:
        negative = _there(zero)
    return Embeddings(_blend(wish, words, pictures), negative)


def _run(
    prior: Any, prompt: str, negative: str | None, wish: Wish, generator: torch.Generator, step: Step
) -> Any:
    def stepped(_pipeline: Any, _index: int, _time: Any, _tensors: dict[str, Any]) -> dict[str, Any]:
        step()
        return {}

    return prior(
        prompt,
        negative_prompt=negative,
        num_inference_steps=wish.steps,
        guidance_scale=wish.guidance,
        generator=generator,
        callback_on_step_end=stepped,
    )


def _generator() -> torch.Generator:
    return torch.Generator("cpu").manual_seed(PRIOR_SEED)


def _blend(wish: Wish, words: torch.Tensor | None, pictures: list[torch.Tensor]) -> torch.Tensor:
    """The weighted mean; words weigh 1."""
    parts = [] if words is None else [(words, 1.0)]
    parts += [(picture, each.weight) for picture, each in zip(pictures, wish.references, strict=True)]
    whole = sum(weight for _, weight in parts)
    return torch.cat([part.unsqueeze(0) * (weight / whole) for part, weight in parts]).sum(dim=0)


def _there(embedding: torch.Tensor | None) -> torch.Tensor:
    assert embedding is not None
    return embedding


def _encoded(kandinsky: Kandinsky, wish: Wish) -> tuple[list[torch.Tensor], torch.Tensor | None]:
    """The references' embeddings, and the zero image's where there is no negative prompt. The encoder is loaded only
    where one of them is not kept."""
    path = kandinsky.folder / ZERO_EMBEDDING
    zero = None if wish.negative else _read(path, kandinsky)
    keys = [_picture_key(kandinsky, each.image) for each in wish.references]
    found = {key: _kept[key] for key in keys if key in _kept}
    missing = [(key, each.image) for key, each in zip(keys, wish.references, strict=True) if key not in found]
    wanted = zero is None and not wish.negative and (kandinsky.has_image_encoder or bool(wish.references))
    if missing or wanted:
        with kandinsky.image_encoder() as pipeline, torch.no_grad():
            device = pipeline._execution_device
            if wanted:
                zero = pipeline.get_zero_embed(1, device).cpu()
                _write(path, kandinsky, zero)
            for key, image in missing:
                values = pipeline.image_processor(Image.fromarray(image), return_tensors="pt").pixel_values
                values = values[:1].to(dtype=pipeline.image_encoder.dtype, device=device)
                found[key] = pipeline.image_encoder(values)["image_embeds"].cpu()
                _keep(key, found[key])
    return [found[key] for key in keys], zero


def _keep(key: Hashable, value: Any) -> None:
    _kept[key] = value
    while len(_kept) > _KEPT:
        _kept.popitem(last=False)


def _model_key(kandinsky: Kandinsky) -> tuple[str, str, str]:
    plan = kandinsky.plan
    return (kandinsky.model.hash or kandinsky.model.id, plan.precision, plan.device.kind)


def _key(kandinsky: Kandinsky, wish: Wish) -> Hashable:
    references = tuple((_digest(each.image), each.weight) for each in wish.references)
    words = (wish.prompt, wish.negative, PRIOR_SEED, wish.steps, wish.guidance)
    return (*_model_key(kandinsky), *words, references)


def _picture_key(kandinsky: Kandinsky, image: Array8) -> Hashable:
    return (*_model_key(kandinsky), _digest(image))


def _digest(image: Array8) -> str:
    return hashlib.sha256(f"{image.shape}".encode() + image.tobytes()).hexdigest()


def _read(path: Path, kandinsky: Kandinsky) -> torch.Tensor | None:
    """None where it is not there, is damaged, or belongs to other weights."""
    try:
        with safe_open(path, "pt") as file:
            if (file.metadata() or {}).get("model") != kandinsky.model.hash:
                return None
            embedding: torch.Tensor = file.get_tensor("embedding")
            return embedding
    except (OSError, SafetensorError):
        return None


def _write(path: Path, kandinsky: Kandinsky, embedding: torch.Tensor) -> None:
    temporary = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file({"embedding": embedding.contiguous()}, temporary, {"model": kandinsky.model.hash})
        os.replace(temporary, path)
    except (OSError, SafetensorError) as error:
        log.info("the zero image's embedding could not be kept (%s)", error)
