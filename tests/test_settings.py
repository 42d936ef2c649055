"""The settings: spellings of a database address, lists from the environment, limits that must agree."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from app.settings import Settings
from tests.loops import nonempty


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "PARLEY_DATABASE_URL", "PARLEY_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)


def test_without_an_address_the_embedded_server_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().database_url is None
    monkeypatch.setenv("DATABASE_URL", "")
    assert Settings().database_url is None


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg", "postgresql+psycopg2"])
def test_every_spelling_of_an_address_becomes_one(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    monkeypatch.setenv("DATABASE_URL", f"{scheme}://me:hush@db.example/parley?sslmode=require")
    assert Settings().database_url == "postgresql://me:hush@db.example/parley?sslmode=require"
    assert "hush" not in repr(Settings())


def test_an_address_of_another_database_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://db.example/parley")
    with pytest.raises(ValidationError, match="must begin with postgresql://"):
        Settings()


def test_the_environment_sets_every_kind_of_field(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PARLEY_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("PARLEY_CORS_ORIGINS", "https://a.example/, https://b.example")
    monkeypatch.setenv("PARLEY_PORT", "8080")
    monkeypatch.setenv("PARLEY_LOG_LEVEL", "DEBUG")
    monkeypatch.setenv("PARLEY_PUBLIC_URL", "https://parley.example/")
    settings = Settings()
    assert settings.data_dir == tmp_path
    assert settings.cors_origins == ("https://a.example", "https://b.example")
    assert (settings.port, settings.log_level) == (8080, "debug")
    assert settings.public_url == "https://parley.example"


def test_every_setting_says_in_a_sentence_what_it_does() -> None:
    for name, field in nonempty(Settings.model_fields.items()):
        assert (field.description or "").endswith("."), name


def test_a_proxy_is_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_TRUSTED_PROXIES", "10.0.0.0/8, ::1")
    assert Settings().trusted_proxies == ("10.0.0.0/8", "::1")
    monkeypatch.setenv("PARLEY_TRUSTED_PROXIES", "proxy.example")
    with pytest.raises(ValidationError, match="must be an IP address"):
        Settings()


def test_settings_do_not_change_after_they_were_read() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        setattr(Settings(), "port", 1)  # noqa: B010 - the plain way is refused by the type checker already


@pytest.mark.parametrize(
    "origins", ["null", "app.example", "https://app.example/page", "https://*.example", "*, HTTPS://A"]
)
def test_an_origin_that_no_browser_sends_is_refused(monkeypatch: pytest.MonkeyPatch, origins: str) -> None:
    monkeypatch.setenv("PARLEY_CORS_ORIGINS", origins)
    with pytest.raises(ValidationError, match=r"https://app\.example\.org"):
        Settings()
