// Sequences of symbols as callers give them, checked before anything reads them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "errors.hpp"

namespace mnemic {

// Documents one after the other; document i is symbols[offsets[i]] .. symbols[offsets[i + 1]].
template <typename Symbol>
struct Documents {
  std::span<const Symbol> symbols;
  std::span<const std::int64_t> offsets;
  std::uint32_t vocabulary;

  std::size_t size() const noexcept { return offsets.empty() ? 0 : offsets.size() - 1; }

  void check() const {
    if (offsets.empty() || offsets.front() != 0 ||
        offsets.back() != static_cast<std::int64_t>(symbols.size()))
      throw InvalidInput("offsets do not begin at 0 and end at the number of symbols");
    for (std::size_t i = 0; i + 1 < offsets.size(); ++i)
      if (offsets[i] > offsets[i + 1])
        throw InvalidInput("offsets[" + std::to_string(i + 1) + "] is below the one before it");
    for (std::size_t i = 0; i < symbols.size(); ++i)
      if (symbols[i] >= vocabulary)
        throw InvalidInput("symbols[" + std::to_string(i) + "]=" + std::to_string(symbols[i]) +
                           " is not below the vocabulary's " + std::to_string(vocabulary));
  }
};

}  // namespace mnemic
