"""The command ``engine``: what models run on, and how it gets here."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from functools import partial
from typing import Any

from editor.engine_texts import (
    device_text,
    fraction,
    offer_text,
    packages_text,
    progress_text,
    state_text,
    tested_text,
)
from editor.headless import ProgressBar
from editor.settings import Settings
from editor.texts import size_text
from inference.runtime.environments import Environment, EnvironmentStore
from inference.runtime.errors import SetupError
from inference.runtime.install import Installation, SetupProgress, remove
from inference.runtime.lists import Wanted
from inference.runtime.offer import Offer, make_offer

Facts = dict[str, Any]


def run(arguments: argparse.Namespace) -> None:
    """Raises SetupError."""
    {"status": _status, "install": _install, "repair": _repair, "remove": _remove}[arguments.action](
        arguments, EnvironmentStore()
    )


def _status(arguments: argparse.Namespace, store: EnvironmentStore) -> None:
    offer = make_offer(store)
    if arguments.json:
        print(json.dumps(_facts(store, offer)))
        return
    print(state_text(offer))
    environment = offer.environment
    if environment is not None:
        print(f"Python {environment.python}, {size_text(environment.bytes)}, {store.folder / environment.id}")
        print(f"Tried out on {tested_text(environment)}.")
    if offer.leftover:
        print(
            f"{size_text(offer.leftover)} of an interrupted installation are there: “engine install” goes on with it, "
            "“engine remove” deletes them."
        )
    if not offer.is_current:
        print(f"“engine install” would bring: {offer_text(offer)}")
    _tell_of_setting()


def _install(arguments: argparse.Namespace, store: EnvironmentStore) -> None:
    offer = make_offer(store, arguments.device, arguments.source)
    if offer.is_current:
        assert offer.environment is not None
        if arguments.json:
            print(json.dumps(asdict(offer.environment)))
        else:
            print(f"It is there already. {state_text(offer)} “engine repair” makes it anew.")
        return
    _make(arguments, store, offer)


def _repair(arguments: argparse.Namespace, store: EnvironmentStore) -> None:
    """For the device that it is for, as far as that can be told."""
    try:
        there = store.current()
    except SetupError:
        there = None
    wanted: Wanted = there.device if there is not None else "auto"
    _make(arguments, store, make_offer(store, wanted, arguments.source))


def _make(arguments: argparse.Namespace, store: EnvironmentStore, offer: Offer) -> None:
    installation = Installation(offer.choice.requirements, store, arguments.source)
    installation.check()
    if offer.online and not arguments.yes:
        if not sys.stdin.isatty():
            raise SetupError(
                f"{offer_text(offer)} Nothing was fetched: say --yes where nobody can be asked.",
                is_input=True,
            )
        print(offer_text(offer), file=sys.stderr)
        print(
            f"Fetch {size_text(offer.choice.requirements.download)}? [y/N] ",
            end="",
            file=sys.stderr,
            flush=True,
        )
        if sys.stdin.readline().strip().casefold() not in ("y", "yes"):
            raise SetupError("Nothing was fetched.", is_input=True)
    else:
        print(offer_text(offer), file=sys.stderr)
    try:
        with ProgressBar(sys.stderr) as bar:
            environment = installation.run(partial(_show, bar))
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            "Interrupted. What was in use still is, and what has arrived is kept: “engine install” goes on with it."
        ) from None
    if arguments.json:
        print(json.dumps(asdict(environment)))
    else:
        print(_told(environment))
        _tell_of_setting()


def _remove(arguments: argparse.Namespace, store: EnvironmentStore) -> None:
    before = store.total_bytes()
    remove(store)
    after = store.total_bytes()
    if arguments.json:
        print(json.dumps({"freed": before - after}))
    elif not before:
        print("There is no engine to remove.")
    elif after > 1 << 20:
        print("The engine is not used any more; what is still at work in it is deleted later.")
    else:
        print(
            f"The engine is deleted ({size_text(before - after)} freed). Models and pictures stay as they are."
        )


def _show(bar: ProgressBar, progress: SetupProgress) -> None:
    bar.draw(fraction(progress), progress_text(progress))


def _told(environment: Environment) -> str:
    return (
        f"The engine is ready: {packages_text(environment)}, for {device_text(environment)}, "
        f"{size_text(environment.bytes)} on the disk."
    )


def _tell_of_setting() -> None:
    if other := Settings()["engine-python"]:
        print(
            f"The preferences name another Python for the engines, which comes first: {other}",
            file=sys.stderr,
        )


def _facts(store: EnvironmentStore, offer: Offer) -> Facts:
    requirements = offer.choice.requirements
    return {
        "environment": asdict(offer.environment) if offer.environment is not None else None,
        "folder": str(store.folder),
        "problem": offer.damage,
        "current": offer.is_current,
        "leftover": offer.leftover,
        "optional": offer.is_optional,
        "offer": {
            "requirements": requirements.id,
            "device": requirements.device,
            "card": asdict(offer.choice.card),
            "why": offer.choice.why,
            "download": requirements.download,
            "installed": requirements.installed,
            "needed": offer.needed,
            "free": offer.free,
        },
    }
