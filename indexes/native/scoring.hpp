// Postings to scores, many at once: the kernels of score.hpp over a segment's documents, and the
// upper bounds that pruning relies on.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <span>

#include "packed_list.hpp"
#include "processor.hpp"
#include "score.hpp"
#include "unpacked.hpp"

namespace mnemic {

// A step of the row of average lengths that bounds are made for.
inline constexpr double average_ratio = 1.005;

// What scoring needs of a snapshot, once for all segments and queries.
struct ScoringFrame {
  Scorer scorer;
  BoundKey key;
  double average = 1;
  double upper_average = 1;  // rounded up to the step of the key

  // A part is at least this much of its bound.
  double ratio() const noexcept { return average / upper_average * (1 - 1e-9); }
};

inline BoundKey bound_key(const Scorer& scorer, const Statistics& statistics) noexcept {
  if (scorer.variant == Variant::impact) return {scorer, 0};
  return {scorer, static_cast<int>(std::ceil(std::log(statistics.average()) / std::log(average_ratio)))};
}

inline ScoringFrame scoring_frame(const Scorer& scorer, const Statistics& statistics) noexcept {
  const BoundKey key = bound_key(scorer, statistics);
  const double average = statistics.average();
  return {scorer, key, average, std::max(average, std::pow(average_ratio, key.average_step))};
}

// BM25 of a segment: a posting's value is its frequency.
template <typename Kernel>
class FrequencyScoring {
 public:
  using Value = std::uint32_t;

  FrequencyScoring(Kernel kernel, const ScoringFrame& frame,
                   std::span<const std::uint32_t> lengths) noexcept
      : kernel_(kernel),
        norms_(frame.scorer, frame.average),
        upper_(frame.scorer, frame.upper_average),
        lengths_(lengths.data()) {}

  double part(std::uint32_t document, Value frequency, double factor) const noexcept {
    return factor * kernel_(static_cast<double>(frequency), norms_(lengths_[document]));
  }

  // out[i] = part(documents[i], frequencies[i], factor); bit-equal, as every operation is rounded.
  void parts(const std::uint32_t* documents, const Value* frequencies, std::size_t n, double factor,
             double* out) const noexcept {
    processor::run_widest([=, *this] {
      for (std::size_t i = 0; i < n; ++i) out[i] = part(documents[i], frequencies[i], factor);
    });
  }

  double bound(FrontierPoint point) const noexcept {
    return kernel_(static_cast<double>(point.frequency), upper_(point.length));
  }
  double bound(std::uint32_t document, Value frequency) const noexcept {
    return bound(FrontierPoint{frequency, lengths_[document]});
  }

  // The largest bound of the next frontier.
  double next_bound(ByteReader& frontiers) const {
    double most = 0;
    read_frontier(frontiers, [&](FrontierPoint point) { most = std::max(most, bound(point)); });
    return most;
  }

  static Value value(const UnpackedList& list, std::size_t place) noexcept {
    return list.frequency(place);
  }
  static void values(const UnpackedList& list, std::size_t place, std::size_t n, Value* out) noexcept {
    if (list.wide.empty()) std::copy_n(list.small.data() + place, n, out);
    else std::copy_n(list.wide.data() + place, n, out);
  }
  static void prefetch(const UnpackedList& list, std::size_t place) noexcept {
    fetch(list.wide.empty() ? static_cast<const void*>(&list.small[place]) : &list.wide[place]);
  }

 private:
  Kernel kernel_;
  Norms norms_;
  Norms upper_;  // for bounds: with the average length rounded up
  const std::uint32_t* lengths_;
};

// Learned sparse: a posting's value is its weight.
class ImpactScoring {
 public:
  using Value = float;

  double part(std::uint32_t, Value impact, double factor) const noexcept {
    return factor * static_cast<double>(impact);
  }

  void parts(const std::uint32_t*, const Value* impacts, std::size_t n, double factor,
             double* out) const noexcept {
    for (std::size_t i = 0; i < n; ++i) out[i] = factor * static_cast<double>(impacts[i]);
  }

  double bound(std::uint32_t, Value impact) const noexcept { return static_cast<double>(impact); }

  double next_bound(ByteReader& frontiers) const {
    return static_cast<double>(plain_at<float>(frontiers.take(sizeof(float))));
  }

  static Value value(const UnpackedList& list, std::size_t place) noexcept {
    return list.impacts[place];
  }
  static void values(const UnpackedList& list, std::size_t place, std::size_t n, Value* out) noexcept {
    std::copy_n(list.impacts.data() + place, n, out);
  }
  static void prefetch(const UnpackedList& list, std::size_t place) noexcept {
    fetch(&list.impacts[place]);
  }
};

// Calls visit(scoring) with the scoring of a segment.
template <typename Visit>
auto with_scoring(const ScoringFrame& frame, std::span<const std::uint32_t> lengths, Visit visit) {
  if (frame.scorer.variant == Variant::impact) return visit(ImpactScoring{});
  return with_kernel(frame.scorer, [&](auto kernel) {
    return visit(FrequencyScoring<decltype(kernel)>(kernel, frame, lengths));
  });
}

}  // namespace mnemic
