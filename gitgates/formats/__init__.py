"""Bytes of other tools' files -> metrics; nothing else: no file is opened here."""
