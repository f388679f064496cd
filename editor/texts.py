"""Text that is looked up from ids."""

from __future__ import annotations

from collections.abc import Iterable

from inference.estimate import Estimate

STAGES = {
    "waiting": "Waiting",
    "loading": "Starting the engine",
    "analyse": "Looking at the surroundings",
    "search": "Searching for what fits",
    "compose": "Putting it together",
    "prefill": "Making a start",
    "prompt": "Reading the prompt",
    "paint": "Painting",
    "decode": "Finishing the picture",
    "refine": "Going over it at full size",
    "memory": "Too little memory, trying with less",
}

SCHEDULERS = {
    "ddim": "DDIM",
    "dpm++2m": "DPM++ 2M",
    "dpm++2m-karras": "DPM++ 2M Karras",
    "dpm++2m-sde": "DPM++ 2M SDE",
    "euler": "Euler",
    "euler-a": "Euler ancestral",
    "lcm": "LCM",
    "unipc": "UniPC",
}


PROPERTIES = {
    "name": "Name",
    "visible": "Visibility",
    "opacity": "Opacity",
    "blend_mode": "Blending",
    "locked": "Lock",
    "clipped": "Clipping",
}

LOWERED = {
    "offload": "one part at a time in memory",
    "tiles": "the picture decoded in tiles",
    "stream": "one layer at a time on the card",
    "smaller": "a smaller working size",
    "cpu": "on the processor",
    "refine": "not gone over at full size",
}

_FIRST_RUN = "the first run will tell how long it takes"


def stage_text(stage: str) -> str:
    """A stage that has no text yet is shown by its id rather than not at all."""
    return STAGES.get(stage, stage.replace("-", " ").capitalize())


def duration_text(seconds: float) -> str:
    """As people say it: “a few seconds”, “40 s”, “3 min”."""
    if seconds < 4:
        return "a few seconds"
    if seconds < 90:
        return f"{round(seconds / 5) * 5 or 5} s"
    return f"{round(seconds / 60)} min"


def bytes_text(size: int) -> str:
    """Of memory, in powers of two, as it is sold: “5.2 GB”."""
    for unit in ("bytes", "KB", "MB"):
        if size < 1024:
            return f"{size:.0f} {unit}"
        size /= 1024  # type: ignore[assignment]
    return f"{size:.1f} GB"


def size_text(size: int) -> str:
    """Of files, in powers of ten, as disks and the hub are measured: “6.1 GB”, “830 MB”."""
    for unit, bytes_ in (("GB", 10**9), ("MB", 10**6), ("KB", 10**3)):
        if size >= bytes_:
            value = size / bytes_
            return f"{value:.1f} {unit}" if value < 10 and unit != "KB" else f"{value:.0f} {unit}"
    return f"{size} bytes"


def lowered_text(lowered: Iterable[str]) -> str:
    """What was given up for want of memory, by its ids; "" where nothing was."""
    texts = [LOWERED.get(each, each) for each in lowered]
    return f"lowered to fit the memory: {', '.join(texts)}" if texts else ""


def estimate_text(estimate: Estimate) -> str:
    """What a fill will take, as it stands beside the button: “About 40 s · 5.2 GB on NVIDIA RTX 4070”."""
    parts = []
    if estimate.seconds is not None:
        duration = duration_text(estimate.seconds)
        parts.append(f"About {duration}" if duration[0].isdigit() else duration.capitalize())
    if estimate.bytes is not None and estimate.device is not None:
        where = "the processor" if estimate.device.kind == "cpu" else estimate.device.name
        if estimate.fits:
            parts.append(f"{bytes_text(estimate.bytes)} on {where}")
        else:
            parts.append(
                f"{bytes_text(estimate.bytes)}, but {where} has {bytes_text(estimate.device.free)} free"
            )
        if estimate.lowered:
            parts.append(lowered_text(estimate.lowered))
    text = " · ".join(parts)
    if estimate.seconds is None and estimate.fits:
        text = f"{text}; {_FIRST_RUN}" if text else _FIRST_RUN.capitalize()
    return text
