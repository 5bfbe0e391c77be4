"""BERT as an ONNX graph, node by node: no torch, no tracing.

Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers", NAACL 2019, section 3. The
heads are those of Reimers and Gurevych, "Sentence-BERT", EMNLP 2019, section 3 (mean pooling) and
of Formal et al., "SPLADE v2", 2021, section 3 (max over positions of log1p(relu(logits))).

Inputs are ``ids`` and ``mask``, int64 [texts, tokens]; the output ``vectors`` is float32
[texts, width of the head].
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mnemic.llm.onnx.weights import Bert

Head: TypeAlias = Literal["mean", "splade"]
OPSET = 17
FLOAT = 1


class Graph:
    """Nodes and constants in the making; every method returns the name of a value."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: dict[str, NDArray[Any]] = {}

    def constant(self, value: NDArray[Any], *, name: str = "") -> str:
        """A constant array."""
        name = name or f"constant{len(self.constants)}"
        self.constants[name] = value
        return name

    def ints(self, *values: int) -> str:
        """A constant int64 vector."""
        return self.constant(np.array(values, np.int64))

    def scalar(self, value: float) -> str:
        """A constant float32 scalar."""
        return self.constant(np.array(value, np.float32))

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """A node with one output."""
        return self.split(operator, *inputs, outputs=1, **attributes)[0]

    def split(self, operator: str, *inputs: str, outputs: int, **attributes: Any) -> list[str]:
        """A node with several outputs."""
        from onnx import helper

        place = len(self.nodes)
        names = [f"{operator}{place}_{index}" for index in range(outputs)]
        self.nodes.append(helper.make_node(operator, inputs, names, **attributes))
        return names

    def linear(self, x: str, weight: NDArray[np.float32], bias: NDArray[np.float32]) -> str:
        """``x @ weight.T + bias``, with a weight as torch stores it: [out, in]."""
        product = self.add("MatMul", x, self.constant(np.ascontiguousarray(weight.T)))
        return self.add("Add", product, self.constant(bias))

    def norm(self, x: str, bert: Bert, name: str) -> str:
        """Layer norm over the last axis."""
        weight, bias = (self.constant(bert[f"{name}.{part}"]) for part in ("weight", "bias"))
        return self.add("LayerNormalization", x, weight, bias, axis=-1, epsilon=bert.epsilon)

    def gelu(self, x: str) -> str:
        """Exact GELU, by the error function."""
        inner = self.add("Erf", self.add("Div", x, self.scalar(2**0.5)))
        grown = self.add("Mul", x, self.add("Add", inner, self.scalar(1.0)))
        return self.add("Mul", grown, self.scalar(0.5))


def build(bert: Bert, *, head: Head) -> Any:
    """The model as an ``onnx.ModelProto`` in float32.

    Raises:
        IndexCorrupt: A tensor is missing.
    """
    graph = Graph()
    mask = graph.add("Cast", "mask", to=FLOAT)
    hidden = _embed(graph, bert)
    bias = _attention_bias(graph, mask)
    for layer in range(bert.layers):
        hidden = _layer(graph, bert, hidden, bias, f"encoder.layer.{layer}")
    ends = {"mean": _mean, "splade": _splade}
    output = ends[head](graph, bert, hidden, mask)
    return _model(graph, output)


def _embed(graph: Graph, bert: Bert) -> str:
    words = graph.constant(bert["embeddings.word_embeddings.weight"], name="words")
    # There is one segment, so its embedding is part of every position's.
    table = bert["embeddings.position_embeddings.weight"]
    table = table + bert["embeddings.token_type_embeddings.weight"][0]
    length = graph.add("Slice", graph.add("Shape", "ids"), graph.ints(1), graph.ints(2))
    positions = graph.add("Slice", graph.constant(table), graph.ints(0), length, graph.ints(0))
    total = graph.add("Add", graph.add("Gather", words, "ids"), positions)
    return graph.norm(total, bert, "embeddings.LayerNorm")


def _attention_bias(graph: Graph, mask: str) -> str:
    absent = graph.add("Sub", graph.scalar(1.0), mask)
    wide = graph.add("Unsqueeze", absent, graph.ints(1, 2))
    return graph.add("Mul", wide, graph.scalar(-1e9))


def _layer(graph: Graph, bert: Bert, hidden: str, bias: str, name: str) -> str:
    context = _attention(graph, bert, hidden, bias, f"{name}.attention.self")
    context = _linear(graph, bert, context, f"{name}.attention.output.dense")
    middle = graph.add("Add", context, hidden)
    middle = graph.norm(middle, bert, f"{name}.attention.output.LayerNorm")
    inner = graph.gelu(_linear(graph, bert, middle, f"{name}.intermediate.dense"))
    outer = graph.add("Add", _linear(graph, bert, inner, f"{name}.output.dense"), middle)
    return graph.norm(outer, bert, f"{name}.output.LayerNorm")


def _attention(graph: Graph, bert: Bert, hidden: str, bias: str, name: str) -> str:
    size = bert.width // bert.heads
    # Scaling the query's weights saves scaling every score.
    scales = {"query": np.float32(size**-0.5), "key": np.float32(1), "value": np.float32(1)}
    weight = np.concatenate([bert[f"{name}.{part}.weight"] * s for part, s in scales.items()])
    offset = np.concatenate([bert[f"{name}.{part}.bias"] * s for part, s in scales.items()])
    joined = graph.linear(hidden, weight, offset)
    parts = graph.split("Split", joined, graph.ints(*[bert.width] * 3), outputs=3, axis=-1)
    shape = graph.ints(0, 0, bert.heads, size)
    query, key, value = (graph.add("Reshape", part, shape) for part in parts)
    query = graph.add("Transpose", query, perm=[0, 2, 1, 3])
    key = graph.add("Transpose", key, perm=[0, 2, 3, 1])
    value = graph.add("Transpose", value, perm=[0, 2, 1, 3])
    scores = graph.add("Add", graph.add("MatMul", query, key), bias)
    mixed = graph.add("MatMul", graph.add("Softmax", scores, axis=-1), value)
    mixed = graph.add("Transpose", mixed, perm=[0, 2, 1, 3])
    return graph.add("Reshape", mixed, graph.ints(0, 0, bert.width))


def _linear(graph: Graph, bert: Bert, x: str, name: str) -> str:
    return graph.linear(x, bert[f"{name}.weight"], bert[f"{name}.bias"])


def _mean(graph: Graph, bert: Bert, hidden: str, mask: str) -> str:
    wide = graph.add("Unsqueeze", mask, graph.ints(-1))
    total = graph.add("ReduceSum", graph.add("Mul", hidden, wide), graph.ints(1), keepdims=0)
    count = graph.add("ReduceSum", mask, graph.ints(1), keepdims=1)
    mean = graph.add("Div", total, graph.add("Max", count, graph.scalar(1.0)))
    length = graph.add("ReduceL2", mean, axes=[-1], keepdims=1)
    return graph.add("Div", mean, graph.add("Max", length, graph.scalar(1e-12)))


def _splade(graph: Graph, bert: Bert, hidden: str, mask: str) -> str:
    inner = graph.gelu(_linear(graph, bert, hidden, "cls.predictions.transform.dense"))
    inner = graph.norm(inner, bert, "cls.predictions.transform.LayerNorm")
    words = bert["embeddings.word_embeddings.weight"]
    logits = graph.linear(inner, words, bert["cls.predictions.bias"])
    wide = graph.add("Unsqueeze", mask, graph.ints(-1))
    kept = graph.add("Mul", graph.add("Relu", logits), wide)
    strongest = graph.add("ReduceMax", kept, axes=[1], keepdims=0)
    return graph.add("Log", graph.add("Add", strongest, graph.scalar(1.0)))


def _model(graph: Graph, output: str) -> Any:
    from onnx import TensorProto, checker, helper, numpy_helper

    last = helper.make_node("Identity", [output], ["vectors"])
    shape = ["texts", "tokens"]
    built = helper.make_graph(
        [*graph.nodes, last],
        "bert",
        [helper.make_tensor_value_info(n, TensorProto.INT64, shape) for n in ("ids", "mask")],
        [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["texts", "width"])],
        [numpy_helper.from_array(value, name) for name, value in graph.constants.items()],
    )
    model = helper.make_model(
        built, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="mnemic"
    )
    model.ir_version = 8  # the oldest that has this opset, so that older runtimes read it
    checker.check_model(model)
    return model
