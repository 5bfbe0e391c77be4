// From documents to the arrays of a block: the backward text, its suffix array, the BWT and the
// samples. At its peak it needs 6.5 bytes a symbol of 8 bits beside the documents.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "alphabet.hpp"
#include "documents.hpp"
#include "errors.hpp"
#include "huge.hpp"
#include "processor.hpp"
#include "suffix_array.hpp"
#include "suffix_samples.hpp"

namespace mnemic {

// Everything but the ranks.
struct BlockArrays {
  std::vector<std::uint32_t> alphabet, symbol_starts;
  SampleArrays samples;
};

template <typename Symbol, typename Number>
class BlockBuilder {
 public:
  BlockBuilder(const Documents<Symbol>& documents, std::uint32_t rate)
      : documents_(documents), rate_(rate) {
    const std::size_t rows = documents.symbols.size() + documents.size();
    if (rows >= std::size_t{1} << 30)
      throw LimitExceeded("a block of " + std::to_string(rows) + " symbols",
                          "build several of fewer documents");
    rows_ = rows;
    number();
  }

  // Whether numbers of this width suffice.
  bool fits() const noexcept {
    return made_.alphabet.size() < std::numeric_limits<Number>::max();
  }

  // Calls ranks(bwt, symbol_starts) when suffix array and text are gone again.
  template <typename Ranks>
  BlockArrays build(Ranks ranks) {
    const Large<Number> bwt = transform();
    ranks(std::span<const Number>(bwt), std::span<const std::uint32_t>(made_.symbol_starts));
    return std::move(made_);
  }

 private:
  Documents<Symbol> documents_;
  std::uint32_t rate_;
  std::size_t rows_ = 0;
  std::vector<std::uint32_t> numbers_;
  BlockArrays made_;

  void number() {
    std::vector<std::uint32_t> counts(documents_.vocabulary);
    for (const Symbol symbol : documents_.symbols) ++counts[symbol];
    for (std::uint32_t symbol = 0; symbol < counts.size(); ++symbol)
      if (counts[symbol] > 0) made_.alphabet.push_back(symbol);
    if constexpr (sizeof(Symbol) == 1)
      std::sort(made_.alphabet.begin(), made_.alphabet.end(), byte_before);
    numbers_.resize(documents_.vocabulary);
    made_.symbol_starts = {0, static_cast<std::uint32_t>(documents_.size())};
    for (std::size_t i = 0; i < made_.alphabet.size(); ++i) {
      numbers_[made_.alphabet[i]] = static_cast<std::uint32_t>(i + 1);
      made_.symbol_starts.push_back(made_.symbol_starts.back() + counts[made_.alphabet[i]]);
    }
  }

  Large<Number> backward_text() const {
    Large<Number> text(rows_);
    std::size_t at = 0;
    for (std::size_t document = 0; document < documents_.size(); ++document) {
      for (auto from = documents_.offsets[document + 1]; from-- > documents_.offsets[document];)
        text[at++] = static_cast<Number>(numbers_[documents_.symbols[static_cast<std::size_t>(from)]]);
      text[at++] = 0;
    }
    return text;
  }

  std::vector<std::uint32_t> lengths() const {
    std::vector<std::uint32_t> lengths(documents_.size());
    for (std::size_t i = 0; i < lengths.size(); ++i)
      lengths[i] = static_cast<std::uint32_t>(documents_.offsets[i + 1] - documents_.offsets[i]);
    return lengths;
  }

  Large<Number> transform() {
    Large<Number> bwt(rows_);
    Large<std::int32_t> order(rows_);
    {
      // Before the first symbol of all stands nothing: a separator, like before other documents.
      const Large<Number> text = backward_text();
      sort_suffixes<Number>({text.data(), rows_}, {order.data(), rows_}, made_.alphabet.size() + 1,
                            {bwt.data(), rows_});
    }
    SampleBuilder samples(lengths(), rate_, rows_);
    processor::run_widest([&] { sample(order, samples); });
    made_.samples = samples.finish();
    return bwt;
  }

  void sample(const Large<std::int32_t>& order, SampleBuilder& samples) const {
    constexpr std::size_t ahead = 48;
    for (std::size_t row = 0; row < rows_; ++row) {
      if (row + ahead < rows_) samples.prepare(static_cast<std::uint32_t>(order[row + ahead]));
      samples.visit(static_cast<std::uint32_t>(row), static_cast<std::uint32_t>(order[row]));
    }
  }
};

}  // namespace mnemic
