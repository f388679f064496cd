"""Places a pipeline on a device as a memory plan says, and takes it away again."""

from __future__ import annotations

import gc
import itertools
from collections.abc import Iterator
from typing import Any

import torch

from inference.memory import MemoryPlan

Pipeline = Any
"""A ``diffusers.DiffusionPipeline``, of which type checkers are shown a stand-in without methods."""


def torch_dtype(plan: MemoryPlan) -> torch.dtype:
    return {"fp16": torch.float16, "bf16": torch.bfloat16, "fp32": torch.float32}[plan.precision]


def place(pipeline: Pipeline, plan: MemoryPlan) -> None:
    """``placement`` by ``to`` or one of diffusers' offloads, ``tiled`` on its autoencoder where that can do it.

    May be called again with another plan of the same precision; what the plan before set up is undone.
    """
    _set_tiles(pipeline, plan.tiled)
    pipeline.remove_all_hooks()
    if plan.device.kind == "cpu" or plan.placement == "resident":
        # Moving what is there already takes six times as long as looking.
        if not _is_on(pipeline, plan.device.id):
            pipeline.to(plan.device.id, silence_dtype_warnings=True)
        return
    # Diffusers takes the index 0 for none, and then the card that it used last.
    pipeline._offload_gpu_id = torch.device(plan.device.id).index or 0
    if plan.placement == "swapped":
        pipeline.enable_model_cpu_offload(device=plan.device.id)
    else:
        pipeline.enable_sequential_cpu_offload(device=plan.device.id)


def release(*pipelines: Pipeline) -> None:
    """Takes the offload's hooks away and gives the device's memory back; the pipelines are not usable afterwards.

    Neither is any other pipeline that shares components with them: the weights go, whoever still refers to them.
    """
    for pipeline in pipelines:
        pipeline.remove_all_hooks()
        for module in _modules(pipeline):
            module.to("meta")
    free_memory()


def free_memory() -> None:
    """Collects what nobody refers to, and gives what the allocators keep for later back to the device."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()


def _set_tiles(pipeline: Pipeline, tiled: bool) -> None:
    """Kandinsky's MoVQ, for one, has neither tiles nor slices."""
    for name in ("vae", "movq"):
        autoencoder: Any = getattr(pipeline, name, None)
        if hasattr(autoencoder, "use_tiling"):
            autoencoder.enable_tiling() if tiled else autoencoder.disable_tiling()
        if hasattr(autoencoder, "use_slicing"):
            autoencoder.enable_slicing() if tiled else autoencoder.disable_slicing()


def _is_on(pipeline: Pipeline, device: str) -> bool:
    """Whether all of it is: a move that ran out of memory may have stopped half way."""
    wanted = torch.device(device)
    tensors = (
        tensor
        for module in _modules(pipeline)
        for tensor in itertools.chain(module.parameters(), module.buffers())
    )
    return all(
        tensor.device.type == wanted.type and (tensor.device.index or 0) == (wanted.index or 0)
        for tensor in tensors
    )


def _modules(pipeline: Pipeline) -> Iterator[torch.nn.Module]:
    return (part for part in pipeline.components.values() if isinstance(part, torch.nn.Module))
