"""Where a bug happened, without what it said: the message of an exception may hold a row's values."""

import traceback


def frames(error: BaseException) -> list[str]:
    """`file:line function` of the error and of what caused it, the innermost last."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    earlier = frames(cause) if cause else []
    return earlier + [
        f"{type(error).__name__} at {frame.filename}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
