// The scores of a window's documents, small enough for the first cache.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "unpacked.hpp"

namespace mnemic {

class Window {
 public:
  // Adds the parts of documents in [base, base + window_size).
  void add(std::uint32_t base, const std::uint32_t* documents, const double* parts, std::size_t n) {
    if (slots_.size() < touched_ + n) slots_.resize(2 * (touched_ + n));
    std::uint16_t* const slots = slots_.data() + touched_;
    for (std::size_t i = 0; i < n; ++i) slots[i] = static_cast<std::uint16_t>(documents[i] - base);
    for (std::size_t i = 0; i < n; ++i) scores_[documents[i] - base] += parts[i];
    touched_ += n;
  }

  std::size_t entries() const noexcept { return slots_.size() + found_.size(); }

  // Visits each touched document once with its score, when it is at least `least`.
  template <typename Visit>
  void take_reaching(double least, Visit visit) {
    if (found_.size() < touched_ + 1) found_.resize(touched_ + 1);
    std::size_t size = 0;
    for (std::size_t i = 0; i < touched_; ++i) {  // without a branch: hits are rare and random
      const std::uint16_t slot = found_[size] = slots_[i];
      size += scores_[slot] >= least;
    }
    for (std::size_t i = 0; i < size; ++i) {
      double& score = scores_[found_[i]];
      if (score == taken) continue;
      visit(found_[i], score);
      score = taken;
    }
  }

  void clear() noexcept {
    for (std::size_t i = 0; i < touched_; ++i) scores_[slots_[i]] = 0;
    touched_ = 0;
  }

 private:
  // A document that several terms touch stands several times in the list.
  static constexpr double taken = -std::numeric_limits<double>::infinity();

  alignas(64) std::array<double, window_size> scores_{};
  std::vector<std::uint16_t> slots_, found_;
  std::size_t touched_ = 0;
};

}  // namespace mnemic
