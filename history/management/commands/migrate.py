"""Django's `migrate`, as the owner of the database; afterwards the application gets its rights.

Tested in `history.tests.test_database_roles` and `history.tests.test_migrate`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db.migrations.state import ProjectState

from history import database_roles

APPEND_OPTION = "_append_option"


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with database_roles.as_owner(), models_rendered_once():
                super().handle(*args, **options)
                database_roles.give_rights()
        except ImproperlyConfigured as refusal:
            raise CommandError(str(refusal)) from refusal


@contextmanager
def models_rendered_once() -> Iterator[None]:
    """A constraint or an index is added to its model without making anew all models related to it.

    Foreign keys run in a circle here, so that Django makes every model anew for each of more than a
    hundred: two thirds of what an empty database takes to migrate. No field changes by one.
    """
    plain = getattr(ProjectState, APPEND_OPTION)
    setattr(ProjectState, APPEND_OPTION, _append_option)
    try:
        yield
    finally:
        setattr(ProjectState, APPEND_OPTION, plain)


def _append_option(
    self: ProjectState, app_label: str, model_name: str, option_name: str, added: object
) -> None:
    options = self.models[app_label, model_name].options
    options[option_name] = [*options[option_name], added]
    if "apps" in vars(self):  # these models are made already
        getattr(self.apps.get_model(app_label, model_name)._meta, option_name).append(added)
