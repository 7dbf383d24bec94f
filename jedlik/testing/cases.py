"""The test server for unittest."""

from __future__ import annotations

import unittest
from typing import Any, ClassVar

from jedlik.testing.server import LocalServer


class JedlikTestCase(unittest.TestCase):
    """Each class has a server, found by the usual environment variables; each test is rolled back.

    `set_up_tables` of a subclass creates what all its tests begin with.
    """

    jedlik: ClassVar[LocalServer]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.jedlik = LocalServer().start()
        cls.addClassCleanup(cls.jedlik.stop)
        cls.enterClassContext(cls.jedlik.in_environment())
        cls.set_up_tables(cls.jedlik.client())

    @classmethod
    def set_up_tables(cls, dynamodb: Any) -> None:
        """Called once with a boto3 client, before the first test."""

    def setUp(self) -> None:
        super().setUp()
        self.enterContext(self.jedlik.rolled_back())
        self.dynamodb = self.jedlik.client()
