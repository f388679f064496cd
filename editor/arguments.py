"""Types of command-line arguments: each turns a text into a value, or says in one sentence why it cannot."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from inference.geometry import Bounds

LARGEST_SIDE = 8192
"""In pixels, of a picture that is generated."""


def path(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("a file's name is empty")
    return Path(text)


def whole(least: int, most: int) -> Callable[[str], int]:
    def convert(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} to {most}")
        return value

    return convert


def number(least: float, most: float) -> Callable[[str], float]:
    def convert(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number from {least:g} to {most:g}")
        return value

    return convert


def size(text: str) -> tuple[int, int]:
    """“768x512”: width and height in pixels."""
    found = re.fullmatch(r"(\d+)[x×](\d+)", text)
    width, height = (int(side) for side in found.groups()) if found else (0, 0)
    if not (1 <= width <= LARGEST_SIDE and 1 <= height <= LARGEST_SIDE):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a size such as 768x512, at most {LARGEST_SIDE} a side"
        )
    return width, height


def box(text: str) -> Bounds:
    """“100,80,640,480”: left, top, width and height in pixels."""
    found = re.fullmatch(r"(\d{1,9}),(\d{1,9}),(\d{1,9}),(\d{1,9})", text.replace(" ", ""))
    bounds = Bounds(*(int(each) for each in found.groups())) if found else None
    if not bounds:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a box such as 100,80,640,480: left, top, width, height"
        )
    return bounds


def word_or_box(words: Sequence[str]) -> Callable[[str], str | Bounds]:
    def convert(text: str) -> str | Bounds:
        if text in words:
            return text
        if not any(sign.isdigit() for sign in text):
            raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(words)}, and no box X,Y,W,H")
        return box(text)

    return convert


def switch(text: str) -> bool:
    """“on” or “off”."""
    if text not in ("on", "off"):
        raise argparse.ArgumentTypeError(f"{text!r} is neither on nor off")
    return text == "on"


def weighted_path(text: str) -> tuple[Path, float]:
    """“hat.png” or “hat.png:0.5”: a picture and its weight, above 0 and at most 10; 1 where none is given."""
    name, colon, weight = text.rpartition(":")
    try:
        value = float(weight) if colon else math.nan
    except ValueError:  # the colon is part of the name
        value = math.nan
    if math.isnan(value):
        return path(text), 1.0
    if not 0 < value <= 10:
        raise argparse.ArgumentTypeError(f"{weight!r} is not a weight above 0 and at most 10")
    return path(name), value
