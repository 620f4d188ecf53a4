"""Which addresses are not public, by an explicit table.

``ipaddress.is_global`` does not decide here: it is true for NAT64, 6to4 and multicast addresses, and for some
that clouds serve metadata on. Source: https://www.iana.org/assignments/iana-ipv4-special-registry and
https://www.iana.org/assignments/iana-ipv6-special-registry, and the clouds' manuals.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# The first row that holds an address names it, so the narrow ones come first.
_REFUSED_RANGES: tuple[tuple[str, str], ...] = (
    ("169.254.0.0/16", "link-local, where clouds serve metadata"),
    ("168.63.129.16/32", "Azure's host agent"),
    ("100.100.100.200/32", "Alibaba Cloud's metadata"),
    ("192.0.0.192/32", "Oracle Cloud's metadata"),
    ("0.0.0.0/8", "this network (RFC 791)"),
    ("10.0.0.0/8", "private (RFC 1918)"),
    ("100.64.0.0/10", "carrier-grade NAT (RFC 6598)"),
    ("127.0.0.0/8", "loopback (RFC 1122)"),
    ("172.16.0.0/12", "private (RFC 1918)"),
    ("192.0.0.0/24", "protocol assignments (RFC 6890)"),
    ("192.0.2.0/24", "documentation (RFC 5737)"),
    ("192.31.196.0/24", "AS112 (RFC 7535)"),
    ("192.52.193.0/24", "multicast tunnels (RFC 7450)"),
    ("192.88.99.0/24", "6to4 relays (RFC 7526)"),
    ("192.168.0.0/16", "private (RFC 1918)"),
    ("192.175.48.0/24", "AS112 (RFC 7534)"),
    ("198.18.0.0/15", "benchmarking (RFC 2544)"),
    ("198.51.100.0/24", "documentation (RFC 5737)"),
    ("203.0.113.0/24", "documentation (RFC 5737)"),
    ("224.0.0.0/4", "multicast (RFC 5771)"),
    ("240.0.0.0/4", "reserved (RFC 1112)"),
    ("fd00:ec2::254/128", "AWS metadata"),
    ("fd20:ce::254/128", "Google Cloud's metadata"),
    ("::/128", "unspecified (RFC 4291)"),
    ("::1/128", "loopback (RFC 4291)"),
    ("::ffff:0:0/96", "IPv4-mapped (RFC 4291)"),
    ("::ffff:0:0:0/96", "IPv4-translated (RFC 2765)"),
    ("::/96", "IPv4-compatible (RFC 4291)"),
    ("64:ff9b::/96", "NAT64 (RFC 6052)"),
    ("64:ff9b:1::/48", "local NAT64 (RFC 8215)"),
    ("100::/64", "discard (RFC 6666)"),
    ("2001::/32", "Teredo (RFC 4380)"),
    ("2001:2::/48", "benchmarking (RFC 5180)"),
    ("2001::/23", "protocol assignments (RFC 2928)"),
    ("2001:db8::/32", "documentation (RFC 3849)"),
    ("2002::/16", "6to4 (RFC 3056)"),
    ("2620:4f:8000::/48", "AS112 (RFC 7534)"),
    ("3ffe::/16", "returned 6bone (RFC 3701)"),
    ("3fff::/20", "documentation (RFC 9637)"),
    ("5f00::/16", "segment routing (RFC 9602)"),
    ("fc00::/7", "private (RFC 4193)"),
    ("fe80::/10", "link-local (RFC 4291)"),
    ("fec0::/10", "site-local (RFC 3879)"),
    ("ff00::/8", "multicast (RFC 4291)"),
    # Of IPv6, IANA has given out 2000::/3 alone as global unicast; the rest must not be public by omission.
    ("::/3", "outside global unicast (RFC 4291)"),
    ("4000::/2", "outside global unicast (RFC 4291)"),
    ("8000::/1", "outside global unicast (RFC 4291)"),
)

REFUSED: tuple[tuple[Network, str], ...] = tuple((ip_network(text), why) for text, why in _REFUSED_RANGES)


def why_not_public(address: Address) -> str | None:
    """What the address is instead of public, or ``None`` if it is public."""
    return next((why for network, why in REFUSED if address in network), None)
