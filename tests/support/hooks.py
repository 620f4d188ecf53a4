"""What tests of webhooks do with them."""

import httpx

from tests.support.hook_receiver import Message
from tests.support.steps import Json, add_provider, done

HOOKS = "/v1/webhooks"


def register_hook(http: httpx.Client, url: str, **fields: object) -> Json:
    """Register one; the answer holds its secret."""
    return done(http.post(HOOKS, json={"url": url, **fields}), 201)


def show_hook(http: httpx.Client, hook: Json) -> Json:
    """How it is now."""
    return done(http.get(f"{HOOKS}/{hook['id']}"))


def add_named(http: httpx.Client, *names: str) -> None:
    """Let something happen that webhooks hear of: a provider for each name."""
    for name in names:
        add_provider(http, name, api_key=None)


def names_in(messages: list[Message]) -> list[str]:
    """The names that the messages tell."""
    return [message.event["data"]["name"] for message in messages]
