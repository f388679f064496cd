"""Offer: what installing the engine would fetch, for which card, and what room it takes; worked out offline."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from inference.runtime.cards import find_card
from inference.runtime.environments import Environment, EnvironmentStore
from inference.runtime.errors import SetupError
from inference.runtime.install import Installation
from inference.runtime.lists import Choice, Wanted, choose


@dataclass(frozen=True, slots=True)
class Offer:
    """``needed`` and ``free`` are bytes on the disk, with what is to spare; ``online``: it would go online.

    ``environment``: the one in use, if any; ``damage``: what is wrong with it, as a sentence. ``leftover``: bytes of an
    installation that was interrupted. ``is_optional``: the program's own Python has torch.
    """

    choice: Choice
    needed: int
    free: int
    online: bool
    environment: Environment | None
    damage: str
    leftover: int
    is_optional: bool

    @property
    def is_current(self) -> bool:
        """Whether what is in use is just what would be installed."""
        return self.environment is not None and self.environment.digest == self.choice.requirements.digest


def make_offer(store: EnvironmentStore, wanted: Wanted = "auto", source: Path | None = None) -> Offer:
    """May take a second: asks the card's driver. Raises SetupError where this release has no list for ``wanted``."""
    choice = choose(wanted, find_card())
    environment, damage = None, ""
    try:
        environment = store.current()
    except SetupError as error:
        damage = str(error)
    installation = Installation(choice.requirements, store, source)
    return Offer(
        choice=choice,
        needed=installation.needed_bytes(),
        free=installation.free_bytes(),
        online=source is None,
        environment=environment,
        damage=damage,
        leftover=store.leftover_bytes(),
        is_optional=importlib.util.find_spec("torch") is not None,
    )
