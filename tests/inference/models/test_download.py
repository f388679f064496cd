"""Downloads from a hub on this machine that breaks, stalls, lies, refuses and is asked again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections import namedtuple
from pathlib import Path

import pytest

from inference.models.download import (
    Download,
    DownloadCancelled,
    DownloadProgress,
    arrived_bytes,
    discard,
    unfinished,
)
from inference.models.hub import look_up
from inference.models.model import ModelError
from inference.models.plan import DownloadPlan
from inference.models.store import ModelStore
from tests.inference.models import tiny
from tests.inference.models.fake_hub import PAINTER as REPO
from tests.inference.models.fake_hub import Answer, FakeHub

UNET = "unet/diffusion_pytorch_model.safetensors"
VAE_CONFIG = "vae/config.json"
LARGE = {"weight": (1000, 1000)}


def download(
    hub: FakeHub, store: ModelStore, waits: tuple[float, ...] = (0.0, 0.0), timeout: float = 20
) -> Download:
    return Download(look_up(REPO, endpoint=hub.url), store, timeout, waits)


def is_complete(hub: FakeHub, store: ModelStore) -> bool:
    """Every file that was listed is there as the hub has it, and nothing is left over."""
    plan = look_up(REPO, endpoint=hub.url)
    folder = store.folder / plan.id
    right = all(
        (folder / file.path).read_bytes() == hub.repos[REPO][file.path.partition("/")[2]]
        for file in plan.files
    )
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return right and there == {"model.json", *(file.path for file in plan.files)}


def test_a_model_arrives(hub: FakeHub, store: ModelStore) -> None:
    model = download(hub, store).run()
    assert is_complete(hub, store)
    assert store.models() == [model]
    assert (model.id, model.name, model.family) == ("someone-painter", "painter", "sd-1-5")
    assert (model.source, model.origin, model.licence) == ("download", REPO, "mit")
    assert model.parts == {"pipeline": str(store.folder / "someone-painter" / "pipeline")}
    assert unfinished(store) == []


def test_kandinsky_arrives_in_its_parts(hub: FakeHub, store: ModelStore) -> None:
    plan = look_up("kandinsky-2-2", ["text-to-image", "image-encoder"], hub.url)
    model = Download(plan, store).run()
    assert model.parts.keys() == {"prior", "inpaint", "generate"}
    assert model.can_generate
    assert "prior/image_encoder" in model.parameters
    assert model.variant == "fp16"
    assert store.get("kandinsky-2-2") == model


def test_an_optional_part_is_added_later_and_the_rest_is_not_fetched_again(
    hub: FakeHub, store: ModelStore
) -> None:
    before = Download(look_up("kandinsky-2-2", endpoint=hub.url), store).run()
    assert not before.can_generate and "prior/image_encoder" not in before.parameters
    hub.asked.clear()
    plan = look_up("kandinsky-2-2", ["image-encoder"], hub.url)
    after = Download(plan, store).run()
    assert "prior/image_encoder" in after.parameters
    weights = [path for path, _ in hub.asked if path.endswith(".safetensors")]
    assert [path.partition("/resolve/")[2].split("/")[1] for path in weights] == ["image_encoder"]


def test_a_part_that_was_fetched_before_stays_in_the_model(hub: FakeHub, store: ModelStore) -> None:
    assert Download(look_up("kandinsky-2-2", ["text-to-image"], hub.url), store).run().can_generate
    Download(look_up("kandinsky-2-2", ["image-encoder"], hub.url), store).run()
    model = store.get("kandinsky-2-2")
    assert model.can_generate and "prior/image_encoder" in model.parameters


def test_progress_is_told(hub: FakeHub, store: ModelStore) -> None:
    told: list[DownloadProgress] = []
    one = download(hub, store)
    one.run(told.append)
    assert [progress.done for progress in told] == sorted(progress.done for progress in told)
    assert told[-1].done == told[-1].total == one.plan.bytes
    assert told[0].file == one.plan.files[0].path


@pytest.mark.parametrize("path", [UNET, VAE_CONFIG])
def test_a_broken_connection_is_taken_up_where_it_broke(hub: FakeHub, store: ModelStore, path: str) -> None:
    half = len(hub.repos[REPO][path]) // 2
    hub.fault(path, Answer.breaks)
    download(hub, store).run()
    assert hub.ranges(path) == ["", f"bytes={half}-"]
    assert is_complete(hub, store)


def test_each_attempt_that_brings_something_counts_anew(hub: FakeHub, store: ModelStore) -> None:
    hub.repos[REPO][UNET] = tiny.safetensors(LARGE)
    hub.fault(UNET, *[Answer.breaks] * 6)
    download(hub, store, waits=(0.0,)).run()
    assert is_complete(hub, store)


def test_silence_counts_as_broken(hub: FakeHub, store: ModelStore) -> None:
    hub.fault(UNET, Answer.stalls)
    download(hub, store, timeout=0.3, waits=(0.0,) * 50).run()  # a busy machine may be silent for longer
    assert len(hub.ranges(UNET)) >= 2
    assert is_complete(hub, store)


def test_trouble_of_the_server_is_waited_out(hub: FakeHub, store: ModelStore) -> None:
    hub.fault(UNET, Answer.fails, Answer.fails)
    download(hub, store).run()
    assert is_complete(hub, store)


def test_trouble_that_does_not_end_is_an_error_and_what_arrived_is_kept(
    hub: FakeHub, store: ModelStore
) -> None:
    hub.fault(UNET, Answer.breaks, *[Answer.fails] * 3)
    one = download(hub, store)
    with pytest.raises(ModelError, match="503"):
        one.run()
    assert store.models() == []
    assert unfinished(store) == [one.plan]
    assert arrived_bytes(store, one.plan) >= len(hub.repos[REPO][UNET]) // 2
    one.run()
    assert is_complete(hub, store)


def test_a_server_that_ignores_the_range_is_no_trouble(hub: FakeHub, store: ModelStore) -> None:
    hub.fault(UNET, Answer.breaks, Answer.ignores_range)
    download(hub, store).run()
    assert is_complete(hub, store)


def test_a_server_that_sends_another_range_is_asked_anew(hub: FakeHub, store: ModelStore) -> None:
    hub.fault(UNET, Answer.breaks, Answer.sends_another_range)
    download(hub, store).run()
    assert hub.ranges(UNET)[-1] == ""
    assert is_complete(hub, store)


@pytest.mark.parametrize("path", [UNET, VAE_CONFIG])
@pytest.mark.parametrize("fault", [Answer.lies, Answer.is_short])
def test_wrong_bytes_are_fetched_once_more(hub: FakeHub, store: ModelStore, path: str, fault) -> None:
    hub.fault(path, fault)
    download(hub, store).run()
    assert hub.ranges(path) == ["", ""]
    assert is_complete(hub, store)


def test_wrong_bytes_twice_are_an_error_and_thrown_away(hub: FakeHub, store: ModelStore) -> None:
    hub.fault(UNET, Answer.lies, Answer.lies)
    one = download(hub, store)
    with pytest.raises(ModelError, match=r"wrong twice.*checksum"):
        one.run()
    assert not list(store.folder.rglob("diffusion_pytorch_model.safetensors*"))
    assert store.models() == []


def test_a_broken_part_of_something_else_is_found_out(hub: FakeHub, store: ModelStore) -> None:
    """What an earlier attempt left does not fit: the sum over the whole shows it."""
    one = download(hub, store)
    part = store.folder / one.plan.id / "incoming" / "pipeline" / f"{UNET}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"x" * 40)
    one.run()
    assert hub.ranges(UNET) == ["bytes=40-", ""]
    assert is_complete(hub, store)


def test_a_file_that_is_gone_from_the_hub(hub: FakeHub, store: ModelStore) -> None:
    hub.fault(UNET, Answer.hides)
    with pytest.raises(ModelError, match="has no file"):
        download(hub, store).run()
    assert len(hub.ranges(UNET)) == 1


def test_terms_that_were_not_agreed_to(hub: FakeHub, store: ModelStore) -> None:
    hub.fault(UNET, Answer.refuses)
    with pytest.raises(ModelError, match=f"(?s)Agree to them at {hub.url}/{REPO} .*HF_TOKEN"):
        download(hub, store).run()


def test_the_token_stays_with_the_hub(
    hub: FakeHub, store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    hub.fault(UNET, Answer.redirects)
    download(hub, store).run()
    assert is_complete(hub, store)
    told = [(headers["Host"].partition(":")[0], headers.get("Authorization")) for _, headers in hub.asked]
    assert set(told) == {("127.0.0.1", "Bearer hf_secret"), ("localhost", None)}


def test_cancelled_it_keeps_what_arrived_and_goes_on_later(hub: FakeHub, store: ModelStore) -> None:
    hub.fault(UNET, Answer.stalls)
    one = download(hub, store)
    with pytest.raises(DownloadCancelled):
        one.run(cancelled=hub.stalled.is_set)
    assert store.models() == []
    [plan] = unfinished(store)
    assert plan == one.plan
    hub.asked.clear()
    Download(plan, store).run()
    half = len(hub.repos[REPO][UNET]) // 2
    assert hub.ranges(UNET) == [f"bytes={half}-"]
    assert hub.ranges("model_index.json") == []
    assert is_complete(hub, store)


def test_cancelled_while_it_waits_to_try_again(hub: FakeHub, store: ModelStore) -> None:
    hub.fault(UNET, Answer.fails)
    with pytest.raises(DownloadCancelled):
        download(hub, store, waits=(3600.0,)).run(cancelled=lambda: bool(hub.ranges(UNET)))


def test_what_arrived_of_an_earlier_revision_is_fetched_anew(hub: FakeHub, store: ModelStore) -> None:
    """Weights that were trained further have the same size."""
    hub.fault(VAE_CONFIG, Answer.hides)
    with pytest.raises(ModelError):
        download(hub, store).run()
    assert next(store.folder.rglob(f"incoming/*/{UNET}")).is_file()
    old = hub.repos[REPO][UNET]
    hub.repos[REPO] = {**hub.repos[REPO], UNET: old[:-1] + bytes([old[-1] ^ 1])}
    download(hub, store).run()
    assert is_complete(hub, store)


def test_killed_half_way_it_goes_on_in_the_next_run(hub: FakeHub, store: ModelStore) -> None:
    hub.fault(UNET, Answer.stalls)
    program = (
        "import sys\nfrom pathlib import Path\n"
        "from inference.models.download import Download\nfrom inference.models.hub import look_up\n"
        "from inference.models.store import ModelStore\n"
        f"Download(look_up({REPO!r}, endpoint=sys.argv[1]), ModelStore(Path(sys.argv[2]))).run()\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[3])}
    with subprocess.Popen(
        [sys.executable, "-c", program, hub.url, str(store.folder)], env=environment
    ) as process:
        assert hub.stalled.wait(60)
        process.kill()
    assert store.models() == []
    [plan] = unfinished(store)
    Download(plan, store).run()
    assert is_complete(hub, store)


def test_a_second_one_of_the_same_model_is_refused(hub: FakeHub, store: ModelStore) -> None:
    hub.fault(UNET, Answer.stalls)
    over = threading.Event()
    first, ended = download(hub, store), []

    def run() -> None:
        try:
            first.run(cancelled=over.is_set)
        except DownloadCancelled:
            ended.append(True)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert hub.stalled.wait(60)
        with pytest.raises(ModelError, match="already"):
            Download(first.plan, store).run()
        with pytest.raises(ModelError, match="cancel that first"):
            discard(store, first.plan)
    finally:
        over.set()
        thread.join()
    assert ended


def test_discarded_nothing_is_left(hub: FakeHub, store: ModelStore) -> None:
    hub.fault(UNET, Answer.hides)
    one = download(hub, store)
    with pytest.raises(ModelError):
        one.run()
    assert discard(store, one.plan) > 0
    assert unfinished(store) == [] and not (store.folder / one.plan.id).exists()
    assert discard(store, one.plan) == 0


def test_a_discarded_addition_leaves_the_model(hub: FakeHub, store: ModelStore) -> None:
    model = Download(look_up("kandinsky-2-2", endpoint=hub.url), store).run()
    hub.fault("image_encoder/model.fp16.safetensors", Answer.hides)
    plan = look_up("kandinsky-2-2", ["image-encoder"], hub.url)
    with pytest.raises(ModelError):
        Download(plan, store).run()
    assert store.models() == [model]
    discard(store, plan)
    assert store.models() == [model] and unfinished(store) == []


def test_a_disk_with_too_little_room_is_told_before_anything_is_fetched(
    hub: FakeHub, store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10, 9, 1))
    one = download(hub, store)
    hub.asked.clear()
    with pytest.raises(ModelError, match="Make room"):
        one.run()
    assert hub.asked == [] and unfinished(store) == []


def test_a_disk_that_fills_up_meanwhile(
    hub: FakeHub, store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, os.strerror(28))

    one = download(hub, store)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(ModelError, match=r"full.*kept"):
            one.run()
    one.run()
    assert is_complete(hub, store)


def test_a_store_that_cannot_be_written_to(hub: FakeHub, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    one = download(hub, ModelStore(tmp_path / "file" / "store"))
    with pytest.raises(ModelError, match="cannot be written to"):
        one.run()


def test_it_does_not_take_the_place_of_another_model(hub: FakeHub, store: ModelStore, tmp_path: Path) -> None:
    mine = store.add(tiny.write(tmp_path / "someone painter", tiny.sd_files()))
    assert mine.id == "someone-painter"
    with pytest.raises(ModelError, match="another model"):
        download(hub, store).run()
    assert store.models() == [mine]


def test_a_hub_that_is_not_there(hub: FakeHub, store: ModelStore) -> None:
    one = Download(look_up(REPO, endpoint=hub.url), store, waits=())
    plan = DownloadPlan.from_json(
        {
            **one.plan.to_json(),
            "files": [{**file, "url": "http://127.0.0.1:9/"} for file in one.plan.to_json()["files"]],
        }
    )
    with pytest.raises(ModelError, match="cannot be reached"):
        Download(plan, store, waits=()).run()


@pytest.mark.parametrize(
    "path", ["../out.json", "/etc/out", "a//b", "C:/x", "a\\b", "a/./b", "con:x", "x" * 500]
)
def test_paths_that_lead_elsewhere_are_refused(hub: FakeHub, store: ModelStore, path: str) -> None:
    values = look_up(REPO, endpoint=hub.url).to_json()
    values["files"][0]["path"] = path
    with pytest.raises(ModelError, match="must not be written"):
        DownloadPlan.from_json(values)


def test_the_record_of_a_download_that_is_damaged_is_left_out(
    hub: FakeHub, store: ModelStore, caplog: pytest.LogCaptureFixture
) -> None:
    (store.folder / "some").mkdir(parents=True)
    for text in ("", "{}", "[]", '{"files": 3}', '{"files": [], "options": [], "id": "../up"}'):
        (store.folder / "some" / "download.json").write_text(text)
        assert unfinished(store) == []
