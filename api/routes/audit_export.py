"""/v1/audit-events/export: the audit trail as a file."""

from typing import Annotated, Any, Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter

from adapters.postgres.queries.audit_export import exported_events
from api.http.endless import UntilStopped
from api.http.problems import documented
from api.http.writes import READ
from api.queries.audit_export import WRITINGS, ExportFormat, exported
from api.routes.audit_filters import (
    Action,
    Actor,
    Address,
    Field,
    RequestId,
    Since,
    Subject,
    SubjectType,
    Until,
    keeping,
    wanted_events,
)
from api.routes.parts import CallerRequest, Parts

Format = Annotated[ExportFormat, QueryParameter(name="format", description="JSON Lines or CSV.")]

_FILE: Final = ResponseSpec(
    str,
    description="The file. Its last line tells whether it is complete.",
    media_type=WRITINGS[ExportFormat.JSONL].media_type,
    generate_examples=False,
)


@get("/v1/audit-events/export", responses={**documented(*READ), 200: _FILE})
async def export(
    request: CallerRequest,
    parts: NamedDependency[Parts],
    file_format: Format = ExportFormat.JSONL,
    actor: Actor = None,
    action: Action = None,
    subject: Subject = None,
    subject_type: SubjectType = None,
    request_id: RequestId = None,
    address: Address = None,
    field: Field = None,
    since: Since = None,
    until: Until = None,
) -> Response[Any]:
    """The organization's events for which all filters hold, oldest first, as they were when it was asked for.

    The last line tells whether the file is whole: of JSON Lines it is an object with ``complete``, ``events``
    (how many) and ``last_position``; of CSV a record whose first cell is ``complete`` or ``incomplete``,
    followed by the same two numbers. A file without it was cut off. In CSV a cell that a spreadsheet would
    take for a formula begins with an apostrophe.
    """
    wanted = wanted_events(
        actor=actor,
        action=action,
        subject=subject,
        subject_type=subject_type,
        request_id=request_id,
        address=address,
        field=field,
        since=since,
        until=until,
    )
    writing = WRITINGS[file_format]
    batches = exported_events(parts.reader, request.user.organization, wanted, keeping(field))
    name = f"audit-events.{file_format.value}"
    return UntilStopped(
        exported(batches, writing),
        parts.stopping,
        media_type=writing.media_type,
        headers={"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'},
    )


ROUTES: tuple[Any, ...] = (export,)
