"""Fixtures of the tests in a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.blog import Blog, blogging


@pytest.fixture(scope="module")
def blog() -> Iterator[Blog]:
    with blogging() as blog:
        yield blog
