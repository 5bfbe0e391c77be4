// What bounds a block's scores for any parameters: the postings that no other posting of the block
// beats in both term frequency and document length (a Pareto frontier). BM25 grows with the
// frequency and falls with the length, so its largest value is reached on the frontier, whatever
// k1, b and the average length are.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "bytes.hpp"

namespace mnemic {

struct FrontierPoint {
  std::uint32_t frequency;
  std::uint32_t length;
};

// More points than this are joined: the joined point bounds both, and reading stays short.
inline constexpr std::size_t most_points = 8;

class Frontier {
 public:
  void clear() noexcept { points_.clear(); }

  void add(std::uint32_t frequency, std::uint32_t length) {
    points_.push_back({frequency, length});
  }

  // The points from the highest frequency down, each shorter than the one before.
  std::span<const FrontierPoint> points() {
    std::sort(points_.begin(), points_.end(), [](const auto& a, const auto& b) {
      return a.frequency != b.frequency ? a.frequency > b.frequency : a.length < b.length;
    });
    std::size_t kept = 0;
    for (const FrontierPoint point : points_)
      if (kept == 0 || point.length < points_[kept - 1].length) points_[kept++] = point;
    points_.resize(kept);
    while (points_.size() > most_points) join_nearest();
    return points_;
  }

 private:
  std::vector<FrontierPoint> points_;

  // The neighbours whose joint bound is nearest to them become one.
  void join_nearest() {
    std::size_t nearest = 0;
    double least = 0;
    for (std::size_t i = 0; i + 1 < points_.size(); ++i) {
      const double ratio = static_cast<double>(points_[i].frequency) / points_[i + 1].frequency *
                           (points_[i].length + 1.0) / (points_[i + 1].length + 1.0);
      if (i == 0 || ratio < least) nearest = i, least = ratio;
    }
    points_[nearest].length = points_[nearest + 1].length;
    points_.erase(points_.begin() + static_cast<std::ptrdiff_t>(nearest) + 1);
  }
};

template <typename Bytes>
inline void put_frontier(Bytes& out, std::span<const FrontierPoint> points) {
  out.push_back(static_cast<std::uint8_t>(points.size()));
  for (const FrontierPoint point : points) {
    put_vbyte(out, point.frequency);
    put_vbyte(out, point.length);
  }
}

// Visits the points of the next frontier in a stream; false when the stream is not one.
template <typename Visit>
inline bool read_frontier(ByteReader& in, Visit visit) {
  const std::uint64_t count = in.vbyte();
  if (count == 0 || count > most_points) return false;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t frequency = in.vbyte(), length = in.vbyte();
    if (frequency > 0xffffffffU || length > 0xffffffffU) return false;
    visit(FrontierPoint{static_cast<std::uint32_t>(frequency), static_cast<std::uint32_t>(length)});
  }
  return !in.failed();
}

}  // namespace mnemic
