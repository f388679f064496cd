"""What stack.xml says: layers in their order, the masks of groups, and numbers that may be anything."""

from __future__ import annotations

import math
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from editor.files import openraster as ora


def items(stack: Element) -> Iterator[Element]:
    """Layers and groups, the topmost first; what else may lie among them (text, filters) is passed over."""
    return (child for child in stack if child.tag in ("layer", "stack"))


def members(stack: Element) -> Iterator[Element]:
    """As they are in the document: those of a run of clipped layers one by one."""
    for child in items(stack):
        if is_clipping_run(child):
            yield from items(child)
        else:
            yield child


def layers_of(stack: Element, mask: Element | None = None) -> Iterator[Element]:
    """The layers of a tree in the order in which they are built: the lowest first, masks of groups left out."""
    for element in reversed(list(items(stack))):
        if element.tag == "stack":
            yield from layers_of(element, mask_of(element))
        elif element is not mask:
            yield element


def is_clipping_run(stack: Element) -> bool:
    """A group that stands for a layer and those clipped to it."""
    mask = mask_of(stack)
    clipped = [each for each in items(stack) if each is not mask][:-1]
    own = f"{{{ora.NAMESPACE}}}"
    return (
        stack.tag == "stack"
        and stack.get(f"{own}clipping") == "true"
        and bool(clipped)
        and all(each.get(f"{own}clipped") == "true" for each in clipped)
    )


def mask_of(stack: Element) -> Element | None:
    """The topmost layer of a group that is shown as one, where that masks what is below it."""
    top = next(items(stack), None)
    return top if is_shown_as_one(stack) and top is not None and _is_mask(top) else None


def is_shown_as_one(stack: Element) -> bool:
    """Its layers are blended among themselves first."""
    return (
        stack.get("isolation") != "auto"
        or opacity_of(stack) < 1
        or ora.MODES.get(stack.get("composite-op", "svg:src-over"), "normal") != "normal"
    )


def is_atop(element: Element) -> bool:
    """Another program's layer that shows only where what lies below it in its group does."""
    own = element.get(f"{{{ora.NAMESPACE}}}clipped") is not None
    return element.get("composite-op") == ora.CLIPPED_OPERATOR and not own


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
