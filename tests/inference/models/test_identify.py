"""What a folder or file is told to be, and what is refused with which reason."""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from inference.models.identify import identify, slug
from inference.models.model import ModelError, PartMissing
from tests.inference.models import tiny

FP16_UNET = "unet/diffusion_pytorch_model.fp16.safetensors"
UNET = "unet/diffusion_pytorch_model.safetensors"


@pytest.fixture
def painter(tmp_path: Path) -> Path:
    return tiny.write(tmp_path / "My painter", tiny.sd_files())


def make_kandinsky(folder: Path, generate: bool = False) -> Path:
    tiny.write(folder / "the prior", tiny.prior_files(fp16=True))
    tiny.write(folder / "the decoder", tiny.decoder_files(fp16=True))
    if generate:
        tiny.write(folder / "another decoder", tiny.decoder_files("KandinskyV22Pipeline", fp16=True))
    return folder


@pytest.mark.parametrize(
    ("files", "family", "inpaints"),
    [
        (tiny.sd_files(), "sd-1-5", True),
        (tiny.sd_files("StableDiffusionPipeline", channels=4), "sd-1-5", False),
        (tiny.sd_files(width=1024), "sd-2", True),
        (tiny.sd_files("StableDiffusionXLInpaintPipeline", width=2048), "sdxl", True),
        (tiny.sd_files("StableDiffusionXLPipeline", channels=4, width=2048), "sdxl", False),
        (tiny.transformer_files("StableDiffusion3Pipeline"), "sd-3", False),
        (tiny.transformer_files("FluxFillPipeline"), "flux-fill", True),
        (tiny.transformer_files("ZImagePipeline"), "z-image", False),
        (tiny.transformer_files("QwenImagePipeline"), "qwen-image", False),
    ],
)
def test_folders(tmp_path: Path, files: dict[str, bytes], family: str, inpaints: bool) -> None:
    folder = tiny.write(tmp_path / "folder", files)
    model = identify(folder)
    assert (model.family, model.inpaints, model.can_generate) == (family, inpaints, not inpaints)
    assert model.parts == {"pipeline": str(folder)}
    assert sorted(model.parameters.values()) == [9, 9, 9]
    assert all(component.startswith("pipeline/") for component in model.parameters)


@pytest.mark.parametrize(
    ("shapes", "family", "inpaints"),
    [
        (tiny.SD15, "sd-1-5", True),
        ({**tiny.SD15, "model.diffusion_model.input_blocks.0.0.weight": (4, 4, 1, 1)}, "sd-1-5", False),
        (tiny.SD2, "sd-2", True),
        (tiny.SDXL, "sdxl", True),
        (tiny.SD3, "sd-3", False),
        (tiny.FLUX, "flux-fill", True),
        (tiny.Z_IMAGE, "z-image", False),
        (tiny.QWEN, "qwen-image", False),
    ],
)
def test_single_files(tmp_path: Path, shapes: tiny.Shapes, family: str, inpaints: bool) -> None:
    path = tmp_path / "Some model v1.5.safetensors"
    path.write_bytes(tiny.safetensors(shapes))
    model = identify(path)
    assert (model.id, model.name, model.source) == ("some-model-v1-5", "Some model v1.5", "file")
    assert (model.family, model.inpaints) == (family, inpaints)
    assert model.parts == {"checkpoint": str(path)}
    assert "checkpoint/vae" in model.parameters and "checkpoint/other" not in model.parameters
    assert model.bytes == path.stat().st_size


def test_what_is_told_of_a_folder(painter: Path) -> None:
    tiny.write(
        painter, {"README.md": b"---\ntags:\n- a\nlicense: openrail++\n---\n", "notes.bin": b"not weights"}
    )
    model = identify(painter)
    assert (model.id, model.name, model.licence, model.variant) == (
        "my-painter",
        "My painter",
        "openrail++",
        "",
    )
    assert model.bytes == 3 * len(tiny.safetensors())
    assert model.parameters.keys() == {"pipeline/unet", "pipeline/vae", "pipeline/text_encoder"}
    assert identify(painter / "model_index.json") == model


def test_where_both_precisions_are_there_the_smaller_is_counted(painter: Path) -> None:
    full = identify(painter)
    tiny.write(painter, tiny.sd_files(fp16=True))
    both = identify(painter)
    assert (both.variant, both.bytes) == ("fp16", full.bytes)
    assert both.hash != full.hash


def test_the_hash_is_of_the_weights_alone(painter: Path, tmp_path: Path) -> None:
    before = identify(painter).hash
    (painter / "README.md").write_text("changed")
    moved = painter.rename(tmp_path / "elsewhere")
    assert identify(moved).hash == before
    (moved / UNET).write_bytes(tiny.safetensors({"weight": (3, 3)}))
    assert identify(moved).hash != before


@pytest.mark.parametrize("generate", [False, True])
def test_kandinsky_in_one_folder(tmp_path: Path, generate: bool) -> None:
    folder = make_kandinsky(tmp_path / "Kandinsky", generate)
    model = identify(folder)
    assert (model.family, model.name, model.can_generate) == ("kandinsky-2-2", "Kandinsky", generate)
    roles = {"prior": "the prior", "inpaint": "the decoder"} | (
        {"generate": "another decoder"} if generate else {}
    )
    assert model.parts == {role: str(folder / name) for role, name in roles.items()}
    assert (model.licence, model.variant) == ("apache-2.0", "fp16")


def test_kandinsky_from_several_folders(tmp_path: Path) -> None:
    folder = make_kandinsky(tmp_path)
    model = identify(folder / "the prior", folder / "the decoder")
    assert model.parts.keys() == {"prior", "inpaint"}
    assert model.name == "the decoder"
    assert model.hash == identify(folder / "the decoder", folder / "the prior").hash


def test_kandinsky_may_lack_its_image_encoder(tmp_path: Path) -> None:
    folder = make_kandinsky(tmp_path)
    assert "prior/image_encoder" in identify(folder).parameters
    shutil.rmtree(folder / "the prior" / "image_encoder")
    assert "prior/image_encoder" not in identify(folder).parameters
    shutil.rmtree(folder / "the prior" / "text_encoder")
    with pytest.raises(ModelError, match="“text_encoder” is missing"):
        identify(folder)


def test_the_safety_checker_is_not_looked_at(tmp_path: Path) -> None:
    folder = tiny.write(tmp_path / "painter", tiny.sd_files(safety_checker=True))
    model = identify(folder)
    assert "pipeline/safety_checker" not in model.parameters
    shutil.rmtree(folder / "safety_checker")
    assert identify(folder) == model


@pytest.mark.parametrize(
    ("picked", "words"),
    [
        (["the prior"], "prior alone.*its decoder as well"),
        (["the decoder"], "decoder alone.*its prior as well"),
        (["the prior", "another decoder"], "inpainting decoder as well"),
    ],
)
def test_a_part_of_kandinsky_asks_for_the_other(tmp_path: Path, picked: list[str], words: str) -> None:
    folder = make_kandinsky(tmp_path, generate=True)
    with pytest.raises(PartMissing, match=words):
        identify(*(folder / name for name in picked))


def test_several_models_are_not_one(tmp_path: Path, painter: Path) -> None:
    other = tiny.write(tmp_path / "other", tiny.sd_files())
    for paths in ([painter, other], [tmp_path], [make_kandinsky(tmp_path / "k"), painter]):
        with pytest.raises(ModelError, match="several models"):
            identify(*paths)


def shards(names: tuple[str, ...], listed: tuple[str, ...]) -> dict[str, bytes]:
    index = {"weight_map": {f"weight{number}": name for number, name in enumerate(listed)}}
    return {
        "unet/diffusion_pytorch_model.safetensors.index.json": json.dumps(index).encode(),
        **{f"unet/{name}": tiny.safetensors() for name in names},
    }


def test_shards(painter: Path) -> None:
    (painter / UNET).unlink()
    names = tuple(f"diffusion_pytorch_model-0000{number}-of-00002.safetensors" for number in (1, 2))
    tiny.write(painter, shards(names, names))
    assert identify(painter).parameters["pipeline/unet"] == 18
    (painter / "unet" / names[1]).unlink()
    with pytest.raises(ModelError, match=r"-00002-of-00002\.safetensors is missing"):
        identify(painter)


def edit(path: Path, **values: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (
            lambda at: edit(at / "model_index.json", _class_name=["my_pipeline", "Mine"]),
            "my_pipeline.py.*never run",
        ),
        (lambda at: edit(at / "model_index.json", _class_name={"a": "b"}), "of its own.*never run"),
        (lambda at: edit(at / "model_index.json", unet=["my_unet", "Unet"]), "“my_unet”.*never run"),
        (lambda at: edit(at / "unet/config.json", auto_map={"AutoModel": "unet.Unet"}), "code of its own"),
        (lambda at: edit(at / "tokenizer/tokenizer_config.json", auto_map={"A": "b.B"}), "code of its own"),
        (
            lambda at: edit(at / "model_index.json", _class_name="AudioPipeline"),
            "AudioPipeline, which is not among",
        ),
        (lambda at: (at / "model_index.json").write_text("{"), "not JSON"),
        (lambda at: (at / "model_index.json").write_text("[]"), "damaged"),
        (lambda at: (at / "unet/config.json").write_bytes(b"\xff\xfe"), "not JSON"),
        (lambda at: (at / UNET).rename(at / "unet/diffusion_pytorch_model.bin"), "pickle.*run code"),
        (lambda at: (at / UNET).unlink(), "unet has no safetensors weights"),
        (lambda at: shutil.rmtree(at / "tokenizer"), "“tokenizer” is missing"),
        (lambda at: (at / "vae/a_config.json").mkdir(), "cannot be read"),
    ],
)
def test_folders_that_are_refused(painter: Path, spoil: Callable[[Path], object], words: str) -> None:
    spoil(painter)
    with pytest.raises(ModelError, match=words):
        identify(painter)


WHOLE = tiny.safetensors(tiny.SD15)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("m.ckpt", WHOLE, "pickle checkpoint, which can run code.*ask for a safetensors version"),
        ("m.pt", WHOLE, "pickle"),
        ("m.safetensors", b"", "is empty"),
        ("m.safetensors", b"abc", "not a safetensors file"),
        ("m.safetensors", WHOLE[:-1], "not whole"),
        ("m.safetensors", WHOLE + b"\0", "not whole"),
        ("m.safetensors", WHOLE[:100], "its header is cut off"),
        ("m.safetensors", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "only a pointer"),
        ("m.safetensors", b"PK\x03\x04\x00\x00\x08\x08\x00", "pickle checkpoint under another name"),
        ("m.safetensors", b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j", "pickle checkpoint under another name"),
        ("m.safetensors", b"<!DOCTYPE html><html>", "web page"),
        ("m.safetensors", b"GGUF\x03\x00\x00\x01\x00", "GGUF"),
        ("m.safetensors", struct.pack("<Q", 1 << 60) + b"{}", "cut off"),
        ("m.safetensors", struct.pack("<Q", 4) + b"{]]}", "damaged"),
        (
            "m.safetensors",
            struct.pack("<Q", 48) + b'{"a":{"shape":[1e999],"data_offsets":[0,1e999]}}',
            "damaged",
        ),
        ("m.safetensors", struct.pack("<Q", 2) + b"{}", "holds no weights"),
        ("m.safetensors", struct.pack("<Q", 8) + b'{"a": 1}', "damaged"),
        ("m.safetensors", tiny.safetensors(), "not a model that is known here"),
        ("m.safetensors", tiny.safetensors({"lora_unet_down.lora_up.weight": (1,)}), "LoRA"),
        (
            "m.safetensors",
            tiny.safetensors({**tiny.FLUX, "model.diffusion_model.img_in.weight": (2, 64)}),
            "Fill",
        ),
        (
            "m.safetensors",
            tiny.safetensors({key: shape for key, shape in tiny.SD15.items() if key.startswith("model.")}),
            "lacks its text encoder and autoencoder",
        ),
    ],
)
def test_files_that_are_refused(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelError, match=words):
        identify(tmp_path / name)


def test_what_is_not_there_or_no_model(tmp_path: Path, painter: Path) -> None:
    (tmp_path / "empty").mkdir()
    for path, words in (
        (tmp_path / "gone", "nothing at"),
        (tmp_path / "empty", "no model in"),
        (painter / "unet", "one component"),
    ):
        with pytest.raises(ModelError, match=words):
            identify(path)
    with pytest.raises(ModelError):
        identify()


def test_a_folder_with_one_checkpoint(tmp_path: Path) -> None:
    folder = tiny.write(tmp_path / "f", {"a.safetensors": WHOLE, "notes.txt": b""})
    assert identify(folder).parts == {"checkpoint": str(folder / "a.safetensors")}
    tiny.write(folder, {"b.safetensors": WHOLE})
    with pytest.raises(ModelError, match="pick one of its files"):
        identify(folder)


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("Größe 1.5 (v2)", "groe-1-5-v2"),
        ("模型", "model"),
        ("con", "model-con"),
        ("--a__b--", "a-b"),
        ("", "model"),
    ],
)
def test_slugs(text: str, made: str) -> None:
    assert slug(text) == made
    assert slug("x" * 200) == "x" * 64
