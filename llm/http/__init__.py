"""What does a model behind HTTP say? A client for OpenAI-compatible endpoints."""

from mnemic.llm.http.endpoint import Endpoint
from mnemic.llm.http.language_model import EndpointLanguageModel
from mnemic.llm.http.results import Completion, Embeddings, Message, Token, Usage

__all__ = [
    "Completion",
    "Embeddings",
    "Endpoint",
    "EndpointLanguageModel",
    "Message",
    "Token",
    "Usage",
]
