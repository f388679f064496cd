"""What stack.xml says: layers in their order, the masks of groups, and numbers that may be anything."""

from __future__ import annotations

import math
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from editor.files import openraster as ora


def items(stack: Element) -> Iterator[Element]:
    """Layers and groups, the topmost first; what else may lie among them (text, filters) is passed over."""
    return (child for child in stack if child.tag in ("layer", "stack"))


def layers_of(stack: Element, mask: Element | None = None) -> Iterator[Element]:
    """The layers of a tree in the order in which they are built: the lowest first, masks of groups left out."""
    for element in reversed(list(items(stack))):
        if element.tag == "stack":
            yield from layers_of(element, mask_of(element))
        elif element is not mask:
            yield element


def mask_of(stack: Element) -> Element | None:
    """The topmost layer of a group that is shown as one, where that masks what is below it."""
    shown_as_one = (
        stack.get("isolation") != "auto"
        or opacity_of(stack) < 1
        or ora.MODES.get(stack.get("composite-op", "svg:src-over"), "normal") != "normal"
    )
    top = next(items(stack), None)
    return top if shown_as_one and top is not None and _is_mask(top) else None


def integer(text: str | None, default: int) -> int:
    try:
        return round(float(text or ""))
    except (ValueError, OverflowError):
        return default


def opacity_of(element: Element) -> float:
    try:
        value = float(element.get("opacity", "1"))
    except ValueError:
        return 1.0
    return min(max(value, 0.0), 1.0) if math.isfinite(value) else 1.0


def _is_mask(element: Element) -> bool:
    return (
        element.tag == "layer"
        and element.get("composite-op") == ora.MASK_OPERATOR
        and element.get("visibility") != "hidden"
    )
