"""From a folder to a network, a tokenizer and their identity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mnemic.errors import IndexCorrupt, InvalidInput, Unsupported
from mnemic.llm.causal.conversion import RECEIPT, read_receipt
from mnemic.llm.causal.network import Network
from mnemic.llm.extras import extra
from mnemic.llm.identity import hashes_of, identify
from mnemic.llm.json_files import read_json
from mnemic.llm.models.files import compare
from mnemic.llm.texts import read_tokenizer
from mnemic.llm.torch_loading import choose_device, choose_dtype, pretrained

if TYPE_CHECKING:
    from pathlib import Path

    from mnemic.types import Fingerprint

TOKENIZER = "tokenizer.json"


def load_network(folder: Path, *, dtype: str, device: str, batch_tokens: int) -> Network:
    """Load the weights; 0.3 s for SmolLM2 once transformers is imported, which takes seconds.

    Raises:
        InvalidInput: An argument is not one of those that are possible.
        Unsupported: The weights are not safetensors, or not those of a causal model that
            transformers knows by itself.
        IndexCorrupt: A file is damaged.
        Unavailable: There is no such device.
    """
    if batch_tokens < 1:
        raise InvalidInput(f"batch_tokens is {batch_tokens}", hint="Give at least 1.")
    number, where = choose_dtype(dtype), choose_device(device)
    _check_kind(folder)
    module = pretrained("AutoModelForCausalLM", folder, dtype=number, device=where)
    head, settings = module.get_output_embeddings(), module.config.get_text_config()
    if head is None:
        raise Unsupported(f"{folder}: {type(module).__name__} has no head over its vocabulary")
    network = Network(
        name=str(folder),
        module=module,
        device=where,
        vocabulary=int(head.weight.shape[0]),
        width=int(head.weight.shape[1]),
        window=int(getattr(settings, "max_position_embeddings", 0) or 0),
        layers=int(settings.num_hidden_layers),
        batch_tokens=batch_tokens,
    )
    _check_head(network)
    return network


def load_tokenizer(folder: Path) -> Any:
    """A tokenizer that reads special tokens in a text as ordinary characters.

    Raises:
        IndexCorrupt: The file cannot be read.
    """
    tokenizer = read_tokenizer(folder / TOKENIZER)
    # Or a document that holds the characters of a control token could speak for the user.
    tokenizer.encode_special_tokens = True
    return tokenizer


def end_of_sequence(folder: Path, tokenizer: Any) -> int:
    """The token that ends a turn, as the tokenizer's configuration names it.

    Raises:
        IndexCorrupt: The configuration cannot be read.
        Unsupported: It names none.
    """
    content = read_json(folder / "tokenizer_config.json")
    token = content.get("eos_token") if isinstance(content, dict) else None
    token = token.get("content") if isinstance(token, dict) else token
    found = tokenizer.token_to_id(token) if isinstance(token, str) else None
    if found is None:
        raise Unsupported(f"{folder}: its tokenizer names no end-of-sequence token")
    return int(found)


def fingerprint_of(folder: Path, *, name: str, dtype: str) -> Fingerprint:
    """Name, dtype and hashes of all weights, the tokenizer and the configuration; reads them all.

    Raises:
        NotFound: The folder lacks a file.
        IndexCorrupt: A file is not what the pull converted.
    """
    weights = sorted(folder.glob("*.safetensors"))
    hashes = hashes_of(folder, [folder / "config.json", folder / TOKENIZER, *weights])
    if (folder / RECEIPT).is_file():
        expected = read_receipt(folder).hashes
        for file, found in hashes.items():
            compare(str(folder / file), found, expected.get(file, "none"))
    return identify(name, {"dtype": dtype, "files": hashes})


def _check_kind(folder: Path) -> None:
    auto = extra("transformers.models.auto.modeling_auto")
    content = read_json(folder / "config.json")
    kind = content.get("model_type") if isinstance(content, dict) else None
    if not isinstance(kind, str) or kind not in auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES:
        raise Unsupported(f"{folder}: {kind!r} is no causal model that transformers knows")


def _check_head(network: Network) -> None:
    """Refuse networks that do more to their logits than the head does, as Gemma 2 does."""
    torch = extra("torch")
    ids = torch.zeros((1, 2), dtype=torch.int64, device=network.device)
    with torch.inference_mode():
        expected = network.module(input_ids=ids, use_cache=False).logits[0].float()
    if expected.isnan().any():
        raise IndexCorrupt(f"{network.name}: its logits are not numbers")
    found = network.logits(network.states(ids.cpu().numpy())[0])
    if not torch.allclose(found, expected, rtol=0.01, atol=0.01):
        raise Unsupported(f"{network.name}: its logits are not those of its head alone")
