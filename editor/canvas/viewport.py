"""Viewport: where the picture lies on the widget. Pure geometry: screen pixels are logical widget pixels."""

from __future__ import annotations

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
    """

    picture: Extent
    width: int = 1
    height: int = 1
    scale: float = 1.0
    x: float = 0.0
    y: float = 0.0
    pixel_ratio: float = 1.0

    @property
    def zoom(self) -> float:
        """Device pixels per picture pixel: what users call the zoom."""
        return self.scale * self.pixel_ratio

    def to_picture(self, x: float, y: float) -> tuple[float, float]:
        return (x - self.x) / self.scale, (y - self.y) / self.scale

    def to_screen(self, x: float, y: float) -> tuple[float, float]:
        return x * self.scale + self.x, y * self.scale + self.y

    def visible(self) -> Bounds:
        """The pixels of the picture that are at least partly on the screen."""
        left, top = self.to_picture(0, 0)
        right, bottom = self.to_picture(self.width, self.height)
        return Bounds.from_edges(int(left // 1), int(top // 1), int(right) + 1, int(bottom) + 1).intersected(
            Bounds.of(self.picture)
        )

    def set_zoom(self, zoom: float, x: float | None = None, y: float | None = None) -> None:
        """Zooms so that the picture's point under screen point (x, y), or the middle, stays where it is."""
        x = self.width / 2 if x is None else x
        y = self.height / 2 if y is None else y
        px, py = self.to_picture(x, y)
        self.scale = min(max(zoom, MINIMUM), MAXIMUM) / self.pixel_ratio
        self.x, self.y = x - px * self.scale, y - py * self.scale
        self._keep_in_view()

    def zoom_by(self, factor: float, x: float, y: float) -> None:
        self.set_zoom(self.zoom * factor, x, y)

    def step_zoom(self, direction: int) -> None:
        """To the next of the usual zoom levels, up or down, about the middle."""
        if direction > 0:
            zoom = next((step for step in STEPS if step > self.zoom * 1.001), MAXIMUM)
        else:
            zoom = next((step for step in reversed(STEPS) if step < self.zoom * 0.999), MINIMUM)
        self.set_zoom(zoom)

    def pan(self, dx: float, dy: float) -> None:
        """Moves the picture by screen pixels."""
        self.x, self.y = self.x + dx, self.y + dy
        self._keep_in_view()

    def fit(self, largest: float = 1.0) -> None:
        """The whole picture, centred, at a zoom of at most ``largest``."""
        room_x, room_y = max(self.width - 2 * _MARGIN, 1), max(self.height - 2 * _MARGIN, 1)
        scale = min(room_x / self.picture.width, room_y / self.picture.height, largest / self.pixel_ratio)
        self.scale = max(scale, MINIMUM / self.pixel_ratio)
        self.x = (self.width - self.picture.width * self.scale) / 2
        self.y = (self.height - self.picture.height * self.scale) / 2

    def resize(self, width: int, height: int) -> None:
        """The widget has a new size: what was in its middle stays there."""
        self.x += (width - self.width) / 2
        self.y += (height - self.height) / 2
        self.width, self.height = width, height
        self._keep_in_view()

    def _keep_in_view(self) -> None:
        """Some of the picture always stays on the screen, so that nobody loses it."""
        across, down = self.picture.width * self.scale, self.picture.height * self.scale
        keep_x, keep_y = min(_KEEP_IN_VIEW, across), min(_KEEP_IN_VIEW, down)
        self.x = min(max(self.x, keep_x - across), self.width - keep_x)
        self.y = min(max(self.y, keep_y - down), self.height - keep_y)
