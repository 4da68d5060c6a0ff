"""The report pages, all under rapporten/; for the ministry only."""

from django.urls import path, register_converter

from pages.ministry import report_downloads, reports
from reports.figures import Dimension

SLUGS = {
    Dimension.SCHOOL: "school",
    Dimension.EDUCATION_TYPE: "type-onderwijs",
    Dimension.PROVINCE: "provincie",
    Dimension.PERIOD: "golf",
    Dimension.PROVIDER: "provider",
}


class DimensionConverter:
    """A dimension as written in an address."""

    regex = "|".join(SLUGS.values())

    def to_python(self, value: str) -> Dimension:
        return next(dimension for dimension, slug in SLUGS.items() if slug == value)

    def to_url(self, value: str) -> str:
        return SLUGS[Dimension(value)]


register_converter(DimensionConverter, "dimension")

urlpatterns = [
    path("rapporten/", reports.reports, name="reports"),
    path("rapporten/<dimension:dimension>/", reports.report, name="report"),
    path("rapporten/exports/", report_downloads.report_exports, name="report_exports"),
    path(
        "rapporten/<dimension:dimension>/csv/", report_downloads.report_file,
        {"file_format": "csv"}, name="report_csv",
    ),
    path(
        "rapporten/<dimension:dimension>/xlsx/", report_downloads.report_file,
        {"file_format": "xlsx"}, name="report_xlsx",
    ),
]  # fmt: skip
