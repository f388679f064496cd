"""The store: what is added, found, removed and never touched, and the hub's cache beside it."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from inference.models.catalogue import CATALOGUE
from inference.models.model import Model, ModelError
from inference.models.store import ModelStore
from tests.inference.models import tiny


@pytest.fixture
def painter(tmp_path: Path) -> Path:
    return tiny.write(tmp_path / "Painter", tiny.sd_files())


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "hub-cache"
    monkeypatch.setenv("HF_HUB_CACHE", str(folder))
    return folder


def put_into_cache(cache: Path, repo: str, files: dict[str, bytes], commit: str = "c0ffee") -> Path:
    """As the hub's own tools do: blobs, and links to them in a snapshot."""
    repository = cache / f"models--{repo.replace('/', '--')}"
    for number, (path, data) in enumerate(files.items()):
        blob = repository / "blobs" / f"{commit}{number}"
        blob.parent.mkdir(parents=True, exist_ok=True)
        blob.write_bytes(data)
        link = repository / "snapshots" / commit / path
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(os.path.relpath(blob, link.parent))
    (repository / "refs").mkdir(exist_ok=True)
    (repository / "refs" / "main").write_text(commit)
    return repository / "snapshots" / commit


def test_added_it_is_listed_and_got(store: ModelStore, painter: Path) -> None:
    model = store.add(painter)
    assert (model.id, model.name, model.source, model.origin) == (
        "painter",
        "Painter",
        "folder",
        str(painter),
    )
    assert store.models() == [model] == [store.get("painter")]
    assert store.folder_of(model) == store.folder / "painter"


def test_added_again_it_is_the_same_under_another_name(store: ModelStore, painter: Path) -> None:
    store.add(painter)
    again = store.add(painter, name="Anna")
    assert (again.id, again.name) == ("painter", "Anna")
    assert store.models() == [again]


def test_ids_are_unique_and_never_one_of_the_catalogue(store: ModelStore, tmp_path: Path) -> None:
    for number, name in enumerate(("Painter", "PAINTER", CATALOGUE[0].title)):
        store.add(tiny.write(tmp_path / str(number) / name, tiny.sd_files()))
    ids = {model.id for model in store.models()}
    assert ids == {"painter", "painter-2", f"{CATALOGUE[0].id}-2"}


def test_the_parts_of_one_model_are_added_together(store: ModelStore, tmp_path: Path) -> None:
    prior = tiny.write(tmp_path / "prior", tiny.prior_files())
    decoder = tiny.write(tmp_path / "decoder", tiny.decoder_files())
    model = store.add(prior, decoder, name="Kandinsky")
    assert model.parts == {"prior": str(prior), "inpaint": str(decoder)}
    assert model.id == "kandinsky"


def test_found_by_whatever_names_it(store: ModelStore, painter: Path) -> None:
    model = store.add(painter, name="Anna's")
    store.write(replace(model, id="loaded", name="Loaded", origin="someone/painter", source="download"))
    assert store.find("anna-s").name == store.find(" ANNA'S ").name == "Anna's"
    assert store.find("someone/painter").id == "loaded"
    with pytest.raises(ModelError, match=r"There is no model “nobody”\. Name one.*anna-s, loaded"):
        store.find("nobody")
    store.write(replace(model, id="other", name="anna's"))
    with pytest.raises(ModelError, match=r"Several.*anna-s, other"):
        store.find("anna's")


@pytest.mark.parametrize("text", ["", " ", "..", "../store/painter", "painter/"])
def test_an_id_is_never_a_path(store: ModelStore, painter: Path, text: str) -> None:
    store.add(painter)
    with pytest.raises(ModelError):
        store.get(text)
    with pytest.raises(ModelError):
        store.remove(text)


def test_found_by_its_path_it_is_added(store: ModelStore, painter: Path) -> None:
    model = store.find(str(painter))
    assert store.get(model.id) == model
    assert store.find(str(painter / "model_index.json")) == model


def test_removing_never_touches_what_is_the_users(store: ModelStore, painter: Path) -> None:
    model = store.add(painter)
    beside = store.folder_of(model) / "zero.npy"
    beside.write_bytes(bytes(1000))
    before = {path: path.read_bytes() for path in painter.rglob("*") if path.is_file()}
    assert 1000 < store.remove(model.id) < 5000
    assert store.models() == [] and not store.folder_of(model).exists()
    assert {path: path.read_bytes() for path in painter.rglob("*") if path.is_file()} == before


def test_removing_deletes_what_was_downloaded(store: ModelStore) -> None:
    folder = tiny.write(store.folder / "painter" / "pipeline", tiny.sd_files())
    store.write(Model("painter", "Painter", "sd-1-5", {"pipeline": str(folder)}, source="download"))
    size = sum(path.stat().st_size for path in (store.folder / "painter").rglob("*") if path.is_file())
    assert store.remove("painter") == size
    assert not [path for path in store.folder.iterdir() if path.name != ".locks"]


def test_removing_what_is_linked_to_leaves_it(store: ModelStore, painter: Path, tmp_path: Path) -> None:
    """The whole folder of a model may be a link to another disk."""
    model = store.add(painter)
    elsewhere = store.folder_of(model).rename(tmp_path / "elsewhere")
    (elsewhere / "precious").write_text("")
    store.folder_of(model).symlink_to(elsewhere, target_is_directory=True)
    store.remove(model.id)
    assert store.models() == [] and (elsewhere / "precious").exists()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"version": 99}',
        '{"version": 1}',
        '{"version": 1, "id": "painter", "parts": 3}',
        "\0" * 9,
    ],
)
def test_a_record_that_is_damaged_is_left_out(store: ModelStore, painter: Path, text: str) -> None:
    model = store.add(painter)
    (store.folder_of(model) / "model.json").write_text(text)
    assert store.models() == []
    with pytest.raises(ModelError, match=r"cannot be read|not where"):
        store.get("painter")


def test_a_model_that_is_gone_is_left_out_and_comes_back(
    store: ModelStore, painter: Path, tmp_path: Path
) -> None:
    """On a disk that is not plugged in today."""
    model = store.add(painter)
    away = painter.rename(tmp_path / "away")
    assert store.models() == []
    with pytest.raises(ModelError, match="not where it was"):
        store.get(model.id)
    away.rename(painter)
    assert store.models() == [model]


def test_a_store_that_is_not_there_is_empty_and_is_not_made(store: ModelStore) -> None:
    assert store.models() == []
    assert not store.folder.exists()


def test_a_store_that_cannot_be_written_to(painter: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match="cannot be written to"):
        ModelStore(tmp_path / "file" / "store").add(painter)


def test_partial_downloads_are_no_models(store: ModelStore) -> None:
    tiny.write(store.folder / "painter" / "pipeline", tiny.sd_files())
    (store.folder / "painter" / "download.json").write_text("{}")
    assert store.models() == []


def test_models_in_the_cache_are_listed_where_they_are(store: ModelStore, cache: Path) -> None:
    snapshot = put_into_cache(cache, "someone/painter", tiny.sd_files())
    [model] = store.models()
    assert (model.id, model.name, model.source) == ("cache-someone-painter", "painter", "cache")
    assert model.parts == {"pipeline": str(snapshot)}
    assert store.folder_of(model) == store.folder / model.id
    assert store.get(model.id) == store.find("someone/painter") == model
    assert not store.folder.exists()


def test_kandinsky_in_the_cache_is_put_together(store: ModelStore, cache: Path) -> None:
    decoder = put_into_cache(cache, "kandinsky-community/kandinsky-2-2-decoder-inpaint", tiny.decoder_files())
    assert store.models() == []
    prior = put_into_cache(cache, "kandinsky-community/kandinsky-2-2-prior", tiny.prior_files())
    [model] = store.models()
    assert model.parts == {"prior": str(prior), "inpaint": str(decoder)}
    put_into_cache(
        cache, "kandinsky-community/kandinsky-2-2-decoder", tiny.decoder_files("KandinskyV22Pipeline")
    )
    [model] = store.models()
    assert model.can_generate


def test_what_is_partial_or_else_in_the_cache_is_left_out(store: ModelStore, cache: Path) -> None:
    snapshot = put_into_cache(cache, "someone/painter", tiny.sd_files())
    put_into_cache(cache, "someone/writer", {"config.json": b"{}", "model.safetensors": tiny.safetensors()})
    (cache / "datasets--a--b").mkdir()
    (cache / "models--broken--one").mkdir()
    (snapshot / "unet/diffusion_pytorch_model.safetensors").resolve().unlink()
    assert store.models() == []


def test_an_older_snapshot_serves_while_the_newest_is_partial(store: ModelStore, cache: Path) -> None:
    whole = put_into_cache(cache, "someone/painter", tiny.sd_files(), "aaa")
    put_into_cache(cache, "someone/painter", {"model_index.json": tiny.sd_files()["model_index.json"]}, "bbb")
    assert [model.parts for model in store.models()] == [{"pipeline": str(whole)}]


def test_removing_a_model_of_the_cache_is_refused(store: ModelStore, cache: Path) -> None:
    snapshot = put_into_cache(cache, "someone/painter", tiny.sd_files())
    with pytest.raises(ModelError, match="other programs"):
        store.remove("cache-someone-painter")
    added = store.add(snapshot, name="Mine")
    assert store.models() == [added]
    store.remove(added.id)
    assert [model.source for model in store.models()] == ["cache"]
    assert snapshot.is_dir()


@pytest.mark.parametrize("variable", ["HF_HOME", "XDG_CACHE_HOME"])
def test_where_the_cache_lies(
    store: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.delenv("HF_HOME")
    monkeypatch.setenv(variable, str(tmp_path))
    inside = "hub" if variable == "HF_HOME" else "huggingface/hub"
    put_into_cache(tmp_path / inside, "someone/painter", tiny.sd_files())
    assert len(store.models()) == 1


def test_listing_adding_and_removing_make_no_connection(
    store: ModelStore, painter: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("a socket was made")

    monkeypatch.setattr(socket, "socket", forbidden)
    monkeypatch.setattr(socket, "getaddrinfo", forbidden)
    put_into_cache(cache, "someone/painter", tiny.sd_files())
    model = store.add(painter)
    assert len(store.models()) == 2
    store.find(str(painter))
    store.find("someone/painter")
    store.remove(model.id)


def test_the_record_is_plain_and_has_a_version(store: ModelStore, painter: Path) -> None:
    model = store.add(painter)
    values = json.loads((store.folder_of(model) / "model.json").read_text())
    assert values["version"] == 1 and values["id"] == "painter" and values["parts"] == model.parts
