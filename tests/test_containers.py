"""The compose file and the Dockerfile, as far as they can be checked without Docker."""

import re
import shutil
import ssl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from gateway.settings import Settings
from tests.servers.fixtures import StartRedis
from tests.servers.missing import NOT_RUN, ServerMissing
from tests.servers.opensearch.assemble import assembled
from tests.servers.opensearch.java import installed, java_home
from tests.servers.opensearch.releases import CURRENT, RELEASES

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PASSWORD = "OPENSEARCH_INITIAL_ADMIN_PASSWORD"
PASSWORD_LINE = re.search(rf"^printf '{PASSWORD}=.*$", README, re.MULTILINE)
STAYING = {name for name, service in SERVICES.items() if service["restart"] == "unless-stopped"}
PLATFORM = {name for name, service in SERVICES.items() if service.get("profiles") == ["platform"]}
"""The services that are there only when they are asked for."""
INSTALLER = "org.opensearch.security.tools.democonfig.Installer"

Install = Callable[[str], "subprocess.CompletedProcess[str]"]


def gateway_settings() -> dict[str, str]:
    """The settings of the gateway's container by their variables."""
    return {name: value for name, value in SERVICES["gateway"]["environment"].items() if name.startswith("GATEWAY_")}


def test_the_gateway_is_given_settings_that_exist_and_values_that_they_take() -> None:
    names = {variable: name for name, variable in Settings.variables().items()}
    assert set(gateway_settings()) - set(names) == set()
    Settings(**{names[variable]: value for variable, value in gateway_settings().items()})
    assert SERVICES["catalog"]["environment"] == SERVICES["gateway"]["environment"]


def test_the_catalog_is_indexed_by_commands_that_exist() -> None:
    [script] = SERVICES["catalog"]["command"]
    lines = re.findall(r"^discovery-gateway (\S+)(.*)$", script, re.MULTILINE)
    assert [command for command, _ in lines] == ["demo", "index"]
    for command, arguments in lines:
        described = subprocess.run(
            [sys.executable, "-m", "gateway", command, "--help"], capture_output=True, text=True, check=True, cwd=ROOT
        )
        assert set(re.findall(r"--[a-z-]+", arguments)) - set(re.findall(r"--[a-z-]+", described.stdout)) == set()


def test_the_password_is_asked_for_and_never_written_down() -> None:
    environments = [service.get("environment", {}) for service in SERVICES.values()]
    values = {environment[PASSWORD] for environment in environments if PASSWORD in environment}
    values.add(gateway_settings()["GATEWAY_OPENSEARCH_PASSWORD"])
    [value] = values
    asked = re.fullmatch(rf'\$\{{{PASSWORD}:\?put a password into \.env first, .* under "(.*)"\}}', value)
    assert asked is not None
    assert f"\n## {asked[1]}\n" in README


def test_a_person_gets_the_opensearch_that_the_tests_use() -> None:
    images = {service["image"] for service in SERVICES.values() if "opensearch" in service["image"]}
    assert images == {f"opensearchproject/opensearch:{CURRENT}"}


def test_a_service_that_stays_has_a_health_check_and_every_service_has_its_memory() -> None:
    assert {"gateway", "opensearch", "valkey"} == STAYING - PLATFORM
    assert {name for name, service in SERVICES.items() if "healthcheck" in service} == STAYING
    assert {name for name, service in SERVICES.items() if "mem_limit" not in service} == set()


def test_a_service_waits_for_health_where_others_stay_and_for_success_where_they_end() -> None:
    waiting = {
        other: asked["condition"]
        for service in SERVICES.values()
        for other, asked in service.get("depends_on", {}).items()
    }
    assert waiting == dict.fromkeys(PLATFORM - {"router"}, "service_healthy") | {
        "opensearch": "service_healthy",
        "valkey": "service_healthy",
        "catalog": "service_completed_successfully",
        "authority": "service_completed_successfully",
    }


def test_every_volume_is_declared_and_used() -> None:
    mounted = {mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", [])}
    assert mounted == {*COMPOSE["volumes"], "./examples"}


def test_only_the_gateway_and_the_router_are_reachable_and_only_from_this_machine() -> None:
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert ports == {"gateway": ["127.0.0.1:8000:8000"], "router": ["127.0.0.1:4000:4000"]}


def test_the_platform_is_what_the_example_starts() -> None:
    assert {"accounts", "contracts", "discovery", "router"} == PLATFORM
    beside = SERVICES["discovery"]["environment"]
    assert beside == SERVICES["gateway"]["environment"] | {"GATEWAY_NEIGHBOURS": "accounts,contracts"}
    Settings(neighbours=beside["GATEWAY_NEIGHBOURS"])
    for name in ("accounts", "contracts"):
        _, _, module, *_ = SERVICES[name]["entrypoint"]
        assert (ROOT / f"{module.replace('.', '/')}.py").is_file()
    addresses = dict(one.split("=", maxsplit=1) for one in SERVICES["router"]["command"])
    assert {name: urlsplit(address).hostname for name, address in addresses.items()} == {
        name: name for name in PLATFORM - {"router"}
    }


def test_the_options_of_the_cache_are_options_of_the_server(start_redis: StartRedis) -> None:
    program, *words = SERVICES["valkey"]["command"]
    options = {name.removeprefix("--"): value or '""' for name, value in zip(words[::2], words[1::2], strict=True)}
    server = start_redis(**options)
    with server.client() as client:
        assert program == "valkey-server"
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "volatile-lfu"}
        assert client.config_get("maxmemory") == {"maxmemory": str(192 * 2**20)}
        assert client.config_get("appendonly") == {"appendonly": "yes"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the image has in the place of its security plugin, before it is started for the first time."""
    try:
        server = assembled(RELEASES[CURRENT], secure=True)
    except ServerMissing as missing:
        pytest.skip(f"{NOT_RUN}{missing}")
    home = tmp_path_factory.mktemp("image")
    for part in ("bin", "config", "lib", "plugins/opensearch-security"):
        shutil.copytree(server / part, home / part)
    (home / "config").rename(home / "config.new")
    return home


@pytest.fixture
def install(home: Path) -> Install:
    """Does what the image does with a password when it starts."""
    plugin = home / "plugins" / "opensearch-security"

    def install(password: str) -> "subprocess.CompletedProcess[str]":
        shutil.rmtree(home / "config", ignore_errors=True)
        shutil.copytree(home / "config.new", home / "config")
        java = java_home(RELEASES[CURRENT], installed()) / "bin" / "java"
        arguments = ["-cp", f"{plugin}/*:{home}/lib/*", INSTALLER, str(plugin / "tools"), "-y", "-i", "-s"]
        return subprocess.run([java, *arguments], env={PASSWORD: password}, capture_output=True, text=True, check=False)

    return install


def test_the_image_takes_the_password_that_the_readme_makes(install: Install, tmp_path: Path) -> None:
    assert PASSWORD_LINE is not None
    subprocess.run(["/bin/sh", "-ec", PASSWORD_LINE[0]], check=True, cwd=tmp_path)
    name, _, password = (tmp_path / ".env").read_text().strip().partition("=")
    assert name == PASSWORD
    assert re.fullmatch(r"[A-Za-z0-9-]{24,}", password)
    done = install(password)
    assert (done.returncode, "Admin password set successfully." in done.stdout) == (0, True)
    assert install("password").returncode != 0


@pytest.mark.parametrize("asked", ["the gateway", "the health check"])
def test_the_certificate_of_the_image_is_for_the_name_that_is_used(home: Path, install: Install, asked: str) -> None:
    install("Tests-only-0123456789")
    url = urlsplit(gateway_settings()["GATEWAY_OPENSEARCH_URL"])
    check = SERVICES["opensearch"]["healthcheck"]["test"][1]
    name = {"the gateway": url.hostname, "the health check": "localhost"}[asked]
    assert url.hostname in SERVICES["opensearch"]["networks"]["default"]["aliases"]
    assert "--cacert config/root-ca.pem" in check
    assert "https://localhost:9200/" in check
    assert name is not None
    assert trusted(home / "config", name)
    assert not trusted(home / "config", "opensearch")


def trusted(config: Path, name: str) -> bool:
    """Whether a client that trusts the authority accepts the server's certificate under the name."""
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(config / "esnode.pem", config / "esnode-key.pem")
    asking = ssl.create_default_context(cafile=config / "root-ca.pem")
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    client, server = asking.wrap_bio(back, there, server_hostname=name), serving.wrap_bio(there, back, server_side=True)
    for _ in range(4):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError:
                return False
    return client.getpeercert() is not None


def test_the_last_stage_of_the_image_has_no_tool_to_build_with_and_no_right_of_root() -> None:
    stages = re.split(r"^FROM .*\n", (ROOT / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    last = [line.split(maxsplit=1) for line in stages[-1].splitlines() if re.match(r"[A-Z]+ ", line)]
    assert [words for name, words in last if name == "USER"] == ["gateway"]
    assert [words for name, words in last if name == "COPY"] == ["--from=build /opt/gateway /opt/gateway"]
    assert [words for name, words in last if name == "RUN"] == [
        "pip uninstall --yes --root-user-action=ignore pip setuptools wheel",
        "useradd --system --create-home --uid 10001 gateway && install -d -o gateway -g gateway /data",
    ]
