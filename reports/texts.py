"""Sentences of the report pages: what is counted, and up to when it is known."""

from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.days import in_words
from reports.figures import Dimension, Reading
from reports.tables import Question
from schools.models import EducationType, Province

TITLES = {
    Dimension.SCHOOL: gettext_lazy("Rapport per school"),
    Dimension.EDUCATION_TYPE: gettext_lazy("Rapport per type onderwijs"),
    Dimension.PROVINCE: gettext_lazy("Rapport per provincie"),
    Dimension.PERIOD: gettext_lazy("Rapport per golf"),
    Dimension.PROVIDER: gettext_lazy("Rapport per provider"),
}
TABS = {
    Dimension.SCHOOL: gettext_lazy("Per school"),
    Dimension.EDUCATION_TYPE: gettext_lazy("Per type onderwijs"),
    Dimension.PROVINCE: gettext_lazy("Per provincie"),
    Dimension.PERIOD: gettext_lazy("Per golf"),
    Dimension.PROVIDER: gettext_lazy("Per provider"),
}
HINTS = {
    Dimension.SCHOOL: gettext_lazy("Elke school waarvan leerlingen aangevraagd zijn."),
    Dimension.EDUCATION_TYPE: gettext_lazy("Van gewoon basisonderwijs tot hoger onderwijs."),
    Dimension.PROVINCE: gettext_lazy("De vijf provincies, Brussel, en wat onbekend is."),
    Dimension.PERIOD: gettext_lazy("De golven naast elkaar."),
    Dimension.PROVIDER: gettext_lazy("Van wie de code van elke leerling komt."),
}
COUNTED = {
    Dimension.SCHOOL: (gettext_lazy("school"), gettext_lazy("scholen")),
    Dimension.EDUCATION_TYPE: (gettext_lazy("type onderwijs"), gettext_lazy("types onderwijs")),
    Dimension.PROVINCE: (gettext_lazy("provincie"), gettext_lazy("provincies")),
    Dimension.PERIOD: (gettext_lazy("golf"), gettext_lazy("golven")),
    Dimension.PROVIDER: (gettext_lazy("provider"), gettext_lazy("providers")),
}

# Dimensions that may have more than ten rows; the five to nine of the others all fit the picture.
TOP_TEN = {
    Dimension.SCHOOL: gettext_lazy("De tien scholen met de meeste aangevraagde leerlingen"),
    Dimension.PERIOD: gettext_lazy("De tien golven met de meeste aangevraagde leerlingen"),
    Dimension.PROVIDER: gettext_lazy("De tien providers met de meeste aangevraagde leerlingen"),
}

NO_RATE = gettext_lazy("Een activatiegraad bestaat alleen voor de leerlingen van een golf.")


def filters(question: Question) -> str:
    """The filters that are on, "" when there are none: "Antwerpen, scholen met “aalst”"."""
    parts = []
    if question.province:
        parts.append(str(dict(Province.choices)[question.province]))
    if question.education_type:
        parts.append(str(dict(EducationType.choices)[question.education_type]))
    if question.search:
        parts.append(_("scholen met “{words}”").format(words=question.search))
    return ", ".join(parts)


SEARCH = gettext_lazy(
    "Zoeken kijkt naar de nummers en namen van nu, ook voor een vroegere dag. De cijfers van elke "
    "school blijven wat ze die dag waren."
)


def search(question: Question) -> str:
    """Which names a word is looked for in, "" when there is none: a report as of a past day lists
    schools under their names of today, so by these they are found."""
    return str(SEARCH) if question.search else ""


def asked(question: Question, dimension: Dimension) -> str:
    """A whole question in words: what by what, of whom, as of when."""
    narrowed = filters(question)
    only = _("Filter: {filters}.").format(filters=narrowed) if narrowed else ""
    empty = _("Ook rijen zonder leerlingen.") if question.with_empty else ""
    sentences = [f"{TITLES[dimension]}.", reading(question), only, empty]
    return " ".join(sentence for sentence in sentences if sentence)


def reading(question: Question) -> str:
    """What this reading counts, in a sentence."""
    day = in_words(question.as_of)
    if question.reading == Reading.COHORT:
        if question.period is None:
            return _(
                "Cohort van alle golven: de leerlingen in alle aanvragen, en hoe het met hen staat "
                "zoals bekend op {day}."
            ).format(day=day)
        return _(
            "Cohort van {period}: de leerlingen in de aanvragen van deze golf, en hoe het met hen "
            "staat zoals bekend op {day}, ook als iets pas na de golf gebeurde."
        ).format(period=question.period, day=day)
    if question.period is None:
        return _("Activiteit: alles wat ooit gebeurde, zoals bekend op {day}.").format(day=day)
    first, after = question.window
    return _(
        "Activiteit van {first} tot en met {last} ({period}): wat in die dagen gebeurde, voor "
        "leerlingen van welke golf ook, zoals bekend op {day}."
    ).format(
        period=question.period,
        day=day,
        first=in_words(first),
        last=in_words(after - timedelta(days=1)),
    )


def totals(question: Question) -> str:
    """What the last rows of a table are."""
    if question.filters:
        return _(
            "Samen is alles wat bij de filters past, Totaal zijn alle leerlingen zonder die "
            "filters. Beide zijn apart geteld, niet opgeteld uit de rijen."
        )
    return _("Het totaal is apart geteld, niet opgeteld uit de rijen.")


def known(reported_until: tuple[tuple[str, date | None], ...]) -> str:
    """Up to which day each provider had reported its activations, as known on the day asked."""
    reported = [
        _("{provider} tot en met {day}").format(provider=name, day=in_words(day))
        if day
        else _("{provider} nog niets").format(provider=name)
        for name, day in reported_until
    ]
    if not reported:
        return _("Er zijn nog geen providers.")
    return _("De providers meldden hun activaties: {told}.").format(told=", ".join(reported))


def chart_title(dimension: Dimension, *, whole: bool) -> str:
    if whole:
        return _("Leerlingen {tab}").format(tab=str(TABS[dimension]).lower())
    return str(TOP_TEN[dimension])
