"""Settings of the service: command-line options first, then `DISPATCH_*` environment variables, then these defaults."""

import base64
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from dispatch.adapters.oidc_client import Client
from dispatch.domain.accounts import Role
from dispatch.domain.post import RelocationEffort, RelocationMode, RelocationRules
from dispatch.domain.rules import DivertRules, Rules
from dispatch.domain.vocabulary import Priority
from dispatch.logs import Form, Level
from routing.roads.network import MANIFEST

DEFAULT_DATA_DIR = Path("var")
MASTER_KEY_BYTES = 32  # AES-256


class Settings(BaseSettings):
    """Everything that can be set; durations in seconds."""

    model_config = SettingsConfigDict(env_prefix="DISPATCH_", extra="ignore", frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(default=8120, ge=0, le=65535)
    workers: int = Field(default=1, ge=1, le=64)
    peer_host: str = "127.0.0.1"
    data_dir: Path = DEFAULT_DATA_DIR
    database_url: SecretStr | None = None
    redis_url: SecretStr | None = None
    keys_dir: Path | None = None
    master_key: SecretStr | None = None
    master_key_file: Path | None = None
    erase_after_days: int | None = Field(default=None, ge=1)
    redis_sentinel: str | None = None
    city: Path | None = None
    roads: Path | None = None
    dev: bool = False
    log_format: Form | None = None
    log_level: Level = "INFO"
    trace_endpoint: str | None = Field(default=None, pattern="^https?://")
    trace_file: Path | None = None
    trace_ratio: float = Field(default=1.0, ge=0, le=1)
    actors: bool = False
    demo_calls: float = Field(default=0.0, ge=0, le=3600)
    policy: str = "joint"
    posts: Path | None = None
    demand: Path | None = None
    relocate: RelocationMode = RelocationMode.ADVISE
    relocation_effort: RelocationEffort = RelocationEffort.FRUGAL
    divert_forbidden: frozenset[Priority] = frozenset()
    diverts_per_incident: int = Field(default=1, ge=0)
    divert_gain_s: float = Field(default=90.0, gt=0)
    auto_assign: frozenset[Priority] = frozenset()
    allowed_origins: frozenset[str] = frozenset()
    reoffer_after_s: float = Field(default=30.0, gt=0)
    escalate_after_s: tuple[float, ...] = (60.0, 90.0)
    hold_reminder_every_s: float = Field(default=300.0, gt=0)
    hospital_status_valid_s: float = Field(default=4 * 3600.0, gt=0)

    oidc_issuer: str | None = None
    oidc_client_id: str = "dispatch"
    oidc_client_secret: SecretStr | None = None
    oidc_client_secret_file: Path | None = None
    oidc_redirect_url: str = ""
    oidc_roles: dict[str, Role] = {}
    oidc_roles_claim: str = "roles"
    oidc_name_claim: str = "preferred_username"
    oidc_unit_claim: str = "unit_id"
    oidc_hospital_claim: str = "hospital_id"
    oidc_second_factor: frozenset[str] = frozenset()

    fhir_peer: str | None = Field(default=None, pattern="^https?://")
    fhir_token: SecretStr | None = None
    fhir_token_file: Path | None = None
    fhir_timeout_s: float = Field(default=3.0, gt=0, le=30)

    @property
    def log_form(self) -> Form:
        """As set; else text for who develops, JSON for machines."""
        return self.log_format or ("text" if self.dev else "json")

    @property
    def journal_path(self) -> Path:
        return self.data_dir / "journal.sqlite3"

    @property
    def journal_place(self) -> str | Path:
        """Where the journal is: the database, or the file."""
        return self.journal_path if self.database_url is None else self.database_url.get_secret_value()

    @property
    def keys_directory(self) -> Path:
        """Where the keys of personal data are: as set, or `keys` in the data directory."""
        return self.keys_dir or self.data_dir / "keys"

    @property
    def master(self) -> bytes | None:
        """The key that wraps them: base64 of 32 bytes, from the environment or a file. ValueError for anything else."""
        if self.master_key is not None:
            given = self.master_key.get_secret_value()
        elif self.master_key_file is not None:
            given = _text_of(self.master_key_file, "主密钥文件", "The file of the master key")
        else:
            return None
        try:
            key = base64.b64decode(given.strip(), validate=True)
        except ValueError:
            key = b""
        if len(key) != MASTER_KEY_BYTES:
            raise ValueError(
                "主密钥须为 32 字节的 base64(openssl rand -base64 32)。"
                " The master key must be base64 of 32 bytes (openssl rand -base64 32)."
            )
        return key

    @property
    def bearer_token(self) -> str | None:
        """By which this service speaks to the FHIR peer, if it asks for one. ValueError when its file cannot be read."""
        if self.fhir_token is not None:
            return self.fhir_token.get_secret_value()
        if self.fhir_token_file is None:
            return None
        return _text_of(self.fhir_token_file, "FHIR 对接令牌文件", "The file of the FHIR peer's token").strip()

    @property
    def oidc(self) -> Client | None:
        """The identity provider, where one is set. ValueError when its secret cannot be read."""
        if self.oidc_issuer is None:
            return None
        secret, file = self.oidc_client_secret, self.oidc_client_secret_file
        if secret is None and file is not None:
            secret = SecretStr(_text_of(file, "单点登录的密钥文件", "The file of single sign-on's secret").strip())
        return Client(
            issuer=self.oidc_issuer,
            client_id=self.oidc_client_id,
            client_secret=None if secret is None else secret.get_secret_value(),
            redirect_url=self.oidc_redirect_url,
            roles=self.oidc_roles,
            roles_claim=self.oidc_roles_claim,
            name_claim=self.oidc_name_claim,
            unit_claim=self.oidc_unit_claim,
            hospital_claim=self.oidc_hospital_claim,
            second_factor=self.oidc_second_factor,
        )

    @property
    def roads_directory(self) -> Path | None:
        """Where the road network is: as set, or `roads` in the data directory if one stands there."""
        standing = self.data_dir / "roads"
        return self.roads or (standing if (standing / MANIFEST).exists() else None)

    @property
    def rules(self) -> Rules:
        return Rules(
            reoffer_after_s=self.reoffer_after_s,
            escalate_after_s=self.escalate_after_s,
            hold_reminder_every_s=self.hold_reminder_every_s,
            hospital_status_valid_s=self.hospital_status_valid_s,
            auto_assign=self.auto_assign,
            divert=DivertRules(
                max_per_incident=self.diverts_per_incident,
                gain_s=self.divert_gain_s,
                forbidden=self.divert_forbidden,
            ),
            relocation=RelocationRules.of(self.relocate, self.relocation_effort),
            tells_systems=self.fhir_peer is not None,
        )


def _text_of(path: Path, zh: str, en: str) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError as error:
        raise ValueError(
            f"无法读取{zh} {path}({error.strerror})。 {en}, {path}, cannot be read ({error.strerror})."
        ) from None
