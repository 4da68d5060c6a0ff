"""Forms about a code that does not work, is no longer needed, or goes to somebody else.

Tested in `pages.shared.tests.test_life`.
"""

from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.fields import FileForm
from common.uploads import with_limit
from pages.shared.one_column import OneColumn
from vouchers.actions.life.giving_back import who_could_have
from vouchers.models import HandOut, PupilLine
from vouchers.states import REASONS_TO_VOID, VoidReason


class InConfirmation(forms.Form):
    """Fields only: the confirmation page itself has the form tag and the buttons."""

    use_required_attribute = False

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.helper = FormHelper()
        self.helper.form_tag = False
        for field in self.fields.values():
            field.error_messages["required"] = _("Dit moet je nog invullen.")


class AskReplacementForm(InConfirmation):
    """Why a coordinator wants another code."""

    reason = forms.TypedChoiceField(
        label=gettext_lazy("Wat is er mis?"),
        coerce=VoidReason,
        widget=forms.RadioSelect,
        choices=[
            (VoidReason.FAULTY, gettext_lazy("De code werkt niet")),
            (VoidReason.LOST, gettext_lazy("De brief is kwijt en iemand anders kan hem hebben")),
        ],
    )


class RefuseReplacementForm(InConfirmation):
    """Why the ministry does not replace a code."""

    reason = forms.CharField(
        label=gettext_lazy("Waarom niet?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("De aanvrager leest dit. Geen namen van leerlingen."),
    )


class VoidForm(InConfirmation):
    """Why codes become void, and what happens to the pupils who have one."""

    reason = forms.TypedChoiceField(
        label=gettext_lazy("Waarom?"),
        coerce=VoidReason,
        choices=[(each, each.label) for each in REASONS_TO_VOID],
    )
    replace = forms.BooleanField(
        label=gettext_lazy("Geef wie een code had, meteen een nieuwe"), required=False
    )
    also_in_use = forms.BooleanField(
        label=gettext_lazy("Ook de codes die een gezin al gebruikt"), required=False
    )


class MistakeForm(InConfirmation):
    """What happens to the pupils whose codes are taken back."""

    keep_waiting = forms.TypedChoiceField(
        label=gettext_lazy("Wat gebeurt er met deze leerlingen?"),
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
        initial="0",
        required=False,
        empty_value="",
        choices=[
            ("0", gettext_lazy("Hun aanvraag wordt afgesloten")),
            ("1", gettext_lazy("Ze wachten opnieuw op een code: dit was een vergissing")),
        ],
    )


class PupilField(forms.ModelChoiceField):
    """Pupils by their reference and the number of their request."""

    def label_from_instance(self, obj: PupilLine) -> str:
        """`K-12 (G1-00004)`."""
        return f"{obj.reference} ({obj.request.label})"


class ReassignForm(OneColumn, forms.Form):
    """Which pupil gets the code, and whether the first one still needs one."""

    button = gettext_lazy("Geef de code")
    line = PupilField(label=gettext_lazy("Wie krijgt de code?"), queryset=PupilLine.objects.none())
    keep_waiting = forms.TypedChoiceField(
        label=gettext_lazy("En de leerling die de code had?"),
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
        choices=[
            ("0", gettext_lazy("Heeft geen code meer nodig")),
            ("1", gettext_lazy("Wacht op een andere code")),
        ],
    )

    def __init__(self, *args: Any, hand_out: HandOut, **options: Any) -> None:
        super().__init__(*args, **options)
        line = self.fields["line"]
        assert isinstance(line, PupilField)
        line.queryset = who_could_have(hand_out).select_related("request__period")


class VoidListForm(OneColumn, FileForm):
    """A provider's list of faulty codes."""

    button = gettext_lazy("Lijst nakijken")
    file = forms.FileField(
        label=gettext_lazy("Lijst met codes"),
        allow_empty_file=True,
        max_length=None,
        help_text=with_limit(
            gettext_lazy("CSV, ten hoogste {megabytes} MB. We bewaren de lijst niet.")
        ),
    )
