"""An administrator gives somebody at the ministry another role (ADR 35).

Tested in `pages.people.tests.test_waiting`.
"""

from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts import policies, roles
from accounts.models import MINISTRY_PEOPLE, Role, User
from common.access import roles_required
from common.confirm import Done, Question, ask_first, typed
from pages.people.summaries import page_of_person
from pages.shared.person_request import PersonRequest


class RoleForm(forms.Form):
    """Which role, and why."""

    use_required_attribute = False
    role = forms.ChoiceField(label=gettext_lazy("Nieuwe rol"), widget=forms.RadioSelect)
    why = forms.CharField(
        label=gettext_lazy("Waarom?"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Wie het nakijkt, leest dit."),
    )

    def __init__(self, *args: Any, person: User, **options: Any) -> None:
        super().__init__(*args, **options)
        role = self.fields["role"]
        assert isinstance(role, forms.ChoiceField)
        others = [each for each in MINISTRY_PEOPLE if each != person.role]
        role.choices = [(each.value, each.label) for each in others]
        for field in self.fields.values():
            field.error_messages["required"] = _("Dit moet je nog invullen.")
        self.helper = FormHelper()
        self.helper.form_tag = False


@roles_required(Role.ADMINISTRATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def change_role(request: PersonRequest, pk: int) -> HttpResponse:
    """Ask which role and why; supervisor and administrator wait for a second person."""
    person = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
    form = RoleForm(typed(request), person=person)
    back = page_of_person(person, request.user)
    question = Question(
        title=_("De rol van {person} veranderen?").format(person=person.name),
        happens=[
            _("Nu: {role}.").format(role=person.get_role_display()),
            _("{person} wordt overal afgemeld en krijgt een mail.").format(person=person.name),
            _("Leidinggevende of beheerder wordt iemand pas als een tweede het nakeek."),
        ],
        undo=_("Je kan de rol later opnieuw veranderen."),
        about=[person.pk, person.role],
        form=form,
        button=_("Rol veranderen"),
        back=back,
        parent_label=person.name,
    )

    def act() -> Done:
        given = form.cleaned_data
        waits = roles.change_role(
            person=person, role=given["role"], why=given["why"], by=request.user, now=timezone.now()
        )
        if waits:
            sentence = _("Wacht op een tweede: {person} krijgt de rol als die het nakeek.")
            to = reverse("waiting_act", args=[waits.pk])
            return Done(sentence.format(person=person.name), to=to)
        return Done(_("{person} heeft nu een andere rol.").format(person=person.name))

    def check() -> None:
        # For the button any other role will do: the one that is chosen is asked in the action.
        other = Role.ANALYST if person.role != Role.ANALYST else Role.OFFICER
        policies.check_can_change_role(request.user, person, other)

    return ask_first(request, question, act, check=check)
