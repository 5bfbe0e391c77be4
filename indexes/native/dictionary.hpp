// The sorted terms of a segment, front-coded in groups of 16, each with the size of its list.
//
// An entry: a byte of two nibbles (bytes shared with the term before, bytes that follow; 15 means
// that a vbyte with the rest comes next), the bytes that follow, the list's size as a vbyte.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bytes.hpp"

namespace mnemic {

inline constexpr std::size_t group_size = 16;

struct DictionaryArrays {
  std::span<const std::uint8_t> terms;
  std::span<const std::int64_t> term_offsets;  // [groups + 1] into `terms`
  std::span<const std::int64_t> list_offsets;  // [groups + 1] into the lists
};

// Where a term's list lies; the number is the term's place in the order of bytes.
struct TermEntry {
  std::size_t number;
  std::size_t list_begin;
  std::size_t list_end;
};

// Walks the terms of one group after the other.
class DictionaryCursor {
 public:
  DictionaryCursor(const DictionaryArrays& arrays, std::size_t group)
      : arrays_(arrays), group_(group), in_(arrays.terms.data(), arrays.terms.data()) {
    enter();
  }

  // Moves to the next term; false at the end, and on bytes that are no entry.
  bool next() {
    while (in_.at_end()) {
      if (failed() || group_ + 1 >= groups()) return false;
      ++group_;
      enter();
    }
    if (entries_ == group_size || !read()) failed_ = true;
    ++entries_;
    return !failed_;
  }

  bool failed() const noexcept { return failed_ || in_.failed(); }
  std::string_view term() const noexcept { return term_; }
  TermEntry entry() const noexcept {
    return {group_ * group_size + entries_ - 1, list_end_ - list_bytes_, list_end_};
  }
  std::size_t group() const noexcept { return group_; }

 private:
  DictionaryArrays arrays_;
  std::size_t group_;
  ByteReader in_;
  std::size_t entries_ = 0;
  std::size_t list_end_ = 0;
  std::size_t list_bytes_ = 0;
  std::string term_;
  bool failed_ = false;

  std::size_t groups() const noexcept { return arrays_.term_offsets.size() - 1; }

  void enter() {
    if (group_ >= groups()) return;
    in_ = ByteReader(arrays_.terms.data() + arrays_.term_offsets[group_],
                     arrays_.terms.data() + arrays_.term_offsets[group_ + 1]);
    entries_ = 0;
    list_end_ = static_cast<std::size_t>(arrays_.list_offsets[group_]);
  }

  bool read() {
    const std::uint8_t* const head = in_.take(1);
    std::uint64_t shared = *head >> 4, follow = *head & 15;
    if (shared == 15) shared += in_.vbyte();
    if (follow == 15) follow += in_.vbyte();
    const std::uint8_t* const bytes = in_.take(follow);
    if (bytes == nullptr || shared > (entries_ == 0 ? 0 : term_.size())) return false;
    term_.resize(shared);
    term_.append(reinterpret_cast<const char*>(bytes), follow);
    list_bytes_ = in_.vbyte();
    list_end_ += list_bytes_;
    return !in_.failed() && list_end_ <= static_cast<std::size_t>(arrays_.list_offsets[group_ + 1]);
  }
};

// Looks terms up; the arrays have been checked.
class Dictionary {
 public:
  Dictionary() = default;
  explicit Dictionary(const DictionaryArrays& arrays) : arrays_(arrays) {}

  std::size_t groups() const noexcept { return arrays_.term_offsets.size() - 1; }
  DictionaryCursor walk() const { return {arrays_, 0}; }

  // O(log terms).
  std::optional<TermEntry> find(std::string_view wanted) const {
    std::size_t low = 0, high = groups();  // the group is before `high`
    while (low < high) {
      const std::size_t middle = low + (high - low) / 2;
      if (first(middle) <= wanted) low = middle + 1; else high = middle;
    }
    if (low == 0) return std::nullopt;
    DictionaryCursor cursor(arrays_, low - 1);
    while (cursor.next() && cursor.group() == low - 1 && cursor.term() <= wanted)
      if (cursor.term() == wanted) return cursor.entry();
    return std::nullopt;
  }

 private:
  DictionaryArrays arrays_;

  std::string_view first(std::size_t group) const noexcept {
    ByteReader in(arrays_.terms.data() + arrays_.term_offsets[group],
                  arrays_.terms.data() + arrays_.term_offsets[group + 1]);
    std::uint64_t follow = *in.take(1) & 15;
    if (follow == 15) follow += in.vbyte();
    return {reinterpret_cast<const char*>(in.take(follow)), static_cast<std::size_t>(follow)};
  }
};

// Writes entries; terms come in the order of their bytes.
class DictionaryWriter {
 public:
  std::vector<std::uint8_t> terms;
  std::vector<std::int64_t> term_offsets{0};
  std::vector<std::int64_t> list_offsets{0};

  // `list_end` is where the term's list ends in the lists.
  void append(std::string_view term, std::size_t list_end) {
    const bool opens = count_ % group_size == 0;
    if (opens && count_ > 0) close();
    put(term, opens ? 0 : shared_with(term));
    put_vbyte(terms, list_end - list_end_);
    list_end_ = list_end;
    before_ = term;
    ++count_;
  }

  void finish() {
    if (count_ > 0) close();
  }

  std::size_t count() const noexcept { return count_; }

 private:
  std::size_t count_ = 0;
  std::size_t list_end_ = 0;
  std::string before_;

  void close() {
    term_offsets.push_back(static_cast<std::int64_t>(terms.size()));
    list_offsets.push_back(static_cast<std::int64_t>(list_end_));
  }

  std::size_t shared_with(std::string_view term) const noexcept {
    const std::size_t most = std::min(term.size(), before_.size());
    std::size_t shared = 0;
    while (shared < most && term[shared] == before_[shared]) ++shared;
    return shared;
  }

  void put(std::string_view term, std::size_t shared) {
    const std::size_t follow = term.size() - shared;
    terms.push_back(static_cast<std::uint8_t>(std::min<std::size_t>(shared, 15) << 4 |
                                              std::min<std::size_t>(follow, 15)));
    if (shared >= 15) put_vbyte(terms, shared - 15);
    if (follow >= 15) put_vbyte(terms, follow - 15);
    terms.insert(terms.end(), term.begin() + static_cast<std::ptrdiff_t>(shared), term.end());
  }
};

}  // namespace mnemic
