"""What this machine can compute with: CUDA, MPS, CPU, and its memory. Imports torch; only the engine host asks."""

from __future__ import annotations

import os
import platform
from typing import Any

import psutil


def describe_devices() -> dict[str, Any]:
    """Plain facts, sizes in bytes. ``free`` is what this process can have: it counts what it holds already.

    ``cpu``: always, with name, cores, memory, available, free. ``torch``: version, or None and the reason in
    ``torch_error``. ``cuda``: a list of cards, each with name, memory, free, bf16, capability. ``mps``: whether there
    is Metal; ``metal``: its name, memory, free, bf16, or None.
    """
    memory = psutil.virtual_memory()
    facts: dict[str, Any] = {
        "python": platform.python_version(),
        "cpu": {
            "name": "CPU",
            "cores": os.cpu_count() or 1,
            "memory": memory.total,
            "available": memory.available,
            "free": min(memory.total, memory.available + _own_memory()),
        },
        "cuda": [],
        "mps": False,
        "metal": None,
    }
    try:
        import torch
    except Exception as error:  # a broken installation can raise anything
        facts["torch"] = None
        facts["torch_error"] = f"{type(error).__name__}: {error}".splitlines()[0]
        return facts
    facts["torch"] = str(torch.__version__)
    try:
        facts["mps"] = bool(torch.backends.mps.is_available())
        if facts["mps"]:
            facts["metal"] = _metal(facts["cpu"]["free"])
        if torch.cuda.is_available():
            facts["cuda"] = [_card(index) for index in range(torch.cuda.device_count())]
    except Exception as error:  # a driver that fails must not hide the rest
        facts["torch_error"] = f"{type(error).__name__}: {error}".splitlines()[0]
    return facts


def _own_memory() -> int:
    """Bytes that would be free if this process were not there: its own, without what it shares or has mapped."""
    process = psutil.Process()
    try:
        held = process.memory_info()
        if hasattr(held, "shared"):  # Linux, where asking for the unique set takes a hundred times as long
            return int(held.rss - held.shared)
        return int(process.memory_full_info().uss)
    except psutil.Error:
        return 0


def _card(index: int) -> dict[str, Any]:
    """A card whose free memory cannot be told is taken to be free, as far as this process may have it."""
    import torch

    properties = torch.cuda.get_device_properties(index)
    share = int(torch.cuda.get_per_process_memory_fraction(index) * properties.total_memory)
    try:
        free = torch.cuda.mem_get_info(index)[0] + torch.cuda.memory_reserved(index)
    except RuntimeError:
        free = properties.total_memory
    return {
        "name": properties.name,
        "memory": properties.total_memory,
        "free": min(free, share),
        # Volta and Turing only imitate it, slowly; AMD's cards have their own numbers and all have it.
        "bf16": bool(torch.version.hip) or properties.major >= 8,
        "capability": [properties.major, properties.minor],
    }


def _metal(free: int) -> dict[str, Any]:
    """Metal shares the processor's memory, and recommends how much of it to use at most."""
    import torch

    memory = int(torch.mps.recommended_max_memory())
    try:
        torch.zeros(1, dtype=torch.bfloat16, device="mps")  # macOS 14 and later
        bf16 = True
    except (TypeError, RuntimeError):
        bf16 = False
    held = int(torch.mps.driver_allocated_memory())
    return {"name": "Apple GPU", "memory": memory, "free": min(memory, free + held), "bf16": bf16}
