"""What this machine can compute with: CUDA, MPS, CPU, and its memory. Imports torch; only the engine host asks."""

from __future__ import annotations

import os
import platform
from typing import Any

import psutil


def describe_devices() -> dict[str, Any]:
    """Plain facts: ``cpu`` always, ``torch`` (version or the reason it is missing), ``cuda`` and ``mps`` devices."""
    memory = psutil.virtual_memory()
    facts: dict[str, Any] = {
        "python": platform.python_version(),
        "cpu": {"cores": os.cpu_count() or 1, "memory": memory.total, "available": memory.available},
        "cuda": [],
        "mps": False,
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
        if torch.cuda.is_available():
            for index in range(torch.cuda.device_count()):
                properties = torch.cuda.get_device_properties(index)
                facts["cuda"].append({"name": properties.name, "memory": properties.total_memory})
    except Exception as error:  # a driver that fails must not hide the rest
        facts["torch_error"] = f"{type(error).__name__}: {error}".splitlines()[0]
    return facts
