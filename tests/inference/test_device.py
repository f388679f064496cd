"""What the machine can compute with: plain facts, whatever torch and the drivers make of it."""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from inference.device import describe_devices
from inference.memory import devices_of

GB = 1 << 30


class Card:
    """What torch.cuda says of one."""

    def __init__(self, name: str, major: int, free: int | Exception, reserved: int = 0) -> None:
        self.properties = SimpleNamespace(name=name, total_memory=8 * GB, major=major, minor=6)
        self.free, self.reserved, self.share = free, reserved, 1.0

    def mem_get_info(self) -> tuple[int, int]:
        if isinstance(self.free, Exception):
            raise self.free
        return self.free, 8 * GB


def stand_in(*cards: Card, metal: bool = False, **fields: Any) -> SimpleNamespace:
    """A module torch that finds these devices."""

    def zeros(*_: Any, **__: Any) -> None:
        raise TypeError("BFloat16 is not supported on MPS")

    values = {
        "__version__": "2.0",
        "bfloat16": object(),
        "zeros": zeros,
        "version": SimpleNamespace(hip=None),
        "backends": SimpleNamespace(mps=SimpleNamespace(is_available=lambda: metal)),
        "mps": SimpleNamespace(recommended_max_memory=lambda: 4096, driver_allocated_memory=lambda: 5),
        "cuda": SimpleNamespace(
            is_available=lambda: bool(cards),
            device_count=lambda: len(cards),
            get_device_properties=lambda index: cards[index].properties,
            mem_get_info=lambda index: cards[index].mem_get_info(),
            memory_reserved=lambda index: cards[index].reserved,
            get_per_process_memory_fraction=lambda index: cards[index].share,
        ),
    }
    return SimpleNamespace(**{**values, **fields})


def describe(monkeypatch: pytest.MonkeyPatch, torch: object) -> dict[str, Any]:
    monkeypatch.setitem(sys.modules, "torch", torch)  # type: ignore[arg-type]
    facts = describe_devices()
    assert json.loads(json.dumps(facts)) == facts
    return facts


def test_the_real_machine_has_a_processor_with_memory() -> None:
    facts = describe_devices()
    processor = facts["cpu"]
    assert 0 < processor["available"] <= processor["memory"]
    assert 0 < processor["free"] <= processor["memory"]
    assert processor["cores"] >= 1
    assert devices_of(facts)[-1].id == "cpu"


def test_its_own_memory_counts_as_free_without_what_it_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    total = psutil.virtual_memory()._replace(total=64 * GB, available=8 * GB)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: total)
    linux = SimpleNamespace(memory_info=lambda: SimpleNamespace(rss=5 * GB, shared=2 * GB))
    elsewhere = SimpleNamespace(
        memory_info=lambda: SimpleNamespace(rss=5 * GB),
        memory_full_info=lambda: SimpleNamespace(uss=4 * GB),
    )
    for process, own in ((linux, 3 * GB), (elsewhere, 4 * GB)):
        monkeypatch.setattr(psutil, "Process", lambda found=process: found)
        facts = describe(monkeypatch, None)
        assert (facts["cpu"]["available"], facts["cpu"]["free"]) == (8 * GB, 8 * GB + own)


def test_cards_with_what_this_process_can_have_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    cards = [Card("New", 8, 3 * GB, reserved=2 * GB), Card("Old", 7, 7 * GB, reserved=3 * GB)]
    facts = describe(monkeypatch, stand_in(*cards))
    assert facts["cuda"] == [
        {"name": "New", "memory": 8 * GB, "free": 5 * GB, "bf16": True, "capability": [8, 6]},
        {"name": "Old", "memory": 8 * GB, "free": 8 * GB, "bf16": False, "capability": [7, 6]},
    ]


def test_an_amd_card_has_bf16_whatever_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = stand_in(Card("Radeon", 0, GB), version=SimpleNamespace(hip="6.4"))
    assert describe(monkeypatch, torch)["cuda"][0]["bf16"] is True


def test_a_card_that_does_not_tell_its_free_memory_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = describe(monkeypatch, stand_in(Card("Card", 8, RuntimeError("not supported"))))
    assert facts["cuda"][0]["free"] == 8 * GB


def test_a_share_of_a_card_is_all_that_is_free_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    card = Card("Card", 8, 7 * GB)
    card.share = 0.25
    assert describe(monkeypatch, stand_in(card))["cuda"][0]["free"] == 2 * GB


def test_metal(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = describe(monkeypatch, stand_in(metal=True))
    assert facts["mps"] is True
    assert facts["metal"] == {"name": "Apple GPU", "memory": 4096, "free": 4096, "bf16": False}
    new = stand_in(metal=True, zeros=lambda *_, **__: None)
    assert describe(monkeypatch, new)["metal"]["bf16"] is True


def test_a_driver_that_fails_hides_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = stand_in()

    def fail() -> bool:
        raise RuntimeError("CUDA driver initialization failed\nmore")

    torch.cuda.is_available = fail
    facts = describe(monkeypatch, torch)
    assert facts["torch_error"] == "RuntimeError: CUDA driver initialization failed"
    assert [device.id for device in devices_of(facts)] == ["cpu"]


def test_without_torch_there_is_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = describe(monkeypatch, None)
    assert facts["torch"] is None
    assert "torch" in facts["torch_error"]
    assert devices_of(facts) == []
