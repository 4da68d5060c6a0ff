"""Pages of the ministry, all under ministerie/."""

from django.urls import path

from vouchers.views.ministry import decisions, files, oversight, renewals, requests, stock

urlpatterns = [
    path("aanvragen/", requests.request_list, name="ministry_requests"),
    path("aanvragen/goedkeuren/", decisions.grant_selection, name="ministry_grant_selection"),
    path("aanvragen/<int:pk>/", requests.request_page, name="ministry_request"),
    path("aanvragen/<int:pk>/beslissen/", decisions.decide, name="ministry_decide"),
    path("aanvragen/<int:pk>/terugsturen/", decisions.send_back, name="ministry_return"),
    path("aanvragen/<int:pk>/herzien/", decisions.undo, name="ministry_undo_decision"),
    path("aanvragen/<int:pk>/uitreiken/", decisions.hand_out, name="ministry_hand_out"),
    path("voorraden/", stock.pool_list, name="ministry_pools"),
    path("voorraden/nieuw/", stock.pool_new, name="ministry_pool_new"),
    path("voorraden/<int:pk>/", stock.pool_page, name="ministry_pool"),
    path("voorraden/<int:pk>/aanpassen/", stock.pool_edit, name="ministry_pool_edit"),
    path("voorraden/<int:pk>/verlengen/", stock.pool_extend, name="ministry_pool_extend"),
    path("voorraden/<int:pk>/sluiten/", stock.pool_close, name="ministry_pool_close"),
    path("voorraden/<int:pk>/codes-laden/", files.load_codes, name="ministry_load_codes"),
    path("afspraken/nieuw/", stock.agreement_new, name="ministry_agreement_new"),
    path("afspraken/<int:pk>/", stock.agreement_edit, name="ministry_agreement_edit"),
    path("providers/", stock.provider_list, name="ministry_providers"),
    path("providers/nieuw/", stock.provider_new, name="ministry_provider_new"),
    path("providers/<int:pk>/", stock.provider_edit, name="ministry_provider_edit"),
    path("golven/", stock.period_list, name="ministry_periods"),
    path("golven/nieuw/", stock.period_new, name="ministry_period_new"),
    path("golven/<int:pk>/", stock.period_edit, name="ministry_period_edit"),
    path("golven/<int:pk>/sluiten/", stock.period_close, name="ministry_period_close"),
    path("bestanden/", files.file_list, name="ministry_files"),
    path("bestanden/<int:pk>/", files.file_page, name="ministry_file"),
    path("bestanden/<int:pk>/toepassen/", files.file_apply, name="ministry_file_apply"),
    path("bestanden/<int:pk>/wegleggen/", files.file_discard, name="ministry_file_discard"),
    path("bestanden/<int:pk>/ongedaan-maken/", files.file_undo, name="ministry_file_undo"),
    path("bestanden/<int:pk>/uitkomsten/", files.file_rows, name="ministry_file_rows"),
    path("verlengingen/", renewals.renewal_list, name="ministry_renewals"),
    path("verlengingen/beslissen/", renewals.renewal_act, name="ministry_renewal_act"),
    path("boekhouding/", oversight.balance_page, name="ministry_balance"),
    path("taken/", oversight.job_list, name="ministry_jobs"),
]
