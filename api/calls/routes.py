"""From the name of a model to where the call goes, or to the error that the caller gets."""

from api.calls.refusals import CallRefused
from domain.routing import CannotBeCalled, NoSuchModel, Roll, Route, SeveralModels, resolve

_NO_SECOND_TRY = {"X-Should-Retry": "false"}
"""OpenAI's clients try again after a 409 unless they are told not to."""


def routed(roll: Roll, wanted: str | None) -> Route:
    """The model that is asked for. Raises CallRefused: 404 with near names, 409 with the candidates."""
    try:
        return resolve(roll, wanted)
    except NoSuchModel as error:
        raise CallRefused(
            404, "model_not_found", str(error), param="model", candidates=error.nearest
        ) from None
    except SeveralModels as error:
        raise CallRefused(
            409,
            "model_ambiguous",
            str(error),
            param="model",
            candidates=error.candidates,
            headers=_NO_SECOND_TRY,
        ) from None
    except CannotBeCalled as error:
        raise CallRefused(
            409, "model_not_callable", str(error), param="model", headers=_NO_SECOND_TRY
        ) from None
