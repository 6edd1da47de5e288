"""`afs.gates.registry_integration`: approvals and deployments, on the same ledger as the command line."""

from gitgates import ApprovalRecord, DeploymentController, RegistryIntegration

__all__ = ["ApprovalRecord", "DeploymentController", "RegistryIntegration"]
