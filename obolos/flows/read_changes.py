"""Every five minutes each municipality's financial system is asked what changed since the last time.

Read from a cursor that it gave, page by page; a page is taken in and its cursor kept before the next is asked for. A page
read twice changes nothing. An answer that cannot be believed leaves the cursor where it is and asks a person.
"""

from datetime import datetime

import structlog

from obolos.adapters.erp.client import ErpUnavailable
from obolos.adapters.erp.debts import ErpContradicts, changes_since
from obolos.base.tenancy import refuse_inside_transaction, tenancy
from obolos.domain.debts import live
from obolos.domain.municipalities.models import Municipality
from obolos.flows.ask_erp import access_of, may_ask
from obolos.flows.take_answer import AnswerWrong, Busy, Subject, note_silence, take_answer

log = structlog.get_logger(__name__)
#: Pages of one municipality in one tick; the rest comes with the next.
PAGES = 20
#: After answers without a new cursor nothing more is asked for.
_NOBODY = Subject()


def read_changes(*, now: datetime) -> int:
    """Take in what changed, municipality by municipality; how many debts became others. Never raises for one of them."""
    written = 0
    for municipality_id in Municipality.objects.order_by("id").values_list("id", flat=True):
        try:
            written += _read(municipality_id, now)
        except Exception:
            # A fault of ours with one municipality must not keep the others waiting; the next tick tries again.
            log.exception("changes could not be read", municipality=municipality_id)
    return written


def _read(municipality_id: int, now: datetime) -> int:
    with tenancy(municipality=municipality_id):
        link = live.links_of([municipality_id])[municipality_id]
        cursor = live.cursor_of_changes()
    access = access_of(municipality_id, link.law_version)
    if access is None or not may_ask(link, now=now):
        return 0
    written = 0
    for _ in range(PAGES):
        refuse_inside_transaction("a financial system")
        try:
            answer = changes_since(access.client, cursor)
            taken = take_answer(municipality_id, answer, about="changes", subject=_NOBODY, asked_at=now, now=now)
        except Busy as error:
            log.warning("changes could not be written in time", municipality=municipality_id, says=str(error))
            return written
        except (ErpUnavailable, ErpContradicts, AnswerWrong) as error:
            wrong = not isinstance(error, ErpUnavailable)
            log.warning("no changes of a financial system", municipality=municipality_id, says=str(error), wrong=wrong)
            note_silence(municipality_id, about="changes", subject=_NOBODY, says=str(error), wrong=wrong, now=now)
            return written
        written += taken.written
        ended = not answer.rows or answer.cursor == cursor
        if taken.waiting:
            # A payment of ours is on its way to it: this page is read again, until that is settled.
            return written
        cursor = answer.cursor
        with tenancy(municipality=municipality_id):
            live.note_changes(cursor=cursor, heard_at=now if ended else None)
        if ended:
            break
    return written
