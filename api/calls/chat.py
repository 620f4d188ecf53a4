"""Chat Completions as callers speak it to Keyroll.

https://platform.openai.com/docs/api-reference/chat
"""

from api.calls.chat_answer import Head, whole
from api.calls.chat_request import decode
from api.calls.chat_stream import ChatStream

__all__ = ["ChatStream", "Head", "decode", "whole"]
