"""The portal in a browser; asserts in the helpers show what they compared, as those in tests do."""

import pytest

pytest.register_assert_rewrite("e2e.crawl", "e2e.road", "e2e.walker")
