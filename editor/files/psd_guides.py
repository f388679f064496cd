"""Guides as Photoshop's files have them: places in parts of a pixel, each with its direction."""

from __future__ import annotations

from psd_tools.psd.image_resources import GridGuidesInfo

from editor.document.guides import Direction, Guides

_PARTS = 32
"""Of a pixel."""
_DIRECTIONS: tuple[Direction, ...] = ("vertical", "horizontal")
"""By their numbers."""
_GRID = 576
"""What the grid is when nobody has changed it, in those parts."""
_WORD = 1 << 32


def guides_resource(guides: Guides) -> GridGuidesInfo:
    """Those that lie too far away for a signed word are left out."""
    places = [
        (position * _PARTS % _WORD, number)
        for number, direction in enumerate(_DIRECTIONS)
        for position in guides.at(direction)
        if abs(position) < _WORD // 2 // _PARTS
    ]
    return GridGuidesInfo(1, _GRID, _GRID, places)


def guides_of(resource: object) -> Guides:
    """None where the file has none, or what cannot be read."""
    if not isinstance(resource, GridGuidesInfo):
        return Guides()
    places: dict[Direction, list[float]] = {"vertical": [], "horizontal": []}
    for place, number in resource.data:
        if number < len(_DIRECTIONS):
            signed = place - _WORD if place >= _WORD // 2 else place
            places[_DIRECTIONS[number]].append(signed / _PARTS)
    return Guides.of(places["horizontal"], places["vertical"])
