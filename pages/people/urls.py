"""Addresses of the pages about organisations and people."""

from django.urls import path

from pages.people import language, own_sessions, role, views, waiting

urlpatterns = [
    path("taal/", language.choose_language, name="choose_language"),
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
    path("ministerie/mensen/<int:pk>/rol/", role.change_role, name="ministry_person_role"),
    path("wacht-op-een-tweede/", waiting.waiting_acts, name="waiting_acts"),
    path("wacht-op-een-tweede/<int:pk>/", waiting.waiting_act, name="waiting_act"),
    path("wacht-op-een-tweede/<int:pk>/laten-doorgaan/", waiting.waiting_act_let_go,
         name="waiting_act_let_go"),
    path("wacht-op-een-tweede/<int:pk>/weigeren/", waiting.waiting_act_refuse,
         name="waiting_act_refuse"),
    path("wacht-op-een-tweede/<int:pk>/intrekken/", waiting.waiting_act_withdraw,
         name="waiting_act_withdraw"),
    path("wacht-op-een-tweede/<int:pk>/ongedaan-maken/", waiting.waiting_act_undo,
         name="waiting_act_undo"),
]  # fmt: skip
