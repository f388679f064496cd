"""What is learnt from a hub, which files are picked, and what a bad answer comes to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inference.models.catalogue import CATALOGUE, find_entry
from inference.models.hub import PUBLIC, default_endpoint, look_up
from inference.models.model import ModelError
from inference.models.plan import DownloadPlan
from inference.models.web import Web, hub_token
from tests.inference.models import tiny
from tests.inference.models.fake_hub import GENERATE, INPAINT, PRIOR, Answer, FakeHub
from tests.inference.models.fake_hub import PAINTER as REPO


def paths(plan: DownloadPlan) -> set[str]:
    return {file.path for file in plan.files}


def test_only_what_is_needed_is_picked(hub: FakeHub) -> None:
    plan = look_up(REPO, endpoint=hub.url)
    wanted = {f"pipeline/{path}" for path in (*tiny.sd_files(), "README.md", "LICENSE")}
    assert paths(plan) == wanted
    assert plan.bytes == sum(len(hub.repos[REPO][path.partition("/")[2]]) for path in wanted)
    assert (plan.id, plan.name, plan.family, plan.licence) == ("someone-painter", "painter", "sd-1-5", "mit")
    assert plan.revisions == {REPO: hub.commit(REPO)} and not plan.gated


def test_the_safety_checker_is_not_fetched(hub: FakeHub) -> None:
    hub.repos[REPO] = tiny.sd_files(safety_checker=True)
    found = paths(look_up(REPO, endpoint=hub.url))
    assert not any(path.endswith(".safetensors") for path in found if "safety_checker" in path)
    assert "pipeline/unet/diffusion_pytorch_model.safetensors" in found


def test_a_question_that_is_dropped_ends_though_the_hub_is_silent(hub: FakeHub) -> None:
    hub.fault("model_index.json", Answer.stalls)
    with pytest.raises(ModelError):
        look_up(REPO, endpoint=hub.url, timeout=600, cancelled=hub.stalled.is_set)
    assert hub.stalled.is_set()


def test_of_two_precisions_the_smaller_is_picked(hub: FakeHub) -> None:
    plan = look_up("kandinsky-2-2", endpoint=hub.url)
    weights = {path for path in paths(plan) if path.endswith((".safetensors", ".bin"))}
    assert weights == {
        "prior/prior/diffusion_pytorch_model.fp16.safetensors",
        "prior/text_encoder/model.fp16.safetensors",
        "inpaint/unet/diffusion_pytorch_model.fp16.safetensors",
        "inpaint/movq/diffusion_pytorch_model.fp16.safetensors",
    }


def test_options_are_fetched_only_when_asked_for(hub: FakeHub) -> None:
    assert not any("image_encoder" in path for path in paths(look_up("kandinsky-2-2", endpoint=hub.url)))
    assert GENERATE not in look_up("kandinsky-2-2", endpoint=hub.url).revisions
    plan = look_up("Kandinsky 2.2", ["text-to-image", "image-encoder"], hub.url)
    assert plan.options == ("image-encoder", "text-to-image")
    assert plan.revisions.keys() == {PRIOR, INPAINT, GENERATE}
    assert "prior/image_encoder/model.fp16.safetensors" in paths(plan)
    assert "generate/unet/diffusion_pytorch_model.safetensors" in paths(plan)
    with pytest.raises(ModelError, match="no optional part “music”: it has image-encoder, text-to-image"):
        look_up("kandinsky-2-2", ["music"], hub.url)


def test_large_files_have_one_sum_and_small_ones_the_other(hub: FakeHub) -> None:
    for file in look_up(REPO, endpoint=hub.url).files:
        assert len(file.sha1) == 40 and not file.sha256 if file.size < 200 else len(file.sha256) == 64


def test_long_lists_are_read_to_the_end(hub: FakeHub) -> None:
    whole = look_up(REPO, endpoint=hub.url)
    hub.page_size = 3
    assert look_up(REPO, endpoint=hub.url) == whole


def test_shards_come_with_their_index(hub: FakeHub) -> None:
    files = hub.repos[REPO]
    data = files.pop("unet/diffusion_pytorch_model.safetensors")
    names = [f"unet/diffusion_pytorch_model-0000{number}-of-00002.safetensors" for number in (1, 2)]
    index = "unet/diffusion_pytorch_model.safetensors.index.json"
    files |= {
        names[0]: data,
        names[1]: data,
        index: b"{}",
        "unet/diffusion_pytorch_model.bin.index.json": b"{}",
    }
    found = paths(look_up(REPO, endpoint=hub.url))
    assert {f"pipeline/{path}" for path in (*names, index)} <= found
    assert not any(".bin" in path for path in found)
    del files[names[1]]
    with pytest.raises(ModelError, match="not whole"):
        look_up(REPO, endpoint=hub.url)


def test_a_pages_address_will_do(hub: FakeHub) -> None:
    plan = look_up(f" https://huggingface.co/{REPO}/tree/main ", endpoint=hub.url)
    assert plan == look_up(REPO, endpoint=hub.url)


def test_another_decoder_of_kandinsky_brings_the_prior_that_it_names(hub: FakeHub) -> None:
    hub.repos["someone/decoder"] = tiny.decoder_files()
    hub.repos["someone/prior"] = tiny.prior_files()
    hub.cards["someone/decoder"] = {"prior": ["someone/prior"], "license": "mit"}
    plan = look_up("someone/decoder", endpoint=hub.url)
    assert plan.revisions.keys() == {"someone/decoder", "someone/prior"}
    assert (plan.id, plan.family, plan.licence) == ("someone-decoder", "kandinsky-2-2", "mit")
    with pytest.raises(ModelError, match="only a part"):
        look_up("someone/prior", endpoint=hub.url)


def test_a_hub_that_asks_for_agreement_is_told(hub: FakeHub) -> None:
    hub.gated.add(REPO)
    assert look_up(REPO, endpoint=hub.url).gated
    hub.fault("model_index.json", Answer.refuses)
    with pytest.raises(ModelError, match=f"Agree to them at {hub.url}/{REPO} with your account"):
        look_up(REPO, endpoint=hub.url)


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("someone/nobody", "127.0.0.1 has no model someone/nobody"),
        ("painter", "neither a model of the catalogue.*nor a hub id"),
        ("a/b/c", "nor a hub id"),
        ("../x", "has no model|nor a hub id"),
        ("", "nor a hub id"),
        ("https://huggingface.co/", "nor a hub id"),
    ],
)
def test_names_that_lead_nowhere(hub: FakeHub, wanted: str, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        look_up(wanted, endpoint=hub.url)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"model.ckpt": b"pickle"}, "someone/painter is a pickle checkpoint"),
        ({"model.safetensors": tiny.safetensors()}, "not in the diffusers layout"),
        ({"model_index.json": b"nonsense"}, "not a hub's answer"),
        ({"model_index.json": json.dumps({"_class_name": ["mine", "Mine"]}).encode()}, "never run"),
        ({"model_index.json": json.dumps({"_class_name": "Else"}).encode()}, "not among"),
        ({"../../up.json": b"{}", **tiny.sd_files()}, None),
        ({"unet/../../../up.json": b"{}", **tiny.sd_files()}, "must not be written"),
        (
            {path.replace(".safetensors", ".bin"): data for path, data in tiny.sd_files().items()},
            "someone/painter/unet is a pickle",
        ),
    ],
)
def test_repositories_that_are_refused(hub: FakeHub, files: dict[str, bytes], words: str | None) -> None:
    hub.repos[REPO] = files
    if words is None:
        assert not any(".." in path for path in paths(look_up(REPO, endpoint=hub.url)))
        return
    with pytest.raises(ModelError, match=words):
        look_up(REPO, endpoint=hub.url)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Answer.fails, "has trouble .HTTP 503"),
        (Answer.hides, "has no model"),
        (Answer.breaks, "broke off|not a hub's answer"),
    ],
)
def test_bad_answers(hub: FakeHub, fault, words: str) -> None:
    hub.fault("model_index.json", fault)
    with pytest.raises(ModelError, match=words):
        look_up(REPO, endpoint=hub.url)


def test_answers_that_are_not_a_hubs(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    for answer in ([], {}, {"sha": "../../etc"}, {"sha": 3}, "x"):
        with monkeypatch.context() as patch:
            patch.setattr(Answer, "_api", lambda self, *_, answer=answer: self._json(answer))
            with pytest.raises(ModelError, match="not a hub's answer"):
                look_up(REPO, endpoint=hub.url)


@pytest.mark.parametrize(
    "row", [3, {"type": "file"}, {"type": "file", "path": "a.json", "size": "1", "oid": "0"}]
)
def test_lists_that_are_not_a_hubs(hub: FakeHub, monkeypatch: pytest.MonkeyPatch, row: object) -> None:
    monkeypatch.setattr("tests.inference.models.fake_hub._row", lambda *_: row)
    with pytest.raises(ModelError, match="not a hub's answer"):
        look_up(REPO, endpoint=hub.url)


def test_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with pytest.raises(ModelError, match=r"127.0.0.1 cannot be reached \(.*\)\. Is this computer online\?"):
        look_up(REPO, endpoint="http://127.0.0.1:9")


@pytest.mark.parametrize("endpoint", ["huggingface.co", "ftp://x", "file:///etc", "http://"])
def test_addresses_that_are_no_hub(endpoint: str) -> None:
    with pytest.raises(ModelError, match="not the address of a hub"):
        look_up(REPO, endpoint=endpoint)


def test_the_mirror_that_the_environment_names(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    assert default_endpoint() == PUBLIC
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    assert look_up(REPO).endpoint == hub.url


def test_where_the_token_comes_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    assert hub_token() == ""
    (tmp_path / "token").write_text("hf_file\n")
    assert hub_token() == "hf_file"
    monkeypatch.setenv("HF_TOKEN", "hf_variable")
    assert hub_token() == "hf_variable"
    monkeypatch.setenv("HF_TOKEN", "hf\nHost: evil")
    assert hub_token() == ""


def test_the_token_is_not_sent_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    assert Web("https://huggingface.co").has_token and Web("http://127.0.0.1:1").has_token
    assert not Web("http://mirror.example").has_token


def test_the_catalogue_is_in_order() -> None:
    from inference.engines.engine import ENGINES

    ids = [entry.id for entry in CATALOGUE]
    assert len(set(ids)) == len(ids)
    for entry in CATALOGUE:
        assert entry.family in ENGINES and entry.licence and entry.licence_url.startswith("https://")
        assert entry.repos.keys() in ({"pipeline"}, {"prior", "inpaint"})
        assert find_entry(entry.title.upper()) is entry
    assert find_entry("nobody") is None
