"""The log: one line for each message on stderr, as text or as JSON.

The code that logs a message leaves secrets out of it. The formatters mask them once more, because messages of libraries
and tracebacks are made by others.
"""

import json
import logging
import re
import time
from datetime import UTC, datetime

from app.db.measurements import CURRENT_TIMES
from app.web.access_log import KEY, LogFields, mask_keys

#: API keys, secrets of webhooks, and the password of a URL or of a libpq connection string.
_SECRETS: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("parley_", KEY, "***"),
    ("whsec_", re.compile(r"whsec_[A-Za-z0-9+/=_-]+"), "***"),
    ("://", re.compile(r"(://[^\s:/@\"']*):[^\s/@\"']+@"), r"\1:***@"),
    ("assword", re.compile(r"(password\\?[\"']?\s*[=:]\s*\\?[\"']?)[^\s&,;)\"'\\]+", re.IGNORECASE), r"\1***"),
)


def mask(line: str) -> str:
    """The line with `***` for everything that looks like a secret."""
    for sign, pattern, replacement in _SECRETS:
        if sign in line:
            line = pattern.sub(replacement, line)
    return line


class TextFormatter(logging.Formatter):
    """Time (UTC), level, logger and message; an exception follows on further lines."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")
        self._second, self._time = 0, ""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - the name in `logging`
        """The time of the record in UTC, formatted once for all records of a second."""
        if (second := int(record.created)) != self._second:
            self._time = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(second))
            self._second = second
        return self._time

    def format(self, record: logging.LogRecord) -> str:
        """The lines of this record."""
        return mask(super().format(record))


class JsonFormatter(logging.Formatter):
    """One JSON object on one line: `time` (UTC), `level`, `logger`, and the named values of the message or, if it has none,
    `message`, the `request` during which it was logged, and `exception`, the traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of this record."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        fields: dict[str, object] = {"time": at, "level": record.levelname.lower(), "logger": record.name}
        if isinstance(record.msg, LogFields):
            values = ((name, value) for name, value in record.msg.items() if value != "-")
            fields |= {name: mask_keys(value) if isinstance(value, str) else value for name, value in values}
        else:
            fields["message"] = record.getMessage()
            if (times := CURRENT_TIMES.get()) is not None:
                fields["request"] = times.request_id
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return mask(json.dumps(fields, ensure_ascii=False, default=str))


def log_config(level: str, log_format: str = "text") -> dict[str, object]:
    """Configuration for `logging.config.dictConfig`. `log_format`: `text` or `json`."""
    name = level.upper()
    formatter = {"()": "app.runtime.logs.JsonFormatter" if log_format == "json" else "app.runtime.logs.TextFormatter"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": formatter},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "stream": "ext://sys.stderr"}},
        "root": {"level": "WARNING", "handlers": ["stderr"]},
        "loggers": {
            "parley": {"level": name},
            "uvicorn": {"level": name if name != "INFO" else "WARNING"},
            # While the database is out of reach, each pool warns of each attempt with a traceback. The head watcher logs
            # one line when the database is lost and one when it is back.
            "asyncpg.pool": {"level": "ERROR"},
        },
    }
