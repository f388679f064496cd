"""What can go wrong with an engine environment."""

from __future__ import annotations


class SetupError(Exception):
    """One sentence that says what is wrong and what to do. ``detail`` is a log for the curious.

    ``is_input``: what was asked for cannot be done here, as opposed to something that failed on the way.
    ``is_suspect``: what had arrived may be the cause, so that it is fetched anew the next time.
    """

    def __init__(
        self, message: str, detail: str = "", is_input: bool = False, is_suspect: bool = False
    ) -> None:
        super().__init__(message)
        self.detail = detail
        self.is_input = is_input
        self.is_suspect = is_suspect


class SetupCancelled(Exception):
    """It was cancelled; what had arrived is kept, and running it again goes on from there."""
