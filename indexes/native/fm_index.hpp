// One block of an FM-index over documents: which rows of the suffix array begin with a pattern?
//
// P. Ferragina and G. Manzini, Indexing compressed text, Journal of the ACM 52, 2005. Documents are
// stored backwards with a separator after each, so a step of backward search appends a symbol at
// the right of the pattern (as in M. Bevilacqua et al., Autoregressive Search Engines, NeurIPS
// 2022, section 3), and no pattern reaches across documents.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "alphabet.hpp"
#include "errors.hpp"
#include "quad_tree.hpp"
#include "start_table.hpp"
#include "suffix_samples.hpp"
#include "symbol_lists.hpp"

namespace mnemic {

// Rows [lo, hi) of one block.
struct Rows {
  std::uint32_t lo = 0, hi = 0;
};

template <typename Ranks>
struct FmIndex {
  using Extension = typename Ranks::Extension;
  using Walk = typename Ranks::Walk;

  Alphabet alphabet;
  std::span<const std::uint32_t> symbol_starts;  // of the numbers 0 .. k, and the number of rows
  Ranks ranks;
  SuffixSamples samples;
  std::unique_ptr<const StartTable> starts;  // none in small blocks and over tokens

  std::uint32_t rows() const noexcept { return symbol_starts.back(); }
  std::uint32_t documents() const noexcept { return samples.documents(); }

  // The rows before which a document, a field or a word begins: 0, 1, 2.
  Rows anchor(std::uint32_t what) const noexcept {
    return {0, symbol_starts[alphabet.numbers_below(what)]};
  }
};

// Refuses what no alphabet's numbers begin at.
inline void check_starts(const std::string& name, std::span<const std::uint32_t> starts,
                         std::size_t symbols, std::size_t documents) {
  if (starts.size() != symbols + 2 || starts[0] != 0 || starts[1] != documents)
    throw IndexCorrupt(name + ": has other counts than symbols");
  for (std::size_t i = 1; i + 1 < starts.size(); ++i)
    if (starts[i] >= starts[i + 1]) throw IndexCorrupt(name + ": has a symbol that never occurs");
}

}  // namespace mnemic
