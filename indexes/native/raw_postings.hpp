// The uncompressed arrays of version 1 of the format: checked, then compressed into today's.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "errors.hpp"
#include "owned_postings.hpp"

namespace mnemic {

struct RawPostings {
  std::span<const std::uint8_t> terms;          // the terms' bytes, concatenated in order
  std::span<const std::int64_t> term_offsets;   // [terms + 1] into `terms`
  std::span<const std::int64_t> list_offsets;   // [terms + 1] into `documents`
  std::span<const std::uint32_t> documents;     // ascending within a list
  std::span<const std::uint32_t> frequencies;   // empty when the segment holds impacts
  std::span<const float> impacts;               // empty when it holds frequencies
  std::span<const std::uint32_t> lengths;       // tokens (or distinct terms, for impacts)
  bool has_impacts = false;
};

class RawReader {
 public:
  RawReader(const RawPostings& raw, std::string name) : raw_(raw), name_(std::move(name)) {
    check_shapes();
    check_dictionary();
    check_documents();
  }

  // What the compressed form does not check anew is checked above; its own check does the rest.
  OwnedPostings compress() const {
    PostingsBuilder builder({raw_.lengths.begin(), raw_.lengths.end()}, raw_.has_impacts);
    for (std::size_t t = 0; t < terms(); ++t) {
      const auto begin = static_cast<std::size_t>(raw_.list_offsets[t]), size = list_size(t);
      const auto documents = raw_.documents.subspan(begin, size);
      if (raw_.has_impacts) builder.append(term(t), documents, raw_.impacts.subspan(begin, size));
      else builder.append(term(t), documents, raw_.frequencies.subspan(begin, size));
    }
    return builder.finish();
  }

 private:
  RawPostings raw_;
  std::string name_;

  std::size_t terms() const noexcept { return raw_.list_offsets.size() - 1; }

  std::size_t list_size(std::size_t t) const noexcept {
    return static_cast<std::size_t>(raw_.list_offsets[t + 1] - raw_.list_offsets[t]);
  }

  std::string_view term(std::size_t t) const noexcept {
    return {reinterpret_cast<const char*>(raw_.terms.data()) + raw_.term_offsets[t],
            static_cast<std::size_t>(raw_.term_offsets[t + 1] - raw_.term_offsets[t])};
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
    const std::size_t values = raw_.has_impacts ? raw_.impacts.size() : raw_.frequencies.size();
    require(raw_.documents.size() == values, "postings and values differ in number");
    require(raw_.term_offsets.size() == raw_.list_offsets.size(),
            "the dictionary and the lists differ in number");
    require(raw_.lengths.size() <= max_documents, "more documents than can be numbered");
    check_offsets(raw_.term_offsets, raw_.terms.size(), "term offsets are not monotone");
    check_offsets(raw_.list_offsets, raw_.documents.size(), "list offsets are not monotone");
  }

  void check_dictionary() const {
    bool ascending = true;
    for (std::size_t t = 1; t < terms(); ++t) ascending &= term(t - 1) < term(t);
    require(ascending, "the term dictionary is not sorted");
  }

  // What compressing relies on: lists that are not empty, ascend and stay within the documents.
  void check_documents() const {
    bool sound = true;
    for (std::size_t t = 0; t < terms(); ++t) {
      const auto list = raw_.documents.subspan(static_cast<std::size_t>(raw_.list_offsets[t]), list_size(t));
      sound &= !list.empty();
      for (std::size_t i = 1; i < list.size(); ++i) sound &= list[i - 1] < list[i];
      if (!list.empty()) sound &= list.back() < raw_.lengths.size();
    }
    for (const std::uint32_t frequency : raw_.frequencies) sound &= frequency > 0;
    require(sound, "a posting list is empty, out of order or names a document that is not there");
  }
};

}  // namespace mnemic
