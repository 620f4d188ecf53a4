"""Responses as callers speak it to Keyroll: the Open Responses protocol.

https://www.openresponses.org, https://platform.openai.com/docs/api-reference/responses
"""

from api.calls.responses_answer import ResponseHead, ResponsesStream, whole
from api.calls.responses_reasoning import without_carried
from api.calls.responses_request import decode

__all__ = ["ResponseHead", "ResponsesStream", "decode", "whole", "without_carried"]
