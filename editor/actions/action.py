"""What an action is, and what it may ask of the window: a protocol, so that no action knows a widget."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from editor.canvas.canvas import Canvas
from editor.document.selection import RefineKind
from editor.session import Session
from editor.settings import Settings


class CandidateChooser(Protocol):
    """The candidates of the active layer, as actions see them."""

    @property
    def can_step(self) -> bool: ...

    @property
    def can_take(self) -> bool:
        """A candidate is shown that is not in the picture yet."""

    def step(self, steps: int) -> None:
        """Shows the next candidate, or the one before, on the canvas."""

    def take(self) -> None: ...


class Dialogs(Protocol):
    """The dialogs that the window can show."""

    def new_picture(self) -> None: ...
    def preferences(self) -> None: ...
    def models(self) -> None: ...
    def refine_selection(self, session: Session, kind: RefineKind) -> None:
        """Asks by how much."""

    def extend_canvas(self, session: Session) -> None:
        """Asks by how much, and whether what is new is to be filled."""

    def new_guide(self, session: Session) -> None:
        """Asks where."""

    def select_colour_range(self, session: Session) -> None: ...
    def about(self) -> None: ...
    def shortcuts(self) -> None: ...


class Workspace(Protocol):
    """The window, as actions see it."""

    @property
    def session(self) -> Session | None:
        """Of the tab in front; None where no picture is open."""

    @property
    def canvas(self) -> Canvas | None: ...

    @property
    def candidates(self) -> CandidateChooser: ...

    @property
    def dialogs(self) -> Dialogs: ...

    @property
    def settings(self) -> Settings: ...

    @property
    def tool_options(self) -> tuple[str, ...]:
        """Ids of the settings of the tool in hand."""

    @property
    def is_filling(self) -> bool: ...

    @property
    def can_generate(self) -> bool:
        """The chosen model makes pictures from a prompt alone, and there is a prompt."""

    @property
    def tool_is_busy(self) -> bool:
        """The tool in front has begun something."""

    def finish_tool(self, keep: bool) -> None:
        """Commits (or cancels) what the tool has begun, before anything else touches the document."""

    def step_back(self) -> None:
        """Takes back the last step: what the tool has begun (its last point, or all), or else the history's."""

    def step_forward(self) -> None:
        """Does again what was taken back last."""

    def open_dialog(self) -> None: ...
    def save(self) -> bool: ...
    def save_as(self) -> bool: ...
    def export_copy(self) -> bool: ...
    def close_tab(self) -> bool: ...
    def close(self) -> bool: ...
    def start_fill(self) -> None: ...
    def cancel_fill(self) -> None: ...
    def start_generation(self) -> None: ...
    def choose_color(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Action:
    """One entry of a menu. ``id`` is stable; ``enabled`` is asked whenever something changed.

    ``shortcut``: one, or several with “; ” between them.

    ``keeps``: whether what a tool has begun is committed before the action runs, cancelled, or (None) left going.

    ``setting``: the id of one that is on or off, which the entry shows by a tick: ``switch`` makes such an action.
    """

    id: str
    text: str
    run: Callable[[Workspace], object]
    shortcut: str = ""
    icon: str = ""
    enabled: Callable[[Workspace], bool] = lambda workspace: True
    keeps: bool | None = True
    separated: bool = False
    setting: str = ""


def switch(action_id: str, text: str, setting_id: str, shortcut: str = "", separated: bool = False) -> Action:
    """Turns a setting on or off."""

    def run(workspace: Workspace) -> None:
        workspace.settings[setting_id] = not workspace.settings[setting_id]

    return Action(action_id, text, run, shortcut, keeps=None, separated=separated, setting=setting_id)


def has_session(workspace: Workspace) -> bool:
    return workspace.session is not None


def has_selection(workspace: Workspace) -> bool:
    return workspace.session is not None and bool(workspace.session.document.selection)


def has_active(workspace: Workspace) -> bool:
    return workspace.session is not None and workspace.session.active is not None


def on_session(act: Callable[[Session], object]) -> Callable[[Workspace], None]:
    """An action's ``run`` that needs nothing but the session."""

    def run(workspace: Workspace) -> None:
        if workspace.session is not None:
            act(workspace.session)

    return run


def on_canvas(act: Callable[[Canvas], object]) -> Callable[[Workspace], None]:
    def run(workspace: Workspace) -> None:
        if workspace.canvas is not None:
            act(workspace.canvas)

    return run
