"""Viewport: where the picture lies on the widget. Pure geometry: screen pixels are logical widget pixels."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from inference.geometry import Bounds, Extent

MINIMUM, MAXIMUM = 0.01, 64.0
STEPS = (
    0.01,
    0.02,
    0.03,
    0.05,
    0.07,
    0.1,
    0.15,
    0.2,
    0.25,
    0.33,
    0.5,
    0.67,
    1.0,
    1.5,
    2.0,
    3.0,
    4.0,
    6.0,
    8.0,
    16.0,
    32.0,
    64.0,
)
_MARGIN = 24
_KEEP_IN_VIEW = 48


@dataclass
class Viewport:
    """``scale``: screen pixels per picture pixel; (``x``, ``y``): where the picture's corner is on the screen.

    ``pixel_ratio``: device pixels per screen pixel, so that 100 % means one picture pixel per device pixel.
    ``angle``: degrees by which the picture is turned clockwise, -180 < angle ≤ 180; ``mirrored``: before it is turned,
    its left and right are exchanged. Both about its corner, which is where x and y say, whatever the view.
    """

    picture: Extent
    width: int = 1
    height: int = 1
    scale: float = 1.0
    x: float = 0.0
    y: float = 0.0
    pixel_ratio: float = 1.0
    angle: float = 0.0
    mirrored: bool = False

    @property
    def zoom(self) -> float:
        """Device pixels per picture pixel: what users call the zoom."""
        return self.scale * self.pixel_ratio

    @property
    def is_upright(self) -> bool:
        """Neither turned nor mirrored."""
        return self.angle == 0 and not self.mirrored

    @property
    def is_square(self) -> bool:
        """The picture's sides lie along the screen's."""
        return self.angle % 90 == 0

    @property
    def matrix(self) -> tuple[float, float, float, float, float, float]:
        """(a, b, c, d, x, y): picture point (px, py) is at (a·px + c·py + x, b·px + d·py + y) of the screen."""
        cos, sin = _turn(self.angle)
        across = -self.scale if self.mirrored else self.scale
        return across * cos, across * sin, -self.scale * sin, self.scale * cos, self.x, self.y

    def to_picture(self, x: float, y: float) -> tuple[float, float]:
        a, b, c, d, left, top = self.matrix
        x, y = x - left, y - top
        area = a * d - b * c
        return (d * x - c * y) / area, (a * y - b * x) / area

    def to_screen(self, x: float, y: float) -> tuple[float, float]:
        a, b, c, d, left, top = self.matrix
        return a * x + c * y + left, b * x + d * y + top

    def screen_box(
        self, x: float, y: float, right: float, bottom: float
    ) -> tuple[float, float, float, float]:
        """Left, top, right and bottom on the screen of what holds a rectangle of the picture."""
        return _box(self.to_screen(*corner) for corner in _corners(x, y, right, bottom))

    def picture_box(
        self, x: float, y: float, right: float, bottom: float
    ) -> tuple[float, float, float, float]:
        """Left, top, right and bottom in the picture of what holds a rectangle of the screen."""
        return _box(self.to_picture(*corner) for corner in _corners(x, y, right, bottom))

    def visible(self) -> Bounds:
        """The pixels of the picture that are at least partly on the screen; turned, a rectangle around them."""
        left, top, right, bottom = self.picture_box(0, 0, self.width, self.height)
        return Bounds.from_edges(int(left // 1), int(top // 1), int(right) + 1, int(bottom) + 1).intersected(
            Bounds.of(self.picture)
        )

    def set_zoom(self, zoom: float, x: float | None = None, y: float | None = None) -> None:
        """Zooms so that the picture's point under screen point (x, y), or the middle, stays where it is."""
        fixed = self._fixed(x, y)
        self.scale = min(max(zoom, MINIMUM), MAXIMUM) / self.pixel_ratio
        self._put(*fixed)

    def zoom_by(self, factor: float, x: float, y: float) -> None:
        self.set_zoom(self.zoom * factor, x, y)

    def step_zoom(self, direction: int) -> None:
        """To the next of the usual zoom levels, up or down, about the middle."""
        if direction > 0:
            zoom = next((step for step in STEPS if step > self.zoom * 1.001), MAXIMUM)
        else:
            zoom = next((step for step in reversed(STEPS) if step < self.zoom * 0.999), MINIMUM)
        self.set_zoom(zoom)

    def set_angle(self, angle: float, x: float | None = None, y: float | None = None) -> None:
        """Turns so that the picture's point under screen point (x, y), or the middle, stays where it is."""
        fixed = self._fixed(x, y)
        self.angle = _plain(angle)
        self._put(*fixed)

    def rotate_by(self, angle: float, x: float | None = None, y: float | None = None) -> None:
        self.set_angle(self.angle + angle, x, y)

    def mirror(self) -> None:
        """What is seen is exchanged, left and right, about the middle of the screen."""
        fixed = self._fixed(None, None)
        self.mirrored = not self.mirrored
        self.angle = _plain(-self.angle)
        self._put(*fixed)

    def pan(self, dx: float, dy: float) -> None:
        """Moves the picture by screen pixels."""
        self.x, self.y = self.x + dx, self.y + dy
        self._keep_in_view()

    def fit(self, largest: float = 1.0) -> None:
        """The whole picture, centred, at a zoom of at most ``largest``."""
        room_x, room_y = max(self.width - 2 * _MARGIN, 1), max(self.height - 2 * _MARGIN, 1)
        cos, sin = map(abs, _turn(self.angle))
        across = self.picture.width * cos + self.picture.height * sin
        down = self.picture.width * sin + self.picture.height * cos
        scale = min(room_x / across, room_y / down, largest / self.pixel_ratio)
        self.scale = max(scale, MINIMUM / self.pixel_ratio)
        self._put(self.picture.width / 2, self.picture.height / 2, self.width / 2, self.height / 2)

    def resize(self, width: int, height: int) -> None:
        """The widget has a new size: what was in its middle stays there."""
        self.x += (width - self.width) / 2
        self.y += (height - self.height) / 2
        self.width, self.height = width, height
        self._keep_in_view()

    def set_picture(self, picture: Extent, dx: int, dy: int) -> None:
        """The picture has another size, and everything in it lies so much farther to the right and down: on the screen
        it stays where it was."""
        self.x, self.y = self.to_screen(-dx, -dy)
        self.picture = picture
        self._keep_in_view()

    def _fixed(self, x: float | None, y: float | None) -> tuple[float, float, float, float]:
        """The picture's point under a point of the screen, and that."""
        x = self.width / 2 if x is None else x
        y = self.height / 2 if y is None else y
        return (*self.to_picture(x, y), x, y)

    def _put(self, px: float, py: float, x: float, y: float) -> None:
        """The picture's point (px, py) comes to lie at (x, y) of the screen."""
        a, b, c, d, _x, _y = self.matrix
        self.x, self.y = x - (a * px + c * py), y - (b * px + d * py)
        self._keep_in_view()

    def _keep_in_view(self) -> None:
        """Some of the picture always stays on the screen, so that nobody loses it: it reaches into the screen's inner
        part. Where it does not, it is moved until the point of it that is nearest to the middle does."""
        left, top, right, bottom = self.screen_box(0, 0, *self.picture)
        inset_x, inset_y = min(_KEEP_IN_VIEW, right - left), min(_KEEP_IN_VIEW, bottom - top)
        inner = (inset_x, inset_y, self.width - inset_x, self.height - inset_y)
        if self.angle and not _apart((left, top, right, bottom), inner):
            # turned, the boxes may meet where the picture does not: look along its own sides as well
            if not _apart(self.picture_box(*inner), (0, 0, *self.picture)):
                return
        px, py = self.to_picture(self.width / 2, self.height / 2)
        px, py = min(max(px, 0), self.picture.width), min(max(py, 0), self.picture.height)
        x, y = self.to_screen(px, py)
        self.x += min(max(x, inner[0]), inner[2]) - x
        self.y += min(max(y, inner[1]), inner[3]) - y


def _turn(angle: float) -> tuple[float, float]:
    """Cosine and sine of an angle in degrees, exact at right angles."""
    quarter = angle / 90
    if quarter == round(quarter):
        return ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))[round(quarter) % 4]
    return math.cos(math.radians(angle)), math.sin(math.radians(angle))


def _plain(angle: float) -> float:
    """The same angle, -180 < angle ≤ 180; what is all but upright is upright."""
    angle = 180 - (180 - angle) % 360
    return 0.0 if abs(angle) < 1e-9 else angle


def _corners(x: float, y: float, right: float, bottom: float) -> tuple[tuple[float, float], ...]:
    return (x, y), (right, y), (x, bottom), (right, bottom)


def _box(points: Iterator[tuple[float, float]]) -> tuple[float, float, float, float]:
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _apart(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    """Whether two boxes have no point in common."""
    return a[0] > b[2] or b[0] > a[2] or a[1] > b[3] or b[1] > a[3]
