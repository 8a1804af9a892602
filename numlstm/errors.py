"""The one kind of error that is the user's to mend: a sentence that says what is wrong and what to do."""


class UserError(Exception):
    """A bad file, setting or situation. Commands print it on one line, without a traceback, and exit with 1."""


class Diverged(UserError):
    """A loss or a gradient that is no longer a finite number. The parameters have not been touched by it."""
