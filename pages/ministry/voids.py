"""Codes that become void: those of a request that are ticked, or all of a pool; and an extension of
a pool that was noted by mistake."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common.refused import Refused
from common.refused_shown import in_form, on_page
from common.templatetags.portal import getal, korte_datum
from common.uploads import upload_refusal
from pages.ministry.requests import visible_requests
from pages.ministry.shared import confirmation, ministry_only
from pages.shared.life_forms import VoidForm, VoidListForm
from pages.shared.lists import numbers, page_shown
from pages.shared.person_request import PersonRequest
from vouchers.actions.stock import pools, voiding
from vouchers.actions.stock.voiding import Foreseen, Listed, Voided
from vouchers.models import HandOut, Pool, PoolExtension, Voucher
from vouchers.models.handouts import HandOutQuerySet
from vouchers.models.pools import VoucherQuerySet
from vouchers.states import VoucherState

LINES_SHOWN = 20
GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])


@ministry_only
@require_safe
def request_codes(request: PersonRequest, pk: int) -> HttpResponse:
    """The live codes of a request, to tick those that do not work; never a code or a reference."""
    asked = get_object_or_404(visible_requests(request), pk=pk)
    live = HandOut.objects.visible_to(request.user).live().filter(line__request=asked)
    page = page_shown(request, live.order_by("line__position", "pk"), _as_shown)
    context = {
        "title": _("Codes van {number}").format(number=asked.label),
        "asked": asked,
        "page": page,
        "rows": page.object_list,
        "total": page.paginator.count,
        "actions": [{"value": "void", "label": _("Vervangen of ongeldig maken")}],
    }
    return render(request, "ministry/request_codes.html", context)


def _as_shown(hand_outs: HandOutQuerySet) -> HandOutQuerySet:
    rows = hand_outs.with_activation().with_last_day()
    return rows.select_related("line__school", "voucher__provider", "voucher__pool")


@ministry_only
@require_POST
def codes_void(request: PersonRequest, pk: int) -> HttpResponse:
    """Make the ticked codes of a request void: first what that means, then, confirmed, done."""
    asked = get_object_or_404(visible_requests(request), pk=pk)
    url = reverse("ministry_request_codes", args=[pk])
    live = HandOut.objects.visible_to(request.user).live().filter(line__request=asked)
    if not request.POST.get("everything"):
        live = live.filter(pk__in=numbers(request.POST.getlist("selected")))
    chosen = list(live.values_list("pk", "voucher"))
    if not chosen:
        messages.warning(request, _("Kies eerst een of meer codes."))
        return redirect(url)
    codes = Voucher.objects.filter(pk__in=[voucher for _pk, voucher in chosen])
    fields = [("selected", pk) for pk, _voucher in chosen]
    return _ask_and_void(request, codes, fields=fields, url=url, parent=asked.label)


@ministry_only
@GET_OR_POST
def pool_void(request: PersonRequest, pk: int) -> HttpResponse:
    """Make all codes of a pool void."""
    pool = get_object_or_404(Pool.objects.visible_to(request.user), pk=pk)
    codes = Voucher.objects.filter(pool=pool).exclude(state=VoucherState.VOID)
    url = reverse("ministry_pool", args=[pk])
    if not codes.exists():
        messages.info(request, _("In {pool} is geen code meer die geldig is.").format(pool=pool))
        return redirect(url)
    return _ask_and_void(request, codes, fields=[], url=url, parent=str(pool))


@ministry_only
@GET_OR_POST
def pool_void_list(request: PersonRequest, pk: int) -> HttpResponse:
    """Make the codes void that a list of the provider names: read, shown, then done. The list is
    not kept; between the two pages go the numbers of our rows, never a code."""
    pools = Pool.objects.visible_to(request.user).select_related("agreement__provider")
    pool = get_object_or_404(pools, pk=pk)
    if request.POST.get("confirmed"):
        return _void_of_list(request, pool, numbers(request.POST.get("vouchers", "").split(",")))
    refusal = upload_refusal(request) if request.method == "POST" else None
    form = VoidListForm(*_posted(request), refusal=refusal)
    if form.is_valid():
        try:
            listed = voiding.read_list(pool.agreement.provider, form.cleaned_data["file"].read())
        except Refused as refused:
            in_form(form, refused, otherwise="file")
        else:
            if listed.vouchers:
                return _void_of_list(request, pool, listed.vouchers, left_out=_left_out(listed))
            form.add_error("file", " ".join([_("Geen code om te doen."), *_left_out(listed)]))
    return _ask_list(request, pool, form)


def _void_of_list(
    request: PersonRequest, pool: Pool, chosen: Sequence[int], *, left_out: Sequence[str] = ()
) -> HttpResponse:
    codes = Voucher.objects.filter(provider=pool.agreement.provider, pk__in=chosen)
    return _ask_and_void(
        request, codes, fields=[("vouchers", ",".join(map(str, chosen)))],
        url=reverse("ministry_pool", args=[pool.pk]), parent=str(pool), left_out=left_out,
    )  # fmt: skip


def _ask_list(request: PersonRequest, pool: Pool, form: VoidListForm) -> HttpResponse:
    url, provider = reverse("ministry_pool", args=[pool.pk]), pool.agreement.provider
    form.shown(cancel=url)
    lead = _("De lijst heeft een kolom {column}. Je ziet eerst om hoeveel codes het gaat.")
    context = {
        "title": _("Codes van {provider} uit een lijst ongeldig maken").format(provider=provider),
        "lead": lead.format(column=provider.code_column),
        "form": form,
        "parent_url": url,
        "parent_label": str(pool),
    }
    return render(request, "ministry/form.html", context)


def _posted(request: PersonRequest) -> tuple[Any, ...]:
    return (request.POST, request.FILES) if request.method == "POST" else ()


def _left_out(listed: Listed) -> list[str]:
    """The lines that are left out, with the reason of each; the first ones in full."""
    told = [
        _("Regel {line} wordt overgeslagen. {why}").format(line=each.line, why=each.detail)
        for each in listed.left_out[:LINES_SHOWN]
    ]
    more = len(listed.left_out) - len(told)
    if more:
        sentence = ngettext(
            "Nog {n} regel wordt overgeslagen.", "Nog {n} regels worden overgeslagen.", more
        )
        told.append(sentence.format(n=getal(more)))
    return told


def _ask_and_void(
    request: PersonRequest,
    codes: VoucherQuerySet,
    *,
    fields: Sequence[tuple[str, object]],
    url: str,
    parent: str,
    left_out: Sequence[str] = (),
) -> HttpResponse:
    """Say how many codes it is about and who has them; done when that is what was confirmed."""
    foreseen = voiding.foresee(codes)
    seen = f"{foreseen.with_nobody}-{foreseen.with_pupil}-{foreseen.in_use}"
    told = request.POST.get("confirmed")
    form = VoidForm(request.POST if told else None)
    if told and told != seen:
        messages.warning(request, _("De aantallen zijn intussen veranderd. Kijk ze opnieuw na."))
    elif told and form.is_valid():
        try:
            done = voiding.void(
                vouchers=list(codes.values_list("pk", flat=True)), by=request.user,
                now=timezone.now(), **form.cleaned_data,
            )  # fmt: skip
        except Refused as refusal:
            in_form(form, refusal)
        else:
            messages.success(request, _done(done))
            return redirect(url)
    n = foreseen.with_nobody + foreseen.with_pupil
    title = ngettext("{n} code ongeldig maken?", "{n} codes ongeldig maken?", n)
    return confirmation(
        request, title=title.format(n=getal(n)), form=form,
        happens=[*_happens(foreseen), *left_out],
        undo=_("Dit kan je niet ongedaan maken."), fields=[*fields, ("confirmed", seen)],
        button=_("Ongeldig maken"), danger=True, cancel_url=url, parent_url=url,
        parent_label=parent,
    )  # fmt: skip


def _happens(foreseen: Foreseen) -> list[str]:
    counted = [
        (
            foreseen.with_nobody,
            ngettext(
                "{n} code in voorraad wordt nooit uitgereikt.",
                "{n} codes in voorraad worden nooit uitgereikt.",
                foreseen.with_nobody,
            ),
        ),
        (
            foreseen.with_pupil,
            ngettext(
                "{n} code is bij een leerling. Die wacht daarna op een nieuwe, of krijgt ze "
                "meteen.",
                "{n} codes zijn bij leerlingen. Die wachten daarna op een nieuwe, of krijgen ze "
                "meteen.",
                foreseen.with_pupil,
            ),
        ),
        (
            foreseen.in_use,
            ngettext(
                "{n} daarvan is in gebruik en blijft werken, tenzij je hieronder anders kiest.",
                "{n} daarvan zijn in gebruik en blijven werken, tenzij je hieronder anders kiest.",
                foreseen.in_use,
            ),
        ),
    ]
    return [sentence.format(n=getal(n)) for n, sentence in counted if n]


def _done(done: Voided) -> str:
    sentence = ngettext("{n} code is ongeldig.", "{n} codes zijn ongeldig.", done.codes)
    told = [sentence.format(n=getal(done.codes))]
    if done.replaced:
        sentence = ngettext(
            "{n} leerling kreeg een nieuwe code.", "{n} leerlingen kregen een nieuwe code.",
            done.replaced,
        )  # fmt: skip
        told.append(sentence.format(n=getal(done.replaced)))
    elif done.with_pupil:
        sentence = ngettext(
            "{n} leerling wacht op een nieuwe code.", "{n} leerlingen wachten op een nieuwe code.",
            done.with_pupil,
        )  # fmt: skip
        told.append(sentence.format(n=getal(done.with_pupil)))
    return " ".join(told)


@ministry_only
@GET_OR_POST
def extension_withdraw(request: PersonRequest, pk: int) -> HttpResponse:
    """An extension that was noted by mistake does not hold any more."""
    rows = PoolExtension.objects.filter(pool__in=Pool.objects.visible_to(request.user))
    extension = get_object_or_404(rows.select_related("pool"), pk=pk)
    url = reverse("ministry_pool", args=[extension.pool_id])
    day = korte_datum(extension.valid_until)
    if request.method == "POST" or extension.withdrawn_at:
        try:
            pools.withdraw_extension(extension=extension, by=request.user, now=timezone.now())
        except Refused as refusal:
            on_page(request, refusal)
        else:
            messages.success(request, _("De verlenging tot {day} geldt niet meer.").format(day=day))
        return redirect(url)
    return confirmation(
        request, title=_("Verlenging tot {day} terugdraaien?").format(day=day),
        happens=[
            _("De codes van {pool} zijn dan weer korter geldig.").format(pool=extension.pool),
            _("Op brieven die al afgedrukt zijn, staat nog de latere dag."),
            _("In cijfers over een vroegere dag blijft staan wat toen bekend was."),
        ],
        undo=_("Je kan daarna opnieuw verlengen, met de juiste dag."), button=_("Terugdraaien"),
        danger=True, cancel_url=url, parent_url=url, parent_label=str(extension.pool),
    )  # fmt: skip
