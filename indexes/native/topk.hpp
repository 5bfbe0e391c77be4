// The best k of a stream of scored documents by (-score, ordinal), exactly.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace mnemic {

struct Scored {
  double score;
  std::int64_t ordinal;
};

inline bool better(const Scored& a, const Scored& b) noexcept {
  return a.score != b.score ? a.score > b.score : a.ordinal < b.ordinal;
}

class TopK {
 public:
  explicit TopK(std::size_t k) : k_(k) {}

  void offer(double score, std::int64_t ordinal) {
    const Scored candidate{score, ordinal};
    if (best_.size() < k_) {
      best_.push_back(candidate);
      if (best_.size() == k_) std::make_heap(best_.begin(), best_.end(), better);
    } else if (k_ > 0 && better(candidate, best_.front())) {
      std::pop_heap(best_.begin(), best_.end(), better);
      best_.back() = candidate;
      std::push_heap(best_.begin(), best_.end(), better);
    }
  }

  // Best first; leaves the collector empty.
  std::vector<Scored> take() {
    std::sort(best_.begin(), best_.end(), better);
    return std::move(best_);
  }

 private:
  std::size_t k_;
  std::vector<Scored> best_;  // a heap with the worst in front once it holds k
};

}  // namespace mnemic
