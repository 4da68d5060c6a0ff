"""Addresses of the pages about organisations and people."""

from django.urls import path

from pages.people import account, language, own_sessions, views

urlpatterns = [
    path("taal/", language.choose_language, name="choose_language"),
    path("mijn-account/", account.my_account, name="my_account"),
    path("mijn-account/e-mailadres/", account.change_address, name="change_address"),
    path("mijn-account/e-mailadres/<int:pk>/<str:token>/", account.confirm_address,
         name="confirm_address"),
    path("mijn-sessies/", own_sessions.own_sessions, name="own_sessions"),
    path("mijn-sessies/afmelden/", own_sessions.own_session_end, name="own_session_end"),
    path("mijn-sessies/elders-afmelden/", own_sessions.own_sessions_end_others,
         name="own_sessions_end_others"),
    path("mijn-organisatie/", views.my_organisation, name="my_organisation"),
    path("mijn-organisatie/collega-uitnodigen/", views.colleagues, name="colleagues"),
    path("medewerkers/<int:pk>/weghalen/", views.membership_remove, name="membership_remove"),
    path("mensen/<int:pk>/opnieuw-uitnodigen/", views.person_invite_again,
         name="person_invite_again"),
    path("ministerie/organisaties/", views.ministry_organisations, name="ministry_organisations"),
    path("ministerie/organisaties/<int:pk>/", views.ministry_organisation,
         name="ministry_organisation"),
    path("ministerie/mensen/", views.ministry_people, name="ministry_people"),
    path("ministerie/mensen/uitnodigen/", views.ministry_invite, name="ministry_invite"),
    path("ministerie/mensen/<int:pk>/", views.ministry_person, name="ministry_person"),
    path("ministerie/mensen/<int:pk>/blokkeren/", views.ministry_person_block,
         name="ministry_person_block"),
    path("ministerie/mensen/<int:pk>/vrijgeven/", views.ministry_person_unblock,
         name="ministry_person_unblock"),
    path("ministerie/mensen/<int:pk>/tweede-stap-wissen/", views.ministry_person_second_factor,
         name="ministry_person_second_factor"),
]  # fmt: skip
