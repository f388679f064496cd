"""The command ``models``: what is on this machine, what could be, and how it gets here."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from functools import partial
from typing import Any

from editor.headless import ProgressBar
from editor.texts import duration_text, size_text
from inference.engines.engine import ENGINES
from inference.models.catalogue import CATALOGUE
from inference.models.download import Download, DownloadProgress, arrived_bytes, discard, unfinished
from inference.models.hub import look_up
from inference.models.model import Model, ModelError
from inference.models.plan import DownloadPlan
from inference.models.store import ModelStore

Facts = dict[str, Any]


def run(arguments: argparse.Namespace) -> None:
    """Raises ModelError."""
    {
        "list": _list,
        "add": _add,
        "remove": _remove,
        "catalogue": _catalogue,
        "look-up": _look_up,
        "download": _download,
        "resume": _resume,
    }[arguments.action](arguments, ModelStore())


def _list(arguments: argparse.Namespace, store: ModelStore) -> None:
    models, plans = store.models(), unfinished(store)
    if arguments.json:
        waiting = [_plan_facts(plan, arrived_bytes(store, plan)) for plan in plans]
        print(json.dumps({"models": [_model_facts(model) for model in models], "unfinished": waiting}))
        return
    if not models and not plans:
        print("There is no model yet. “models catalogue” lists what can be downloaded.")
    _print_table(
        (model.id, model.name, _title(model.family), size_text(model.bytes), model.licence, _place(model))
        for model in models
    )
    for plan in plans:
        done = f"{size_text(arrived_bytes(store, plan))} of {size_text(plan.bytes)}"
        print(f"{plan.id}: {done} of its download are there; “models resume {plan.id}” goes on with it.")


def _add(arguments: argparse.Namespace, store: ModelStore) -> None:
    model = store.add(*arguments.paths, name=arguments.name)
    print(json.dumps(_model_facts(model)) if arguments.json else _told(model, "is added"))


def _remove(arguments: argparse.Namespace, store: ModelStore) -> None:
    """An unfinished download is discarded; where there is a model beside it, only then is that removed."""
    waiting = [plan for plan in unfinished(store) if plan.id == arguments.model]
    if waiting:
        freed, done = discard(store, waiting[0]), "The unfinished download is deleted"
    else:
        downloaded = store.get(arguments.model).source == "download"
        freed = store.remove(arguments.model)
        done = (
            "The model is deleted" if downloaded else "The model is forgotten; its files stay where they are"
        )
    print(json.dumps({"freed": freed}) if arguments.json else f"{done} ({size_text(freed)} freed).")


def _catalogue(arguments: argparse.Namespace, store: ModelStore) -> None:
    if arguments.json:
        print(json.dumps([asdict(entry) for entry in CATALOGUE]))
        return
    there = {model.id for model in store.models()}
    for entry in CATALOGUE:
        size = "size unknown" if entry.bytes is None else f"about {size_text(entry.bytes)}"
        notes = [size, entry.licence, *(["asks for agreement"] if entry.gated else [])]
        notes += ["downloaded"] if entry.id in there else []
        print(f"{entry.id:<20}{entry.title}: {', '.join(notes)}")
        for option in entry.options:
            more = "" if option.bytes is None else f", about {size_text(option.bytes)} more"
            print(f"{'':<20}  --with {option.id}: {option.title}{more}")


def _look_up(arguments: argparse.Namespace, store: ModelStore) -> None:
    plan = _plan(arguments)
    if arguments.json:
        print(json.dumps(plan.to_json()))
        return
    print(_summary(plan))
    _print_table((size_text(file.size), file.path) for file in plan.files)


def _download(arguments: argparse.Namespace, store: ModelStore) -> None:
    plan = _plan(arguments)
    if not arguments.yes:
        if not sys.stdin.isatty():
            raise ModelError(f"{_summary(plan)} Nothing was downloaded: say --yes where nobody can be asked.")
        print(_summary(plan), file=sys.stderr)
        print(f"Download {size_text(plan.bytes)}? [y/N] ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().casefold() not in ("y", "yes"):
            raise ModelError("Nothing was downloaded.")
    _fetch([plan], store, arguments.json)


def _resume(arguments: argparse.Namespace, store: ModelStore) -> None:
    plans = [plan for plan in unfinished(store) if arguments.model in ("", plan.id)]
    if not plans:
        of = f" of “{arguments.model}”" if arguments.model else ""
        raise ModelError(f"There is no interrupted download{of}.")
    _fetch(plans, store, arguments.json)


def _fetch(plans: list[DownloadPlan], store: ModelStore, as_json: bool) -> None:
    for plan in plans:
        try:
            with ProgressBar(sys.stderr) as bar:
                model = Download(plan, store).run(partial(_show, bar))
        except KeyboardInterrupt:
            raise KeyboardInterrupt(
                f"Interrupted. What has arrived is kept: “models resume {plan.id}” goes on with it."
            ) from None
        print(json.dumps(_model_facts(model)) if as_json else _told(model, "is downloaded"))


def _show(bar: ProgressBar, progress: DownloadProgress) -> None:
    if progress.checking:
        text = "checking what is there"
    else:
        text = f"{size_text(progress.done)} of {size_text(progress.total)}"
        text += f"  {size_text(int(progress.rate))}/s" if progress.rate else ""
        text += f"  {duration_text(progress.seconds_left)} left" if progress.seconds_left is not None else ""
    bar.draw(progress.done / max(progress.total, 1), text)


def _plan(arguments: argparse.Namespace) -> DownloadPlan:
    options = [option.strip() for option in arguments.options.split(",") if option.strip()]
    return look_up(arguments.wanted, options, arguments.endpoint)


def _summary(plan: DownloadPlan) -> str:
    licence = f"{plan.licence or 'no licence is named'} ({plan.licence_url})"
    gated = " Its makers ask for agreement to it on that page, with an account." if plan.gated else ""
    return f"{plan.name}, {size_text(plan.bytes)} in {len(plan.files)} files. Licence: {licence}.{gated}"


def _model_facts(model: Model) -> Facts:
    return {**asdict(model), "can_generate": model.can_generate}


def _plan_facts(plan: DownloadPlan, arrived: int) -> Facts:
    return {"id": plan.id, "name": plan.name, "bytes": plan.bytes, "arrived": arrived}


def _told(model: Model, what: str) -> str:
    return f"{model.name} {what} as {model.id} ({_title(model.family)}, {size_text(model.bytes)})."


def _title(family: str) -> str:
    return ENGINES[family].title if family in ENGINES else family


def _place(model: Model) -> str:
    return "  ".join(model.parts.values())


def _print_table(rows: Iterable[tuple[str, ...]]) -> None:
    """Columns as wide as what is in them."""
    lines = list(rows)
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
