// The best k candidates of each query, by (-score, ordinal, passage), each document once or each
// passage by itself.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "errors.hpp"
#include "pool.hpp"

namespace mnemic {

// Candidate i answers query which[i]; any order, no passage twice for a query.
struct Candidates {
  std::span<const std::int64_t> which;
  std::span<const double> scores;
  std::span<const std::int64_t> ordinals;
  std::span<const std::int64_t> passages;
};

struct Ranked {
  std::vector<std::int64_t> kept;  // numbers of candidates, query after query, best first
  std::vector<double> floors;      // the k-th score of each query, or minus infinity
};

class Ranker {
 public:
  Ranker(const Candidates& candidates, std::size_t queries)
      : candidates_(candidates), offsets_(queries + 1), order_(candidates.which.size()) {
    check();
    group();
  }

  // O(candidates x log of those of a query).
  Ranked rank(std::size_t k, bool per_passage, std::size_t threads) {
    constexpr std::size_t queries_at_once = 64;
    const std::size_t queries = offsets_.size() - 1;
    Ranked ranked;
    ranked.floors.assign(queries, -std::numeric_limits<double>::infinity());
    std::vector<std::size_t> counts(queries);
    const std::size_t tasks = (queries + queries_at_once - 1) / queries_at_once;
    Pool::shared().run(tasks, threads, [&](std::size_t task) {
      const std::size_t begin = task * queries_at_once;
      for (std::size_t query = begin; query < std::min(begin + queries_at_once, queries); ++query) {
        const auto best = best_of(query, per_passage);
        counts[query] = std::min(k, best.size());
        if (k > 0 && best.size() >= k) ranked.floors[query] = score(best[k - 1]);
      }
    });
    for (std::size_t query = 0; query < queries; ++query)
      ranked.kept.insert(ranked.kept.end(), of(query).begin(),
                         of(query).begin() + static_cast<std::ptrdiff_t>(counts[query]));
    return ranked;
  }

 private:
  Candidates candidates_;
  std::vector<std::size_t> offsets_;
  std::vector<std::int64_t> order_;

  void check() const {
    const std::size_t count = candidates_.which.size();
    if (candidates_.scores.size() != count || candidates_.ordinals.size() != count ||
        candidates_.passages.size() != count)
      throw InvalidInput("which, scores, ordinals and passages differ in number");
    for (const std::int64_t query : candidates_.which)
      if (static_cast<std::uint64_t>(query) >= offsets_.size() - 1)
        throw InvalidInput("query " + std::to_string(query) + " is not one of " +
                           std::to_string(offsets_.size() - 1));
  }

  // Numbers of candidates by query, in the order in which they came.
  void group() {
    for (const std::int64_t query : candidates_.which) ++offsets_[static_cast<std::size_t>(query) + 1];
    for (std::size_t i = 1; i < offsets_.size(); ++i) offsets_[i] += offsets_[i - 1];
    std::vector<std::size_t> next(offsets_.begin(), offsets_.end() - 1);
    for (std::size_t i = 0; i < order_.size(); ++i)
      order_[next[static_cast<std::size_t>(candidates_.which[i])]++] = static_cast<std::int64_t>(i);
  }

  std::span<std::int64_t> of(std::size_t query) {
    return {order_.data() + offsets_[query], offsets_[query + 1] - offsets_[query]};
  }

  double score(std::int64_t i) const { return candidates_.scores[static_cast<std::size_t>(i)]; }
  std::int64_t ordinal(std::int64_t i) const {
    return candidates_.ordinals[static_cast<std::size_t>(i)];
  }
  std::int64_t passage(std::int64_t i) const {
    return candidates_.passages[static_cast<std::size_t>(i)];
  }

  std::span<std::int64_t> best_of(std::size_t query, bool per_passage) {
    const auto mine = of(query);
    std::sort(mine.begin(), mine.end(), [this](std::int64_t a, std::int64_t b) {
      if (score(a) != score(b)) return score(a) > score(b);
      return std::tuple(ordinal(a), passage(a)) < std::tuple(ordinal(b), passage(b));
    });
    return per_passage ? mine : firsts(mine);
  }

  // Leaves the first candidate of each document, in order.
  std::span<std::int64_t> firsts(std::span<std::int64_t> sorted) const {
    std::vector<std::size_t> places(sorted.size());
    for (std::size_t i = 0; i < places.size(); ++i) places[i] = i;
    const auto document = [&](std::size_t place) { return ordinal(sorted[place]); };
    std::sort(places.begin(), places.end(), [&](std::size_t a, std::size_t b) {
      return std::tuple(document(a), a) < std::tuple(document(b), b);
    });
    const auto same = [&](std::size_t a, std::size_t b) { return document(a) == document(b); };
    places.erase(std::unique(places.begin(), places.end(), same), places.end());
    std::sort(places.begin(), places.end());
    for (std::size_t i = 0; i < places.size(); ++i) sorted[i] = sorted[places[i]];
    return sorted.first(places.size());
  }
};

}  // namespace mnemic
