// One segment's compressed inverted lists: views on arrays that somebody else owns, checked once,
// then trusted. The formats of the parts are in dictionary.hpp and packed_list.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "dictionary.hpp"
#include "errors.hpp"
#include "packed_list.hpp"
#include "unpacked.hpp"

namespace mnemic {

inline constexpr std::uint64_t max_documents = std::numeric_limits<std::uint32_t>::max();

struct PostingArrays {
  DictionaryArrays dictionary;
  std::span<const std::uint8_t> lists;
  std::span<const std::uint32_t> lengths;  // tokens (or distinct terms, for impacts)
  bool has_impacts = false;
};

// A term's list, and its number in the segment.
struct FoundList {
  std::size_t term;
  PackedList list;
};

class Postings {
 public:
  // Only views; check_postings (posting_checks.hpp) says whether they can be trusted.
  Postings(const PostingArrays& arrays, std::string name)
      : arrays_(arrays), dictionary_(arrays.dictionary), name_(std::move(name)) {}

  const PostingArrays& arrays() const noexcept { return arrays_; }
  const std::string& name() const noexcept { return name_; }
  bool has_impacts() const noexcept { return arrays_.has_impacts; }
  std::span<const std::uint32_t> lengths() const noexcept { return arrays_.lengths; }
  std::size_t document_count() const noexcept { return arrays_.lengths.size(); }
  std::size_t term_count() const noexcept { return counts_.terms; }
  std::size_t posting_count() const noexcept { return counts_.postings; }
  std::uint64_t token_count() const noexcept { return counts_.tokens; }

  struct Counts {
    std::size_t terms = 0;
    std::size_t postings = 0;
    std::uint64_t tokens = 0;
  };
  // What a check has found; terms can be looked up from then on.
  void set_checked(const Counts& counts) {
    counts_ = counts;
    dictionary_.index();
  }

  DictionaryCursor walk() const { return dictionary_.walk(); }

  // The list of a term, or nothing; O(log terms).
  std::optional<FoundList> find(std::string_view wanted) const {
    const auto entry = dictionary_.find(wanted);
    if (!entry) return std::nullopt;
    return FoundList{entry->number, list(*entry)};
  }

  PackedList list(const TermEntry& entry) const {
    PackedList found;
    // What was checked parses; a list that does not is an error of ours.
    if (!found.parse(bytes(entry), has_impacts())) throw IndexCorrupt(name_ + ": a list is broken");
    return found;
  }

  std::span<const std::uint8_t> bytes(const TermEntry& entry) const noexcept {
    return arrays_.lists.subspan(entry.list_begin, entry.list_end - entry.list_begin);
  }

  UnpackedLists& unpacked() const noexcept { return unpacked_; }

 private:
  PostingArrays arrays_;
  Dictionary dictionary_;
  std::string name_;
  Counts counts_;
  mutable UnpackedLists unpacked_;
};

}  // namespace mnemic
