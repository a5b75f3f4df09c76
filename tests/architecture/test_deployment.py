"""What the control room's deployment names exists: settings, files, services, metrics. No container engine is needed."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from dispatch.settings import Settings

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
EXAMPLE = (ROOT / "deploy/room.env.example").read_text(encoding="utf-8")
PINNED = r"[\w./-]+:v?\d[\w.-]*@sha256:[0-9a-f]{64}"
METRICS = (ROOT / "dispatch/api/metrics.py").read_text(encoding="utf-8")


def test_every_variable_of_the_service_is_a_setting() -> None:
    named = {name for name in SERVICES["dispatch"]["environment"] if name.startswith("DISPATCH_")}
    assert named
    assert {name.removeprefix("DISPATCH_").lower() for name in named} <= set(Settings.model_fields)


def test_what_single_sign_on_adds_are_settings_and_a_secret_from_a_file() -> None:
    added = yaml.safe_load((ROOT / "deploy/single-sign-on.yml").read_text(encoding="utf-8"))
    service = added["services"]["dispatch"]
    assert {name.removeprefix("DISPATCH_").lower() for name in service["environment"]} <= set(Settings.model_fields)
    assert service["environment"]["DISPATCH_OIDC_CLIENT_SECRET_FILE"] == f"/run/secrets/{service['secrets'][0]}"
    assert set(service["secrets"]) == set(added["secrets"])
    assert set(service["networks"]) <= set(COMPOSE["networks"])


def test_whoever_fills_in_the_example_has_filled_in_everything() -> None:
    wanted = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text(encoding="utf-8")))
    assert set(re.findall(r"^(\w+)=", EXAMPLE, re.MULTILINE)) == wanted
    # Secrets are empty there: none has a default that somebody could leave as it is.
    assert re.findall(r"^\w*PASSWORD=(.*)$", EXAMPLE, re.MULTILINE) == ["", "", ""]


def test_the_settings_accept_what_the_example_says(monkeypatch: pytest.MonkeyPatch) -> None:
    example = dict(line.split("=", 1) for line in EXAMPLE.splitlines() if line and not line.startswith("#"))
    for name, given in SERVICES["dispatch"]["environment"].items():
        value = re.sub(r"\$\{(\w+)[^}]*\}", lambda match: example[match[1]], given)
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert settings.allowed_origins == {f"https://{example['DISPATCH_SITE']}"}
    assert settings.database_url is not None
    assert settings.host == "0.0.0.0"
    assert not settings.dev


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_confined(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}
    if "build" not in service:  # the service's own image has its health check and its user in the Dockerfile
        assert service["healthcheck"]["test"]
        assert re.fullmatch(PINNED, service["image"]), "an image without its digest is another one tomorrow"


def test_the_service_is_built_on_pinned_images() -> None:
    dockerfile = (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8")
    arguments = dict(re.findall(r"^ARG (\w+)=(\S+)$", dockerfile, re.MULTILINE))
    bases = re.findall(r"^FROM \$\{(\w+)\}", dockerfile, re.MULTILINE)
    assert len(bases) == len(re.findall("^FROM ", dockerfile, re.MULTILINE))
    assert all(re.fullmatch(PINNED, arguments[base]) for base in bases)


def test_only_the_proxy_is_reached_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert [name for name, service in SERVICES.items() if "outer" in service["networks"]] == ["proxy"]
    assert COMPOSE["networks"]["inner"]["internal"] is True


def test_files_volumes_and_secrets_exist() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert (
                (ROOT / source).exists()
                if source.startswith("./")
                else source[0] == "$" or source in COMPOSE["volumes"]
            )
        assert set(service.get("secrets", ())) <= set(COMPOSE["secrets"])


def test_the_proxy_sends_on_to_services_that_exist_and_passes_streams() -> None:
    proxy = (ROOT / "deploy/proxy.conf").read_text(encoding="utf-8")
    targets = re.findall(r"http://(\w+):(\d+)", proxy)
    assert {name for name, _ in targets} <= set(SERVICES)
    assert ("dispatch", SERVICES["dispatch"]["environment"]["DISPATCH_PORT"]) in targets
    assert "proxy_set_header Upgrade" in proxy
    # What the monitor reads is not for the outside, and queries are in no log: they may say where a patient is.
    assert "location = /metrics { return 404; }" in proxy
    assert "$request_uri" not in proxy.split("log_format")[1].split(";")[0]


def test_alarms_and_pictures_ask_for_metrics_that_are_told() -> None:
    alerts = (ROOT / "deploy/alerts.yml").read_text(encoding="utf-8")
    board = json.loads((ROOT / "deploy/grafana/dashboards/room.json").read_text(encoding="utf-8"))
    asked = " ".join(
        [
            *re.findall(r"expr: (.*)", alerts),
            *(target["expr"] for panel in board["panels"] for target in panel["targets"]),
        ]
    )
    names = {name.removesuffix("_bucket") for name in re.findall(r"dispatch_\w+", asked)}
    assert names
    assert names <= set(re.findall(r'"(dispatch_\w+)"', METRICS))
