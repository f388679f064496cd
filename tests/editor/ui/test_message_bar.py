"""Messages: what must be read stays until it is read, whatever is said in passing."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from editor.ui.message_bar import MessageBar


@pytest.fixture
def bar(qtbot: QtBot) -> MessageBar:
    over = QWidget()
    qtbot.addWidget(over)
    over.resize(600, 400)
    over.show()
    return MessageBar(over)


def test_a_confirmation_goes_by_itself(bar: MessageBar) -> None:
    bar.confirm("Saved.")
    assert bar.text == "Saved."
    bar._clock.timeout.emit()
    assert bar.text == ""


def test_what_waits_to_be_read_comes_back_after_a_confirmation(bar: MessageBar) -> None:
    bar.show_message("It failed.", "because")
    bar.confirm("Saved.")
    bar.confirm("Saved again.")
    bar._clock.timeout.emit()
    assert bar.text == "It failed."
    assert not bar._details.isHidden()


def test_what_goes_on_for_a_while_hides_nothing_for_good(bar: MessageBar) -> None:
    bar.show_message("It failed.")
    bar.begin("Opening…")
    assert bar.text == "Opening…"
    bar.end()
    assert bar.text == "It failed."


def test_what_is_said_meanwhile_stays(bar: MessageBar) -> None:
    bar.begin("Saving…")
    bar.show_message("The fill failed.")
    bar.end()
    assert bar.text == "The fill failed."


def test_closing_it_is_for_good(bar: MessageBar) -> None:
    bar.show_message("It failed.")
    bar.confirm("Saved.")
    bar.findChild(QToolButton).click()
    assert bar.text == ""
    bar.confirm("Saved.")
    bar._clock.timeout.emit()
    assert bar.text == ""


def test_names_are_no_markup_and_it_lies_within(bar: MessageBar) -> None:
    bar.show_message("“<b>x</b>.ora” is not there: " + "check the name and the folder. " * 12)
    over = bar.parentWidget().rect()
    assert over.contains(bar.geometry())
    assert bar.height() > 3 * bar.fontMetrics().lineSpacing()  # it wraps
    assert "<b>" in bar.text
    bar.parentWidget().resize(900, 300)
    assert bar.parentWidget().rect().contains(bar.geometry())


def test_a_message_may_offer_a_way_out(qtbot: QtBot, bar: MessageBar) -> None:
    taken: list[None] = []
    button = bar.findChild(QPushButton, "offer-button")
    bar.show_message("It failed.")
    assert not button.isVisible()
    bar.show_message("It failed.", "because", ("Try Another Way", lambda: taken.append(None)))
    bar.confirm("Saved.")
    assert not button.isVisible()
    bar._clock.timeout.emit()
    assert bar.text == "It failed." and button.isVisible() and button.text() == "Try Another Way"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert taken and bar.text == ""
