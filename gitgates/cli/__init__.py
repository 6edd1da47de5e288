"""The command line: one thin module for each command, one place that prints, one that turns errors into exit codes."""
