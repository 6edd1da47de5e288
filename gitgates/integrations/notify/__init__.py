"""Notifications: chat, pagers and e-mail through Apprise, and signed webhooks.

What is sent follows from events (`events`), who is told from the project's files (`config.notify`), and where to from
the user's own surroundings alone (`channels`). Sending happens in a process of its own (`sending`, `worker`), so that
no service can hold a command up.
"""
