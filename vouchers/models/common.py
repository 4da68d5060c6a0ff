"""Small pieces shared by several models.

Tested in `vouchers.database.tests.test_guards` (`BULK`: a row names only what exists).
"""

from __future__ import annotations

from typing import Any

from django.db import models

from common.columns import moment as moment
from common.columns import pair as pair
from common.columns import person as person

# For a foreign key in a table that files fill by the hundred thousand: a trigger checks once per
# statement that the rows exist (`vouchers.database.guards.references`). `COVERED`: a constraint or
# an index of the model starts with this column.
BULK: dict[str, Any] = {"on_delete": models.PROTECT, "db_constraint": False}
COVERED: dict[str, Any] = {"db_index": False}
