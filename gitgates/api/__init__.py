"""The Python API: gates with callbacks, the registry and the deployment controller that scripts for AFS know."""
