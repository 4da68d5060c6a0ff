"""The writer of who works for which provider; `accounts.actions` writes the people themselves."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import actions
from accounts.models import Role, User
from common.refused import Refused
from history.recording import recorded
from vouchers.models import Provider, ProviderMember


def invite_provider_person(
    *, provider: Provider, email: str, name: str, by: User, now: datetime
) -> User:
    """Invite somebody by mail to act for a provider; returns the person.

    The same address again gets a fresh link until a password is chosen. A person works for one
    provider. Raises Refused and MailNotSent.
    """
    with recorded(by=by, why=gettext_noop("persoon van een provider uitgenodigd")):
        person = actions.invite(email=email, name=name, role=Role.PROVIDER, by=by, now=now)
        member, _new = ProviderMember.objects.get_or_create(
            user=person, defaults={"provider": provider}
        )
        if member.provider_id != provider.pk:
            raise Refused(
                _("{person} werkt al voor {provider}. Gebruik een ander adres.").format(
                    person=person.name, provider=member.provider
                ),
                field="email",
                code="works-for-another",
            )
    return person
