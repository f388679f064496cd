"""What is said of engine environments, in the window and on the command line: plain text made from plain values."""

from __future__ import annotations

import datetime

from editor.texts import duration_text, size_text
from inference.runtime.environments import Environment
from inference.runtime.install import SetupProgress
from inference.runtime.lists import DEVICE_TITLES
from inference.runtime.offer import Offer

PURPOSE = (
    "Models need torch and its libraries, which are too large to be part of Pentimento. Installed here, they lie in a "
    "folder of their own and change nothing else on this computer."
)

STAGES = {
    "python": "Making the environment",
    "fetch": "Fetching",
    "unpack": "Putting it in place",
    "test": "Trying it out with a small model",
    "switch": "Switching to it",
}


def amount_text(offer: Offer) -> str:
    """What an installation would fetch and take: “2.9 GB to fetch, 5.3 GB on the disk (120 GB free)”."""
    requirements = offer.choice.requirements
    fetched = f"{size_text(requirements.download)} to fetch" if offer.online else "nothing to fetch"
    return f"{fetched}, {size_text(requirements.installed)} on the disk ({size_text(offer.free)} free)"


def offer_text(offer: Offer) -> str:
    """A sentence before anything is done."""
    requirements = offer.choice.requirements
    torch = requirements.versions.get("torch", "").partition("+")[0]
    parts = [f"The engine for {offer.choice.card.name}: torch {torch}, {amount_text(offer)}."]
    if offer.choice.why:
        parts.append(offer.choice.why)
    if offer.leftover:
        parts.append(f"{size_text(offer.leftover)} of an interrupted installation are there and are used.")
    return " ".join(parts)


def state_text(offer: Offer) -> str:
    """What is in use now."""
    if offer.damage:
        return offer.damage
    if offer.environment is None and offer.is_optional:
        return "Pentimento's own Python has torch; an engine that is installed here takes its place."
    if offer.environment is None:
        return "Not installed. Models need it; content-aware fill does not."
    text = f"Ready: {packages_text(offer.environment)}, for {device_text(offer.environment)}."
    if not offer.is_current:
        text += " This version of Pentimento brings a newer one."
    return text


def packages_text(environment: Environment) -> str:
    """“torch 2.13.0, diffusers 0.42.1, transformers 5.23.0”."""
    versions = {name: version.partition("+")[0] for name, version in environment.packages.items()}
    return ", ".join(f"{name} {version}" for name, version in versions.items() if version)


def device_text(environment: Environment) -> str:
    """“NVIDIA graphics cards”."""
    return DEVICE_TITLES.get(environment.device, environment.device)


def tested_text(environment: Environment) -> str:
    """“26 November 2026, took 58 s”."""
    day = datetime.datetime.fromtimestamp(environment.made)
    return f"{day.day} {day:%B %Y}, took {duration_text(environment.test_seconds)}"


def progress_text(progress: SetupProgress) -> str:
    """A stage, and how far it is where that can be told."""
    text = STAGES.get(progress.stage, progress.stage)
    if progress.total:
        text += f": {size_text(progress.done)} of {size_text(progress.total)}"
    return text


def fraction(progress: SetupProgress) -> float:
    """Of the whole, 0 to 1; the stages have shares by what they usually take."""
    start, share = {
        "python": (0.0, 0.02),
        "fetch": (0.02, 0.73),
        "unpack": (0.75, 0.05),
        "test": (0.80, 0.18),
        "switch": (0.98, 0.02),
    }[progress.stage]
    return start + share * (progress.done / progress.total if progress.total else 0.0)
