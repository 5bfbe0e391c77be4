// What was built or merged: the owner of the arrays that Postings views, filled term by term.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "dictionary.hpp"
#include "list_writer.hpp"
#include "postings.hpp"

namespace mnemic {

struct OwnedPostings {
  DictionaryWriter dictionary;
  std::vector<std::uint8_t> lists;
  std::vector<std::uint32_t> lengths;
  bool has_impacts = false;

  PostingArrays view() const noexcept {
    return {{dictionary.terms, dictionary.term_offsets, dictionary.list_offsets},
            lists, lengths, has_impacts};
  }
};

class PostingsBuilder {
 public:
  PostingsBuilder(std::vector<std::uint32_t> lengths, bool has_impacts) : writer_({}) {
    owned_.lengths = std::move(lengths);
    owned_.has_impacts = has_impacts;
    writer_ = ListWriter(owned_.lengths);
  }

  PostingsBuilder(const PostingsBuilder&) = delete;
  PostingsBuilder& operator=(const PostingsBuilder&) = delete;

  // Terms come in the order of their bytes, with at least one posting each.
  template <typename Value>
  void append(std::string_view term, std::span<const std::uint32_t> documents,
              std::span<const Value> values) {
    writer_.append(documents, values, owned_.lists);
    owned_.dictionary.append(term, owned_.lists.size());
  }

  OwnedPostings finish() {
    owned_.dictionary.finish();
    return std::move(owned_);
  }

 private:
  OwnedPostings owned_;
  ListWriter writer_;
};

}  // namespace mnemic
