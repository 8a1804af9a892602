"""Errors that the user can fix. The message says what is wrong and what to do."""


class UserError(Exception):
    """A bad file, setting or situation. Commands print it on one line, without a traceback, and exit with 1."""


class Diverged(UserError):
    """Training diverged: a loss is not finite or too large, or a gradient is not finite. Parameters stay unchanged."""
