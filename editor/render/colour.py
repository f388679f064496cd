"""Colour management: from the numbers of a document with a profile of its own to those of the screen, taken as sRGB."""

from __future__ import annotations

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QColorSpace, QColorTransform, QImage

_LEAST_PROFILE = 128
_SPACE, _SIGNATURE = slice(16, 20), slice(36, 40)


def screen_transform(icc_profile: bytes | None) -> QColorTransform | None:
    """None where nothing is to be done: no profile, one that cannot be understood, or one that is sRGB's."""
    if icc_profile is None or len(icc_profile) < _LEAST_PROFILE:
        return None
    if icc_profile[_SPACE] != b"RGB " or icc_profile[_SIGNATURE] != b"acsp":
        return None
    space = QColorSpace.fromIccProfile(QByteArray(icc_profile))
    if not space.isValid():
        return None
    transform = space.transformationToColorSpace(QColorSpace(QColorSpace.NamedColorSpace.SRgb))
    return None if transform.isIdentity() else transform


def for_screen(image: QImage, icc_profile: bytes | None) -> QImage:
    """The image, whose numbers are those of a document with this profile, in the screen's."""
    transform = screen_transform(icc_profile)
    if transform is not None:
        image.applyColorTransform(transform)
    return image
