"""`afs.gates.ci_integration`: how CI systems are told of a report."""

from gitgates import GitHubActionsIntegration, JenkinsIntegration, LocalFileIntegration

__all__ = ["GitHubActionsIntegration", "JenkinsIntegration", "LocalFileIntegration"]
