"""The Models dialog as its user meets it, with a hub on this machine."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QAbstractButton, QFileDialog, QLabel, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from editor.ui.main_window import MainWindow
from editor.ui.model_downloads import Offer
from editor.ui.models_dialog import ModelsDialog
from inference.models.download import Download
from inference.models.hub import look_up
from inference.models.plan import DownloadPlan
from inference.models.store import ModelStore
from tests.inference.models import tiny
from tests.inference.models.fake_hub import Answer, FakeHub

PAINTER = "someone/painter"
UNET = "unet/diffusion_pytorch_model.safetensors"
LEFT = Qt.MouseButton.LeftButton
Button = QMessageBox.StandardButton
Ask = Callable[..., list[str]]
MakeDialog = Callable[[], ModelsDialog]


@pytest.fixture
def make_dialog(qtbot: QtBot, store: ModelStore) -> Iterator[MakeDialog]:
    """Opens another one on the same store each time it is called."""
    made: list[ModelsDialog] = []

    def make() -> ModelsDialog:
        dialog = ModelsDialog(store)
        made.append(dialog)
        with qtbot.waitSignals([dialog.list.listed, dialog.downloads.listed]):
            dialog.open_up()
        return dialog

    yield make
    for dialog in made:
        dialog.stop()
        dialog.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def dialog(make_dialog: MakeDialog) -> ModelsDialog:
    return make_dialog()


@pytest.fixture
def online(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> FakeHub:
    """The hub that the dialog asks."""
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    return hub


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Answers questions, and the file dialogs with the next of ``paths``; gives the list of what was asked."""
    asked: list[str] = []

    def install(button: Button = Button.Cancel, paths: tuple[Path, ...] = ()) -> list[str]:
        left = [str(path) for path in paths]

        def answer(box: QMessageBox) -> Button:
            asked.append(f"{box.text()}\n{box.informativeText()}")
            return button

        monkeypatch.setattr(QMessageBox, "exec", answer)
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: left.pop(0) if left else "")
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (left.pop(0) if left else "", ""))
        return asked

    return install


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    path = tmp_path / "mine" / "painter.safetensors"
    path.parent.mkdir()
    path.write_bytes(tiny.safetensors(tiny.SD15))
    return path


def names(dialog: ModelsDialog) -> list[str]:
    tree = dialog.list.tree
    return [tree.topLevelItem(row).text(0) for row in range(tree.topLevelItemCount())]


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def add(qtbot: QtBot, dialog: ModelsDialog, ask: Ask, *paths: Path, file: bool = False) -> None:
    ask(Button.Ok, paths)
    button = dialog.list.add_file_button if file else dialog.list.add_folder_button
    with qtbot.waitSignals([dialog.models_changed, dialog.list.listed]):
        qtbot.mouseClick(button, LEFT)


def find(qtbot: QtBot, dialog: ModelsDialog, repo: str = PAINTER) -> DownloadPlan:
    """Types the id of a model at the hub and looks it up."""
    dialog.tabs.setCurrentIndex(1)
    search = dialog.search
    search.entries.setCurrentIndex(search.entries.count() - 1)
    search.repo.setText(repo)
    with qtbot.waitSignal(dialog.downloads.looked_up) as found:
        qtbot.mouseClick(search.look_up_button, LEFT)
    offer: Offer = found.args[0]
    return offer.plan


def stall(qtbot: QtBot, dialog: ModelsDialog, hub: FakeHub) -> DownloadPlan:
    """A download that has fallen silent half way through a file."""
    plan = find(qtbot, dialog)
    hub.fault(UNET, Answer.stalls)
    qtbot.mouseClick(dialog.search.download_button, LEFT)
    assert hub.stalled.wait(10)
    return plan


def halt(qtbot: QtBot, dialog: ModelsDialog, hub: FakeHub) -> DownloadPlan:
    """A download that was cancelled half way."""
    plan = stall(qtbot, dialog, hub)
    with qtbot.waitSignals([dialog.downloads.stopped, dialog.downloads.listed]):
        qtbot.mouseClick(dialog.rows[plan.id].cancel_button, LEFT)
    return plan


def download(store: ModelStore, hub: FakeHub) -> None:
    Download(look_up(PAINTER, endpoint=hub.url), store).run()


# What is on this computer


def test_opening_it_goes_nowhere(
    qtbot: QtBot, make_dialog: MakeDialog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_args: object, **_named: object) -> None:
        raise AssertionError("the network was touched")

    for name in ("socket", "create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, forbidden)
    dialog = make_dialog()
    dialog.tabs.setCurrentIndex(1)
    for index in range(dialog.search.entries.count()):
        dialog.search.entries.setCurrentIndex(index)
    dialog.close()
    with qtbot.waitSignals([dialog.list.listed, dialog.downloads.listed]):
        dialog.open_up()
    assert dialog.notice.text == dialog.list.notice.text == ""


def test_an_empty_list_says_what_a_model_is_for(dialog: ModelsDialog) -> None:
    texts = [label.text() for label in dialog.list.findChildren(QLabel) if label.isVisible()]
    assert any("content-aware engine needs none" in text for text in texts)
    assert not dialog.list.tree.isVisible()
    assert not dialog.list.use_button.isEnabled()
    assert not dialog.list.remove_button.isEnabled()


def test_a_file_is_added_where_it_lies(
    qtbot: QtBot, dialog: ModelsDialog, ask: Ask, checkpoint: Path, store: ModelStore
) -> None:
    add(qtbot, dialog, ask, checkpoint, file=True)
    assert dialog.list.tree.isVisible()
    item = dialog.list.tree.currentItem()
    assert [item.text(column) for column in range(5)] == [
        "painter",
        "Stable Diffusion 1.5",
        item.text(2),
        "not stated",
        str(checkpoint),
    ]
    assert item.text(2)
    assert item.toolTip(4) == str(checkpoint)
    assert "“painter” was added" in dialog.list.notice.text
    assert [model.name for model in store.models()] == ["painter"]


def test_nothing_is_added_when_nothing_is_picked(qtbot: QtBot, dialog: ModelsDialog, ask: Ask) -> None:
    ask()
    qtbot.mouseClick(dialog.list.add_file_button, LEFT)
    qtbot.mouseClick(dialog.list.add_folder_button, LEFT)
    assert dialog.list.notice.text == ""


@pytest.mark.parametrize("wrong", ["pickle", "truncated", "empty", "gone", "picture"])
def test_a_wrong_file_is_refused_with_the_reason(
    qtbot: QtBot, dialog: ModelsDialog, ask: Ask, tmp_path: Path, store: ModelStore, wrong: str
) -> None:
    whole = tiny.safetensors(tiny.SD15)
    name, content = {
        "pickle": ("model.ckpt", b"\x80\x04pickle"),
        "truncated": ("model.safetensors", whole[: len(whole) // 2]),
        "empty": ("model.safetensors", b""),
        "gone": ("model.safetensors", None),
        "picture": ("model.png", b"\x89PNG\r\n"),
    }[wrong]
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    ask(paths=(path,))
    said = dialog.list.notice
    qtbot.mouseClick(dialog.list.add_file_button, LEFT)
    qtbot.waitUntil(dialog.list.add_file_button.isEnabled)
    assert said.text.endswith(".")
    assert not said.text.startswith("Looking")
    assert "not possible" not in said.text  # it is one of the reasons that are known
    assert names(dialog) == []
    assert store.models() == []


def test_a_prior_alone_asks_for_the_decoder(
    qtbot: QtBot, dialog: ModelsDialog, ask: Ask, tmp_path: Path, store: ModelStore
) -> None:
    prior = write(tmp_path / "some" / "prior", tiny.prior_files())
    decoder = write(tmp_path / "other" / "decoder", tiny.decoder_files())
    asked = ask(Button.Ok)
    add(qtbot, dialog, ask, prior, decoder)
    assert len(asked) == 1
    assert "decoder" in asked[0] and str(prior) in asked[0]
    (model,) = store.models()
    assert model.parts == {"prior": str(prior), "inpaint": str(decoder)}
    tip = dialog.list.tree.currentItem().toolTip(4)
    assert str(prior) in tip and str(decoder) in tip
    assert dialog.list.tree.currentItem().text(4) == str(tmp_path)


def test_who_does_not_have_the_other_part_may_give_up(
    qtbot: QtBot, dialog: ModelsDialog, ask: Ask, tmp_path: Path, store: ModelStore
) -> None:
    asked = ask(Button.Cancel, (write(tmp_path / "prior", tiny.prior_files()),))
    qtbot.mouseClick(dialog.list.add_folder_button, LEFT)
    qtbot.waitUntil(lambda: bool(asked))
    assert dialog.list.add_folder_button.isEnabled()
    assert dialog.list.notice.text == ""
    assert store.models() == []


def test_removing_ones_own_leaves_the_files(
    qtbot: QtBot, dialog: ModelsDialog, ask: Ask, checkpoint: Path, store: ModelStore
) -> None:
    add(qtbot, dialog, ask, checkpoint, file=True)
    asked = ask(Button.Cancel)
    qtbot.mouseClick(dialog.list.remove_button, LEFT)
    assert names(dialog) == ["painter"]
    assert "Your own files stay" in asked[-1] and str(checkpoint) in asked[-1]
    ask(Button.Yes)
    with qtbot.waitSignals([dialog.models_changed, dialog.list.listed]):
        qtbot.mouseClick(dialog.list.remove_button, LEFT)
    assert names(dialog) == [] and store.models() == []
    assert checkpoint.is_file()


def test_removing_a_download_deletes_it(
    qtbot: QtBot, make_dialog: MakeDialog, ask: Ask, store: ModelStore, hub: FakeHub
) -> None:
    download(store, hub)
    (model,) = store.models()
    dialog = make_dialog()
    asked = ask(Button.Yes)
    with qtbot.waitSignals([dialog.models_changed, dialog.list.listed]):
        qtbot.mouseClick(dialog.list.remove_button, LEFT)
    assert "deletes what was downloaded" in asked[-1]
    assert str(store.folder_of(model)) in asked[-1]
    assert not store.folder_of(model).exists()
    assert "free again" in dialog.list.notice.text


def test_what_other_programs_use_is_not_removed(
    make_dialog: MakeDialog, own_folders: Path, store: ModelStore
) -> None:
    repository, commit = own_folders / "hub" / "hub" / "models--someone--painter", "a" * 40
    write(repository / "snapshots" / commit, tiny.sd_files())
    write(repository / "refs", {"main": commit.encode()})
    dialog = make_dialog()
    assert [model.source for model in dialog.list.models] == ["cache"]
    assert not dialog.list.remove_button.isEnabled()
    assert "other programs" in dialog.list.remove_button.toolTip()
    assert dialog.list.use_button.isEnabled()


def test_what_cannot_be_removed_is_told(
    qtbot: QtBot,
    dialog: ModelsDialog,
    ask: Ask,
    checkpoint: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    add(qtbot, dialog, ask, checkpoint, file=True)
    monkeypatch.setattr(ModelStore, "remove", lambda *_args: 1 / 0)
    ask(Button.Yes)
    with qtbot.waitSignal(dialog.list.listed):
        qtbot.mouseClick(dialog.list.remove_button, LEFT)
    assert "not possible to remove “painter”" in dialog.list.notice.text
    assert dialog.list.notice.button.isVisible()  # the details
    assert names(dialog) == ["painter"]
    caplog.clear()


@pytest.mark.parametrize("way", ["button", "key"])
def test_use_chooses_the_model(
    qtbot: QtBot, dialog: ModelsDialog, ask: Ask, checkpoint: Path, way: str
) -> None:
    add(qtbot, dialog, ask, checkpoint, file=True)
    with qtbot.waitSignal(dialog.chosen) as chosen:
        if way == "button":
            qtbot.mouseClick(dialog.list.use_button, LEFT)
        else:
            qtbot.keyClick(dialog.list.tree, Qt.Key.Key_Return)
    assert chosen.args == [dialog.list.models[0].id]


def test_show_in_folder(
    qtbot: QtBot, dialog: ModelsDialog, ask: Ask, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(qtbot, dialog, ask, checkpoint, file=True)
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: bool(opened.append(url)))
    qtbot.mouseClick(dialog.list.folder_button, LEFT)
    assert [Path(url.toLocalFile()) for url in opened] == [checkpoint.parent]
    assert str(checkpoint.parent) in dialog.list.notice.text  # no file manager could be opened


# Getting a model


def test_a_look_up_offers_the_exact_size(qtbot: QtBot, online: FakeHub, dialog: ModelsDialog) -> None:
    plan = find(qtbot, dialog)
    button = dialog.search.download_button
    assert button.isVisible()
    assert button.text() == f"Download {plan.bytes / 1000:.0f} KB"
    texts = " ".join(label.text() for label in dialog.search.findChildren(QLabel) if label.isVisible())
    for fact in (plan.name, PAINTER, ">mit</a>", f"{len(plan.files)} files", "free on the disk"):
        assert fact in texts
    assert all("resolve" not in path or path.endswith(".json") for path, _headers in online.asked)
    dialog.search.repo.setText("someone/else")  # what was found is not what is named now
    assert not button.isVisible()


def test_options_are_asked_for(qtbot: QtBot, online: FakeHub, dialog: ModelsDialog) -> None:
    dialog.tabs.setCurrentIndex(1)
    boxes = dialog.search.boxes
    assert set(boxes) == {"image-encoder", "text-to-image"}
    boxes["image-encoder"].click()
    with qtbot.waitSignal(dialog.downloads.looked_up) as found:
        qtbot.mouseClick(dialog.search.look_up_button, LEFT)
    plan = found.args[0].plan
    assert plan.options == ("image-encoder",)
    assert any("image_encoder/" in file.path for file in plan.files)


@pytest.mark.parametrize(
    ("url", "linked"), [("https://example.org/l", True), ("file:///etc/passwd", False), ("", False)]
)
def test_only_a_page_on_the_web_becomes_a_link(
    qtbot: QtBot, online: FakeHub, dialog: ModelsDialog, url: str, linked: bool
) -> None:
    plan = DownloadPlan("a", "<b>A</b>", "sd-1-5", "o/a", online.url, (), {}, "<i>mit</i>", url)
    dialog.search.show_offer(Offer(plan, 0, 1))
    texts = [label.text() for label in dialog.search.findChildren(QLabel)]
    licence = next(text for text in texts if text.startswith("Licence"))
    assert ("<a href" in licence) == linked
    assert "<i>" not in licence and "&lt;i&gt;mit" in licence


def test_a_failed_look_up_is_told_in_its_place(qtbot: QtBot, online: FakeHub, dialog: ModelsDialog) -> None:
    dialog.tabs.setCurrentIndex(1)
    dialog.search.entries.setCurrentIndex(dialog.search.entries.count() - 1)
    assert not dialog.search.look_up_button.isEnabled()
    dialog.search.repo.setText("nobody/nothing")
    with qtbot.waitSignal(dialog.downloads.look_up_failed):
        qtbot.keyClick(dialog.search.repo, Qt.Key.Key_Return)
    assert "nobody/nothing" in dialog.notice.text
    assert dialog.search.look_up_button.text().startswith("Look Up at 127.0.0.1")
    assert dialog.isVisible()


def test_a_look_up_can_be_cancelled(qtbot: QtBot, online: FakeHub, dialog: ModelsDialog) -> None:
    online.fault("model_index.json", Answer.stalls)
    dialog.tabs.setCurrentIndex(1)
    qtbot.mouseClick(dialog.search.look_up_button, LEFT)
    assert "Cancel" in dialog.search.look_up_button.text()
    assert online.stalled.wait(10)
    qtbot.mouseClick(dialog.search.look_up_button, LEFT)
    assert dialog.search.look_up_button.text().startswith("Look Up")
    find(qtbot, dialog)  # the next one does not wait for the silent hub
    assert dialog.notice.text == ""


def test_a_download_is_shown_and_becomes_a_model(
    qtbot: QtBot, online: FakeHub, dialog: ModelsDialog, store: ModelStore
) -> None:
    plan = find(qtbot, dialog)
    told: list[str] = []
    dialog.status.connect(told.append)
    done = [dialog.downloads.finished, dialog.models_changed, dialog.list.listed, dialog.downloads.listed]
    with qtbot.waitSignals(done):
        qtbot.mouseClick(dialog.search.download_button, LEFT)
        row = dialog.rows[plan.id]
        assert row.cancel_button.isVisible() and not row.resume_button.isVisible()
    assert names(dialog) == [plan.name] == [model.name for model in store.models()]
    assert dialog.notice.text == f"“{plan.name}” is ready."
    assert dialog.rows == {}
    assert any("100 %" in text for text in told)
    assert told[-1] == ""
    with qtbot.waitSignal(dialog.chosen) as chosen:
        qtbot.mouseClick(dialog.notice.button, LEFT)
    assert chosen.args == [plan.id]


def test_a_download_is_cancelled_and_resumed_by_a_new_dialog(
    qtbot: QtBot, online: FakeHub, make_dialog: MakeDialog, store: ModelStore
) -> None:
    first = make_dialog()
    plan = halt(qtbot, first, online)
    assert names(first) == [] and store.models() == []
    assert first.rows[plan.id].resume_button.text().startswith("Resume (")
    first.stop()

    dialog = make_dialog()
    dialog.tabs.setCurrentIndex(1)
    row = dialog.rows[plan.id]
    assert row.resume_button.text() == first.rows[plan.id].resume_button.text()
    assert "have arrived" in row.text
    with qtbot.waitSignals([dialog.downloads.finished, dialog.list.listed, dialog.downloads.listed]):
        qtbot.mouseClick(row.resume_button, LEFT)
    assert names(dialog) == [plan.name]
    assert online.ranges(UNET)[-1].startswith("bytes=")


def test_while_one_runs_no_other_begins(
    qtbot: QtBot, online: FakeHub, make_dialog: MakeDialog, store: ModelStore
) -> None:
    dialog = make_dialog()
    waiting = halt(qtbot, dialog, online)
    online.fault("unet/diffusion_pytorch_model.fp16.safetensors", Answer.stalls)
    online.stalled.clear()
    find(qtbot, dialog, "kandinsky-community/kandinsky-2-2-decoder-inpaint")
    qtbot.mouseClick(dialog.search.download_button, LEFT)
    assert online.stalled.wait(10)
    assert not dialog.rows[waiting.id].resume_button.isEnabled()
    find(qtbot, dialog)  # looking up is still possible
    assert not dialog.search.download_button.isEnabled()
    assert "One download at a time" in dialog.search.download_button.toolTip()
    with qtbot.waitSignals([dialog.downloads.stopped, dialog.downloads.listed]):
        qtbot.mouseClick(dialog.rows["kandinsky-2-2"].cancel_button, LEFT)
    assert dialog.rows[waiting.id].resume_button.isEnabled()
    assert dialog.search.download_button.isEnabled()


def test_discard_asks_and_deletes(
    qtbot: QtBot, online: FakeHub, dialog: ModelsDialog, ask: Ask, store: ModelStore
) -> None:
    plan = halt(qtbot, dialog, online)
    asked = ask(Button.Cancel)
    qtbot.mouseClick(dialog.rows[plan.id].discard_button, LEFT)
    assert plan.name in asked[-1]
    assert (store.folder / plan.id).is_dir()
    ask(Button.Discard)
    with qtbot.waitSignal(dialog.downloads.listed):
        qtbot.mouseClick(dialog.rows[plan.id].discard_button, LEFT)
    assert dialog.rows == {}
    assert not (store.folder / plan.id).exists()


def test_a_failed_download_is_told_and_offered_again(
    qtbot: QtBot, online: FakeHub, dialog: ModelsDialog
) -> None:
    plan = find(qtbot, dialog)
    online.fault(UNET, Answer.hides)
    with qtbot.waitSignals([dialog.downloads.failed, dialog.downloads.listed]):
        qtbot.mouseClick(dialog.search.download_button, LEFT)
    assert "127.0.0.1" in dialog.notice.text
    assert dialog.rows[plan.id].resume_button.isVisible()
    with qtbot.waitSignals([dialog.downloads.finished, dialog.downloads.listed]):
        qtbot.mouseClick(dialog.rows[plan.id].resume_button, LEFT)
    assert "ready" in dialog.notice.text


def test_a_closed_dialog_goes_on_and_tells_the_window(
    qtbot: QtBot, online: FakeHub, dialog: ModelsDialog, store: ModelStore
) -> None:
    find(qtbot, dialog)
    said: list[str] = []
    dialog.said.connect(lambda text, _detail: said.append(text))
    with qtbot.waitSignals([dialog.downloads.finished, dialog.downloads.listed]):
        qtbot.mouseClick(dialog.search.download_button, LEFT)
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
        assert not dialog.isVisible()
    assert len(said) == 1 and "is ready" in said[0]
    assert len(store.models()) == 1


# The keyboard, and the window


def test_everything_can_be_reached_and_has_a_name(
    qtbot: QtBot, online: FakeHub, dialog: ModelsDialog, ask: Ask, checkpoint: Path
) -> None:
    add(qtbot, dialog, ask, checkpoint, file=True)
    dialog.tabs.setCurrentIndex(0)
    reached = _tabbed_through(dialog)
    assert dialog.list.tree in reached
    for button in (dialog.list.add_folder_button, dialog.list.remove_button, dialog.list.use_button):
        assert button in reached
    find(qtbot, dialog)
    search = dialog.search
    reached = _tabbed_through(dialog)
    assert {search.entries, search.repo, search.look_up_button, search.download_button} <= set(reached)
    for button in dialog.findChildren(QAbstractButton):
        if button.isVisible() and button.focusPolicy() != Qt.FocusPolicy.NoFocus:
            assert button.text() or button.accessibleName(), button
    assert not any(
        button.isDefault() for button in dialog.findChildren(QAbstractButton) if hasattr(button, "isDefault")
    )


def _tabbed_through(dialog: ModelsDialog) -> list[QWidget]:
    """What the tab key leads to, from one thing to the next, until it comes round."""
    dialog.tabs.tabBar().setFocus()
    reached: list[QWidget] = []
    widget = dialog.tabs.tabBar().nextInFocusChain()
    while widget is not dialog.tabs.tabBar():
        if widget.isVisible() and widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            reached.append(widget)
        widget = widget.nextInFocusChain()
    return reached


def test_the_window_opens_it_and_lists_what_is_added(
    qtbot: QtBot, window: MainWindow, ask: Ask, checkpoint: Path
) -> None:
    window.actions_["models"].trigger()
    dialog = window.findChild(ModelsDialog)
    assert dialog.isVisible() and not dialog.isModal()
    with qtbot.waitSignal(dialog.list.listed):
        pass
    add(qtbot, dialog, ask, checkpoint, file=True)
    qtbot.mouseClick(dialog.list.use_button, LEFT)
    qtbot.waitUntil(lambda: window.fill_panel.options().model == dialog.list.models[0].id)
    assert window.fill_panel.options().engine == "sd-1-5"
    dialog.close()
    window.dialogs.models()
    assert window.findChildren(ModelsDialog) == [dialog]


def test_closing_the_window_ends_a_download_and_keeps_its_parts(
    qtbot: QtBot, online: FakeHub, window: MainWindow
) -> None:
    window.dialogs.models()
    dialog = window.findChild(ModelsDialog)
    plan = stall(qtbot, dialog, online)
    dialog.close()
    assert any("Downloading" in label.text() for label in window.statusBar().findChildren(QLabel))
    window.close()
    assert not window.isVisible()
    assert list((ModelStore().folder / plan.id).rglob("*.part"))
    assert ModelStore().models() == []
