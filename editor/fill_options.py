"""FillOptions: what a user asks of an engine, checked against what that engine can do."""

from __future__ import annotations

from dataclasses import dataclass, replace

from editor.document.geometry import Bounds
from editor.document.tiles import TileMap
from inference.choices import REFINE_CHOICES, START_CHOICES, RefineChoice, StartFrom
from inference.engines.engine import DEFAULT_ENGINE, ENGINES, EngineInfo
from inference.models.model import Model, ModelError
from inference.models.store import ModelStore
from inference.region import CONTEXT_CHOICES, ContextChoice
from inference.request import FillError, Reference

SEEDS = 1 << 31
"""How many seeds there are, from 0 on."""

MAX_FEATHER = 500
"""In pixels."""

MAX_COUNT = 64
"""Candidates of one fill."""

MAX_STEPS = 1000


@dataclass(frozen=True, slots=True)
class FillOptions:
    """What the user chose. ``engine`` empty is the model's, or the default one; ``model`` is an id of the store.

    None and an empty text mean the engine's usual; ``seed`` None takes a random one. Sizes in pixels; ``colour_match``,
    ``blend`` and ``grain`` in percent. ``context``, ``context_box`` and ``working_side``: see
    ``inference.region.plan_region``. ``source``, a plane of one channel, says where the engine may copy from: wherever
    it is at least half full; None: everywhere.
    ``colour_adaptation``, ``start`` and ``refine``: see ``FillRequest``.
    """

    engine: str = DEFAULT_ENGINE
    prompt: str = ""
    negative_prompt: str = ""
    seed: int | None = None
    steps: int | None = None
    guidance: float | None = None
    feather: int | None = None
    count: int = 1
    model: str | None = None
    device: str = "auto"
    strength: float = 1.0
    scheduler: str | None = None
    prior_steps: int | None = None
    prior_guidance: float | None = None
    references: tuple[Reference, ...] = ()
    allow_cpu: bool = False
    colour_match: int | None = None
    blend: int | None = None
    grain: int | None = None
    context: ContextChoice = "auto"
    context_box: Bounds | None = None
    source: TileMap | None = None
    working_side: int | None = None
    colour_adaptation: bool = True
    start: StartFrom = "auto"
    refine: RefineChoice = "auto"


def resolve_model(options: FillOptions, store: ModelStore) -> tuple[FillOptions, Model | None]:
    """The options with engine and model named by their ids, and the model. Raises FillError of kind "input".

    A model names its engine. An engine that needs a model and is given none takes the only one that it can run.
    """
    if options.model:
        try:
            model = store.find(options.model)
        except ModelError as error:
            raise FillError(str(error), "input") from error
        if options.engine not in ("", model.family):
            raise FillError(
                f"The model {model.name} is run by the engine {model.family}, not by {options.engine}. "
                "Leave the engine out.",
                "input",
            )
        return replace(options, engine=model.family, model=model.id), model
    info = _engine(options.engine or DEFAULT_ENGINE)
    if not info.needs_model:
        return replace(options, engine=info.id), None
    usable = [model for model in store.models() if model.family == info.id]
    if not usable:
        raise FillError(
            f"There is no model for the engine {info.title} on this machine. Add or download one with “models”.",
            "input",
        )
    if len(usable) > 1:
        names = ", ".join(model.name for model in usable)
        raise FillError(
            f"There are several models for the engine {info.title}: name one of {names}.", "input"
        )
    return replace(options, engine=info.id, model=usable[0].id), usable[0]


def check_options(options: FillOptions) -> EngineInfo:
    """The chosen engine. Raises FillError of kind "input" for what it does not know: nothing is silently ignored."""
    info = _engine(options.engine)
    ignored = [
        name
        for name, given, known in (
            ("a prompt", options.prompt, info.prompt),
            ("a negative prompt", options.negative_prompt, info.negative_prompt),
            ("steps", options.steps is not None, info.steps is not None),
            ("guidance", options.guidance is not None, info.guidance is not None),
            ("a strength", options.strength != 1, info.strength),
            ("a scheduler", options.scheduler, info.schedulers),
            ("prior steps", options.prior_steps is not None, info.prior_steps is not None),
            ("prior guidance", options.prior_guidance is not None, info.prior_guidance is not None),
            ("references", options.references, info.references),
            ("a second pass", options.refine == "on", info.refines),
            ("an area to fill from", options.source is not None, info.source),
            ("something to start from", options.start != "auto", info.start),
            ("unadapted colours", not options.colour_adaptation, info.colour_adaptation),
            ("a working size", options.working_side is not None, info.native is not None),
            ("a model", options.model, info.needs_model),
        )
        if given and not known
    ]
    if ignored:
        raise FillError(
            f"The engine {info.title} does not use {' or '.join(ignored)}. "
            "Leave that out, or choose another engine or model.",
            "input",
        )
    if options.scheduler and options.scheduler not in info.schedulers:
        raise FillError(
            f"The engine {info.title} has no scheduler “{options.scheduler}”. "
            f"Choose one of: {', '.join(info.schedulers)}.",
            "input",
        )
    if options.context not in CONTEXT_CHOICES:
        raise FillError(f"The context is one of: {', '.join(CONTEXT_CHOICES)}.", "input")
    if options.refine not in REFINE_CHOICES:
        raise FillError(f"Whether a fill is refined is one of: {', '.join(REFINE_CHOICES)}.", "input")
    if options.context == "box" and not options.context_box:
        raise FillError("Draw a box around what the engine shall see, or choose another context.", "input")
    if options.start not in START_CHOICES:
        raise FillError(f"A fill starts from one of: {', '.join(START_CHOICES)}.", "input")
    if options.start != "auto" and not can_start(info, options.strength):
        raise FillError(
            f"At full strength {info.title} does not look at what it starts from. "
            "Lower the strength, or leave the start to the program.",
            "input",
        )
    if info.needs_model and not options.model:
        raise FillError(f"The engine {info.title} needs a model. Add or download one.", "input")
    if not 0 < options.strength <= 1:
        raise FillError("The strength lies above 0 and is at most 1.", "input")
    if options.device not in ("auto", *info.devices):
        usable = ", ".join(info.devices)
        raise FillError(
            f"The engine {info.title} does not run on {options.device}. It runs on: {usable}.", "input"
        )
    return info


def can_start(info: EngineInfo, strength: float) -> bool:
    """Whether it makes a difference what the engine begins from."""
    return info.start and (strength < 1 or info.start_at_full)


def _engine(engine: str) -> EngineInfo:
    info = ENGINES.get(engine)
    if info is None:
        raise FillError(f"There is no engine “{engine}”. Choose one of: {', '.join(ENGINES)}.", "input")
    return info
