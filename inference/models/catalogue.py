"""The catalogue: well-known models that can be downloaded, one row each. Read from their model cards."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Option:
    """A part that is fetched only when asked for: a repository of its own, or a component of another role's.

    ``bytes``: about how much it adds, or None where that is not known. ``title``: what it is good for.
    """

    id: str
    title: str
    role: str
    repo: str = ""
    component: str = ""
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """``repos``: the hub's repositories by the role that each plays in the model (see ``Model.parts``).

    ``licence``: its SPDX or hub id. ``gated``: the hub asks to agree to it, with an account, before it gives the files.
    ``bytes``: about how much is fetched without options, or None where that is not known; ``look_up`` tells exactly.
    """

    id: str
    title: str
    family: str
    repos: dict[str, str]
    licence: str
    licence_url: str
    gated: bool = False
    bytes: int | None = None
    options: tuple[Option, ...] = ()


CATALOGUE: tuple[Entry, ...] = (
    Entry(
        id="kandinsky-2-2",
        title="Kandinsky 2.2",
        family="kandinsky-2-2",
        repos={
            "prior": "kandinsky-community/kandinsky-2-2-prior",
            "inpaint": "kandinsky-community/kandinsky-2-2-decoder-inpaint",
        },
        licence="apache-2.0",
        licence_url="https://www.apache.org/licenses/LICENSE-2.0",
        bytes=6_100_000_000,
        options=(
            Option(
                id="image-encoder",
                title="Image encoder, for pictures beside the prompt",
                role="prior",
                component="image_encoder",
                bytes=3_700_000_000,
            ),
            Option(
                id="text-to-image",
                title="Text to image decoder, for new pictures",
                role="generate",
                repo="kandinsky-community/kandinsky-2-2-decoder",
                bytes=2_700_000_000,
            ),
        ),
    ),
    Entry(
        id="sd-1-5-inpainting",
        title="Stable Diffusion 1.5 inpainting",
        family="sd-1-5",
        repos={"pipeline": "stable-diffusion-v1-5/stable-diffusion-inpainting"},
        licence="creativeml-openrail-m",
        licence_url="https://huggingface.co/spaces/CompVis/stable-diffusion-license",
        bytes=2_100_000_000,
    ),
    Entry(
        id="sd-2-inpainting",
        title="Stable Diffusion 2 inpainting",
        family="sd-2",
        repos={"pipeline": "sd2-community/stable-diffusion-2-inpainting"},
        licence="openrail++",
        licence_url="https://huggingface.co/sd2-community/stable-diffusion-2-inpainting",
        bytes=2_600_000_000,
    ),
    Entry(
        id="sdxl-inpainting",
        title="Stable Diffusion XL inpainting",
        family="sdxl",
        repos={"pipeline": "diffusers/stable-diffusion-xl-1.0-inpainting-0.1"},
        licence="openrail++",
        licence_url="https://huggingface.co/stabilityai/stable-diffusion-xl-base-1.0/blob/main/LICENSE.md",
        bytes=6_900_000_000,
    ),
    Entry(
        id="sd-3-medium",
        title="Stable Diffusion 3 medium",
        family="sd-3",
        repos={"pipeline": "stabilityai/stable-diffusion-3-medium-diffusers"},
        licence="stabilityai-ai-community",
        licence_url="https://huggingface.co/stabilityai/stable-diffusion-3-medium/blob/main/LICENSE.md",
        gated=True,
        bytes=15_500_000_000,
    ),
    Entry(
        id="flux-1-fill-dev",
        title="FLUX.1 Fill dev",
        family="flux-fill",
        repos={"pipeline": "black-forest-labs/FLUX.1-Fill-dev"},
        licence="flux-1-dev-non-commercial-license",
        licence_url="https://huggingface.co/black-forest-labs/FLUX.1-Fill-dev/blob/main/LICENSE.md",
        gated=True,
        bytes=33_700_000_000,
    ),
    Entry(
        id="z-image-turbo",
        title="Z-Image Turbo",
        family="z-image",
        repos={"pipeline": "Tongyi-MAI/Z-Image-Turbo"},
        licence="apache-2.0",
        licence_url="https://www.apache.org/licenses/LICENSE-2.0",
    ),
    Entry(
        id="qwen-image",
        title="Qwen-Image",
        family="qwen-image",
        repos={"pipeline": "Qwen/Qwen-Image"},
        licence="apache-2.0",
        licence_url="https://www.apache.org/licenses/LICENSE-2.0",
        bytes=57_700_000_000,
    ),
)


def find_entry(text: str) -> Entry | None:
    """By its id or title, or a hub id of its main repository; None where there is none."""
    wanted = text.strip().casefold()
    for entry in CATALOGUE:
        main = entry.repos.get("inpaint") or entry.repos["pipeline"]
        if wanted in (entry.id, entry.title.casefold(), main.casefold()):
            return entry
    return None
