"""Nothing secret survives masking; everything else does."""

import time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bootproof.model.masking import MASK, is_secret_key, known_secrets, mask, mask_all
from bootproof.model.project import SettingValue

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIBOgIBAAJBAK\nq1w2e3\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgresql://ann:hunter2@db.example/app", "postgresql://ann:***@db.example/app"),
        (
            "postgresql+asyncpg://ann:hunter2@db/app?ssl=require",
            "postgresql+asyncpg://ann:***@db/app?ssl=require",
        ),
        ("redis://:hunter2@cache:6379/0", "redis://:***@cache:6379/0"),
        ("amqp://u:p%40ss%2Fword@mq//", "amqp://u:***@mq//"),
        ("postgres://u:pa/ss?w#rd@h/db", "postgres://u:***@h/db"),
        ("postgres://u:p@ss@h/db", "postgres://u:***@h/db"),
        ("postgres://u:pa'ss@h/db", "postgres://u:***@h/db"),
        (
            "from redis://:a1@h1,redis://:b2@h2 to mysql://r:c3@h3",
            "from redis://:***@h1,redis://:***@h2 to mysql://r:***@h3",
        ),
        ("\"postgres://u:hunter2@h/db\", 'x@y'", "\"postgres://u:***@h/db\", 'x@y'"),
        ("https://u:hunter2@h/p?to=x@y", "https://u:***@h/p?to=x@y"),
        ("host=db password=hunter2 dbname=app", "host=db password=*** dbname=app"),
        (r"host=db password='hun\'ter 2' dbname=app", "host=db password='***' dbname=app"),
        ("postgresql://h/db?user=a&password=hunter2&x=1", "postgresql://h/db?user=a&password=***&x=1"),
        ("SECRET_KEY=hunter2", "SECRET_KEY=***"),
        ("+export API_KEY=one two three  # note", "+export API_KEY=***  # note"),
        ("JWT_SECRET = 'hunter2'", "JWT_SECRET = '***'"),
        ('{"password": "hunter2", "email": "a@b"}', '{"password": "***", "email": "a@b"}'),
        ("input_value={'SECRET_KEY': 'hunter2', 'port': 1}", "input_value={'SECRET_KEY': '***', 'port': 1}"),
        (r'"{\"apiKey\": \"hunter2\"}"', r'"{\"apiKey\": \"***\"}"'),
        ("    POSTGRES_PASSWORD: hunter2", "    POSTGRES_PASSWORD: ***"),
        ("  password: hunter2\n", "  password: ***\n"),
        ("set `SECRET_KEY=hunter2` first", "set `SECRET_KEY=***` first"),
        ("ACCESS_TOKEN=a;B=c", "ACCESS_TOKEN=***"),
        ("Authorization: Bearer abcdefgh12345", "Authorization: Bearer ***"),
        (f"got {JWT} here", "got *** here"),
        ("key AKIAIOSFODNN7EXAMPLE used", "key *** used"),
        (f"{PEM}\nend", "-----BEGIN RSA PRIVATE KEY-----***-----END RSA PRIVATE KEY-----\nend"),
        ("-----BEGIN PRIVATE KEY-----\nMIIB", "-----BEGIN PRIVATE KEY-----***"),
    ],
)
def test_a_secret_is_masked_and_its_surroundings_stay(text: str, expected: str) -> None:
    assert mask(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "http://localhost:3000",
        "http://host:8080/users/@me",
        "postgresql://ann@db.example/app",
        "ACCESS_TOKEN_EXPIRE_MINUTES=30",
        'OAuth2PasswordBearer(tokenUrl="/auth/login")',
        "password: str",
        "    hashed_password: str = Field(nullable=False)",
        "secret_key: SecretStr",
        "def check(token: str, password: Optional[str] = None) -> bool:",
        "token = create_token(user)",
        'SECRET_KEY = os.environ["SECRET_KEY"]',
        "if token == other:",
        "DATABASE_PASSWORD=${DB_PASSWORD}",
        'f"postgresql://{user}:{settings.password}@{host}/db"',
        "SECRET_KEY=",
        "add `SECRET_KEY=` to `.env`",
        "(`password=`)",
        "pass `token=None`",
        "Invalid token: unexpected end of input",
        '{"loc":["body","password"],"msg":"Field required"}',
        "postgresql://ann:***@db.example/app",
        "secret_key\n  Field required [type=missing]",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize(
    "written",
    ["p@ss/w?rd", "p%40ss%2Fw%3Frd", "p%40ss/w%3Frd", "x p@ss/w?rd y"],
    ids=["plain", "url", "path", "inside"],
)
def test_a_known_secret_is_found_however_it_is_written(written: str) -> None:
    assert "p@ss" not in mask(written, ["p@ss/w?rd"]) and "p%40ss" not in mask(written, ["p@ss/w?rd"])


def test_a_short_known_value_is_left_alone() -> None:
    assert mask("abc", ["abc"]) == "abc"


words = st.text(alphabet="ab*:@/=%'\" \\.-SECRETpasword\n", min_size=0, max_size=40)
shaped = st.one_of(
    words,
    st.builds(lambda a, b: f"postgresql://u:{a}@h/{b}", words, words),
    st.builds(lambda a, b: f"PASSWORD={a}\n{b}", words, words),
    st.builds(lambda a, b: f'"token": "{a}", {b}', words, words),
)


@given(st.lists(shaped, max_size=4).map(" ".join), st.lists(words | st.text(min_size=4), max_size=3))
def test_masking_again_changes_nothing(text: str, secrets: list[str]) -> None:
    once = mask(text, secrets)
    assert mask(once, secrets) == once


@given(st.lists(st.one_of(shaped, words, st.text(), st.text(alphabet="İıßK:=/\n"), st.sampled_from(["", "İ", "TOKEN=abcdef", "x" * 400])), max_size=12))
def test_many_texts_at_once_are_masked_as_one_by_one(texts: list[str]) -> None:
    assert mask_all(texts) == {each: mask(each) for each in texts}


@given(shaped, st.one_of(st.text(min_size=4), words), st.text(), st.booleans())
def test_no_known_secret_survives(text: str, secret: str, end: str, twice: bool) -> None:
    masked = mask(text + secret + end + (secret if twice else ""), [secret])
    assert len(secret) < 4 or secret not in masked


@given(st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=4, max_size=30))
def test_a_percent_encoded_password_never_survives(secret: str) -> None:
    encoded = quote(secret, safe="")
    masked = mask(f"postgresql://ann:{encoded}@db.example/app")
    assert masked == "postgresql://ann:***@db.example/app"


@pytest.mark.parametrize(
    "unit",
    [
        "http://h:a",
        "a",
        "a.",
        "token",
        "TOKEN",
        "secret: ",
        "postgresql://u:",
        "eyJabcdef-",
        "token: a ",
        "= '",
    ],
)
def test_a_text_without_end_is_masked_in_time_that_grows_with_its_length(unit: str) -> None:
    def seconds(length: int) -> float:
        text = "http://h:" + unit * (length // len(unit))
        begun = time.perf_counter()
        mask(text)
        return time.perf_counter() - begun

    small = max(min(seconds(4_000) for _ in range(3)), 0.0005)
    assert seconds(64_000) < 100 * small  # linear: 16; quadratic: 256


def test_secrets_of_settings_are_known_by_key_and_by_place() -> None:
    def setting(key: str, value: str) -> SettingValue:
        return SettingValue(key, value, ".env", 1, 0, len(value))

    found = known_secrets(
        [
            setting("JWT_SECRET", "0123-abcdef"),
            setting("DATABASE_URL", "postgresql://u:p%40ssword1@h/db"),
            setting("POSTGRES_PASSWORD", "postgres"),
            setting("TOKEN_URL", "/auth/login"),
            setting("API_KEY", "${API_KEY}"),
            setting("PORT", "8081"),
        ]
    )
    assert found == ("0123-abcdef", "p%40ssword1", "p@ssword1")
    assert MASK not in found


def test_a_key_that_is_about_a_secret_holds_none() -> None:
    assert is_secret_key("STRIPE_API_KEY") and is_secret_key("db_password")
    assert not any(map(is_secret_key, ("TOKEN_URL", "REFRESH_TOKEN_DAYS", "PORT")))


@pytest.mark.parametrize(
    "token",
    [
        "ghp_" + "a1" * 12,
        "github_pat_" + "a1" * 12,
        "glpat-" + "a1" * 10,
        "sk-proj-" + "a1" * 12,
        "sk_live_" + "a1" * 12,
        "xoxb-" + "1" * 12,
        "AIza" + "a" * 35,
        "npg_" + "a1" * 6,
        "SG." + "a" * 20 + "." + "b" * 20,
        "bp_" + "0a" * 8 + "_" + "q" * 43,
        "ASIA" + "A1" * 8,
    ],
)
def test_a_token_is_known_by_its_shape_wherever_it_stands(token: str) -> None:
    assert mask(f"sent {token}, then more") == "sent ***, then more"
