"""Can this installation work? For a load balancer and the supervisor.

Tested in `local.tests.test_supervisor`.
"""

import redis
from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from common.access import public


@public
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """200 when PostgreSQL and Redis answer, else 503; says which of them, never why."""
    found = {"database": database_answers(), "redis": redis_answers()}
    words = {name: "ok" if answers else "unreachable" for name, answers in found.items()}
    return JsonResponse(words, status=200 if all(found.values()) else 503)


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:  # InterfaceError too, which is not a DatabaseError
        return False
    return True


def redis_answers() -> bool:
    """Whether Redis answers a ping within two seconds."""
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()
