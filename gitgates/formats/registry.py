"""All formats. A new one is a module with a `Format`, and one line here."""

from gitgates.formats import coverage_json, junit, native, trivy

FORMATS = (native.TESTS, native.MODEL, native.SECURITY, coverage_json.FORMAT, junit.FORMAT, trivy.FORMAT)
