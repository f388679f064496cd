"""Tries out the Python that it runs in: ``python -m inference.runtime.self_test DEVICE``, in a new engine environment.

Imports what models need, makes a small checkpoint with random weights in a folder that goes again, and lets an engine
host fill a picture with it in two steps, as the window would. ``DEVICE`` ("cuda", "rocm", "mps", "cpu") is what torch
must find. Ends with 0 and the version of Python on standard output, or, with what is wrong on the last line of standard
error, with 3 where there is no such device and with 1 for everything else.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from pathlib import Path

_SIDE = 64


class _NoDevice(Exception):
    """Torch does not find what it was installed for."""


def main(arguments: list[str]) -> int:
    """Returns the exit code."""
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="pentimento-engine-") as home:
        # The store of models, for this process and for its host: never the user's.
        os.environ["PENTIMENTO_HOME"] = home
        try:
            _check_device(arguments[0])
            _fill(Path(home), arguments[0])
        except _NoDevice as error:
            print(error, file=sys.stderr)
            return 3
        except Exception as error:
            print(f"{type(error).__name__}: {error}".replace("\n", " "), file=sys.stderr)
            return 1
    print(platform.python_version())
    return 0


def _check_device(device: str) -> None:
    """Raises _NoDevice where torch does not find the device that it was installed for."""
    import torch

    found = {
        "cuda": torch.version.hip is None and torch.cuda.is_available(),
        "rocm": torch.version.hip is not None and torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if not found[device]:
        raise _NoDevice(
            f"torch finds no device for “{device}”: the graphics card's driver may be missing or too old"
        )


def _fill(home: Path, device: str) -> None:
    """Raises FillError where no picture comes back, and RuntimeError where another device made it."""
    import numpy as np

    from inference.client import run_fill
    from inference.request import FillCandidate, FillRequest
    from inference.runtime.small_model import build_kandinsky, record_kandinsky

    model = record_kandinsky(build_kandinsky(home / "checkpoint"))
    image = np.full((_SIDE, _SIDE, 4), 255, np.uint8)
    image[..., :3] = np.random.default_rng(1).integers(0, 256, (_SIDE, _SIDE, 3), np.uint8)
    mask = np.zeros((_SIDE, _SIDE), np.uint8)
    mask[16:48, 16:48] = 255
    request = FillRequest(
        id="self-test",
        engine="kandinsky-2-2",
        image=image,
        mask=mask,
        working_size=(_SIDE, _SIDE),
        model=model.id,
        prompt="a hat",
        steps=2,
        prior_steps=2,
    )
    candidates = [event for event in run_fill(request, _host()) if isinstance(event, FillCandidate)]
    if len(candidates) != 1 or np.array_equal(candidates[0].image, image):
        raise RuntimeError("the engine gave no picture")
    used = str(candidates[0].facts.get("device", "")).partition(":")[0]
    if used != {"rocm": "cuda"}.get(device, device):
        raise RuntimeError(f"the engine worked on “{used}”, not on “{device}”")


def _host() -> list[str]:
    from inference.client import host_command

    return host_command(sys.executable)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
