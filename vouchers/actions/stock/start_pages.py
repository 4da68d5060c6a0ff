"""The start page of a provider, the QR code of every letter: a second person lets a change go, and
the rest of the ministry is alerted."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from accounts.models import SUPERVISING, User, WaitingAct
from accounts.second_person import acts
from accounts.second_person.kinds import ActKind, ActUndo, Facts
from common.refused import Refused
from vouchers import policies
from vouchers.actions.watch.alerts import raise_alerts
from vouchers.models import Alert, Provider
from vouchers.states import AlertKind

START_PAGE = "start-page"


def ask_start_page(*, provider: Provider, start_url: str, by: User, now: datetime) -> WaitingAct:
    """Ask for another address, in the transaction that saves the provider. Raises Refused."""
    payload = {"before": provider.start_url, "start_url": start_url}
    return acts.ask(kind=START_PAGE, subject=provider.pk, payload=payload, by=by, now=now)


def waiting_start_page(provider: Provider) -> WaitingAct | None:
    """The other address that waits for a second person."""
    return WaitingAct.objects.open().filter(kind=START_PAGE, subject=provider.pk).first()


def _facts(act: WaitingAct) -> Facts:
    provider = Provider.objects.get(pk=act.subject)
    return {**act.payload, "provider": provider.name, "now": provider.start_url}


def _sentences(facts: Facts) -> list[str]:
    return [
        _("De startpagina van {provider} wordt {start_url}").format(
            provider=facts["provider"], start_url=facts["start_url"]
        ),
        _("Nu: {before}").format(before=facts["before"]),
        _("Elke brief die daarna afgedrukt wordt, stuurt gezinnen met zijn QR-code naar daar."),
    ]


def _check_can_ask(user: User, act: WaitingAct) -> None:
    policies.check_is_supervising(user)


def _work(act: WaitingAct, by: User, now: datetime) -> None:
    provider = _locked(act)
    provider.start_url = str(act.payload["start_url"])
    provider.save(update_fields=["start_url"])
    changed = Alert(
        kind=AlertKind.START_PAGE_CHANGED,
        about=act.asked_by,
        provider=provider,
        data={"before": act.payload["before"], "after": provider.start_url},
    )
    raise_alerts([changed], now=now)


def _undo(act: WaitingAct, by: User, now: datetime) -> None:
    """Back to the address of before, which letters had already: that waits for nobody."""
    policies.check_is_supervising(by)
    provider = _locked(act)
    if provider.start_url != act.payload["start_url"]:
        raise Refused(
            _("{provider} heeft intussen weer een andere startpagina.").format(provider=provider),
            code="start-page-changed-since",
        )
    provider.start_url = str(act.payload["before"])
    provider.save(update_fields=["start_url"])


def _locked(act: WaitingAct) -> Provider:
    rows = Provider.objects.select_for_update(no_key=True, of=("self",))
    return rows.get(pk=act.subject)


KINDS = {
    START_PAGE: ActKind(
        title=gettext_lazy("andere startpagina van een provider"),
        about=Provider,
        roles=SUPERVISING,
        facts=_facts,
        sentences=_sentences,
        check_can_ask=_check_can_ask,
        work=_work,
        why=gettext_noop("startpagina veranderd, door een tweede persoon laten doorgaan"),
        undo=ActUndo(work=_undo, why=gettext_noop("startpagina teruggezet")),
    )
}
