// The sorted terms of a segment, front-coded in groups of 16, each with the size of its list.
//
// An entry: a byte of two nibbles (bytes shared with the term before, bytes that follow; 15 means
// that a vbyte with the rest comes next), the bytes that follow, the list's size as a vbyte.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bytes.hpp"
#include "head_keys.hpp"
#include "processor.hpp"
#include "wanted_term.hpp"

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

// Looks terms up, once the arrays have been checked.
class Dictionary {
 public:
  Dictionary() = default;
  explicit Dictionary(const DictionaryArrays& arrays) : arrays_(arrays) {}

  DictionaryCursor walk() const { return {arrays_, 0}; }

  // Makes what `find` needs of checked arrays; before that it finds nothing. O(groups).
  void index() {
    heads_ = HeadKeys(arrays_.term_offsets.size() - 1,
                      [&](std::size_t group) { return key_of(first(group)); });
  }

  // O(log terms).
  std::optional<TermEntry> find(std::string_view wanted) const {
    const std::uint64_t key = key_of(wanted);
    std::size_t group = heads_.below(key, [&](std::size_t near) {
      fetch(&arrays_.term_offsets[near]);
      fetch(&arrays_.list_offsets[near]);
    });
    if (group < heads_.size() && heads_[group] == key) group = after_equals(group, key, wanted);
    if (group == 0) return std::nullopt;
    --group;
    const std::uint8_t* const end = arrays_.terms.data() + arrays_.term_offsets[group + 1];
    const bool in_reach = wanted.size() <= WantedTerm::longest &&
                          arrays_.terms.data() + arrays_.terms.size() - end >= over;
    return in_reach ? find_near(WantedTerm(wanted), group) : find_anywhere(wanted, group);
  }

 private:
  // So far behind a group `find_near` reads at most, whatever its bytes are: two numbers.
  static constexpr std::ptrdiff_t over = 18;

  DictionaryArrays arrays_;
  HeadKeys heads_;

  std::string_view first(std::size_t group) const noexcept {
    ByteReader in(arrays_.terms.data() + arrays_.term_offsets[group],
                  arrays_.terms.data() + arrays_.term_offsets[group + 1]);
    std::uint64_t follow = *in.take(1) & 15;
    if (follow == 15) follow += in.vbyte();
    return {reinterpret_cast<const char*>(in.take(follow)), static_cast<std::size_t>(follow)};
  }

  // The groups from `group` on have the key of `wanted` at first: where those begin that are above.
  std::size_t after_equals(std::size_t group, std::uint64_t key, std::string_view wanted) const {
    std::size_t end = heads_.size();
    while (group < end) {
      const std::size_t middle = group + (end - group) / 2;
      if (heads_[middle] == key && first(middle) <= wanted) group = middle + 1; else end = middle;
    }
    return group;
  }

  std::optional<TermEntry> find_anywhere(std::string_view wanted, std::size_t group) const {
    DictionaryCursor cursor(arrays_, group);
    while (cursor.next() && cursor.group() == group && cursor.term() <= wanted)
      if (cursor.term() == wanted) return cursor.entry();
    return std::nullopt;
  }

  // Compares what a term does not share with the one before it, and only where that is not decided:
  // a term that shares more with the one before than `wanted` does is below `wanted` like that one.
  std::optional<TermEntry> find_near(const WantedTerm& wanted, std::size_t group) const noexcept {
    const std::uint8_t* at = arrays_.terms.data() + arrays_.term_offsets[group];
    const std::uint8_t* const end = arrays_.terms.data() + arrays_.term_offsets[group + 1];
    auto list = static_cast<std::uint64_t>(arrays_.list_offsets[group]);
    const auto lists_end = static_cast<std::uint64_t>(arrays_.list_offsets[group + 1]);
    std::size_t matched = 0;  // bytes of `wanted` that the term before has
    for (std::size_t number = group * group_size; at < end; ++number) {
      std::uint64_t shared = *at >> 4, follow = *at & 15;
      ++at;
      if (shared == 15) at += read_vbyte(at, shared);
      if (follow == 15) at += read_vbyte(at, follow);
      const std::uint8_t* const bytes = at;
      if (at > end || follow > static_cast<std::uint64_t>(end - at)) return std::nullopt;
      at += follow;
      std::uint64_t list_bytes = 0;
      at += read_vbyte(at, list_bytes);
      if (shared <= matched) {
        const std::size_t same = wanted.matching(shared, bytes, follow);
        matched = shared + same;
        if (matched == wanted.size()) {
          const bool sound = list <= lists_end && list_bytes <= lists_end - list;
          if (same != follow || !sound) return std::nullopt;
          return TermEntry{number, list, list + list_bytes};
        }
        if (same < follow && bytes[same] > wanted[matched]) return std::nullopt;
      }
      list += list_bytes;
    }
    return std::nullopt;
  }

  // Adds what ByteReader::vbyte reads to `sum`, and says how many bytes that are: nine at most.
  static std::size_t read_vbyte(const std::uint8_t* at, std::uint64_t& sum) noexcept {
    const auto bytes = plain_at<std::uint64_t>(at);
    const std::uint64_t ends = ~bytes & 0x8080808080808080;
    std::uint64_t number = bytes & (ends ^ (ends - 1)) & 0x7f7f7f7f7f7f7f7f;
    number = (number & 0x007f007f007f007f) | (number & 0x7f007f007f007f00) >> 1;
    number = (number & 0x00003fff00003fff) | (number & 0x3fff00003fff0000) >> 2;
    sum += (number & 0x000000000fffffff) | (number & 0x0fffffff00000000) >> 4;
    if (ends != 0) return (static_cast<std::size_t>(std::countr_zero(ends)) + 1) / 8;
    sum += std::uint64_t{at[8] & 127U} << 56;
    return 9;
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
