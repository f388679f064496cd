"""Child of the window-start benchmark: runs ``main.py`` as it is, says when the picture was painted, and ends it."""

from __future__ import annotations

import json
import runpy
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

# Imported a moment before main.py would: the order differs, what is imported and when it is counted does not.
from editor.canvas.picture import PictureView
from editor.canvas.viewport import Viewport


def main(photo: str) -> None:
    advance = PictureView.advance
    times: dict[str, float] = {}

    def painted(complete: bool) -> None:
        """At the loop's next turn: the paint event, and the hand-over of its pixels to the platform, are done."""
        now = time.monotonic()
        times.setdefault("first", now)
        if complete and "whole" not in times:
            times["whole"] = now
            QApplication.exit(0)

    def advanced(view: PictureView, viewport: Viewport, *rest: Any) -> bool:
        complete = advance(view, viewport, *rest)
        if viewport.visible():
            QTimer.singleShot(0, partial(painted, complete))
        return complete

    PictureView.advance = advanced  # type: ignore[method-assign]
    sys.argv = ["main.py", photo]
    try:
        runpy.run_path(str(Path(__file__).resolve().parents[2] / "main.py"), run_name="__main__")
    finally:
        print(json.dumps(times))


if __name__ == "__main__":
    main(sys.argv[1])
