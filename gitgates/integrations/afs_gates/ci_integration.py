"""`afs.gates.ci_integration`: how CI systems are told of a report."""

from gitgates import LocalFileIntegration

__all__ = ["LocalFileIntegration"]
