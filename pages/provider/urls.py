"""The provider's pages, and the progress page of a job."""

from django.urls import path

from pages.provider import files, pools, renewals
from pages.shared import jobs

urlpatterns = [
    path("provider/bestanden/", files.provider_files_list, name="provider_files"),
    path("provider/bestanden/nieuw/", files.provider_file_new, name="provider_file_new"),
    path(
        "provider/bestanden/voorbeeld/",
        files.provider_file_template,
        name="provider_file_template",
    ),
    path("provider/bestanden/<int:pk>/", files.provider_file, name="provider_file"),
    path(
        "provider/bestanden/<int:pk>/toepassen/",
        files.provider_file_apply,
        name="provider_file_apply",
    ),
    path(
        "provider/bestanden/<int:pk>/wegleggen/",
        files.provider_file_discard,
        name="provider_file_discard",
    ),
    path(
        "provider/bestanden/<int:pk>/ongedaan-maken/",
        files.provider_file_undo,
        name="provider_file_undo",
    ),
    path(
        "provider/bestanden/<int:pk>/uitkomsten/",
        files.provider_file_rows,
        name="provider_file_rows",
    ),
    path("provider/verlengingen/", renewals.provider_renewals, name="provider_renewals"),
    path(
        "provider/verlengingen/lijst/",
        renewals.provider_renewals_list,
        name="provider_renewals_list",
    ),
    path(
        "provider/verlengingen/bevestigen/",
        renewals.provider_renewals_confirm,
        name="provider_renewals_confirm",
    ),
    path("provider/voorraad/", pools.provider_pools, name="provider_pools"),
    path("taken/<int:pk>/", jobs.job_progress, name="job_progress"),
    path("taken/<int:pk>/opnieuw/", jobs.job_retry, name="job_retry"),
]
