// Joins segments in order, keeping only chosen documents: one walk over their sorted dictionaries,
// list by list. Linear in the postings; beside the result it holds 4 bytes for each document and
// one uncompressed list.
#pragma once

#include <cstdint>
#include <queue>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bitmap.hpp"
#include "count.hpp"
#include "owned_postings.hpp"
#include "postings.hpp"

namespace mnemic {

struct MergePart {
  const Postings* postings;
  Bitmap keep;
};

class Merger {
 public:
  explicit Merger(std::span<const MergePart> parts) : parts_(parts), numbers_(parts.size()) {
    has_impacts_ = !parts.empty() && parts.front().postings->has_impacts();
    for (const MergePart& part : parts) {
      if (part.postings->has_impacts() != has_impacts_)
        throw InvalidInput("segments of frequencies and of impacts cannot be merged");
      part.keep.check(part.postings->document_count(), "keep");
    }
  }

  OwnedPostings merge() { return has_impacts_ ? merge_lists<float>() : merge_lists<std::uint32_t>(); }

 private:
  std::span<const MergePart> parts_;
  std::vector<std::vector<std::uint32_t>> numbers_;  // new number or `absent`, per old document
  bool has_impacts_ = false;

  template <typename Value>
  OwnedPostings merge_lists() {
    PostingsBuilder builder(number_documents(), has_impacts_);
    std::vector<DictionaryCursor> heads;
    for (const MergePart& part : parts_) heads.push_back(part.postings->walk());
    const auto later = [&](std::size_t a, std::size_t b) {
      const auto order = heads[a].term() <=> heads[b].term();
      return order != 0 ? order > 0 : a > b;
    };
    std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(later)> queue(later);
    for (std::size_t part = 0; part < heads.size(); ++part)
      if (heads[part].next()) queue.push(part);
    std::vector<std::uint32_t> documents;
    std::vector<Value> values;
    std::string term;
    while (!queue.empty()) {
      term = heads[queue.top()].term();
      documents.clear(), values.clear();
      while (!queue.empty() && heads[queue.top()].term() == term) {
        const std::size_t part = queue.top();
        queue.pop();
        append(part, parts_[part].postings->list(heads[part].entry()), documents, values);
        if (heads[part].next()) queue.push(part);
      }
      if (!documents.empty()) builder.append<Value>(term, documents, values);
    }
    return builder.finish();
  }

  // The lengths of the kept documents, in their new order.
  std::vector<std::uint32_t> number_documents() {
    std::vector<std::uint32_t> kept;
    for (std::size_t p = 0; p < parts_.size(); ++p) {
      const std::span<const std::uint32_t> lengths = parts_[p].postings->lengths();
      numbers_[p].assign(lengths.size(), absent);
      for (std::size_t d = 0; d < lengths.size(); ++d) {
        if (!parts_[p].keep.test(static_cast<std::uint32_t>(d))) continue;
        if (kept.size() >= max_documents)
          throw LimitExceeded("a segment holds at most 2^32 - 1 documents");
        numbers_[p][d] = static_cast<std::uint32_t>(kept.size());
        kept.push_back(lengths[d]);
      }
    }
    return kept;
  }

  template <typename Value>
  void append(std::size_t part, const PackedList& list, std::vector<std::uint32_t>& documents,
              std::vector<Value>& values) const {
    std::uint32_t block[block_size];
    Value block_values[block_size];
    for (ListPlace place; place.part < list.parts(); list.advance(place)) {
      list.read(place, block, block_values);
      for (std::size_t j = 0; j < list.part_size(place.part); ++j) {
        const std::uint32_t number = numbers_[part][block[j]];
        if (number == absent) continue;
        documents.push_back(number);
        values.push_back(block_values[j]);
      }
    }
  }
};

}  // namespace mnemic
