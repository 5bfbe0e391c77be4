// The scores of a range of documents, small enough for the first cache, and those among them that
// may enter the top k.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

#include "processor.hpp"
#include "unpacked.hpp"

namespace mnemic {

inline constexpr std::uint32_t window_size = 4096;

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

  // Visits each touched document once with its score, when it is at least needed(slot).
  template <typename Needed, typename Visit>
  void take_reaching(Needed needed, Visit visit) {
    if (found_.size() < touched_ + 1) found_.resize(touched_ + 1);
    std::size_t size = 0;
    for (std::size_t i = 0; i < touched_; ++i) {  // without a branch: hits are rare and random
      const std::uint16_t slot = found_[size] = slots_[i];
      size += scores_[slot] >= needed(slot);
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

// Documents that are looked up in the lists that were not added up.
class Candidates {
 public:
  std::size_t size() const noexcept { return size_; }
  std::size_t entries() const noexcept { return documents_.size(); }
  std::uint32_t document(std::size_t i) const noexcept { return documents_[i]; }
  const std::uint32_t* documents() const noexcept { return documents_.data(); }
  double score(std::size_t i) const noexcept { return scores_[i]; }

  void clear() noexcept { size_ = 0; }

  // Room for so many more, so that `put` need not look.
  void reserve(std::size_t more) {
    if (documents_.size() >= size_ + more) return;
    documents_.resize(size_ + more);
    scores_.resize(size_ + more);
    bounds_.resize(size_ + more);
  }

  // Adds a document, for which there is room. `bound` is what others may add to the score.
  void put(std::uint32_t document, double score, double bound) noexcept {
    documents_[size_] = document;
    scores_[size_] = score;
    bounds_[size_++] = bound;
  }

  void add(std::size_t i, double part) noexcept { scores_[i] += part; }

  // Adds what a term gives instead of what it might have given.
  void settle(std::size_t i, double part, double bound) noexcept {
    scores_[i] += part;
    bounds_[i] -= bound * (1 - 1e-9);
  }

  // Keeps those that can reach a score, in order.
  void keep_reaching(double least) noexcept {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < size_; ++i) {
      documents_[kept] = documents_[i];
      scores_[kept] = scores_[i];
      bounds_[kept] = bounds_[i];
      kept += scores_[i] + bounds_[i] >= least;
    }
    size_ = kept;
  }

  // By documents.
  void sort() {
    std::vector<std::size_t> order(size_);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return documents_[a] < documents_[b]; });
    Candidates sorted;
    sorted.reserve(size_);
    for (const std::size_t i : order) sorted.put(documents_[i], scores_[i], bounds_[i]);
    *this = std::move(sorted);
  }

 private:
  std::vector<std::uint32_t> documents_;
  std::vector<double> scores_;
  std::vector<double> bounds_;
  std::size_t size_ = 0;
};

}  // namespace mnemic
