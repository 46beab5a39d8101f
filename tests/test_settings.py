"""Settings: from variables and a file, and refused by name when they are wrong."""

from pathlib import Path

import pytest

from bezant.settings import Settings, SettingsRefused, load_settings


@pytest.fixture(autouse=True)
def _in_an_empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def from_file(text: str, **variables: str) -> Settings:
    path = Path("chosen.toml")
    path.write_text(text, encoding="utf-8")
    return load_settings({"BEZANT_CONFIG": str(path), **variables})


@pytest.mark.parametrize(
    ("key", "variable", "line", "value"),
    [
        ("port", "9001", "port = 9001", 9001),
        ("host", "::1", 'host = "::1"', "::1"),
        ("database_url", "postgresql:///x", 'database_url = "postgresql:///x"', "postgresql:///x"),
        ("check_identity_numbers", "true", "check_identity_numbers = true", True),
        ("data_dir", "/srv/bezant", 'data_dir = "/srv/bezant"', Path("/srv/bezant")),
        (
            "trusted_proxies",
            " 10.0.0.0/8, ::1,",
            'trusted_proxies = ["10.0.0.0/8", "::1"]',
            ("10.0.0.0/8", "::1"),
        ),
    ],
)
def test_each_kind_of_setting_is_read_from_a_variable_and_from_the_file(
    key: str, variable: str, line: str, value: object
) -> None:
    by_variable = load_settings({f"BEZANT_{key.upper()}": variable})
    assert by_variable == from_file(line) == Settings().with_changes(**{key: value})
    assert type(getattr(by_variable, key)) is type(value)


def test_without_anything_said_the_defaults_hold() -> None:
    assert load_settings({"PATH": "/bin", "BEZANT_TEST_X": "1", "BEZANT_BENCH_Y": "2"}) == (
        Settings()
    )


def test_a_variable_wins_over_the_file() -> None:
    found = from_file("port = 9001\nworkers = 3", BEZANT_PORT="9002")
    assert (found.port, found.workers) == (9002, 3)


def test_an_empty_variable_is_an_absent_one() -> None:
    assert from_file("port = 9001", BEZANT_PORT="", BEZANT_SECRET_KEY="").port == 9001


def test_the_file_of_the_working_directory_is_read_unless_another_is_named() -> None:
    Path("bezant.toml").write_text("port = 9001\nworkers = 3", encoding="utf-8")
    assert load_settings({}).port == 9001
    assert from_file("port = 9002") == Settings(port=9002)


@pytest.mark.parametrize("name", ["BEZANT_PROT", "BEZANT_PORT_", "BEZANT_TRUSTED"])
def test_an_unknown_variable_is_refused_by_name(name: str) -> None:
    with pytest.raises(SettingsRefused, match=f"`{name.removeprefix('BEZANT_').lower()}`"):
        load_settings({name: "1"})


def test_an_unknown_key_of_the_file_is_refused_by_name() -> None:
    with pytest.raises(SettingsRefused, match="`prot`"):
        from_file("prot = 1")


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("port", "many"),
        ("port", "0"),
        ("port", "65536"),
        ("workers", "65"),
        ("database_connections", "1"),
        ("secret_key", "short"),
        ("path_prefix", "shop/"),
        ("realm", 'a "realm"'),
        ("feed", "rumour"),
        ("log_level", "loud"),
        ("check_identity_numbers", "perhaps"),
        ("price_age_limit_s", "0"),
        ("feed_seed", "many"),
        ("time_zone", "Europe/Atlantis"),
        ("time_zone", "../../etc/passwd"),
        ("time_zone", "Europe"),
        ("trusted_proxies", "10.0.0.0/8, everywhere"),
        ("trusted_proxies", "10.0.0.1/8"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_name(key: str, text: str) -> None:
    with pytest.raises(SettingsRefused, match=rf"\$\.{key}`"):
        load_settings({f"BEZANT_{key.upper()}": text})


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("port", "port = [1]"),
        ("data_dir", "data_dir = 3"),
        ("trusted_proxies", "trusted_proxies=1"),
    ],
)
def test_a_value_of_the_wrong_type_in_the_file_is_refused_by_name(key: str, line: str) -> None:
    with pytest.raises(SettingsRefused, match=rf"\$\.{key}`"):
        from_file(line)


def test_a_file_that_cannot_be_read_is_refused_by_name() -> None:
    with pytest.raises(SettingsRefused, match=r"nowhere\.toml"):
        load_settings({"BEZANT_CONFIG": "nowhere.toml"})
    with pytest.raises(SettingsRefused, match=r"chosen\.toml"):
        from_file("port = ")


def test_the_base_address_is_the_public_one_without_its_last_slash() -> None:
    assert Settings(port=9001).base_url == "http://127.0.0.1:9001"
    assert Settings(public_url="https://metal.example/").base_url == "https://metal.example"
