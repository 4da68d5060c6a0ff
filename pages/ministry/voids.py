"""Making codes void: ticked ones of a request, or all of a pool; and withdrawing an extension of a
pool that was recorded by mistake.

Tested in `pages.shared.tests.test_life`.
"""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from common.confirm import (
    Done,
    Question,
    ask_first,
    chosen,
    chosen_of,
    is_answer,
    nothing_chosen,
    typed,
)
from common.formats import as_day, as_number
from common.lists import page_shown
from common.methods import GET_OR_POST
from common.refused import Refused
from common.refused_shown import in_form
from common.uploads import upload_refusal
from pages.ministry.requests import visible_requests
from pages.ministry.shared import ministry_only
from pages.shared.life_forms import VoidForm, VoidListForm
from pages.shared.person_request import PersonRequest
from vouchers import policies
from vouchers.actions.stock import pools, voiding
from vouchers.actions.stock.voiding import Listed, Preview, Voided
from vouchers.models import HandOut, Pool, PoolExtension, Voucher
from vouchers.models.hand_outs import HandOutQuerySet
from vouchers.models.pools import VoucherQuerySet
from vouchers.states import VoucherState

LINES_SHOWN = 20


@ministry_only
@require_safe
def request_codes(request: PersonRequest, pk: int) -> HttpResponse:
    """The live codes of a request, to tick those that do not work; never a code or a reference."""
    voucher_request = get_object_or_404(visible_requests(request), pk=pk)
    live = HandOut.objects.visible_to(request.user).live().filter(line__request=voucher_request)
    page = page_shown(request, live.order_by("line__position", "pk"), _as_shown)
    context = {
        "title": _("Codes van {number}").format(number=voucher_request.label),
        "voucher_request": voucher_request,
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
    """Make the ticked codes of a request void."""
    voucher_request = get_object_or_404(visible_requests(request), pk=pk)
    url = reverse("ministry_request_codes", args=[pk])
    live = HandOut.objects.visible_to(request.user).live().filter(line__request=voucher_request)
    ticked = dict(chosen_of(request, live).order_by("pk").values_list("pk", "voucher"))
    if not ticked:
        sentence = _("Kies eerst een of meer codes.")
        messages.warning(request, nothing_chosen(request, sentence))
        return redirect(url)
    codes = Voucher.objects.filter(pk__in=ticked.values())
    return _ask_and_void(request, codes, ids=list(ticked), url=url, parent=voucher_request.label)


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
    return _ask_and_void(request, codes, ids=None, url=url, parent=str(pool))


@ministry_only
@GET_OR_POST
def pool_void_list(request: PersonRequest, pk: int) -> HttpResponse:
    """Make the codes void that a provider's list names: read, shown, then done. The list is not
    stored; the two pages exchange the ids of our rows, never a code."""
    pools = Pool.objects.visible_to(request.user).select_related("agreement__provider")
    pool = get_object_or_404(pools, pk=pk)
    if is_answer(request):
        return _void_of_list(request, pool, chosen(request))
    refusal = upload_refusal(request) if request.method == "POST" else None
    form = VoidListForm(*_posted(request), refusal=refusal)
    if form.is_valid():
        try:
            listed = voiding.read_list(
                provider=pool.agreement.provider,
                content=form.cleaned_data["file"].read(),
                by=request.user,
                now=timezone.now(),
            )
        except Refused as refused:
            in_form(form, refused, otherwise="file")
        else:
            if listed.vouchers:
                return _void_of_list(request, pool, listed.vouchers, left_out=_left_out(listed))
            form.add_error("file", " ".join([_("Geen code om te doen."), *_left_out(listed)]))
    return _ask_list(request, pool, form)


def _void_of_list(
    request: PersonRequest, pool: Pool, listed: Sequence[int], *, left_out: Sequence[str] = ()
) -> HttpResponse:
    codes = Voucher.objects.filter(provider=pool.agreement.provider, pk__in=listed)
    codes = codes.exclude(state=VoucherState.VOID)
    ids = list(codes.order_by("pk").values_list("pk", flat=True))
    url = reverse("ministry_pool", args=[pool.pk])
    if not ids:
        messages.warning(request, nothing_chosen(request, _("Geen code om te doen.")))
        return redirect(url)
    return _ask_and_void(request, codes, ids=ids, url=url, parent=str(pool), left_out=left_out)


def _ask_list(request: PersonRequest, pool: Pool, form: VoidListForm) -> HttpResponse:
    url, provider = reverse("ministry_pool", args=[pool.pk]), pool.agreement.provider
    form.shown(cancel=url)
    lead = _(
        "De lijst heeft een kolom {column}. Je ziet eerst om hoeveel codes het gaat. We noteren "
        "dat je ze inleest, en hoeveel codes we niet kennen."
    )
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
    """The lines that are skipped, with the reason for each; the first few in full."""
    sentences = [
        _("Regel {line} wordt overgeslagen. {why}").format(line=each.line, why=each.detail)
        for each in listed.left_out[:LINES_SHOWN]
    ]
    more = len(listed.left_out) - len(sentences)
    if more:
        sentence = ngettext(
            "Nog {n} regel wordt overgeslagen.", "Nog {n} regels worden overgeslagen.", more
        )
        sentences.append(sentence.format(n=as_number(more)))
    return sentences


def _ask_and_void(
    request: PersonRequest,
    codes: VoucherQuerySet,
    *,
    ids: list[int] | None,
    url: str,
    parent: str,
    left_out: Sequence[str] = (),
) -> HttpResponse:
    """Say how many codes are concerned and who has them; exactly those become void."""
    vouchers = list(codes.order_by("pk").values_list("pk", flat=True))
    preview, form = voiding.preview(codes), VoidForm(typed(request))
    n = preview.with_nobody + preview.with_pupil
    title = ngettext("{n} code ongeldig maken?", "{n} codes ongeldig maken?", n)
    question = Question(
        title=title.format(n=as_number(n)),
        happens=_happens(preview),
        aside=left_out,
        form=form,
        undo=_("Dit kan je niet ongedaan maken."),
        button=_("Ongeldig maken"),
        danger=True,
        ids=ids,
        about=vouchers,
        back=url,
        parent_label=parent,
    )

    def act() -> Done:
        done = voiding.void(
            vouchers=vouchers, by=request.user, now=timezone.now(), **form.cleaned_data
        )
        return Done(_done(done))

    return ask_first(request, question, act)


def _happens(preview: Preview) -> list[str]:
    counted = [
        (
            preview.with_nobody,
            ngettext(
                "{n} code in voorraad wordt nooit uitgereikt.",
                "{n} codes in voorraad worden nooit uitgereikt.",
                preview.with_nobody,
            ),
        ),
        (
            preview.with_pupil,
            ngettext(
                "{n} code is bij een leerling. Die wacht daarna op een nieuwe, of krijgt ze "
                "meteen.",
                "{n} codes zijn bij leerlingen. Die wachten daarna op een nieuwe, of krijgen ze "
                "meteen.",
                preview.with_pupil,
            ),
        ),
        (
            preview.in_use,
            ngettext(
                "{n} daarvan is in gebruik en blijft werken, tenzij je hieronder anders kiest.",
                "{n} daarvan zijn in gebruik en blijven werken, tenzij je hieronder anders kiest.",
                preview.in_use,
            ),
        ),
    ]
    return [sentence.format(n=as_number(n)) for n, sentence in counted if n]


def _done(done: Voided) -> str:
    sentence = ngettext("{n} code is ongeldig.", "{n} codes zijn ongeldig.", done.codes)
    sentences = [sentence.format(n=as_number(done.codes))]
    if done.replaced:
        sentence = ngettext(
            "{n} leerling kreeg een nieuwe code.",
            "{n} leerlingen kregen een nieuwe code.",
            done.replaced,
        )
        sentences.append(sentence.format(n=as_number(done.replaced)))
    elif done.with_pupil:
        sentence = ngettext(
            "{n} leerling wacht op een nieuwe code.",
            "{n} leerlingen wachten op een nieuwe code.",
            done.with_pupil,
        )
        sentences.append(sentence.format(n=as_number(done.with_pupil)))
    return " ".join(sentences)


@ministry_only
@GET_OR_POST
def extension_withdraw(request: PersonRequest, pk: int) -> HttpResponse:
    """Withdraw an extension that was recorded by mistake."""
    rows = PoolExtension.objects.filter(pool__in=Pool.objects.visible_to(request.user))
    extension = get_object_or_404(rows.select_related("pool"), pk=pk)
    url = reverse("ministry_pool", args=[extension.pool_id])
    day = as_day(extension.valid_until)
    question = Question(
        title=_("Verlenging tot {day} terugdraaien?").format(day=day),
        happens=[
            _("De codes van {pool} zijn dan weer korter geldig.").format(pool=extension.pool),
            _("Op brieven die al afgedrukt zijn, staat nog de latere dag."),
            _("In cijfers over een vroegere dag blijft staan wat toen bekend was."),
        ],
        undo=_("Je kan daarna opnieuw verlengen, met de juiste dag."),
        button=_("Terugdraaien"),
        danger=True,
        back=url,
        parent_label=str(extension.pool),
    )

    def act() -> Done:
        pools.withdraw_extension(extension=extension, by=request.user, now=timezone.now())
        return Done(_("De verlenging tot {day} geldt niet meer.").format(day=day))

    return ask_first(
        request,
        question,
        act,
        check=lambda: policies.check_can_withdraw_extension(request.user, extension),
    )
