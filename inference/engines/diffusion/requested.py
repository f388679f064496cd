"""The model that a request names, found in the store and fit for its engine."""

from __future__ import annotations

from inference.engines.info import EngineInfo
from inference.models.model import Model, ModelError
from inference.models.store import ModelStore
from inference.request import FillError, FillRequest


def requested_model(request: FillRequest, info: EngineInfo) -> Model:
    """Raises FillError of kind "input" where none is named, it is not there, or it is of another family."""
    if request.model is None:
        raise FillError("No model is chosen. Choose a model for this engine, or add one.", "input")
    try:
        model = ModelStore().get(request.model)
    except ModelError as error:
        raise FillError(str(error), "input") from error
    if model.family != info.id:
        raise FillError(f"{model.name} is no model of {info.title}. Choose one that is.", "input")
    return model
