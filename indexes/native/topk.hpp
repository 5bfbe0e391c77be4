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

// Without a branch: which of two random scores is better cannot be predicted.
inline bool better(const Scored& a, const Scored& b) noexcept {
  return bool(int(a.score > b.score) | (int(a.score == b.score) & int(a.ordinal < b.ordinal)));
}

class TopK {
 public:
  explicit TopK(std::size_t k) : k_(k) { best_.reserve(std::min(k, most_reserved)); }

  void offer(double score, std::int64_t ordinal) {
    const Scored candidate{score, ordinal};
    if (best_.size() < k_) {
      best_.push_back(candidate);
      if (best_.size() == k_) std::make_heap(best_.begin(), best_.end(), better);
    } else if (k_ > 0 && better(candidate, best_.front())) {
      replace_worst(candidate);
    }
  }

  std::size_t wanted() const noexcept { return k_; }
  bool full() const noexcept { return best_.size() >= k_; }

  // The last of a full collector (k > 0).
  const Scored& worst() const noexcept { return best_.front(); }

  // Best first; leaves the collector empty.
  std::vector<Scored> take() {
    std::sort(best_.begin(), best_.end(), better);
    return std::move(best_);
  }

 private:
  static constexpr std::size_t most_reserved = 1024;

  std::size_t k_;
  std::vector<Scored> best_;  // a heap with the worst in front once it holds k

  // One way down, where popping and pushing would be two.
  void replace_worst(const Scored& candidate) noexcept {
    std::size_t hole = 0;
    for (std::size_t child = 1; child < k_; child = 2 * hole + 1) {
      if (child + 1 < k_) child += better(best_[child], best_[child + 1]);
      if (!better(candidate, best_[child])) break;
      best_[hole] = best_[child];
      hole = child;
    }
    best_[hole] = candidate;
  }
};

}  // namespace mnemic
