// From analysed documents to inverted lists: count, sort the dictionary, fill. Linear in the tokens.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errors.hpp"
#include "owned_postings.hpp"

namespace mnemic {

// A batch of documents or queries: row i owns terms[offsets[i] .. offsets[i + 1]).
struct Batch {
  std::span<const std::int64_t> offsets;
  std::span<const std::uint32_t> terms;   // numbers into the batch's vocabulary, in token order
  std::span<const float> weights;         // empty when each occurrence counts 1
  bool weighted = false;
  std::size_t vocabulary = 0;             // number of terms in the batch's vocabulary

  std::size_t rows() const noexcept { return offsets.size() - 1; }
};

inline void check_weight(float weight, std::size_t row) {
  if (weight >= 0 && weight <= std::numeric_limits<float>::max()) return;
  throw InvalidInput("row " + std::to_string(row) + ": weight " + std::to_string(weight) +
                         " is not a finite number >= 0",
                     "learned sparse weights are non-negative; clamp them before indexing");
}

// Everything about a batch that later code relies on: O(rows + tokens).
inline void check_batch(const Batch& batch) {
  if (batch.offsets.empty() || batch.offsets.front() != 0)
    throw InvalidInput("offsets must begin with 0 and hold one entry more than there are rows");
  for (std::size_t i = 1; i < batch.offsets.size(); ++i)
    if (batch.offsets[i] < batch.offsets[i - 1])
      throw InvalidInput("offsets[" + std::to_string(i) + "] is smaller than the one before it");
  if (static_cast<std::uint64_t>(batch.offsets.back()) != batch.terms.size())
    throw InvalidInput("offsets end at " + std::to_string(batch.offsets.back()) + " but there are " +
                       std::to_string(batch.terms.size()) + " terms");
  if (batch.weighted && batch.weights.size() != batch.terms.size())
    throw InvalidInput("weights and terms differ in number");
  if (batch.rows() > max_documents)
    throw LimitExceeded("a batch holds more than 2^32 - 1 rows", "split it");
  for (std::size_t i = 0; i < batch.terms.size(); ++i)
    if (batch.terms[i] >= batch.vocabulary)
      throw InvalidInput("terms[" + std::to_string(i) + "] = " + std::to_string(batch.terms[i]) +
                         " is outside the vocabulary of " + std::to_string(batch.vocabulary));
  for (std::size_t row = 0; batch.weighted && row < batch.rows(); ++row)
    for (auto i = batch.offsets[row]; i < batch.offsets[row + 1]; ++i)
      check_weight(batch.weights[static_cast<std::size_t>(i)], row);
}

// Orders `used` (parallel to `names`) by the terms' bytes and refuses a term that occurs twice.
inline std::vector<std::uint32_t> order_terms(std::span<const std::string_view> names) {
  std::vector<std::uint32_t> order(names.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(),
            [&](std::uint32_t a, std::uint32_t b) { return names[a] < names[b]; });
  for (std::size_t i = 1; i < order.size(); ++i)
    if (names[order[i - 1]] == names[order[i]])
      throw InvalidInput("the vocabulary holds the same term twice", "its terms must be distinct");
  return order;
}

// Vocabulary numbers that occur with a weight above 0, ascending.
inline std::vector<std::uint32_t> used_terms(const Batch& batch) {
  std::vector<std::uint32_t> used;
  used.reserve(std::min(batch.terms.size(), batch.vocabulary));
  if (batch.vocabulary / 8 <= batch.terms.size()) {  // a bitmap is cheaper than a sort
    std::vector<bool> seen(batch.vocabulary, false);
    for (std::size_t i = 0; i < batch.terms.size(); ++i)
      if (!batch.weighted || batch.weights[i] > 0) seen[batch.terms[i]] = true;
    for (std::size_t t = 0; t < seen.size(); ++t)
      if (seen[t]) used.push_back(static_cast<std::uint32_t>(t));
    return used;
  }
  for (std::size_t i = 0; i < batch.terms.size(); ++i)
    if (!batch.weighted || batch.weights[i] > 0) used.push_back(batch.terms[i]);
  std::sort(used.begin(), used.end());
  used.erase(std::unique(used.begin(), used.end()), used.end());
  return used;
}

// Numbers of a batch's terms in the order of their bytes; absent ones are `absent`.
inline constexpr std::uint32_t absent = std::numeric_limits<std::uint32_t>::max();

// From numbers in a vocabulary to ranks: a table, or a search where the vocabulary is much larger
// than the batch.
class Ranks {
 public:
  // Term used[order[rank]] has that rank; `used` ascends.
  Ranks(const Batch& batch, std::span<const std::uint32_t> used,
        std::span<const std::uint32_t> order)
      : used_(used), searched_(batch.vocabulary / 8 > batch.terms.size()) {
    ranks_.assign(searched_ ? used.size() : batch.vocabulary, absent);
    for (std::size_t rank = 0; rank < order.size(); ++rank)
      ranks_[searched_ ? order[rank] : used[order[rank]]] = static_cast<std::uint32_t>(rank);
  }

  // Of a term that is used.
  std::uint32_t of(std::uint32_t term) const noexcept {
    if (!searched_) return ranks_[term];
    return ranks_[static_cast<std::size_t>(
        std::lower_bound(used_.begin(), used_.end(), term) - used_.begin())];
  }

 private:
  std::span<const std::uint32_t> used_;
  bool searched_;
  std::vector<std::uint32_t> ranks_;
};

class Counter {
 public:
  // `used` and `names` are parallel: the terms that occur, with their bytes.
  Counter(const Batch& batch, std::span<const std::uint32_t> used,
          std::span<const std::string_view> names)
      : batch_(batch), names_(names), order_(order_terms(names)), ranks_(batch, used, order_) {}

  OwnedPostings build() {
    count_lists();
    return batch_.weighted ? build_impacts() : build_frequencies();
  }

 private:
  const Batch& batch_;
  std::span<const std::string_view> names_;
  std::vector<std::uint32_t> order_;  // of the names, by bytes
  Ranks ranks_;                       // of a vocabulary number in that order
  std::vector<std::size_t> begins_;   // [terms + 1] into the postings
  std::vector<std::size_t> next_;     // where each list's next posting goes
  std::vector<std::uint32_t> documents_;

  template <typename Visit>
  void each_token(Visit visit) const {
    for (std::size_t row = 0; row < batch_.rows(); ++row)
      for (auto i = batch_.offsets[row]; i < batch_.offsets[row + 1]; ++i) {
        const bool counts = !batch_.weighted || batch_.weights[static_cast<std::size_t>(i)] > 0;
        if (!counts) continue;
        const std::uint32_t rank = ranks_.of(batch_.terms[static_cast<std::size_t>(i)]);
        visit(static_cast<std::uint32_t>(row), rank, static_cast<std::size_t>(i));
      }
  }

  void count_lists() {
    std::vector<std::size_t> sizes(order_.size(), 0);
    std::vector<std::uint32_t> last(order_.size(), absent);
    each_token([&](std::uint32_t row, std::uint32_t rank, std::size_t) {
      if (last[rank] == row) return;
      last[rank] = row;
      ++sizes[rank];
    });
    begins_.assign(sizes.size() + 1, 0);
    std::partial_sum(sizes.begin(), sizes.end(), begins_.begin() + 1);
    next_.assign(begins_.begin(), begins_.end() - 1);
    documents_.resize(begins_.back());
  }

  // The posting of this row and term, made when it is the first occurrence.
  std::size_t posting(std::uint32_t row, std::uint32_t rank) {
    const std::size_t next = next_[rank];
    if (next > begins_[rank] && documents_[next - 1] == row) return next - 1;
    documents_[next] = row;
    ++next_[rank];
    return next;
  }

  OwnedPostings build_frequencies() {
    std::vector<std::uint32_t> lengths;
    for (std::size_t row = 0; row < batch_.rows(); ++row) {
      const auto length = static_cast<std::uint64_t>(batch_.offsets[row + 1] - batch_.offsets[row]);
      if (length > std::numeric_limits<std::uint32_t>::max())
        throw LimitExceeded("row " + std::to_string(row) + " has more than 2^32 - 1 tokens");
      lengths.push_back(static_cast<std::uint32_t>(length));
    }
    std::vector<std::uint32_t> frequencies(documents_.size(), 0);
    each_token([&](std::uint32_t row, std::uint32_t rank, std::size_t) {
      ++frequencies[posting(row, rank)];
    });
    return compressed(std::move(lengths), frequencies);
  }

  OwnedPostings build_impacts() {
    std::vector<double> sums(documents_.size(), 0);
    each_token([&](std::uint32_t row, std::uint32_t rank, std::size_t i) {
      sums[posting(row, rank)] += static_cast<double>(batch_.weights[i]);
    });
    std::vector<std::uint32_t> lengths(batch_.rows(), 0);
    for (const std::uint32_t document : documents_) ++lengths[document];
    for (std::size_t row = 0; row < lengths.size(); ++row)
      if (lengths[row] == 0)
        throw InvalidInput("row " + std::to_string(row) + " is an empty vector",
                           "a document without a weight above 0 can never be found; leave it out");
    std::vector<float> impacts;
    impacts.reserve(sums.size());
    for (const double sum : sums) {
      if (sum > std::numeric_limits<float>::max())
        throw InvalidInput("the weights of a repeated term add up to more than a float32 holds");
      impacts.push_back(static_cast<float>(sum));
    }
    return compressed(std::move(lengths), impacts);
  }

  template <typename Value>
  OwnedPostings compressed(std::vector<std::uint32_t> lengths, const std::vector<Value>& values) {
    PostingsBuilder builder(std::move(lengths), batch_.weighted);
    for (std::size_t rank = 0; rank < order_.size(); ++rank) {
      const std::size_t begin = begins_[rank], size = begins_[rank + 1] - begin;
      builder.append(names_[order_[rank]],
                     std::span<const std::uint32_t>(documents_).subspan(begin, size),
                     std::span<const Value>(values).subspan(begin, size));
    }
    return builder.finish();
  }
};

}  // namespace mnemic
