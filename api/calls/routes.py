"""From the name of a model to where the call goes, or to the error that the caller gets."""

from typing import Final

from api.calls.refusals import CallRefused
from api.calls.routing_view import OrganizationView
from domain.routing import CannotBeCalled, NoSuchModel, Roll, Route, SeveralModels, resolve

_NO_SECOND_TRY = {"X-Should-Retry": "false"}
"""OpenAI's clients try again after a 409 unless they are told not to."""

MOST_KEPT: Final = 10_000
"""Names by which models were found that are kept: a name may be written in very many ways."""


def routed(view: OrganizationView, wanted: str | None) -> Route:
    """The model that is asked for. Raises CallRefused: 404 with near names, 409 with the candidates."""
    found = view.routes.get(wanted)
    if found is None:
        found = _resolved(view.roll, wanted)
        if len(view.routes) < MOST_KEPT:
            view.routes[wanted] = found
    return found


def _resolved(roll: Roll, wanted: str | None) -> Route:
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
