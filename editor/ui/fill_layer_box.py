"""FillLayerBox: the sliders of a fill layer, which act at once and without the engine, and how to run it again."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from editor.document.recipe import FillRecipe
from editor.fill_layer import room
from editor.ui.icons import set_icon
from editor.ui.labels import dim_label
from editor.ui.value_bar import ValueBar

_BARS = (
    ("grow", "Grow", " px", "How far beyond the selection the fill is fully opaque"),
    ("feather", "Feather", " px", "How softly the fill passes into its surroundings, outside the selection"),
    (
        "colour_match",
        "Colour",
        " %",
        "Gives the fill the colours that its surroundings have along the border",
    ),
    ("blend", "Blend", " %", "Spreads what differs along the border smoothly into the fill"),
    ("grain", "Grain", " %", "Gives the fill the fine detail and the noise of its surroundings"),
)


class FillLayerBox(QWidget):
    """``edited(name, value)``: a slider of that attribute of the recipe was moved; ``pressed()`` and ``released()``
    stand around a drag. ``again_asked()``: the button was pressed."""

    edited = Signal(str, int)
    pressed = Signal()
    released = Signal()
    again_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("fill-layer")
        self._title = QLabel("Fill layer")
        font = self._title.font()
        font.setBold(True)
        self._title.setFont(font)
        self._note = dim_label(1)
        self._note.setObjectName("fill-layer-note")
        self._again = QPushButton("Run Again")
        self._again.setObjectName("run-again")
        self._again.setToolTip(
            "Make a further candidate, with another seed, of what lies below the layer now"
        )
        self._again.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        set_icon(self._again, "reset")
        self._again.clicked.connect(self.again_asked)
        self.bars: dict[str, ValueBar] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(4)
        for place, (name, title, unit, text) in enumerate(_BARS):
            bar = self.bars[name] = ValueBar(title, 0, 100, unit)
            bar.setObjectName(f"fill-layer-{name}")
            bar.setToolTip(text)
            bar.setAccessibleName(title)
            bar.setAccessibleDescription(text)
            bar.valueChanged.connect(self._moved)
            bar.sliderPressed.connect(self.pressed)
            bar.sliderReleased.connect(self.released)
            grid.addWidget(bar, place // 2, place % 2)
        grid.addWidget(self._again, len(_BARS) // 2, len(_BARS) % 2)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        head = QHBoxLayout()
        head.addWidget(self._title)
        head.addWidget(self._note, 1)
        self._note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addLayout(grid)
        self.hide()

    def show_recipe(self, recipe: FillRecipe, tunable: bool) -> None:
        """Shows its values; a slider that is being dragged is left alone. ``tunable``: they can be changed."""
        for name, bar in self.bars.items():
            bar.setEnabled(tunable)
            if bar.isSliderDown():
                continue
            with QSignalBlocker(bar):
                if name in ("grow", "feather"):
                    bar.set_maximum(max(1, room(recipe)))
                bar.setValue(getattr(recipe, name))
            bar.update()

    def show_state(self, note: str, can_run: bool) -> None:
        """``note``: what is to be said of the layer."""
        self._note.setText(note)
        self._again.setEnabled(can_run)

    @Slot(int)
    def _moved(self, value: int) -> None:
        name = next(name for name, bar in self.bars.items() if bar is self.sender())
        self.edited.emit(name, value)
