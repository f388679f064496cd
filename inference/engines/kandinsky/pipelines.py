"""The pipelines of one Kandinsky model: loaded when they are first needed, on the device while they run."""

from __future__ import annotations

import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import diffusers
import torch
import transformers
from diffusers import KandinskyV22InpaintPipeline, KandinskyV22Pipeline, KandinskyV22PriorPipeline
from safetensors import SafetensorError

from inference.engines.diffusion.placing import free_memory, place, release, torch_dtype
from inference.engines.diffusion.preview import Preview, load_or_fit
from inference.engines.diffusion.schedulers import scheduler_in_place_of
from inference.engines.families import KANDINSKY
from inference.memory import RESERVE, MemoryPlan
from inference.models.model import Model
from inference.models.store import ModelStore
from inference.request import FillError

Role = Literal["inpaint", "generate"]

_DECODERS = {"inpaint": KandinskyV22InpaintPipeline, "generate": KandinskyV22Pipeline}

# Their bars would fill the log that is shown when the host dies.
diffusers.utils.logging.disable_progress_bar()
transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]


class Kandinsky:
    """A model's prior and decoders in one precision.

    Prior and decoder are loaded separately, never as diffusers' combined pipeline, whose scheduler, autoencoder and
    offload are not those of its parts. One of them is on the device at a time, except under the placement "resident"
    where there is room for all. On the processor, where nothing can be moved away, "swapped" lets go of one before it
    loads the other. The image encoder, larger than all the rest, is loaded for the moment that it is needed.
    """

    def __init__(self, model: Model, plan: MemoryPlan) -> None:
        self.model = model
        self.plan = plan
        self.load_seconds = 0.0
        self.folder: Path = ModelStore().folder_of(model)
        self._loaded: dict[str, Any] = {}
        self._own_schedulers: dict[str, Any] = {}
        self._previews: dict[Role, Preview] = {}

    def follow(self, plan: MemoryPlan) -> None:
        """Runs as ``plan`` says from here on; its precision is the one that was loaded."""
        if (plan.device.id, plan.placement) != (self.plan.device.id, self.plan.placement):
            for pipeline in self._loaded.values():
                _park(pipeline)
        self.plan = plan
        self.load_seconds = 0.0

    @contextmanager
    def prior(self) -> Iterator[Any]:
        """The prior pipeline, without its image encoder."""
        with self._placed(
            "prior", KandinskyV22PriorPipeline, image_encoder=None, image_processor=None
        ) as prior:
            yield prior

    @property
    def has_image_encoder(self) -> bool:
        return (Path(self.model.parts["prior"]) / "image_encoder").is_dir()

    @contextmanager
    def image_encoder(self) -> Iterator[Any]:
        """A prior pipeline that has nothing but its image encoder, and is gone afterwards.

        Raises FillError where the model's folder has none.
        """
        if not self.has_image_encoder:
            raise FillError(
                f"{self.model.name} has no image encoder, which pictures beside the prompt need. "
                "Add the model with its image encoder, or leave the pictures out.",
                "input",
            )
        name = "image_encoder"
        absent = {"prior": None, "text_encoder": None, "tokenizer": None}
        try:
            with self._placed(name, KandinskyV22PriorPipeline, **absent) as pipeline:
                yield pipeline
        finally:
            self._drop(name)

    @contextmanager
    def decoder(self, role: Role, scheduler: str | None, steps: int) -> Iterator[Any]:
        """The decoder that paints into a picture or makes one, with the scheduler of that id, or its own.

        Raises FillError where the scheduler does not take so many steps.
        """
        with self._placed(role, _DECODERS[role]) as pipeline:
            own = self._own_schedulers.setdefault(role, pipeline.scheduler)
            pipeline.scheduler = scheduler_in_place_of(own, scheduler, KANDINSKY.schedulers)
            try:
                pipeline.scheduler.set_timesteps(steps)
            except ValueError as error:
                text = f"This scheduler does not take {steps} steps. Choose fewer."
                raise FillError(text, "input", str(error)) from error
            yield pipeline

    def preview(self, role: Role, pipeline: Any) -> Preview:
        """Of the decoder ``pipeline``, while it is placed."""
        if role not in self._previews:

            def encode(picture: torch.Tensor) -> torch.Tensor:
                values = picture.to(pipeline._execution_device, pipeline.movq.dtype)
                latents: torch.Tensor = pipeline.movq.encode(values)["latents"]
                return latents

            self._previews[role] = load_or_fit(self.folder / f"preview-{role}.npy", encode)
        return self._previews[role]

    def release(self) -> None:
        """Gives all memory back; the model is not usable afterwards."""
        release(*self._loaded.values())
        self._loaded.clear()

    @contextmanager
    def _placed(self, name: str, kind: Any, **absent: None) -> Iterator[Any]:
        """The pipeline ``name``, on the device as the plan says; loaded without its ``absent`` components."""
        began = time.monotonic()
        self._make_room(name)
        if name not in self._loaded:
            self._loaded[name] = self._load("prior" if name == "image_encoder" else name, kind, **absent)
        pipeline = self._loaded[name]
        place(pipeline, self.plan)
        self.load_seconds += time.monotonic() - began
        try:
            yield pipeline
        finally:
            if self.plan.device.kind != "cpu" and self.plan.placement != "resident":
                _park(pipeline)

    def _make_room(self, name: str) -> None:
        """Takes all but ``name`` off the device where they do not fit beside it."""
        plan = self.plan
        others = [other for other in self._loaded if other != name]
        if plan.device.kind == "cpu":
            for other in others if plan.placement != "resident" else ():
                self._drop(other)
            return
        weights = sum(_bytes(self._loaded[other]) for other in others)
        if plan.placement != "resident" or plan.bytes + weights + RESERVE > plan.device.free:
            for other in others:
                _park(self._loaded[other])

    def _load(self, part: str, kind: Any, **absent: None) -> Any:
        try:
            pipeline = kind.from_pretrained(
                self.model.parts[part],
                dtype=torch_dtype(self.plan),
                variant=self.model.variant or None,
                use_safetensors=True,
                local_files_only=True,
                **absent,
            )
        except (OSError, ValueError, KeyError, SafetensorError) as error:
            raise FillError(
                f"{self.model.name} cannot be loaded: a file of it is missing or damaged. Remove it and add it again.",
                "engine",
                traceback.format_exc(),
            ) from error
        pipeline.set_progress_bar_config(disable=True)
        return pipeline

    def _drop(self, name: str) -> None:
        """Lets go of a pipeline; it is loaded anew when it is next needed."""
        if name in self._loaded:
            release(self._loaded.pop(name))
            self._own_schedulers.pop(name, None)


def _park(pipeline: Any) -> None:
    """Takes it off the device, also where an error or a cancel left parts of it there."""
    pipeline.remove_all_hooks()
    pipeline.to("cpu", silence_dtype_warnings=True)
    free_memory()


def _bytes(pipeline: Any) -> int:
    modules = (part for part in pipeline.components.values() if isinstance(part, torch.nn.Module))
    return sum(each.numel() * each.element_size() for module in modules for each in module.parameters())
