"""The coordinators' pages."""

from django.urls import path

from pages.coordinator import ask, corrections, families, letters, reclaims, requests, search
from pages.shared import reveals

urlpatterns = [
    path("aanvragen/", requests.request_list, name="request_list"),
    path("aanvragen/nieuw/", ask.request_new, name="request_new"),
    path("aanvragen/scholen/", ask.request_schools, name="request_schools"),
    path("aanvragen/<int:pk>/", requests.request_detail, name="request_detail"),
    path("aanvragen/<int:pk>/leerlingen/", ask.request_edit, name="request_edit"),
    path("aanvragen/<int:pk>/nakijken/", ask.request_check, name="request_check"),
    path("aanvragen/<int:pk>/intrekken/", requests.request_withdraw, name="request_withdraw"),
    path("aanvragen/<int:pk>/weggooien/", requests.request_delete, name="request_delete"),
    path("brieven/", letters.letters, name="letters"),
    path("brieven/afdrukken/", letters.letters_print, name="letters_print"),
    path("brieven/meegegeven/", letters.letters_given, name="letters_given"),
    path("brieven/terug/<int:pk>/", reclaims.reclaim_notice, name="reclaim_notice"),
    path("gezinnen/", families.families, name="families"),
    path("gezinnen/doen/", corrections.families_act, name="families_act"),
    path("gezinnen/<int:pk>/doorgeven/", corrections.code_reassign, name="code_reassign"),
    path("verlengen/", families.renewals, name="renewals"),
    path("zoeken/", search.own_search, name="own_search"),
    path("mijn-organisatie/bekeken-codes/", reveals.of_own, name="own_reveals"),
]
