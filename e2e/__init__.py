"""The portal in a browser; asserts of the helpers say what they compared, as those of tests do."""

import pytest

pytest.register_assert_rewrite("e2e.crawl", "e2e.road", "e2e.walker")
