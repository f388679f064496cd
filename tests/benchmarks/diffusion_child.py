"""Children of the diffusion benchmarks: what is compared with the program, and a host with a share of the card.

``masks``                        the preparation of masks, the pipeline's own and the engine's: seconds, as JSON
``bare FOLDER SIDE STEPS``       a bare diffusers script: for every line that it reads it paints what the line says,
                                 and says "picture" when it is there
``host BYTES``                   the engine host, which may have that much of the card and no more
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

MASK_SIDE = 1024
_MASK_RUNS = 7

PRIOR_STEPS = 25
GUIDANCE = 4.0


def picture(side: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """(side, side, 3) uint8: something smooth."""
    ramp = np.linspace(0, 255, side).astype(np.uint8)
    return np.stack(np.broadcast_arrays(ramp, ramp[:, None], np.uint8(128)), axis=-1)


def hole(side: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """(side, side) uint8: 255 in the upper middle, about as in the model card's example."""
    mask = np.zeros((side, side), np.uint8)
    mask[: side // 3, side // 3 : -side // 3] = 255
    return mask


def measure_masks() -> None:
    """The mask of a picture of 1024², which is prepared once it has been shrunk to the latents' 128²."""
    import torch
    from diffusers.pipelines.kandinsky2_2.pipeline_kandinsky2_2_inpainting import prepare_mask as theirs

    from inference.engines.kandinsky.latent_mask import prepare_mask as ours

    torch.manual_seed(0)
    side = MASK_SIDE // 8
    masks = (torch.rand(1, 1, side, side) > 0.3).float()
    masks[..., : side // 3, side // 3 : -side // 3] = 0
    times: dict[str, list[float]] = {"theirs": [], "ours": []}
    for _ in range(_MASK_RUNS + 1):
        results = []
        for name, prepare in (("theirs", theirs), ("ours", ours)):
            given = masks.clone()
            began = time.perf_counter()
            results.append(prepare(given))
            times[name].append(1000 * (time.perf_counter() - began))
        assert torch.equal(*results)
    print(json.dumps({name: values[1:] for name, values in times.items()}))


def run_bare(folder: Path, side: int, steps: int) -> None:
    """The prior runs again only where the line is another than the one before."""
    os.nice(5)  # as the engine host is
    import torch
    from diffusers import KandinskyV22InpaintPipeline, KandinskyV22PriorPipeline
    from PIL import Image

    device = "cuda" if torch.cuda.is_available() else "cpu"
    dtype = torch.float16 if device == "cuda" else torch.float32
    loaded = [
        kind.from_pretrained(folder / part, dtype=dtype, local_files_only=True).to(device)
        for kind, part in ((KandinskyV22PriorPipeline, "prior"), (KandinskyV22InpaintPipeline, "inpaint"))
    ]
    for pipeline in loaded:
        pipeline.set_progress_bar_config(disable=True)
    prior, decoder = loaded
    image, mask = Image.fromarray(picture(side)), hole(side).astype(np.float32) / 255

    prompt, embeddings = "", ()
    for seed, line in enumerate(sys.stdin):
        if line != prompt:
            prompt = line
            embeddings = prior(
                prompt.strip(),
                num_inference_steps=PRIOR_STEPS,
                guidance_scale=GUIDANCE,
                generator=torch.Generator().manual_seed(0),
            ).to_tuple()
        decoder(
            image=image,
            mask_image=mask,
            image_embeds=embeddings[0],
            negative_image_embeds=embeddings[1],
            height=side,
            width=side,
            num_inference_steps=steps,
            guidance_scale=GUIDANCE,
            generator=torch.Generator().manual_seed(seed),
        )
        print("picture", flush=True)


def run_host(share: int) -> None:
    import torch

    from inference import host

    torch.cuda.set_per_process_memory_fraction(share / torch.cuda.get_device_properties(0).total_memory)
    sys.exit(host.main([]))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["masks"]:
            measure_masks()
        case ["bare", folder, side, steps]:
            run_bare(Path(folder), int(side), int(steps))
        case ["host", share]:
            run_host(int(share))
        case other:
            sys.exit(f"unknown: {other}")
