// Joins segments in order, keeping only chosen documents: one pass over k sorted dictionaries to
// size the result, one to fill it. Linear in the postings; extra memory is 4 bytes per document.
#pragma once

#include <cstdint>
#include <queue>
#include <span>
#include <string_view>
#include <vector>

#include "bitmap.hpp"
#include "count.hpp"
#include "postings.hpp"

namespace mnemic {

struct MergePart {
  const Postings* postings;
  Bitmap keep;
};

class Merger {
 public:
  explicit Merger(std::span<const MergePart> parts) : parts_(parts), numbers_(parts.size()) {
    out_.has_impacts = !parts.empty() && parts.front().postings->has_impacts();
    for (const MergePart& part : parts) {
      if (part.postings->has_impacts() != out_.has_impacts)
        throw InvalidInput("segments of frequencies and of impacts cannot be merged");
      part.keep.check(part.postings->document_count(), "keep");
    }
    number_documents();
  }

  OwnedPostings merge() {
    std::size_t postings = 0, terms = 0, bytes = 0;
    each_term([&](std::string_view term, std::span<const Position> positions) {
      const std::size_t kept = count_kept(positions);
      postings += kept;
      terms += kept > 0;
      bytes += kept > 0 ? term.size() : 0;
    });
    reserve(postings, terms, bytes);
    each_term([&](std::string_view term, std::span<const Position> positions) {
      append(term, positions);
    });
    return std::move(out_);
  }

 private:
  struct Position {
    std::size_t part;
    std::uint32_t term;
  };

  std::span<const MergePart> parts_;
  std::vector<std::vector<std::uint32_t>> numbers_;  // new number or `absent`, per old document
  std::vector<bool> whole_ = std::vector<bool>(parts_.size(), false);
  OwnedPostings out_;

  void number_documents() {
    std::uint64_t next = 0;
    for (std::size_t p = 0; p < parts_.size(); ++p) {
      const std::span<const std::uint32_t> lengths = parts_[p].postings->lengths();
      numbers_[p].assign(lengths.size(), absent);
      const std::uint64_t first = next;
      for (std::size_t d = 0; d < lengths.size(); ++d) {
        if (!parts_[p].keep.test(static_cast<std::uint32_t>(d))) continue;
        if (next >= max_documents) throw LimitExceeded("a segment holds at most 2^32 - 2 documents");
        numbers_[p][d] = static_cast<std::uint32_t>(next++);
        out_.lengths.push_back(lengths[d]);
      }
      whole_[p] = next - first == lengths.size();
    }
  }

  // Visits every distinct term in order, with the parts (ascending) that have it.
  template <typename Visit>
  void each_term(Visit visit) const {
    const auto later = [&](const Position& a, const Position& b) {
      const auto order = text(a) <=> text(b);
      return order != 0 ? order > 0 : a.part > b.part;
    };
    std::priority_queue<Position, std::vector<Position>, decltype(later)> heads(later);
    for (std::size_t p = 0; p < parts_.size(); ++p)
      if (parts_[p].postings->term_count() > 0) heads.push({p, 0});
    std::vector<Position> same;
    while (!heads.empty()) {
      same.clear();
      const std::string_view term = text(heads.top());
      while (!heads.empty() && text(heads.top()) == term) {
        same.push_back(heads.top());
        heads.pop();
      }
      visit(term, std::span<const Position>(same));
      for (Position head : same)
        if (++head.term < parts_[head.part].postings->term_count()) heads.push(head);
    }
  }

  std::string_view text(const Position& position) const {
    return parts_[position.part].postings->term(position.term);
  }

  std::size_t count_kept(std::span<const Position> positions) const {
    std::size_t kept = 0;
    for (const Position& position : positions) {
      const PostingList list = parts_[position.part].postings->list(position.term);
      if (whole_[position.part]) {
        kept += list.size;
        continue;
      }
      const std::vector<std::uint32_t>& numbers = numbers_[position.part];
      for (std::size_t i = 0; i < list.size; ++i) kept += numbers[list.documents[i]] != absent;
    }
    return kept;
  }

  void reserve(std::size_t postings, std::size_t terms, std::size_t bytes) {
    out_.terms.reserve(bytes);
    out_.term_offsets.reserve(terms + 1);
    out_.list_offsets.reserve(terms + 1);
    out_.documents.reserve(postings);
    if (out_.has_impacts) out_.impacts.reserve(postings); else out_.frequencies.reserve(postings);
  }

  void append(std::string_view term, std::span<const Position> positions) {
    const std::size_t before = out_.documents.size();
    for (const Position& position : positions) {
      const PostingList list = parts_[position.part].postings->list(position.term);
      const std::vector<std::uint32_t>& numbers = numbers_[position.part];
      for (std::size_t i = 0; i < list.size; ++i) {
        const std::uint32_t number = numbers[list.documents[i]];
        if (number == absent) continue;
        out_.documents.push_back(number);
        if (out_.has_impacts) out_.impacts.push_back(list.impacts[i]);
        else out_.frequencies.push_back(list.frequencies[i]);
      }
    }
    if (out_.documents.size() == before) return;
    out_.append_term(term);
    out_.list_offsets.push_back(static_cast<std::int64_t>(out_.documents.size()));
  }
};

}  // namespace mnemic
