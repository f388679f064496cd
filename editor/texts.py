"""Text that is looked up from ids."""

from __future__ import annotations

STAGES = {
    "waiting": "Waiting",
    "loading": "Starting the engine",
    "analyse": "Looking at the surroundings",
    "search": "Searching for what fits",
    "compose": "Putting it together",
}


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
    for unit in ("bytes", "KB", "MB"):
        if size < 1024:
            return f"{size:.0f} {unit}"
        size /= 1024  # type: ignore[assignment]
    return f"{size:.1f} GB"
