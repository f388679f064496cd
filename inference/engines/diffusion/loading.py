"""A model of any family but Kandinsky: its pipelines, loaded from a diffusers folder or from one safetensors file."""

from __future__ import annotations

import json
import logging
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import diffusers
import torch
import transformers
from diffusers import AutoPipelineForText2Image
from diffusers.loaders.single_file_utils import SingleFileComponentError
from safetensors import SafetensorError

from inference.engines.diffusion.blueprints import write_blueprint
from inference.engines.diffusion.latents import encoded
from inference.engines.diffusion.placing import place, release, torch_dtype
from inference.engines.diffusion.preview import Preview, load_or_fit
from inference.engines.diffusion.prompts import Prompts
from inference.engines.diffusion.schedulers import scheduler_in_place_of
from inference.engines.info import EngineInfo
from inference.memory import MemoryPlan
from inference.models.identify import INDEX, check_index
from inference.models.model import Model, ModelError
from inference.models.store import ModelStore
from inference.request import FillError

CLASSES = {
    "sd-1-5": "StableDiffusionInpaintPipeline",
    "sd-2": "StableDiffusionInpaintPipeline",
    "sdxl": "StableDiffusionXLInpaintPipeline",
    "sd-3": "StableDiffusion3InpaintPipeline",
    "flux-fill": "FluxFillPipeline",
    "z-image": "ZImageInpaintPipeline",
    "qwen-image": "QwenImageInpaintPipeline",
}
"""The pipeline that repaints with each family's components: what ``AutoPipelineForInpainting`` takes, and FLUX Fill's,
which it does not know."""

_WITHOUT: dict[str, dict[str, Any]] = {
    # The safety checker would black out pictures, and warns where it is missing.
    "sd-1-5": {"safety_checker": None, "feature_extractor": None, "requires_safety_checker": False},
    "sd-2": {"safety_checker": None, "feature_extractor": None, "requires_safety_checker": False},
    "sdxl": {"add_watermarker": False},
}

_DAMAGE = (OSError, ValueError, KeyError, AttributeError, SafetensorError, SingleFileComponentError)

# It says so of an autoencoder that is taken to 32 bits and back, of no module at all, at every fill.
logging.getLogger("diffusers.models.modeling_utils").addFilter(
    lambda record: "kept in float32: []" not in record.getMessage()
)

# Their bars would fill the log that is shown when the host dies.
diffusers.utils.logging.disable_progress_bar()
transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]


class Pipelines:
    """One model in one precision; the two pipelines, which inpaint and which generate, share all components."""

    def __init__(self, model: Model, info: EngineInfo, plan: MemoryPlan) -> None:
        """Raises FillError where a file is missing or damaged, or the model would run code of its own."""
        began = time.monotonic()
        self._info = info
        self._inpaint = _load(model, plan)
        self._own = self._inpaint.scheduler
        self._prompts = {False: Prompts.of(self._inpaint)}
        self._generate: Any = None
        self._preview: Preview | None = None
        self._preview_path = ModelStore().folder_of(model) / "preview.npy"
        self.load_seconds = time.monotonic() - began

    def placed(
        self, plan: MemoryPlan, generate: bool, scheduler: str | None, on_prompt: Callable[[], None]
    ) -> Any:
        """The pipeline that generates or inpaints, on the plan's device, with the scheduler of that id or its own.

        ``on_prompt`` is called before it reads a prompt that it does not remember.
        """
        began = time.monotonic()
        if generate and self._generate is None:
            self._generate = AutoPipelineForText2Image.from_pipe(self._inpaint)
            self._generate.set_progress_bar_config(disable=True)
            self._prompts[True] = Prompts.of(self._generate)
        pipeline = self._generate if generate else self._inpaint
        self._prompts[generate].on_new = on_prompt
        pipeline.scheduler = scheduler_in_place_of(self._own, scheduler, self._info.schedulers)
        place(pipeline, plan)
        self.load_seconds += time.monotonic() - began
        return pipeline

    def preview(self, pipeline: Any) -> Preview:
        """Of a placed pipeline."""
        if self._preview is None:
            self._preview = load_or_fit(self._preview_path, lambda picture: encoded(pipeline, picture))
        return self._preview

    def release(self) -> None:
        """Gives all memory back; the model is not usable afterwards."""
        release(self._inpaint)
        self._generate = None


def _load(model: Model, plan: MemoryPlan) -> Any:
    kind = getattr(diffusers, CLASSES[model.family])
    without = _WITHOUT.get(model.family, {})
    try:
        if "checkpoint" in model.parts:
            pipeline = _load_checkpoint(kind, model, torch_dtype(plan), without)
        else:
            pipeline = _load_folder(kind, model, torch_dtype(plan), without)
    except _DAMAGE as error:
        raise FillError(
            f"{model.name} cannot be loaded: a file of it is missing or damaged. Remove it and add it again.",
            "engine",
            traceback.format_exc(),
        ) from error
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _load_folder(kind: Any, model: Model, dtype: torch.dtype, without: dict[str, Any]) -> Any:
    folder = Path(model.parts["pipeline"])
    _refuse_code(folder, model.name)
    return kind.from_pretrained(
        str(folder),
        dtype=dtype,
        variant=model.variant or None,
        use_safetensors=True,
        local_files_only=True,
        **without,
    )


def _load_checkpoint(kind: Any, model: Model, dtype: torch.dtype, without: dict[str, Any]) -> Any:
    """A single file brings no configuration, and diffusers would fetch it: a blueprint, or a stored folder of the same
    family, serves."""
    path = model.parts["checkpoint"]
    if not path.endswith(".safetensors"):
        raise FillError(f"{Path(path).name} is not a safetensors file. Other kinds may run code.", "input")
    with TemporaryDirectory() as temporary:
        pattern = Path(temporary)
        if not write_blueprint(model, pattern):
            pattern = _stored_pattern(model)
        return kind.from_single_file(path, config=str(pattern), dtype=dtype, local_files_only=True, **without)


def _stored_pattern(model: Model) -> Path:
    for other in ModelStore().models():
        if (other.family, other.inpaints) == (model.family, model.inpaints) and "pipeline" in other.parts:
            folder = Path(other.parts["pipeline"])
            _refuse_code(folder, other.name)
            return folder
    raise FillError(
        f"{model.name} is one file without its configuration. Add a model of the same family in the diffusers layout "
        "(a folder with model_index.json): its configuration serves for both.",
        "input",
    )


def _refuse_code(folder: Path, name: str) -> None:
    """The folder may have changed since it was added. Raises FillError."""
    try:
        check_index(json.loads((folder / INDEX).read_text(encoding="utf-8")), name)
    except ModelError as error:
        raise FillError(str(error), "input") from error
