"""The parts of Gemini's answers that Keyroll reads; all else is passed over.

https://ai.google.dev/api/generate-content#v1beta.GenerateContentResponse
"""

import msgspec

from domain.call import Usage


class FunctionCall(msgspec.Struct):
    """A function that the model asks for, with all its arguments at once."""

    name: str | None = None
    id: str | None = None
    args: msgspec.Raw = msgspec.Raw(b"{}")


class ContentPart(msgspec.Struct, rename="camel"):
    """One part of the content."""

    text: str | None = None
    thought: bool | None = None
    thought_signature: str | None = None
    function_call: FunctionCall | None = None
    inline_data: object = None


class Content(msgspec.Struct):
    """What one candidate adds."""

    parts: list[ContentPart] | None = None


class Candidate(msgspec.Struct, rename="camel"):
    """One of the answers; Keyroll asks for one."""

    index: int = 0
    content: Content | None = None
    finish_reason: str | None = None
    finish_message: str | None = None


class PromptFeedback(msgspec.Struct, rename="camel"):
    """Why the prompt was refused before any answer."""

    block_reason: str | None = None


class UsageMetadata(msgspec.Struct, rename="camel"):
    """Tokens as Gemini counts them: thoughts beside the candidates', cached ones within the prompt's."""

    prompt_token_count: int | None = None
    candidates_token_count: int | None = None
    thoughts_token_count: int | None = None
    cached_content_token_count: int | None = None
    tool_use_prompt_token_count: int | None = None

    def neutral(self) -> Usage:
        """The same in the neutral form."""
        return Usage(
            input=_sum(self.prompt_token_count, self.tool_use_prompt_token_count),
            output=_sum(self.candidates_token_count, self.thoughts_token_count),
            cached_input=self.cached_content_token_count,
            reasoning=self.thoughts_token_count,
        )


class Chunk(msgspec.Struct, rename="camel"):
    """A whole answer, a chunk of one, or an error in their place."""

    candidates: list[Candidate] | None = None
    prompt_feedback: PromptFeedback | None = None
    usage_metadata: UsageMetadata | None = None
    model_version: str | None = None
    response_id: str | None = None
    error: object = None


def _sum(*counts: int | None) -> int | None:
    """Google leaves out counts of 0; where all are, nothing is told."""
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
