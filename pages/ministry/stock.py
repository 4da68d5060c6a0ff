"""What a wave draws from: providers, agreements and pools."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.models import WaitingAct
from common.confirm import Done, Question, ask_first
from common.lists import page_of
from common.methods import GET_OR_POST
from common.refused import Refused
from common.refused_shown import in_form
from pages.ministry.form_page import form_page
from pages.ministry.shared import ministry_only, supervising_only
from pages.ministry.stock_forms import (
    AgreementForm,
    ExtendPoolForm,
    PoolForm,
    ProviderForm,
)
from pages.shared.files import file_state
from pages.shared.person_request import PersonRequest
from vouchers.actions.stock import pools
from vouchers.actions.stock.start_pages import START_PAGE, waiting_start_page
from vouchers.models import (
    Agreement,
    Pool,
    PoolExtension,
    Provider,
    ProviderFile,
    Voucher,
)

# Pools


@ministry_only
@require_safe
def pool_list(request: PersonRequest) -> HttpResponse:
    """Each agreement with what was promised, and its pools with where their codes are."""
    rows = (
        Pool.objects.visible_to(request.user)
        .with_counts()
        .with_last_day()
        .select_related("agreement__provider")
    )
    stock: dict[int, list[Pool]] = {}
    for pool in rows.order_by("-valid_until", "pk"):
        stock.setdefault(pool.agreement_id, []).append(pool)
    agreements = Agreement.objects.select_related("provider").order_by(
        "-starts_on", "provider__name", "pk"
    )
    context = {
        "title": _("Voorraden en afspraken"),
        "agreements": [
            {
                "agreement": each,
                "pools": stock.get(each.pk, []),
                "loaded": sum(pool.loaded for pool in stock.get(each.pk, [])),
            }
            for each in agreements
        ],
        "today": timezone.localdate(),
    }
    return render(request, "ministry/pools.html", context)


@ministry_only
@require_safe
def pool_page(request: PersonRequest, pk: int) -> HttpResponse:
    """One pool: its codes, its validity, the files they came from."""
    rows = Pool.objects.visible_to(request.user).with_counts().with_last_day()
    pool = get_object_or_404(rows.select_related("agreement__provider"), pk=pk)
    extensions = PoolExtension.objects.filter(pool=pool)
    files = ProviderFile.objects.filter(pool=pool).defer("content").select_related("uploaded_by")
    page = page_of(request, files.with_stuck().latest_first())
    context = {
        "title": f"{pool.agreement.provider}, {pool}",
        "pool": pool,
        "facts": _pool_facts(pool),
        "extensions": extensions.select_related("recorded_by", "withdrawn_by").order_by(
            "-recorded_at"
        ),
        "page": page,
        "files": [(file, file_state(file)) for file in page],
        "today": timezone.localdate(),
    }
    return render(request, "ministry/pool.html", context)


def _pool_facts(pool: Pool) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {"label": _("Provider"), "value": pool.agreement.provider},
        {
            "label": _("Afspraak"),
            "value": pool.agreement.name,
            "url": reverse("ministry_agreement_edit", args=[pool.agreement_id]),
            "link_label": _("Bekijken"),
        },
        {
            "label": _("Codes geldig tot en met"),
            "value": f"{pool.last_day:%d/%m/%Y}",
            "hint": _("Bij de levering: {day}").format(day=f"{pool.valid_until:%d/%m/%Y}")
            if pool.last_day != pool.valid_until
            else "",
        },
        {"label": _("Verlengen"), "value": pool.get_renewal_rule_display()},
    ]
    if pool.closed_at:
        closed = timezone.localtime(pool.closed_at)
        rows.append({"label": _("Gesloten op"), "value": f"{closed:%d/%m/%Y}"})
    return rows


@ministry_only
@GET_OR_POST
def pool_new(request: PersonRequest) -> HttpResponse:
    """A new pool, possibly under an agreement named in the address."""
    form = PoolForm(
        request.POST if request.method == "POST" else None,
        initial={"agreement": request.GET.get("afspraak")},
    )
    return form_page(
        request,
        form,
        title=_("Nieuwe voorraad"),
        back=reverse("ministry_pools"),
        parent=_("Voorraden"),
        save=lambda pool: pools.set_up_pool(pool=pool, by=request.user, now=timezone.now()),
        done=lambda pool: (_("Voorraad {pool} is gemaakt. Laad nu de codes."), "ministry_pool"),
    )


@ministry_only
@GET_OR_POST
def pool_edit(request: PersonRequest, pk: int) -> HttpResponse:
    """Change a pool; once it has codes, only its name and its renewal rule."""
    pool = get_object_or_404(Pool.objects.visible_to(request.user), pk=pk)
    form = PoolForm(
        request.POST if request.method == "POST" else None,
        instance=pool,
        codes_loaded=pool.vouchers.exists(),
    )
    return form_page(
        request,
        form,
        title=_("Voorraad aanpassen"),
        back=reverse("ministry_pool", args=[pk]),
        parent=str(pool),
        save=lambda pool: pools.set_up_pool(pool=pool, by=request.user, now=timezone.now()),
        done=lambda pool: (_("Voorraad {pool} is aangepast."), "ministry_pool"),
    )


@ministry_only
@GET_OR_POST
def pool_extend(request: PersonRequest, pk: int) -> HttpResponse:
    """Extend the validity of all codes of a pool."""
    pool = get_object_or_404(Pool.objects.visible_to(request.user).with_last_day(), pk=pk)
    form = ExtendPoolForm(request.POST if request.method == "POST" else None)
    url = reverse("ministry_pool", args=[pk])
    if form.is_valid():
        try:
            pools.extend_pool(
                pool=pool,
                valid_until=form.cleaned_data["valid_until"],
                by=request.user,
                now=timezone.now(),
            )
        except Refused as refusal:
            in_form(form, refusal)
        else:
            messages.success(request, _("De codes van {pool} zijn verlengd.").format(pool=pool))
            return redirect(url)
    form.shown(cancel=url)
    context = {
        "title": _("Alle codes van {pool} verlengen").format(pool=pool),
        "lead": _("Nu zijn ze geldig tot en met {day}. Een vergissing kan je terugdraaien.").format(
            day=f"{pool.last_day:%d/%m/%Y}"
        ),
        "form": form,
        "parent_url": url,
        "parent_label": str(pool),
    }
    return render(request, "ministry/form.html", context)


@ministry_only
@GET_OR_POST
def pool_close(request: PersonRequest, pk: int) -> HttpResponse:
    """Close a pool: none of its codes is handed out any more."""
    pool = get_object_or_404(Pool.objects.visible_to(request.user).with_counts(), pk=pk)
    happens = [
        ngettext(
            "{n} code die nog beschikbaar is, wordt niet meer uitgereikt.",
            "{n} codes die nog beschikbaar zijn, worden niet meer uitgereikt.",
            pool.available,
        ).format(n=pool.available),
        _("Codes die uitgereikt zijn, blijven werken."),
    ]
    question = Question(
        title=_("Voorraad {pool} sluiten?").format(pool=pool),
        happens=happens,
        undo=_("Dit kan je niet ongedaan maken."),
        button=_("Sluiten"),
        danger=True,
        back=reverse("ministry_pool", args=[pk]),
        parent_label=str(pool),
    )

    def act() -> Done:
        pools.close_pool(pool=pool, by=request.user, now=timezone.now())
        return Done(_("Voorraad {pool} is gesloten.").format(pool=pool))

    return ask_first(request, question, act)


# Agreements


@ministry_only
@GET_OR_POST
def agreement_new(request: PersonRequest) -> HttpResponse:
    """Add an agreement."""
    form = AgreementForm(request.POST if request.method == "POST" else None)
    return _agreement_page(request, form, _("Nieuwe afspraak"))


@ministry_only
@GET_OR_POST
def agreement_edit(request: PersonRequest, pk: int) -> HttpResponse:
    """Change an agreement: what was promised, for how long."""
    rows = Agreement.objects.filter(provider__in=Provider.objects.visible_to(request.user))
    agreement = get_object_or_404(rows, pk=pk)
    form = AgreementForm(request.POST if request.method == "POST" else None, instance=agreement)
    return _agreement_page(request, form, _("Afspraak aanpassen"))


def _agreement_page(request: PersonRequest, form: AgreementForm, title: str) -> HttpResponse:
    return form_page(
        request,
        form,
        title=title,
        back=reverse("ministry_pools"),
        parent=_("Voorraden"),
        save=lambda agreement: pools.set_up_agreement(
            agreement=agreement, by=request.user, now=timezone.now()
        ),
        done=lambda agreement: (_("De afspraak is bewaard."), ""),
    )


# Providers


@ministry_only
@require_safe
def provider_list(request: PersonRequest) -> HttpResponse:
    """The suppliers of codes."""
    providers = Provider.objects.visible_to(request.user).order_by("name")
    waiting = WaitingAct.objects.open().filter(kind=START_PAGE).values_list("subject", "pk")
    context = {
        "title": _("Providers"),
        "rows": [(each, dict(waiting).get(each.pk)) for each in providers],
    }
    return render(request, "ministry/providers.html", context)


@supervising_only
@GET_OR_POST
def provider_new(request: PersonRequest) -> HttpResponse:
    """Add a provider."""
    form = ProviderForm(request.POST if request.method == "POST" else None)
    return _provider_page(request, form, _("Nieuwe provider"))


@supervising_only
@GET_OR_POST
def provider_edit(request: PersonRequest, pk: int) -> HttpResponse:
    """Change a provider; how codes are compared can change only while none is loaded."""
    provider = get_object_or_404(Provider.objects.visible_to(request.user), pk=pk)
    form = ProviderForm(
        request.POST if request.method == "POST" else None,
        instance=provider,
        codes_loaded=Voucher.objects.filter(provider=provider).exists(),
    )
    return _provider_page(request, form, _("{provider} aanpassen").format(provider=provider))


def _provider_page(request: PersonRequest, form: ProviderForm, title: str) -> HttpResponse:
    return form_page(
        request,
        form,
        title=title,
        back=reverse("ministry_providers"),
        parent=_("Providers"),
        save=lambda provider: pools.set_up_provider(
            provider=provider, by=request.user, now=timezone.now()
        ),
        done=lambda provider: (_provider_saved(provider), ""),
    )


def _provider_saved(provider: Provider) -> str:
    if waiting_start_page(provider):
        return _("{provider} is bewaard. De nieuwe startpagina wacht op een tweede.")
    return _("{provider} is bewaard.")
