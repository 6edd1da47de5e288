"""CI systems: what they are told of a report, in the form that each reads, and what they say of their own runs.

Everything that is written here may hold words of strangers: file names, metrics' names, messages. Each form has one
place that makes them harmless, and no form has a second way in.
"""
