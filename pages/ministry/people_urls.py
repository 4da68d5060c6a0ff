"""The ministry's pages about the people of providers, under ministerie/mensen/."""

from django.urls import path

from pages.ministry import people

urlpatterns = [
    path("provider-uitnodigen/", people.invite_provider, name="ministry_people_invite_provider"),
]
