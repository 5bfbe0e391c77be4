// A segment as one snapshot sees it: its documents' ordinals, and which of them are live.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "bitmap.hpp"
#include "postings.hpp"

namespace mnemic {

class LivePostings {
 public:
  LivePostings(const Postings& postings, std::span<const std::int64_t> ordinals, Bitmap live)
      : postings_(postings), ordinals_(ordinals), live_(live) {
    if (ordinals.size() != postings.document_count())
      throw InvalidInput("ordinals has " + std::to_string(ordinals.size()) + " entries for " +
                         std::to_string(postings.document_count()) + " documents");
    for (std::size_t i = 0; i < ordinals.size(); ++i)
      if (ordinals[i] < 0 || (i > 0 && ordinals[i] <= ordinals[i - 1]))
        throw InvalidInput("ordinals must be ascending and not negative");
    live.check(postings.document_count(), "live");
    count_live();
  }

  LivePostings(const LivePostings&) = delete;
  LivePostings& operator=(const LivePostings&) = delete;

  const Postings& postings() const noexcept { return postings_; }
  std::span<const std::int64_t> ordinals() const noexcept { return ordinals_; }
  const Bitmap& live() const noexcept { return live_; }
  std::size_t live_documents() const noexcept { return live_documents_; }
  std::uint64_t live_tokens() const noexcept { return live_tokens_; }

  std::optional<std::uint32_t> local(std::int64_t ordinal) const noexcept {
    const auto found = std::lower_bound(ordinals_.begin(), ordinals_.end(), ordinal);
    if (found == ordinals_.end() || *found != ordinal) return std::nullopt;
    return static_cast<std::uint32_t>(found - ordinals_.begin());
  }

  // Live documents that have the term; counted on first use, then remembered.
  std::size_t frequency(std::size_t term, const PackedList& list) const {
    if (deleted_.empty()) return list.size();
    {
      const std::lock_guard lock(mutex_);
      const auto known = counted_.find(term);
      if (known != counted_.end()) return known->second;
    }
    const std::size_t count = count_in(list);
    const std::lock_guard lock(mutex_);
    counted_.emplace(term, count);
    return count;
  }

 private:
  const Postings& postings_;
  std::span<const std::int64_t> ordinals_;
  Bitmap live_;
  std::vector<std::uint32_t> deleted_;
  std::size_t live_documents_ = 0;
  std::uint64_t live_tokens_ = 0;
  mutable std::mutex mutex_;
  mutable std::unordered_map<std::size_t, std::size_t> counted_;

  void count_live() {
    const std::size_t documents = postings_.document_count();
    live_tokens_ = postings_.token_count();
    for (std::size_t word = 0; live_.present() && word * 64 < documents; ++word)
      for (std::uint64_t dead = ~live_.word(word); dead != 0; dead &= dead - 1) {
        const std::size_t document = word * 64 + static_cast<std::size_t>(std::countr_zero(dead));
        if (document >= documents) break;
        deleted_.push_back(static_cast<std::uint32_t>(document));
        live_tokens_ -= postings_.lengths()[document];
      }
    live_documents_ = documents - deleted_.size();
  }

  std::size_t count_in(const PackedList& list) const noexcept {
    return postings_.has_impacts() ? count_in<float>(list) : count_in<std::uint32_t>(list);
  }

  template <typename Value>
  std::size_t count_in(const PackedList& list) const noexcept {
    std::uint32_t documents[block_size];
    Value values[block_size];
    std::size_t count = 0;
    for (ListPlace place; place.part < list.parts(); list.advance(place)) {
      list.read(place, documents, values);
      const std::size_t size = list.part_size(place.part);
      for (std::size_t i = 0; i < size; ++i) count += live_.test(documents[i]);
    }
    return count;
  }
};

}  // namespace mnemic
