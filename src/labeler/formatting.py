"""Figures as people read them, in a terminal and on a page."""


def number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"


def duration(seconds: float) -> str:
    """`-2m 05s`: minus means late."""
    sign, whole = ("-" if seconds < 0 else ""), round(abs(seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{sign}{hours}h {minutes:02d}m"
    return f"{sign}{minutes}m {rest:02d}s" if minutes else f"{sign}{rest}s"


def percent(share: float) -> str:
    """Two digits that say something: `0.03%`, `4.1%`, `99.98%`; a share that is not all is never called 100%."""
    points = 100 * share
    if 0 < points < 0.995 or 99 <= points < 100:
        return f"{min(points, 99.99):.2f}%" if points >= 99 else f"{max(points, 0.01):.2f}%"
    return f"{points:.0f}%" if points in (0, 100) else f"{points:.1f}%"
