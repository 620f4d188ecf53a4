"""What the README's tour needs of curl (--json since 7.82), for machines that have none or an older one."""

import argparse
import sys
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote

_REFUSED = 22
"""curl's exit code for an HTTP error with --fail-with-body."""


def main(arguments: list[str]) -> int:
    """Send one request and print the answer's body."""
    parser = argparse.ArgumentParser(prog="curl")
    parser.add_argument("-s", "-S", "-sS", "-N", "--fail-with-body", action="store_true", dest="quietly")
    parser.add_argument("-H", dest="header_file", choices=["@-"])
    parser.add_argument("-X", dest="method")
    parser.add_argument("--json")
    parser.add_argument("url")
    asked = parser.parse_intermixed_args(arguments)
    name, _, value = sys.stdin.read().strip().partition(": ")
    request = urllib.request.Request(  # noqa: S310  the test says where Keyroll is
        quote(asked.url, safe=":/?&="), _body(asked.json), {name: value}, method=asked.method
    )
    if asked.json is not None:
        request.add_header("Content-Type", "application/json")
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(request) as answer:
            sys.stdout.write(answer.read().decode())
    except urllib.error.HTTPError as error:
        with error:
            sys.stdout.write(error.read().decode())
        return _REFUSED
    return 0


def _body(text: str | None) -> bytes | None:
    if text is None:
        return None
    return Path(text.removeprefix("@")).read_bytes() if text.startswith("@") else text.encode()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
