"""What a model's card (README.md, with front matter) and licence file tell about it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

_LONGEST = 60
_KNOWN = (
    ("apache license", "apache-2.0"),
    ("mit license", "mit"),
    ("creativeml open rail++-m", "openrail++"),
    ("creativeml open rail-m", "creativeml-openrail-m"),
    ("stability ai community license", "stabilityai-ai-community"),
    ("flux.1 [dev] non-commercial license", "flux-1-dev-non-commercial-license"),
)


def licence_of(path: Path) -> str:
    """As the card beside a model says, or else its licence file; "" where there is neither."""
    folder = path if path.is_dir() else path.parent
    named = licence_named(front_matter(_text(folder / "README.md")))
    if named:
        return named
    for file in sorted(folder.glob("LICEN[CS]E*")):
        text = " ".join(_text(file)[:4000].split())
        for words, name in _KNOWN:
            if words in text.lower():
                return name
        if text:
            return next(line for line in _text(file).splitlines() if line.strip()).strip()[:_LONGEST]
    return ""


def licence_named(card: dict[str, list[str]]) -> str:
    """The licence's id; where that is only "other", its name."""
    name = _first(card.get("license"))
    return (_first(card.get("license_name")) or name) if name == "other" else name


def front_matter(text: str) -> dict[str, list[str]]:
    """The plain values and lists of the YAML block at the head of a card; what is deeper is left out."""
    block = re.match(r"\ufeff?---[ \t]*\r?\n(.*?)\r?\n---", text, re.DOTALL)
    found: dict[str, list[str]] = {}
    key = ""
    for line in block[1].splitlines() if block else ():
        if pair := re.match(r"([A-Za-z_][\w-]*):\s*(.*?)\s*$", line):
            key = pair[1]
            value = pair[2].strip("[]")
            found[key] = [_plain(part) for part in value.split(",")] if pair[2].startswith("[") else []
            if value and not found[key]:
                found[key] = [_plain(value)]
        elif key and (item := re.match(r"\s*-\s+(.*?)\s*$", line)):
            found[key].append(_plain(item[1]))
    return found


def _plain(text: str) -> str:
    return text.strip().strip("'\"")


def _first(values: Iterable[str] | None) -> str:
    return next(iter(values or ()), "")


def _text(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(1 << 16)
    except OSError:
        return ""
