// One segment's inverted lists: views on arrays that somebody else owns, checked once, then trusted.
//
// Arrays: a sorted term dictionary (blob + offsets), one list per term of ascending documents with
// a frequency (uint32) or an impact (float32) each, and the documents' lengths.
// Seam for compressed postings: readers use list() and its cursor-like spans, and nothing else.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errors.hpp"

namespace mnemic {

inline constexpr std::uint64_t max_documents = std::numeric_limits<std::uint32_t>::max();

struct PostingArrays {
  std::span<const std::uint8_t> terms;          // the terms' bytes, concatenated in order
  std::span<const std::int64_t> term_offsets;   // [terms + 1] into `terms`
  std::span<const std::int64_t> list_offsets;   // [terms + 1] into `documents`
  std::span<const std::uint32_t> documents;     // ascending within a list
  std::span<const std::uint32_t> frequencies;   // empty when the segment holds impacts
  std::span<const float> impacts;               // empty when it holds frequencies
  std::span<const std::uint32_t> lengths;       // tokens (or distinct terms, for impacts)
  bool has_impacts = false;
};

struct PostingList {
  const std::uint32_t* documents;
  const std::uint32_t* frequencies;  // nullptr when the segment holds impacts
  const float* impacts;              // nullptr when it holds frequencies
  std::size_t size;
};

class Postings {
 public:
  // Checks everything that a search relies on, in one linear pass; `name` is for the message.
  Postings(const PostingArrays& arrays, const std::string& name) : arrays_(arrays), name_(name) {
    check_shapes();
    check_dictionary();
    check_lists();
    check_lengths();
  }

  std::size_t document_count() const noexcept { return arrays_.lengths.size(); }
  std::size_t term_count() const noexcept { return arrays_.list_offsets.size() - 1; }
  std::size_t posting_count() const noexcept { return arrays_.documents.size(); }
  std::uint64_t token_count() const noexcept { return tokens_; }
  std::uint32_t longest() const noexcept { return longest_; }
  bool has_impacts() const noexcept { return arrays_.has_impacts; }
  std::span<const std::uint32_t> lengths() const noexcept { return arrays_.lengths; }

  std::string_view term(std::size_t index) const noexcept {
    return slice(arrays_.term_offsets[index], arrays_.term_offsets[index + 1]);
  }

  // The term's number, or nothing; O(log terms).
  std::optional<std::uint32_t> find(std::string_view wanted) const noexcept {
    std::size_t low = 0, high = term_count();
    while (low < high) {
      const std::size_t middle = low + (high - low) / 2;
      if (term(middle) < wanted) low = middle + 1; else high = middle;
    }
    if (low == term_count() || term(low) != wanted) return std::nullopt;
    return static_cast<std::uint32_t>(low);
  }

  PostingList list(std::uint32_t term) const noexcept {
    const auto begin = static_cast<std::size_t>(arrays_.list_offsets[term]);
    const auto end = static_cast<std::size_t>(arrays_.list_offsets[term + 1]);
    return {arrays_.documents.data() + begin,
            arrays_.has_impacts ? nullptr : arrays_.frequencies.data() + begin,
            arrays_.has_impacts ? arrays_.impacts.data() + begin : nullptr, end - begin};
  }

 private:
  PostingArrays arrays_;
  std::string name_;
  std::uint64_t tokens_ = 0;
  std::uint32_t longest_ = 0;

  std::string_view slice(std::int64_t begin, std::int64_t end) const noexcept {
    return {reinterpret_cast<const char*>(arrays_.terms.data()) + begin,
            static_cast<std::size_t>(end - begin)};
  }

  void require(bool condition, const char* what) const {
    if (!condition) throw IndexCorrupt(name_ + ": " + what);
  }

  void check_offsets(std::span<const std::int64_t> offsets, std::size_t total,
                     const char* what) const {
    require(!offsets.empty() && offsets.front() == 0, what);
    require(static_cast<std::uint64_t>(offsets.back()) == total, what);
    bool ascending = true;
    for (std::size_t i = 1; i < offsets.size(); ++i) ascending &= offsets[i - 1] <= offsets[i];
    require(ascending, what);
  }

  void check_shapes() const {
    const std::size_t values = has_impacts() ? arrays_.impacts.size() : arrays_.frequencies.size();
    require(arrays_.documents.size() == values, "postings and values differ in number");
    require(arrays_.term_offsets.size() == arrays_.list_offsets.size(),
            "the dictionary and the lists differ in number");
    require(arrays_.lengths.size() <= max_documents, "more documents than can be numbered");
    require(arrays_.list_offsets.size() <= max_documents, "more terms than can be numbered");
    check_offsets(arrays_.term_offsets, arrays_.terms.size(), "term offsets are not monotone");
    check_offsets(arrays_.list_offsets, arrays_.documents.size(), "list offsets are not monotone");
  }

  void check_dictionary() const {
    bool ascending = true;
    for (std::size_t i = 1; i < term_count(); ++i) ascending &= term(i - 1) < term(i);
    require(ascending, "the term dictionary is not sorted");
  }

  void check_lists() const {
    bool sound = true;
    for (std::size_t t = 0; t < term_count(); ++t) {
      const PostingList postings = list(static_cast<std::uint32_t>(t));
      sound &= postings.size > 0;
      for (std::size_t i = 1; i < postings.size; ++i)
        sound &= postings.documents[i - 1] < postings.documents[i];
      if (postings.size > 0) sound &= postings.documents[postings.size - 1] < document_count();
    }
    require(sound, "a posting list is empty, out of order or names a document that is not there");
  }

  // Runs after check_lists: every document number is in range.
  void check_lengths() {
    std::vector<std::uint64_t> sums(document_count(), 0);
    bool sound = true;
    if (has_impacts()) {
      for (const std::uint32_t document : arrays_.documents) ++sums[document];
      for (const float impact : arrays_.impacts)
        sound &= impact > 0 && impact <= std::numeric_limits<float>::max();
    } else {
      for (std::size_t i = 0; i < arrays_.documents.size(); ++i)
        sums[arrays_.documents[i]] += arrays_.frequencies[i];
      for (const std::uint32_t frequency : arrays_.frequencies) sound &= frequency > 0;
    }
    require(sound, "a frequency or impact is not a positive finite number");
    for (std::size_t i = 0; i < sums.size(); ++i) {
      sound &= sums[i] == arrays_.lengths[i];
      tokens_ += arrays_.lengths[i];
      longest_ = std::max(longest_, arrays_.lengths[i]);
    }
    require(sound, "a document's length is not the sum of its frequencies");
  }
};

}  // namespace mnemic
