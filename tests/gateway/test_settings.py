"""Settings: where they come from, what is refused, how they are described."""

import os
import pickle
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from gateway.engines import cluster_options
from gateway.settings import (
    Settings,
    SettingsError,
    describe_settings,
    load_settings,
    read_settings,
    settings_markdown,
)
from gateway.settings.model import setting

HIDDEN = "********"
ADDRESSES = "http:// or https:// addresses without ? and #, separated by commas, of one user at the most"


class SecretSettings(Settings):
    """Settings as they may become: with secrets, a URL, a choice of lists and a validator's own message."""

    api_key: SecretStr | None = setting(None, "The key.", min_length=4)
    upstream_url: str | None = setting(None, "Where to ask.")
    ratios: list[float] = setting([0.5], "How to weigh.")
    share: float = setting(0.25, "How much.", gt=0, lt=1)
    limit: int = setting(7, "How many.", le=9)
    open: bool = setting(False, "Whether to let everybody in.")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable in [name for name in os.environ if name.upper().startswith("GATEWAY_")]:
        monkeypatch.delenv(variable)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def problems_of(kind: type[Settings] = Settings, **overrides: object) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as refused:
        read_settings(kind, overrides)
    assert str(refused.value) == "\n".join(refused.value.problems)
    return refused.value.problems


def test_the_defaults_are_what_the_documentation_says() -> None:
    assert load_settings().model_dump() == {
        "host": "127.0.0.1",
        "port": 8000,
        "mode": "development",
        "introspection": None,
        "service_sdl": None,
        "graphiql": None,
        "suggestions": None,
        "error_causes": None,
        "server_timing": None,
        "federated_tracing": None,
        "csrf_prevention": None,
        "cors_origins": None,
        "body_bytes": 1_000_000,
        "batch_max": 0,
        "incremental_delivery": True,
        "compression": True,
        "compression_min_bytes": 1_024,
        "persisted_queries_bytes": 16_777_216,
        "persisted_queries_seconds": 86_400.0,
        "trusted_documents": "off",
        "trusted_documents_dir": None,
        "operations_max": 256,
        "queue_max": 1_024,
        "queue_seconds": 2.0,
        "websockets": True,
        "event_streams": True,
        "connections_max": 1_000,
        "websocket_operations_max": 100,
        "websocket_message_bytes": 1_000_000,
        "websocket_init_seconds": 10.0,
        "websocket_idle_seconds": 300.0,
        "data_dir": Path("gateway-data"),
        "search_threads": 4,
        "page_size_default": 20,
        "page_size_max": 100,
        "entities_max": 1_000,
        "neighbours": "",
        "paging_seconds": 900.0,
        "paging_bytes": 16_777_216,
        "deadline_seconds": 10.0,
        "shutdown_seconds": 30,
        "reload_seconds": 1.0,
        "vocabulary_seconds": 60.0,
        "embedder": "wordllama",
        "embedder_api_key": None,
        "embedder_timeout_seconds": 1.0,
        "opensearch_url": None,
        "opensearch_username": None,
        "opensearch_password": None,
        "opensearch_ca_file": None,
        "opensearch_verify_certs": True,
        "opensearch_aws_region": None,
        "opensearch_prefix": "discovery",
        "opensearch_pool_size": 32,
        "opensearch_shards": 1,
        "opensearch_replicas": 1,
        "cache_bytes": 33_554_432,
        "encoded_bytes": 16_777_216,
        "cache_document_seconds": 60.0,
        "cache_search_seconds": 10.0,
        "cache_stale_seconds": 300.0,
        "cache_prefix": "discovery",
        "redis_url": None,
        "redis_timeout_seconds": 0.05,
        "changes_stream": "discovery:changes",
        "changes_group": "discovery-gateway",
        "changes_consumer": None,
        "changes_batch_seconds": 1.0,
        "experiments": None,
        "popularity_half_life_days": 30.0,
        "feedback": True,
        "feedback_events": 100,
        "feedback_days": 365,
        "cost_max_anonymous": 20_000,
        "cost_max_authenticated": 50_000,
        "cost_max_router": 200_000,
        "depth_max": 20,
        "aliases_max": 100,
        "root_fields_max": 20,
        "directives_max": 100,
        "tokens_max": 10_000,
        "rate_window_seconds": 60.0,
        "rate_anonymous": None,
        "rate_authenticated": None,
        "rate_router": None,
        "response_cache_bytes": 0,
        "trusted_proxies": None,
        "forwarded_header": "x-forwarded-for",
        "auth_jwks_url": None,
        "auth_jwks_seconds": 300.0,
        "auth_public_key_file": None,
        "auth_secret": None,
        "auth_algorithms": "RS256,ES256,EdDSA",
        "auth_issuer": None,
        "auth_audience": None,
        "auth_leeway_seconds": 30.0,
        "auth_scope_claim": "scope",
        "auth_talent_claim": "talent_id",
        "auth_client_claim": "marketplace_client_id",
        "auth_required": False,
        "router_secret": None,
        "tls_cert_file": None,
        "tls_key_file": None,
        "tls_client_ca_file": None,
        "workers": 1,
        "log_level": "info",
    }


def test_what_goes_by_the_mode_is_open_in_development_alone_unless_it_is_set() -> None:
    development, production = Settings(), Settings(mode="production", graphiql=True)
    assert [development.shows(one) for one in (None, True, False)] == [True, True, False]
    assert [production.shows(one) for one in (production.introspection, production.graphiql)] == [False, True]
    assert [one.prevents_csrf for one in (development, production)] == [False, True]
    assert Settings(csrf_prevention=True).prevents_csrf
    assert not Settings(mode="production", csrf_prevention=False).prevents_csrf


@pytest.mark.parametrize(
    "origins", ["app.example", "https://app.example/path", "https://a.example,", "ftp://a.example"]
)
def test_what_is_no_origin_is_refused(origins: str) -> None:
    [problem] = problems_of(cors_origins=origins)
    assert "http:// or https:// origins, separated by commas, or *" in problem


def test_a_flag_beats_the_environment_which_beats_the_file_which_beats_the_default(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / ".env").write_text("GATEWAY_PORT=1\nGATEWAY_WORKERS=2\nGATEWAY_HOST=file\n")
    monkeypatch.setenv("GATEWAY_PORT", "3")
    monkeypatch.setenv("GATEWAY_WORKERS", "4")
    settings = load_settings(port="5", mode=None)
    assert (settings.port, settings.workers, settings.host, settings.mode) == (5, 4, "file", "development")
    assert [settings.origin(name) for name in ("port", "workers", "host", "mode")] == [
        "flag",
        "environment",
        ".env",
        "default",
    ]


def test_settings_built_by_hand_read_no_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / ".env").write_text("GATEWAY_WORKERS=2\n")
    monkeypatch.setenv("GATEWAY_PORT", "3")
    settings = Settings(host="::1")
    assert (settings.port, settings.workers) == (8000, 1)
    assert (settings.origin("host"), settings.origin("port")) == ("flag", "default")


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        *[
            ("opensearch_url", url, ADDRESSES)
            for url in ("localhost:9200", "http://a:9200,", "http://a:port", "http://a:0", "http://[::1", "http://a@")
        ],
        *[
            ("opensearch_url", url, ADDRESSES)
            for url in ("http://a?x=1", "http://a:9200/?", "http://a,http://b/path?x=1", "http://a/#top", "http://a#")
        ],
        ("opensearch_prefix", "Discovery", "lower-case letters, digits, - and _"),
    ],
)
def test_a_wrong_address_or_name_is_refused_with_what_is_right(name: str, value: str, allowed: str) -> None:
    [problem] = problems_of(**{name: value})
    assert problem == f"--{name.replace('_', '-')} cannot be {value!r}: it must be {allowed}"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://ann:secret@a,https://bob:secret@b", "https://ann:********@a,https://bob:********@b"),
        ("https://ann:secret/x@a", "https://ann:********@a"),
        ("https://ann:secret,x@a", "https://ann:********@a"),
        ("https://:secret@a", "https://:********@a"),
    ],
    ids=["two users", "a slash in the password", "a comma in the password", "no name"],
)
def test_a_user_that_cannot_be_meant_is_refused_without_the_password(url: str, shown: str) -> None:
    [problem] = problems_of(opensearch_url=url)
    assert problem == f"--opensearch-url cannot be {shown!r}: it must be {ADDRESSES}"


@pytest.mark.parametrize(
    ("given", "urls", "login"),
    [
        ({"opensearch_url": "http://a:9200, https://b/x"}, ("http://a:9200", "https://b/x"), (None, None)),
        ({"opensearch_url": "https://ann:secret@a:9200"}, ("https://a:9200",), ("ann", "secret")),
        ({"opensearch_url": "https://a,https://ann:s%40%C3%A4%2F@b"}, ("https://a", "https://b"), ("ann", "s@ä/")),
        ({"opensearch_url": "http://ann@[::1]:9200", "opensearch_password": "p"}, ("http://[::1]:9200",), ("ann", "p")),
        ({"opensearch_url": "http://ann:secret@a", "opensearch_password": "p"}, ("http://a",), ("ann", "p")),
        ({"opensearch_url": "http://ann:secret@a", "opensearch_username": "bob"}, ("http://a",), ("bob", None)),
    ],
    ids=["nobody", "in the address", "spelled with signs", "a password apart", "another password", "another user"],
)
def test_the_user_of_a_cluster_may_be_in_its_address_and_settings_of_their_own_come_first(
    given: dict[str, str], urls: tuple[str, ...], login: tuple[str | None, str | None]
) -> None:
    options = cluster_options(load_settings(**given))
    assert (options.urls, (options.username, options.password)) == (urls, login)


def test_whoever_logs_the_way_to_a_cluster_logs_no_password() -> None:
    options = cluster_options(load_settings(opensearch_url="http://ann:secret@a", data_dir="x"))
    assert options.password == "secret"
    assert "secret" not in repr(options)


def test_settings_go_to_another_process_with_their_secrets_and_without_what_is_not_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    password = SecretStr("s€cret")
    given = Settings(opensearch_url="https://a:1, https://b:2", opensearch_password=password, port=7)
    for name, value in given.environment().items():
        monkeypatch.setenv(name, value)
    assert "GATEWAY_OPENSEARCH_USERNAME" not in os.environ
    assert load_settings().model_dump() == given.model_dump()


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        load_settings().port = 1


def test_settings_can_be_handed_to_another_process() -> None:
    settings = load_settings(port=1)
    copy = pickle.loads(pickle.dumps(settings))  # noqa: S301 - our own bytes
    assert copy == settings
    assert copy.origin("port") == "flag"


def test_an_empty_variable_counts_as_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_PORT", "")
    assert load_settings().origin("port") == "default"


def test_words_may_be_in_capitals_and_a_tilde_is_the_home_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_LOG_LEVEL", "WARNING")
    monkeypatch.setenv("HOME", "/home/somebody")
    settings = load_settings(data_dir="~/index")
    assert (settings.log_level, settings.data_dir) == ("warning", Path("/home/somebody/index"))


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("port", "65536", "--port cannot be '65536': it must be a whole number from 0 to 65535"),
        ("port", "-1", "--port cannot be '-1': it must be a whole number from 0 to 65535"),
        ("port", "http", "--port cannot be 'http': it must be a whole number from 0 to 65535"),
        ("host", "", "--host cannot be '': it must be a text that is not empty"),
        ("search_threads", 0, "--search-threads cannot be '0': it must be a whole number from 1 to 256"),
        ("page_size_max", 1001, "--page-size-max cannot be '1001': it must be a whole number from 1 to 1000"),
        ("page_size_default", 0, "--page-size-default cannot be '0': it must be a whole number from 1 to 1000"),
        ("shutdown_seconds", -1, "--shutdown-seconds cannot be '-1': it must be a whole number from 0 to 3600"),
        ("shutdown_seconds", "0.5", "--shutdown-seconds cannot be '0.5': it must be a whole number from 0 to 3600"),
        ("reload_seconds", "nan", "--reload-seconds cannot be 'nan': it must be a number from 0.05 to 3600"),
        ("reload_seconds", "inf", "--reload-seconds cannot be 'inf': it must be a number from 0.05 to 3600"),
        ("workers", "2.5", "--workers cannot be '2.5': it must be a whole number from 1 to 128"),
        ("data_dir", 7, "--data-dir cannot be '7': it must be a path"),
        ("data_dir", "", "--data-dir cannot be '': it must be a path"),
        ("data_dir", " ", "--data-dir cannot be ' ': it must be a path"),
        ("data_dir", "~nobody-of-that-name/x", "--data-dir cannot be '~nobody-of-that-name/x': it must be a path"),
        (
            "mode",
            "prodution",
            "--mode cannot be 'prodution': it must be development or production; did you mean production?",
        ),
        ("log_level", "7", "--log-level cannot be '7': it must be debug, info, warning, error or critical"),
    ],
)
def test_a_wrong_value_is_refused_with_what_is_allowed(name: str, given: object, expected: str) -> None:
    assert problems_of(**{name: given}) == (expected,)


def test_every_problem_is_told_at_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / ".env").write_text("GATEWAY_HOTS=x\nGATEWAY_WORKERS=many\nOTHER_PROGRAM=1\n")
    monkeypatch.setenv("GATEWAY_DATADIR", "x")
    monkeypatch.setenv("gateway_zebra", "x")
    monkeypatch.setenv("GATEWAY_PORT", "x")
    assert problems_of(prot=1) == (
        "there is no setting prot; did you mean port?",
        "there is no setting GATEWAY_DATADIR; did you mean GATEWAY_DATA_DIR?",
        "there is no setting gateway_zebra",
        "there is no setting GATEWAY_HOTS (in .env); did you mean GATEWAY_HOST?",
        "GATEWAY_PORT cannot be 'x': it must be a whole number from 0 to 65535",
        "GATEWAY_WORKERS (in .env) cannot be 'many': it must be a whole number from 1 to 128",
    )


def test_a_default_page_larger_than_the_largest_page_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_PAGE_SIZE_DEFAULT", "101")
    assert problems_of() == ("GATEWAY_PAGE_SIZE_DEFAULT=101 is more than GATEWAY_PAGE_SIZE_MAX=100",)


def test_variables_of_the_tests_are_no_settings(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / ".env").write_text("GATEWAY_TEST_SPEED=fast\n")
    monkeypatch.setenv("GATEWAY_TEST_OPENSEARCH_URL", "http://127.0.0.1:1")
    assert load_settings() == Settings()


def test_a_broken_line_of_the_file_is_refused_without_repeating_it(folder: Path) -> None:
    (folder / ".env").write_text("GATEWAY_PORT=1\n'half a quote\n")
    assert problems_of() == (".env line 2 cannot be read: it must be NAME=value",)


def test_a_file_that_is_not_utf_8_is_refused(folder: Path) -> None:
    (folder / ".env").write_bytes(b"GATEWAY_HOST=\xff\n")
    [problem] = problems_of()
    assert problem.startswith(".env cannot be read: 'utf-8' codec can't decode byte 0xff")


def test_a_file_may_have_quotes_comments_exports_and_a_byte_order_mark(folder: Path) -> None:
    (folder / ".env").write_text('\ufeffexport GATEWAY_HOST="::1" # here\n\n# GATEWAY_NOTHING=1\n', encoding="utf-8")
    assert load_settings().host == "::1"


def test_a_folder_named_like_the_file_is_no_file(folder: Path) -> None:
    (folder / ".env").mkdir()
    assert load_settings() == Settings()


def test_every_setting_describes_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_SHUTDOWN_SECONDS", "2")
    rows = {row.name: row for row in describe_settings(load_settings())}
    assert set(rows) == set(Settings.model_fields)
    assert all(row.meaning.endswith(".") and row.allowed for row in rows.values())
    row = rows["shutdown_seconds"]
    assert (row.variable, row.unit, row.allowed, row.default, row.value, row.origin) == (
        "GATEWAY_SHUTDOWN_SECONDS",
        "seconds",
        "a whole number from 0 to 3600",
        "30",
        "2",
        "environment",
    )
    assert row.facts == "a whole number from 0 to 3600 seconds, default 30"
    assert rows["mode"].facts == "development or production, default development"


def test_secrets_and_passwords_in_urls_are_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_API_KEY", "hunter22")
    monkeypatch.setenv("GATEWAY_UPSTREAM_URL", "https://me:hunter22@example.org/a")
    settings = read_settings(SecretSettings, {})
    assert settings.api_key == SecretStr("hunter22")
    rows = {row.name: row for row in describe_settings(settings)}
    assert (rows["api_key"].value, rows["api_key"].default) == (HIDDEN, "not set")
    assert rows["upstream_url"].value == f"https://me:{HIDDEN}@example.org/a"
    assert "hunter22" not in repr(rows)


def test_a_wrong_secret_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_API_KEY", "abc")
    assert problems_of(SecretSettings) == (f"GATEWAY_API_KEY cannot be '{HIDDEN}': it is not valid",)


def test_bounds_are_put_in_words() -> None:
    allowed = {row.name: row.allowed for row in describe_settings(SecretSettings())}
    assert (allowed["share"], allowed["limit"], allowed["open"], allowed["api_key"]) == (
        "a number above 0 below 1",
        "a whole number up to 9",
        "true or false",
        "",
    )


def test_a_list_is_refused_by_its_item_and_by_its_form(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_RATIOS", '[1, "x"]')
    assert problems_of(SecretSettings) == ("GATEWAY_RATIOS cannot be \"[1, 'x']\": it must be a number",)
    monkeypatch.setenv("GATEWAY_RATIOS", "[1")
    [problem] = problems_of(SecretSettings)
    assert problem == 'error parsing value for field "ratios" from source "EnvSettingsSource"'


def test_the_readme_table_has_every_setting_and_nothing_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_PORT", "3")
    header, rule, *rows = settings_markdown().splitlines()
    assert header == "| Variable | Meaning | Unit | Default | Allowed |"
    assert rule == "| --- | --- | --- | --- | --- |"
    assert rows[1] == (
        "| `GATEWAY_PORT` | The port to listen on; 0 takes a free one. | | `8000` | a whole number from 0 to 65535 |"
    )
    assert [row.split("`")[1] for row in rows] == [f"GATEWAY_{name.upper()}" for name in Settings.model_fields]
