"""Whether a database can be used as its URI says, before a server tries for minutes."""

from urllib.parse import unquote, urlsplit

from labeler.errors import SettingsError

DRIVER = "postgresql+psycopg2"


def check_database(uri: str) -> None:
    """Raises SettingsError when the database can't be used as it is named, in the words of its server."""
    parts = urlsplit(uri)
    if parts.scheme != DRIVER:
        raise SettingsError(
            f"a registry's database has a URI that begins with {DRIVER}://, not {parts.scheme}://",
            hint="name the driver: SQLAlchemy takes another one, which is not installed, for plain postgresql://",
        )
    try:
        import psycopg2
    except ImportError as error:
        raise SettingsError("MLflow's server needs psycopg2", hint="pip install 'labeler[local]'") from error
    place = f"{unquote(parts.username or '')}@{parts.hostname}:{parts.port or 5432}{parts.path}"
    try:
        psycopg2.connect(uri.replace(DRIVER, "postgresql", 1), connect_timeout=10).close()
    except psycopg2.OperationalError as error:
        raise SettingsError(
            f"the database {place} refuses: {' '.join(str(error).split())}",
            hint="check user, password and name of the database, and that PostgreSQL runs",
        ) from error
