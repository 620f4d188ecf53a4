"""Addresses and URLs that lead a client astray, and honest ones that must not be refused."""

from itertools import product


def _words(text: str) -> list[str]:
    return text.split()


PUBLIC_ADDRESSES = _words("""
    8.8.8.8 1.1.1.1 104.18.6.192 160.79.104.10 142.250.74.10 9.255.255.255 11.0.0.0 172.15.255.255
    172.32.0.0 100.63.255.255 100.128.0.0 169.253.255.255 223.255.255.255 2606:4700::6812:6c0
    2a00:1450:4001:80b::200a 2607:6bc0::10 2001:4860:4860::8888 2003::1 2620:4e:ffff::1
""")

FORBIDDEN_ADDRESSES = _words("""
    127.0.0.1 127.255.255.254 0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255
    192.168.1.1 169.254.169.254 169.254.170.2 100.64.0.1 100.127.255.255 100.100.100.200 168.63.129.16
    192.0.0.192 192.0.0.1 192.0.2.7 198.51.100.7 203.0.113.7 198.18.0.1 198.19.255.255 192.88.99.1
    224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255 :: ::1 ::ffff:127.0.0.1 ::ffff:8.8.8.8
    ::ffff:a9fe:a9fe ::127.0.0.1 ::8.8.8.8 ::ffff:0:7f00:1 64:ff9b::7f00:1 64:ff9b::808:808
    64:ff9b:1::a00:1 2002:7f00:1:: 2002:808:808::1 2001::1 2001:0:7f00:1:: 2001:2::1 2001:db8::1 3fff::1
    fd00:ec2::254 fd20:ce::254 fc00::1 fdff::1 fe80::1 fe80::a9fe:a9fe fec0::1 ff02::1 ff0e::1 100::1
    5f00::1 4000::1 3ffe::1 192.31.196.1 192.52.193.1 192.175.48.1 2620:4f:8000::1
""")

# Forbidden hosts in spellings that only a resolver understands; the escapes are wide, circled and East Asian.
_SPELLINGS = [
    *_words("2130706433 0x7f000001 0177.0.0.1 127.1 127.0.1 0x7f.1 017700000001 0 0x0 127.0.0.1. 00000177.1"),
    *_words("localhost localhost. LOCALHOST [::1] [::] [::ffff:127.0.0.1] [0:0:0:0:0:ffff:7f00:1]"),
    "[::ffff:7f00:1]",
    *_words("127.0.0.1%20 127.0.0.1%00.example.com %31%32%37.0.0.1"),
    "\uff11\uff12\uff17.\uff10.\uff10.\uff11",
    "\u2460\u2461\u2466.\u24ea.\u24ea.\u2460",
    "127\u30020\u30020\u30021",
]

_DECEITS = [
    *_words(
        "ftp://example.com/ file:///etc/passwd gopher://127.0.0.1/ unix:///run/x.sock data:,x ws://example.com/"
    ),
    *_words("javascript:alert(1) //example.com/ /v1/models https:// https:///x http:// https://a..b/"),
    "https://xn--/",
    *_words(
        "https://user@example.com/ https://user:pw@example.com/ https://example.com@127.0.0.1/ https://[::1"
    ),
    *_words(
        "https://example.com:99999/ https://example.com:0/ https://example.com:-1/ https://[fe80::1%25eth0]/"
    ),
    *_words("https://example.com:80:80/ HTTP://example.com/ http://example.com/ http://8.8.8.8/"),
    "http://[2606::1]/",
    "",
    "https://exa mple.com/",
    "https://example.com\r\nX: y/",
    "https://\x00/",
]


def _literal(address: str) -> str:
    return f"[{address}]" if ":" in address else address


_HOSTS = [*map(_literal, FORBIDDEN_ADDRESSES), *_SPELLINGS]
_NAMES = _words("""
    api.openai.com api.anthropic.com generativelanguage.googleapis.com b\u00fccher.example
    acme.openai.azure.com openrouter.ai 10.example.com localhost.example.com
""")

HOSTILE_URLS = [
    *_DECEITS,
    *(
        f"{scheme}://{host}{port}/v1"
        for scheme, host, port in product(("https", "http"), _HOSTS, ("", ":8443"))
    ),
]

HONEST_URLS = [
    *(f"https://{_literal(address)}/v1" for address in PUBLIC_ADDRESSES),
    *(
        f"https://{name}{rest}"
        for name, rest in product(
            _NAMES, ("/v1/models", ":8443/v1", "/", "/v1/models?limit=1000&after_id=a%2Fb")
        )
    ),
]
