"""Arguments become values, or a sentence."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import pytest

from editor.arguments import number, path, size, switch, weighted_path, whole


@pytest.mark.parametrize(
    ("convert", "text", "value"),
    [
        (path, "a b.png", Path("a b.png")),
        (whole(1, 9), "9", 9),
        (number(0, 1), "0.25", 0.25),
        (size, "768x512", (768, 512)),
        (size, "768×512", (768, 512)),
        (switch, "on", True),
        (switch, "off", False),
        (weighted_path, "hat.png", (Path("hat.png"), 1.0)),
        (weighted_path, "hat.png:0.5", (Path("hat.png"), 0.5)),
        (weighted_path, "C:/hats/hat.png", (Path("C:/hats/hat.png"), 1.0)),
        (weighted_path, "C:/hats/hat.png:2", (Path("C:/hats/hat.png"), 2.0)),
    ],
)
def test_what_can_be_read(convert: Callable[[str], object], text: str, value: object) -> None:
    assert convert(text) == value


@pytest.mark.parametrize(
    ("convert", "text"),
    [
        (path, ""),
        (whole(1, 9), "0"),
        (whole(1, 9), "1.5"),
        (number(0, 1), "nan"),
        (number(0, 1), "2"),
        (size, "768"),
        (switch, "yes"),
        (switch, ""),
        (size, "0x5"),
        (size, "9000x10"),
        (size, "-1x5"),
        (weighted_path, ""),
        (weighted_path, "hat.png:0"),
        (weighted_path, "hat.png:-1"),
        (weighted_path, "hat.png:11"),
    ],
)
def test_what_cannot(convert: Callable[[str], object], text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError) as told:
        convert(text)
    assert str(told.value)
