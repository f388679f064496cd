"""Looking up and downloading beside the window's thread, from a hub on this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from editor.ui.background import Background
from editor.ui.model_downloads import ModelDownloads, Offer
from inference.models.download import DownloadProgress
from inference.models.plan import DownloadPlan
from inference.models.store import ModelStore
from tests.inference.models.fake_hub import Answer, FakeHub

PAINTER = "someone/painter"
UNET = "unet/diffusion_pytorch_model.safetensors"


class Held:
    """A ``ModelDownloads`` with the background it stands on."""

    def __init__(self, store: ModelStore) -> None:
        self.background = Background()
        self.downloads = ModelDownloads(store, self.background)

    def stop(self) -> None:
        self.downloads.stop()
        self.background.stop()


@pytest.fixture
def downloads(store: ModelStore, hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelDownloads]:
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    held = Held(store)
    yield held.downloads
    held.stop()


@pytest.fixture
def plan(qtbot: QtBot, downloads: ModelDownloads) -> DownloadPlan:
    with qtbot.waitSignal(downloads.looked_up) as found:
        downloads.look_up(PAINTER)
    return found.args[0].plan


def listed(qtbot: QtBot, downloads: ModelDownloads) -> list[tuple[DownloadPlan, int]]:
    with qtbot.waitSignal(downloads.listed) as found:
        downloads.list_unfinished()
    return found.args[0]


def stall(qtbot: QtBot, downloads: ModelDownloads, hub: FakeHub, plan: DownloadPlan) -> None:
    """Begins a download that falls silent half way through a file."""
    hub.fault(UNET, Answer.stalls)
    with qtbot.waitSignal(downloads.started):
        downloads.start(plan)
    assert hub.stalled.wait(10)


def test_a_look_up_tells_what_it_will_cost(qtbot: QtBot, downloads: ModelDownloads) -> None:
    with qtbot.waitSignal(downloads.looked_up) as found:
        downloads.look_up(PAINTER)
    offer: Offer = found.args[0]
    assert offer.plan.origin == PAINTER
    assert offer.missing == offer.plan.bytes > 0
    assert offer.free > 0


def test_a_failed_look_up_is_told_in_a_sentence(qtbot: QtBot, downloads: ModelDownloads) -> None:
    with qtbot.waitSignal(downloads.look_up_failed) as failed:
        downloads.look_up("nobody/nothing")
    assert "nobody/nothing" in failed.args[0]


def test_the_answer_to_an_earlier_question_is_dropped(
    qtbot: QtBot, downloads: ModelDownloads, hub: FakeHub
) -> None:
    hub.fault("model_index.json", Answer.stalls)
    answers: list[Offer] = []
    downloads.looked_up.connect(answers.append)
    downloads.look_up(PAINTER)
    assert hub.stalled.wait(10)
    with qtbot.waitSignal(downloads.looked_up):
        downloads.look_up("kandinsky-community/kandinsky-2-2-decoder-inpaint")
    assert [offer.plan.id for offer in answers] == ["kandinsky-2-2"]


def test_a_download_becomes_a_model(
    qtbot: QtBot, downloads: ModelDownloads, plan: DownloadPlan, store: ModelStore
) -> None:
    told: list[DownloadProgress] = []
    threads: list[threading.Thread] = []
    downloads.progressed.connect(told.append)
    downloads.progressed.connect(lambda _progress: threads.append(threading.current_thread()))
    with qtbot.waitSignal(downloads.finished) as finished:
        downloads.start(plan)
        assert downloads.running == plan
    assert downloads.running is None
    assert [model.id for model in store.models()] == [plan.id] == [finished.args[0].id]
    assert told[-1].done == told[-1].total == plan.bytes
    assert set(threads) == {threading.main_thread()}
    assert listed(qtbot, downloads) == []


def test_cancel_keeps_what_has_arrived_and_another_session_resumes(
    qtbot: QtBot, downloads: ModelDownloads, plan: DownloadPlan, store: ModelStore, hub: FakeHub
) -> None:
    stall(qtbot, downloads, hub, plan)
    with qtbot.waitSignal(downloads.stopped) as stopped:
        downloads.cancel()
    assert stopped.args == [plan]
    assert store.models() == []

    later = Held(store)
    ((found, arrived),) = listed(qtbot, later.downloads)
    assert found == plan
    assert 0 < arrived < plan.bytes
    with qtbot.waitSignal(later.downloads.finished):
        later.downloads.start(found)
    assert hub.ranges(UNET)[-1].startswith("bytes=")
    assert [model.id for model in store.models()] == [plan.id]
    later.stop()


def test_a_failed_download_is_told_and_can_be_resumed(
    qtbot: QtBot, downloads: ModelDownloads, plan: DownloadPlan, hub: FakeHub
) -> None:
    hub.fault(UNET, Answer.hides)
    with qtbot.waitSignal(downloads.failed) as failed:
        downloads.start(plan)
    assert failed.args[0] == plan
    assert "127.0.0.1" in failed.args[1]
    assert downloads.running is None
    with qtbot.waitSignal(downloads.finished):
        downloads.start(plan)


def test_what_is_no_known_error_is_told_with_its_detail(
    qtbot: QtBot,
    downloads: ModelDownloads,
    plan: DownloadPlan,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("editor.ui.model_downloads.Download.run", lambda *_args: 1 / 0)
    with qtbot.waitSignal(downloads.failed) as failed:
        downloads.start(plan)
    assert "ZeroDivisionError" in failed.args[1]
    assert "Traceback" in failed.args[2]
    assert "could not download" in caplog.text
    caplog.clear()


def test_one_at_a_time(qtbot: QtBot, downloads: ModelDownloads, plan: DownloadPlan, hub: FakeHub) -> None:
    with qtbot.waitSignal(downloads.looked_up) as found:
        downloads.look_up("kandinsky-2-2")
    stall(qtbot, downloads, hub, plan)
    downloads.start(found.args[0].plan)
    assert downloads.running == plan
    with qtbot.waitSignal(downloads.stopped):
        downloads.cancel()
    assert [each.id for each, _arrived in listed(qtbot, downloads)] == [plan.id]


def test_discard_deletes_what_has_arrived(
    qtbot: QtBot, downloads: ModelDownloads, plan: DownloadPlan, store: ModelStore, hub: FakeHub
) -> None:
    stall(qtbot, downloads, hub, plan)
    with qtbot.waitSignal(downloads.stopped):
        downloads.cancel()
    with qtbot.waitSignal(downloads.listed, check_params_cb=lambda found: not found):
        downloads.discard(plan)
    assert not (store.folder / plan.id).exists()


@pytest.mark.parametrize("what", ["download", "look-up"])
def test_stopping_waits_for_no_silent_hub(
    qtbot: QtBot, store: ModelStore, hub: FakeHub, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """The hub stays silent until the test is over, so a stop that waited for it would never come back."""
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    held = Held(store)
    if what == "look-up":
        hub.fault("model_index.json", Answer.stalls)
        held.downloads.look_up(PAINTER)
        assert hub.stalled.wait(10)
    else:
        with qtbot.waitSignal(held.downloads.looked_up) as found:
            held.downloads.look_up(PAINTER)
        stall(qtbot, held.downloads, hub, found.args[0].plan)
    held.stop()
    assert not hub.release.is_set()
    assert bool(list(store.folder.glob("*/incoming/**/*.part"))) == (what == "download")
