"""The first page after signing in: what waits for this person."""

from collections.abc import Callable
from datetime import date

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from schools.models import Role, User
from schools.scoping import PersonRequest
from voucherportal.access import roles_required
from vouchers.views.coordinator import coordinator_tasks
from vouchers.views.ministry import officer_tasks
from vouchers.views.provider import provider_tasks
from vouchers.views.tasklist import Task

TASKS: dict[str, Callable[[User, date], list[Task]]] = {
    Role.COORDINATOR: coordinator_tasks,
    Role.OFFICER: officer_tasks,
    Role.ADMINISTRATOR: officer_tasks,
    Role.PROVIDER: provider_tasks,
}


@roles_required(*TASKS)
@require_safe
def home(request: PersonRequest) -> HttpResponse:
    """The task list of this person's role; each line leads to the things themselves."""
    tasks = TASKS[request.user.role](request.user, timezone.localdate())
    context = {
        "title": _("Wat wacht er op jou?"),
        "waiting": [task for task in tasks if task.count],
        "always": [task for task in tasks if task.count is None],
    }
    return render(request, "home.html", context)
