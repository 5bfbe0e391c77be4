// Documents that may be among the best k, by upper bounds of their scores, and the least bound that
// may be: it rises as better documents come.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace mnemic {

class Contenders {
 public:
  // `slack` and `ratio`: of a bound of a units at least (a - slack) * ratio are its document's score.
  void start(std::size_t k, std::uint16_t least, double slack, double ratio) noexcept {
    k_ = k;
    least_ = least;
    slack_ = slack;
    ratio_ = ratio;
    size_ = 0;
    next_ = std::max(fewest, 2 * k);
  }

  // At least 1: 0 is a document without any term.
  std::uint16_t least() const noexcept { return least_; }
  std::size_t size() const noexcept { return size_; }
  std::size_t entries() const noexcept { return documents_.size(); }
  const std::uint32_t* documents() const noexcept { return documents_.data(); }

  void put(std::uint32_t document, std::uint16_t bound) {
    if (size_ == documents_.size()) grow();
    documents_[size_] = document;
    bounds_[size_++] = bound;
  }

  // Raises `least` when there are many, so that their number stays in the order of k.
  void thin_out() {
    if (size_ < next_) return;
    drop();
    next_ = std::max(fewest, std::max(2 * k_, 2 * size_));
  }

  // Keeps those that may be among the best k, in order.
  void drop() {
    if (k_ <= size_) {
      const double score = (kth_bound() - slack_) * ratio_ - 1;
      if (score > least_) least_ = static_cast<std::uint16_t>(score);
    }
    std::size_t kept = 0;
    for (std::size_t i = 0; i < size_; ++i) {
      documents_[kept] = documents_[i];
      bounds_[kept] = bounds_[i];
      kept += bounds_[i] >= least_;
    }
    size_ = kept;
  }

 private:
  static constexpr std::size_t fewest = 128;

  std::vector<std::uint32_t> documents_;
  std::vector<std::uint16_t> bounds_;
  std::size_t size_ = 0, k_ = 0, next_ = 0;
  std::uint16_t least_ = 1;
  double slack_ = 0, ratio_ = 1;

  // The k-th largest bound, by counting the high bytes, then the low ones that share the k-th's.
  std::uint32_t kth_bound() const noexcept {
    std::size_t wanted = k_;
    const auto high = nth_byte([](std::uint16_t) { return true; }, 8, wanted);
    const auto low = nth_byte([=](std::uint16_t bound) { return bound >> 8 == high; }, 0, wanted);
    return high << 8 | low;
  }

  // Of the bytes of those that count the n-th largest; n becomes its place among its equals.
  template <typename Counts>
  std::uint32_t nth_byte(Counts counts, int shift, std::size_t& n) const noexcept {
    std::array<std::uint32_t, 256> having{};
    for (std::size_t i = 0; i < size_; ++i)
      having[bounds_[i] >> shift & 255] += counts(bounds_[i]);
    std::uint32_t byte = 255;
    for (; n > having[byte]; --byte) n -= having[byte];
    return byte;
  }

  void grow() {
    documents_.resize(2 * size_ + fewest);
    bounds_.resize(2 * size_ + fewest);
  }
};

}  // namespace mnemic
