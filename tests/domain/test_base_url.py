import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Invalid
from domain.names import BASE_URL_LENGTH, base_url

LABEL = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=10)
HOST = st.builds(lambda labels: ".".join([*labels, "example"]), st.lists(LABEL, min_size=1, max_size=3))
PATH = st.lists(LABEL, max_size=3).map(lambda parts: "".join(f"/{part}" for part in parts))
CANARY = "sk-canary-0123456789"


@given(st.sampled_from(["http", "https"]), HOST, PATH, st.sampled_from(["", "/", "//"]))
def test_an_honest_url_is_kept_without_a_slash_at_its_end(
    scheme: str, host: str, path: str, end: str
) -> None:
    assert base_url(f"{scheme}://{host}{path}{end}") == f"{scheme}://{host}{path}"


@given(st.sampled_from(["http", "HTTPS"]), HOST, PATH, st.integers(1, 65535))
def test_the_normal_form_of_a_normal_form_is_itself(scheme: str, host: str, path: str, port: int) -> None:
    normal = base_url(f"{scheme}://{host.upper()}:{port}{path}/")
    assert base_url(normal) == normal


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("https://llm.example.com/v1/", "https://llm.example.com/v1"),
        ("HTTPS://LLM.Example.COM/V1", "https://llm.example.com/V1"),
        ("https://llm.example.com:443/v1", "https://llm.example.com/v1"),
        ("http://llm.example.com:80", "http://llm.example.com"),
        ("https://llm.example.com:8443/v1", "https://llm.example.com:8443/v1"),
        ("https://xn--bcher-kva.example/v1", "https://xn--bcher-kva.example/v1"),
        ("https://[2001:db8::1]:8443/v1", "https://[2001:db8::1]:8443/v1"),
        ("http://127.0.0.1:11434/v1", "http://127.0.0.1:11434/v1"),
        ("https://llm.example.com/a%20b", "https://llm.example.com/a%20b"),
    ],
)
def test_a_url_is_kept_in_its_normal_form(text: str, normal: str) -> None:
    assert base_url(text) == normal


@pytest.mark.parametrize(
    "text",
    [
        f"https://{CANARY}@llm.example.com/v1",
        f"https://user:{CANARY}@llm.example.com/v1",
        f"https://:{CANARY}@llm.example.com/v1",
        f"https://@llm.example.com/{CANARY}",
        f"https://:@llm.example.com/{CANARY}",
    ],
)
def test_a_url_holds_no_user_info(text: str) -> None:
    with pytest.raises(Invalid, match="the key goes into api_key") as refused:
        base_url(text)
    assert CANARY not in str(refused.value)


@pytest.mark.parametrize("tail", [f"?key={CANARY}", "?", f"#{CANARY}", "#", f"/v1?a=b#{CANARY}"])
def test_a_url_holds_no_query_and_no_fragment(tail: str) -> None:
    with pytest.raises(Invalid, match="must hold no query and no fragment") as refused:
        base_url(f"https://llm.example.com{tail}")
    assert CANARY not in str(refused.value)


@pytest.mark.parametrize(
    "character", ["\t", "\n", "\r", "\x00", "\x1f", "\x7f", " ", "\u00a0", "é", "\u2024"]
)
@pytest.mark.parametrize(
    "place", ["{}https://a.example/v1", "https://a.{}example/v1", "https://a.example/v1{}"]
)
def test_what_url_parsers_strip_or_rewrite_is_refused(character: str, place: str) -> None:
    with pytest.raises(Invalid, match="printable ASCII"):
        base_url(place.format(character))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "llm.example.com",
        "//llm.example.com/v1",
        "/v1",
        "https:",
        "https://",
        "https:///v1",
        "https:a.example",
        "https:/a.example",
        "https:\\\\a.example\\v1",
        "https://a.example\\@b.example",
        "https://:443/v1",
        "https://[::1/v1",
        "https://a.example:99999",
        "https://a.example:port",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "ftp://a.example/",
        "data:text/plain,x",
        "unix:///run/x.sock",
        "https://a..b.example^/",
    ],
)
def test_what_is_no_web_address_is_refused_with_an_example_of_one(text: str) -> None:
    with pytest.raises(Invalid, match="base_url must be an absolute http or https URL") as refused:
        base_url(text)
    assert refused.value.field == "base_url"


def test_a_url_has_a_length_that_ends() -> None:
    start = "https://a.example/"
    assert base_url(start + "a" * (BASE_URL_LENGTH - len(start)))
    with pytest.raises(Invalid, match="at most 2000"):
        base_url(start + "a" * (BASE_URL_LENGTH - len(start) + 1))


@given(st.text())
def test_whatever_is_typed_ends_in_a_plain_url_or_in_a_refusal_that_does_not_repeat_it(text: str) -> None:
    try:
        accepted = base_url(text)
    except Invalid as refused:
        refusal = str(refused)
    else:
        refusal = ""
        assert accepted.startswith(("http://", "https://"))
    assert len(text) < 12 or text not in refusal
