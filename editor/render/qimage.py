"""The only place where arrays meet QImages: every wrapped array is copied before it leaves."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QColorTransform, QImage

Array8 = npt.NDArray[np.uint8]


def premultiplied(rgba: Array8) -> Array8:
    """(h, w, 4) straight RGBA to the byte order of ``Format_ARGB32_Premultiplied``: BGRA, colours times alpha."""
    out = np.empty_like(rgba)
    alpha = rgba[..., 3]
    if alpha.min(initial=255) == 255:
        out[..., 0], out[..., 1], out[..., 2], out[..., 3] = rgba[..., 2], rgba[..., 1], rgba[..., 0], alpha
        return out
    scaled = rgba[..., :3].astype(np.uint16) * alpha[..., None] + 128
    scaled += scaled >> 8
    out[..., :3] = (scaled >> 8)[..., ::-1]
    out[..., 3] = alpha
    return out


def to_qimage(rgba: Array8) -> QImage:
    """A QImage with its own memory, from (h, w, 4) straight RGBA."""
    data = np.ascontiguousarray(rgba)
    height, width = data.shape[:2]
    return QImage(data.data, width, height, width * 4, QImage.Format.Format_RGBA8888).copy()


def rgb_to_qimage(rgb: Array8) -> QImage:
    """A QImage with its own memory, from (h, w, 3) RGB."""
    data = np.ascontiguousarray(rgb)
    height, width = data.shape[:2]
    return QImage(data.data, width, height, width * 3, QImage.Format.Format_RGB888).copy()


def to_array(image: QImage) -> Array8:
    """(h, w, 4) straight RGBA, copied out of any QImage."""
    plain = image.convertToFormat(QImage.Format.Format_RGBA8888)
    width, height = plain.width(), plain.height()
    rows = np.frombuffer(plain.constBits(), np.uint8).reshape(height, plain.bytesPerLine())
    return rows[:, : width * 4].reshape(height, width, 4).copy()


def pixels_of(image: QImage) -> Array8:
    """A writable (h, w, 4) view into a 32-bit QImage that nobody else shares. Keep it in a local, never longer."""
    height, stride = image.height(), image.bytesPerLine()
    view = np.frombuffer(image.bits(), np.uint8).reshape(height, stride)
    return view[:, : image.width() * 4].reshape(height, image.width(), 4)


def indices_to_qimage(indices: Array8) -> QImage:
    """A QImage with its own memory, from (h, w) indices into a table of colours that is still to be set."""
    data = np.ascontiguousarray(indices)
    height, width = data.shape
    return QImage(data.data, width, height, width, QImage.Format.Format_Indexed8).copy()


def colours_mapped(pixels: Array8, transform: QColorTransform) -> Array8:
    """(h, w, 4) in the byte order of ``premultiplied``, in another colour space."""
    data = np.ascontiguousarray(pixels)
    height, width = data.shape[:2]
    image = QImage(data.data, width, height, width * 4, QImage.Format.Format_ARGB32_Premultiplied).copy()
    image.applyColorTransform(transform)
    return pixels_of(image).copy()
