"""What does a causal language model say next? In-process, under torch, from a local folder."""

from mnemic.llm.causal.language_model import TransformersModel

__all__ = ["TransformersModel"]
