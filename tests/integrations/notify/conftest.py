"""Fixtures of the notifications' tests."""

from tests.cli.conftest import bare_project, clone_of, project, signing_key
from tests.integrations.notify.fixtures import direct, hook, internet

__all__ = ["bare_project", "clone_of", "direct", "hook", "internet", "project", "signing_key"]
