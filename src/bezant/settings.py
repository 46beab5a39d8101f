"""The deployment's settings: frozen, read once from a TOML file and BEZANT_* variables.

Only entry points and the wiring read this. A variable wins over the file; the file is
`BEZANT_CONFIG`, or `bezant.toml` in the working directory when there is one. An unknown
key or a value of the wrong type refuses to start, naming the key.
"""

import os
import tomllib
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

PREFIX: Final = "BEZANT_"
DEFAULT_CONFIG: Final = Path("bezant.toml")

Port = Annotated[int, Meta(ge=1, le=65_535)]
Count = Annotated[int, Meta(ge=1, le=64)]
Seconds = Annotated[int, Meta(ge=1, le=86_400)]


VaultKey = Annotated[str, Meta(min_length=32)]


class SettingsRefused(Exception):
    """The settings cannot be used; the message names the key and what is wrong."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Every setting, with its default. Field `x_y` is `BEZANT_X_Y` and `x_y` in the file."""

    data_dir: Path = Path(".bezant")
    """Where the embedded PostgreSQL, the secret key and `demo.json` are kept."""
    database_url: str | None = None
    """PostgreSQL 15 or newer; without it the embedded one under `data_dir` is used."""
    database_connections: Annotated[int, Meta(ge=2, le=200)] = 10
    """Connections that one process may hold."""
    database_cached_statements: Annotated[int, Meta(ge=0, le=10_000)] = 256
    """Prepared statements kept by a connection; 0 behind a transaction-pooling PgBouncer."""
    secret_key: Annotated[str, Meta(min_length=32)] | None = None
    """The deployment's master secret; without it one is made once under `data_dir`."""
    host: str = "127.0.0.1"
    port: Port = 8080
    workers: Count = 1
    """HTTP worker processes."""
    public_url: str | None = None
    """How the outside names this server; without it `http://host:port`."""
    path_prefix: Annotated[str, Meta(pattern="^(/[^/ ]+)*$")] = ""
    """A path prefix that a trusted proxy strips before the request gets here."""
    trusted_proxies: tuple[str, ...] = ()
    """Networks whose `X-Forwarded-For` is believed, for IP allow-lists and logs."""
    realm: Annotated[str, Meta(pattern="^[ !#-\\[\\]-~]{1,64}$")] = "bezant"
    """The Digest realm. Changing it makes every stored credential useless."""
    nonce_life_s: Seconds = 300
    hold_life_s: Seconds = 240
    """How long a basket's prices are held."""
    price_age_limit_s: Seconds = 30
    """A reference price older than this is stale: nothing is quoted from it."""
    payment_window_s: Seconds = 300
    """How long an order's prices stand for a card that is still to be given."""
    three_d_limit_s: Seconds = 600
    """How long a customer has to pass 3-D; pieces stay reserved a little longer."""
    three_d: Annotated[str, Meta(pattern="^(always|optional)$")] = "always"
    """Whether every card has to pass 3-D, or a partner may ask for a charge without it."""
    acquirer: Annotated[str, Meta(pattern="^(none|sandbox|sipay)$")] = "none"
    """Who takes card payments; without one, orders are paid in cash only."""
    sandbox_url: str = "http://127.0.0.1:8090"
    """Where the sandbox acquirer is, when it is the one in use."""
    sandbox_key: Annotated[str, Meta(min_length=16)] | None = None
    """The secret that is shared with the sandbox; without it one is made of the deployment's."""
    sipay_url: str = ""
    """Where Sipay's service is; the address ends in `/ccpayment`."""
    sipay_app_id: str = ""
    sipay_app_secret: str = ""
    sipay_merchant_key: str = ""
    sipay_currency: Annotated[str, Meta(pattern="^(TRY|USD|EUR|GBP)$")] = "TRY"
    """The currency that Sipay pays this shop in."""
    sipay_web_hook_key: str = ""
    """The name of the notice address in Sipay's panel; without it there are no notices."""
    feed: Annotated[str, Meta(pattern="^(simulated|none)$")] = "simulated"
    """Where reference prices come from."""
    feed_seed: int = 1204
    """The simulated market's seed."""
    time_zone: str = "Europe/Istanbul"
    """Whole days of date parameters are counted in this zone."""
    check_identity_numbers: bool = False
    """Whether Turkish identity and tax numbers must pass their check digits."""
    operator_name: Annotated[str, Meta(min_length=1, max_length=200)] = "Bezant"
    """Who delivers the metal, as legal documents and invoices name it."""
    operator_address: Annotated[str, Meta(max_length=500)] | None = None
    """Its address, as documents give it."""
    operator_contact: Annotated[str, Meta(max_length=200)] | None = None
    """Where customers reach it: a telephone number, an address for e-mail."""
    invoice_series: Annotated[str, Meta(pattern="^[A-Z]{3}$")] = "BZT"
    """The three capitals that the numbers of invoices begin with."""
    webhooks_allow_private: bool = False
    """Whether webhooks may go to private addresses and over plain HTTP: for a test network."""
    vault_key: VaultKey | None = None
    """What acquirers' tokens of kept cards are sealed with; without it the master secret."""
    vault_previous_keys: tuple[VaultKey, ...] = ()
    """Keys that kept cards may still be sealed with; needed until `bezant cards reseal` is done."""
    log_level: Annotated[str, Meta(pattern="^(debug|info|warning|error)$")] = "info"

    @property
    def base_url(self) -> str:
        """The address that goes into links and picture addresses, without a last slash."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    def with_changes(self, **changes: object) -> "Settings":
        """A copy with some settings replaced (an entry point's own options)."""
        return msgspec.structs.replace(self, **changes)


def load_settings(
    environment: Mapping[str, str] | None = None, *, defaults: Mapping[str, object] | None = None
) -> Settings:
    """The settings of this process; `defaults` are an entry point's own.

    Raises `SettingsRefused`.
    """
    environment = os.environ if environment is None else environment
    config = environment.get(f"{PREFIX}CONFIG")
    values = dict(defaults or {})
    values |= _from_file(Path(config)) if config else _from_file_if_there(DEFAULT_CONFIG)
    values |= _from_environment(environment)
    try:
        settings = msgspec.convert(values, Settings, strict=False, dec_hook=_path)
    except msgspec.ValidationError as error:
        raise SettingsRefused(str(error)) from None
    _require_names_that_mean_something(settings)
    return settings


def _require_names_that_mean_something(settings: Settings) -> None:
    """Raises `SettingsRefused` for what has the right form and names nothing."""
    try:
        ZoneInfo(settings.time_zone)
    except (KeyError, ValueError, OSError):
        raise SettingsRefused(f"No time zone `{settings.time_zone}` - at `$.time_zone`") from None
    for network in settings.trusted_proxies:
        try:
            ip_network(network)
        except ValueError as error:
            raise SettingsRefused(f"{error} - at `$.trusted_proxies`") from None


def _path(kind: type, value: object) -> Path:
    if kind is not Path:
        raise NotImplementedError(f"no setting is a {kind.__name__}")
    if not isinstance(value, str):
        raise TypeError(f"Expected `str`, got `{type(value).__name__}`")
    return Path(value)


def _from_file_if_there(path: Path) -> dict[str, object]:
    return _from_file(path) if path.is_file() else {}


def _from_file(path: Path) -> dict[str, object]:
    try:
        return dict(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SettingsRefused(f"{path}: {error}") from None


def _from_environment(environment: Mapping[str, str]) -> dict[str, object]:
    """BEZANT_* variables by field name; an empty one counts as absent.

    Some variables are not settings: where the file is, the process that started this one,
    and what tests, benchmarks and tools are told.
    """
    values: dict[str, object] = {}
    for name, text in environment.items():
        key = name.removeprefix(PREFIX).lower()
        if not name.startswith(PREFIX) or not text or key.startswith(_NOT_SETTINGS):
            continue
        values[key] = _listed(text) if key in _LISTS else text
    return values


def _listed(text: str) -> list[str]:
    return [part for part in map(str.strip, text.split(",")) if part]


_NOT_SETTINGS: Final = ("config", "parent", "chromium", "test_", "bench_")
_LISTS: Final = frozenset({"trusted_proxies", "vault_previous_keys"})
