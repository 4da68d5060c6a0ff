"""The first page after signing in: what is waiting for this person.

Tested in `pages.coordinator.tests.test_views`, `pages.ministry.tests.test_requests` and
`reports.tests.test_waiting`.
"""

from collections.abc import Callable
from datetime import date

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import Role, User
from common.access import roles_required
from pages.coordinator import coordinator_tasks
from pages.ministry import analyst_tasks, officer_tasks
from pages.provider import provider_tasks
from pages.shared.person_request import PersonRequest
from pages.shared.tasklist import Task

TASKS: dict[str, Callable[[User, date], list[Task]]] = {
    Role.COORDINATOR: coordinator_tasks,
    Role.OFFICER: officer_tasks,
    Role.SUPERVISOR: officer_tasks,
    Role.ANALYST: analyst_tasks,
    Role.ADMINISTRATOR: officer_tasks,
    Role.PROVIDER: provider_tasks,
}


@roles_required(*TASKS)
@require_safe
def home(request: PersonRequest) -> HttpResponse:
    """The task list of this person's role; each line links to the page where the work is done."""
    tasks = TASKS[request.user.role](request.user, timezone.localdate())
    context = {
        "title": _("Wat wacht er op jou?"),
        "waiting": [task for task in tasks if task.count],
        "always": [task for task in tasks if task.count is None],
    }
    return render(request, "home.html", context)
