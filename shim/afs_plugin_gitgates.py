"""AFS finds this module by its name, and registers `afs gates` through it."""

from gitgates.integrations.afs import register_parsers

__all__ = ["register_parsers"]
