"""What is kept in Redis is JSON. Django's own serializer reads pickles, and a pickle can run
anything: whoever can write to Redis would be in the web process, with all its keys.

Tested in `common.tests.test_json_cache`.
"""

import json
from typing import Any


class JsonSerializer:
    """For `OPTIONS` of Django's RedisCache. A tuple comes back as a list; what JSON cannot hold is
    refused with TypeError."""

    def dumps(self, value: Any) -> int | bytes:
        """A number stays one, so that Redis can count with it."""
        return value if type(value) is int else json.dumps(value).encode()

    def loads(self, data: bytes) -> Any:
        """ValueError for what we did not write."""
        return json.loads(data)
