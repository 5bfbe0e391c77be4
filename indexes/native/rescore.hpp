// The score of single pairs of a query and a stored vector, in double and in one fixed order of
// operations: bit-equal whatever the batch, the threads and the width of the processor's registers.
//
// Reads each stored vector once, from wherever it lies: the limit is memory, so rows are fetched
// while the one before is summed.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "errors.hpp"
#include "pool.hpp"

#if defined(__GNUC__) && defined(__x86_64__)
#define MNEMIC_WIDE 1
#endif

#if defined(__GNUC__)
#define MNEMIC_INLINE [[gnu::always_inline]] inline
#else
#define MNEMIC_INLINE inline
#endif

namespace mnemic {

enum class Closeness { product, cosine, distance };

struct Rows {
  const float* values;  // [count][dims]
  std::size_t count;
  std::size_t dims;

  const float* operator[](std::int64_t row) const noexcept {
    return values + static_cast<std::size_t>(row) * dims;
  }
};

// Pair i is query which[i] and stored vector rows[i]; fast where equal queries follow each other.
struct Pairs {
  Rows vectors;
  Rows queries;
  std::span<const std::int64_t> rows;
  std::span<const std::int64_t> which;
  std::span<const double> lengths;  // of the queries; read for cosine only
  Closeness closeness;
};

inline void check_numbers(std::span<const std::int64_t> numbers, std::size_t count,
                          const char* name) {
  const auto bad = std::find_if(numbers.begin(), numbers.end(), [count](std::int64_t number) {
    return static_cast<std::uint64_t>(number) >= count;
  });
  if (bad != numbers.end())
    throw InvalidInput(std::string(name) + "[" + std::to_string(bad - numbers.begin()) +
                       "]=" + std::to_string(*bad) + " is not one of " + std::to_string(count));
}

inline void check_pairs(const Pairs& pairs) {
  if (pairs.vectors.dims != pairs.queries.dims)
    throw InvalidInput("queries have " + std::to_string(pairs.queries.dims) +
                       " dimensions, vectors " + std::to_string(pairs.vectors.dims));
  if (pairs.rows.size() != pairs.which.size())
    throw InvalidInput("rows and which differ in number");
  if (pairs.lengths.size() != pairs.queries.count)
    throw InvalidInput("lengths is not one for each query");
  check_numbers(pairs.rows, pairs.vectors.count, "rows");
  check_numbers(pairs.which, pairs.queries.count, "which");
}

// A cache line of float32 at a time, a sum for each place in it.
inline constexpr std::size_t lanes = 16;
inline constexpr std::size_t rows_ahead = 8;

template <bool distance>
MNEMIC_INLINE void add_line(std::array<double, lanes>& sums, const float* a, const double* q,
                            std::size_t count) {
  for (std::size_t lane = 0; lane < count; ++lane) {
    const double value = static_cast<double>(a[lane]);
    const double factor = distance ? value - q[lane] : value;
    sums[lane] += factor * (distance ? factor : q[lane]);
  }
}

// The sums are joined by halves: 8 and 8, 4 and 4, 2 and 2, 1 and 1.
MNEMIC_INLINE double joined(std::array<double, lanes>& sums) {
  for (std::size_t half = lanes / 2; half > 0; half /= 2)
    for (std::size_t lane = 0; lane < half; ++lane) sums[lane] += sums[lane + half];
  return sums[0];
}

// Asks for `later`, a row that is needed soon, line by line.
template <bool distance>
MNEMIC_INLINE double sum(const float* a, const double* q, std::size_t dims, const float* later) {
  std::array<double, lanes> sums{};
  std::size_t i = 0;
  for (; i + lanes <= dims; i += lanes) {
#if defined(__GNUC__)
    __builtin_prefetch(later + i);
#endif
    add_line<distance>(sums, a + i, q + i, lanes);
  }
  add_line<distance>(sums, a + i, q + i, dims - i);
  return joined(sums);
}

template <bool distance>
MNEMIC_INLINE void sum_span(const Pairs& pairs, std::size_t begin, std::size_t end, double* wide,
                            double* scores) {
  const std::size_t dims = pairs.vectors.dims;
  for (std::size_t i = begin; i < end; ++i) {
    if (i == begin || pairs.which[i] != pairs.which[i - 1])
      std::copy_n(pairs.queries[pairs.which[i]], dims, wide);
    const std::size_t later = std::min(i + rows_ahead, end - 1);
    scores[i] = sum<distance>(pairs.vectors[pairs.rows[i]], wide, dims,
                              pairs.vectors[pairs.rows[later]]);
  }
}

using SumSpan = void (*)(const Pairs&, std::size_t, std::size_t, double*, double*);

template <bool distance>
void sum_span_narrow(const Pairs& pairs, std::size_t begin, std::size_t end, double* wide,
                     double* scores) {
  sum_span<distance>(pairs, begin, end, wide, scores);
}

#ifdef MNEMIC_WIDE
// The same operations on registers twice as wide.
template <bool distance>
[[gnu::target("avx2")]] void sum_span_wide(const Pairs& pairs, std::size_t begin, std::size_t end,
                                           double* wide, double* scores) {
  sum_span<distance>(pairs, begin, end, wide, scores);
}
#endif

template <bool distance>
SumSpan widest() {
#ifdef MNEMIC_WIDE
  if (__builtin_cpu_supports("avx2")) return &sum_span_wide<distance>;
#endif
  return &sum_span_narrow<distance>;
}

// What a sum means as a score; -0 becomes 0, so that equal scores have equal bytes.
inline double score_of(Closeness closeness, double sum, double length) noexcept {
  if (closeness == Closeness::distance) return -sum + 0.0;
  // A query without a direction has the sum 0.
  return (closeness == Closeness::cosine && length > 0 ? sum / length : sum) + 0.0;
}

// The score of each pair; O(pairs x dims).
inline std::vector<double> score_pairs(const Pairs& pairs, std::size_t threads) {
  constexpr std::size_t numbers_at_once = std::size_t{1} << 18;
  check_pairs(pairs);
  const bool distance = pairs.closeness == Closeness::distance;
  const SumSpan sum_span = distance ? widest<true>() : widest<false>();
  const std::size_t step = std::max<std::size_t>(1, numbers_at_once / (pairs.vectors.dims + 1));
  std::vector<double> scores(pairs.rows.size());
  Pool::shared().run((scores.size() + step - 1) / step, threads, [&](std::size_t task) {
    const std::size_t begin = task * step, end = std::min(begin + step, scores.size());
    std::vector<double> wide(pairs.vectors.dims);
    sum_span(pairs, begin, end, wide.data(), scores.data());
    for (std::size_t i = begin; i < end; ++i)
      scores[i] = score_of(pairs.closeness, scores[i],
                           pairs.lengths[static_cast<std::size_t>(pairs.which[i])]);
  });
  return scores;
}

}  // namespace mnemic
