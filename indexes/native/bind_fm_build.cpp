// Python's view of building FM-indexes: conversions and the release of the GIL, nothing else.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <span>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "fm_build.hpp"
#include "quad_builder.hpp"
#include "suffix_array.hpp"
#include "symbol_lists.hpp"

namespace nb = nanobind;

namespace {

using namespace mnemic;

template <typename Symbol>
nb::object suffixes(const Array<Symbol>& text, std::size_t symbols) {
  std::vector<std::int32_t> rows(text.size());
  {
    const nb::gil_scoped_release release;
    sort_suffixes<Symbol>(span_of(text), rows, symbols);
  }
  return to_numpy(std::move(rows));
}

nb::dict to_arrays(BlockArrays&& made) {
  nb::dict arrays;
  arrays["alphabet"] = to_numpy(std::move(made.alphabet));
  arrays["symbol_starts"] = to_numpy(std::move(made.symbol_starts));
  arrays["lengths"] = to_numpy(std::move(made.samples.lengths));
  arrays["document_samples"] = to_numpy(std::move(made.samples.document_samples));
  arrays["sample_documents"] = to_numpy(std::move(made.samples.sample_documents));
  arrays["chunk_starts"] = to_numpy(std::move(made.samples.chunk_starts));
  arrays["chunk_rows"] = to_numpy(std::move(made.samples.chunk_rows));
  arrays["mark_starts"] = to_numpy(std::move(made.samples.mark_starts));
  arrays["mark_lows"] = to_numpy(std::move(made.samples.mark_lows));
  arrays["mark_values"] = to_numpy(std::move(made.samples.mark_values));
  return arrays;
}

template <typename Number>
nb::dict build_tree(BlockBuilder<std::uint8_t, Number>& builder) {
  BlockArrays made;
  QuadArrays tree;
  {
    const nb::gil_scoped_release release;
    made = builder.build([&](std::span<const Number> bwt, std::span<const std::uint32_t> starts) {
      std::vector<std::uint32_t> counts;
      for (std::size_t i = 0; i + 1 < starts.size(); ++i) counts.push_back(starts[i + 1] - starts[i]);
      tree = QuadBuilder(counts).build(bwt);
    });
  }
  nb::dict arrays = to_arrays(std::move(made));
  arrays["lines"] = to_numpy(std::move(tree.lines));
  arrays["supers"] = to_numpy(std::move(tree.supers));
  arrays["sizes"] = to_numpy(std::move(tree.sizes));
  arrays["path_starts"] = to_numpy(std::move(tree.path_starts));
  arrays["path_steps"] = to_numpy(std::move(tree.path_steps));
  return arrays;
}

template <typename Number>
BlockBuilder<std::uint8_t, Number> builder_of(const Documents<std::uint8_t>& documents,
                                              std::uint32_t rate) {
  const nb::gil_scoped_release release;
  documents.check();
  return {documents, rate};
}

nb::dict build_bytes(const Array<std::uint8_t>& symbols, const Array<std::int64_t>& offsets,
                     std::uint32_t rate) {
  const Documents<std::uint8_t> documents{span_of(symbols), span_of(offsets), 256};
  auto narrow = builder_of<std::uint8_t>(documents, rate);
  if (narrow.fits()) return build_tree(narrow);
  auto wide = builder_of<std::uint16_t>(documents, rate);
  return build_tree(wide);
}

template <typename Number>
nb::dict build_lists_of(const Documents<std::uint32_t>& documents, std::uint32_t rate) {
  BlockArrays made;
  ListArrays lists;
  Large<Number> sequence;
  {
    const nb::gil_scoped_release release;
    documents.check();
    made = BlockBuilder<std::uint32_t, Number>(documents, rate)
               .build([&](std::span<const Number> bwt, std::span<const std::uint32_t> starts) {
                 sequence.assign(bwt.begin(), bwt.end());
                 lists = build_lists(bwt, starts);
               });
  }
  nb::dict arrays = to_arrays(std::move(made));
  arrays["sequence"] = to_numpy(std::move(sequence));
  arrays["rows"] = to_numpy(std::move(lists.rows));
  arrays["parts"] = to_numpy(std::move(lists.parts));
  return arrays;
}

// Blocks of a vocabulary below this have 16-bit numbers.
constexpr std::uint32_t narrow_vocabulary = 65'535;

nb::dict build_tokens(const Array<std::uint32_t>& symbols, const Array<std::int64_t>& offsets,
                      std::uint32_t vocabulary, std::uint32_t rate) {
  const Documents<std::uint32_t> documents{span_of(symbols), span_of(offsets), vocabulary};
  return vocabulary < narrow_vocabulary ? build_lists_of<std::uint16_t>(documents, rate)
                                        : build_lists_of<std::uint32_t>(documents, rate);
}

}  // namespace

void bind_fm_build(nb::module_& module) {
  const char* doc = "The suffix array of a text of bytes, 16-bit or 32-bit symbols.";
  const auto text = nb::arg("text").noconvert();
  module.def("suffix_array", &suffixes<std::uint8_t>, text, nb::arg("symbols"), doc);
  module.def("suffix_array", &suffixes<std::uint16_t>, text, nb::arg("symbols"), doc);
  module.def("suffix_array", &suffixes<std::uint32_t>, text, nb::arg("symbols"), doc);
  const auto symbols = nb::arg("symbols").noconvert();
  const auto offsets = nb::arg("offsets").noconvert();
  module.def("build_byte_block", &build_bytes, symbols, offsets, nb::arg("rate"),
             "The arrays of an FM-index over documents of bytes.");
  module.def("build_token_block", &build_tokens, symbols, offsets, nb::arg("vocabulary"),
             nb::arg("rate"), "The arrays of an FM-index over documents of token ids.");
  module.attr("NARROW_VOCABULARY") = narrow_vocabulary;
}
