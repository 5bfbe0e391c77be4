// The words that an analyzer has seen, the terms of each, and the numbers of terms.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analysis_classes.hpp"
#include "analysis_keys.hpp"
#include "errors.hpp"

namespace mnemic {

// The terms of keys, as a policy gives them: key i has counts[i] terms, in order.
struct Answers {
  std::vector<std::uint32_t> counts;
  std::vector<std::size_t> ends;  // of each term in bytes
  std::string bytes;

  void add_term(std::string_view term) {
    bytes.append(term);
    ends.push_back(bytes.size());
  }
  std::string_view term(std::size_t i) const noexcept {
    const std::size_t begin = i == 0 ? 0 : ends[i - 1];
    return {bytes.data() + begin, ends[i] - begin};
  }
};

// Terms of keys by their numbers.
struct Resolved {
  std::vector<std::size_t> offsets{0};
  std::vector<std::uint32_t> terms;
};

// Many threads may read under a shared lock; one writes under the exclusive one.
class Words {
 public:
  // A code is a term's number, or this bit and the place of a list of terms.
  static constexpr std::uint32_t list_bit = std::uint32_t{1} << 31;

  Words(CharacterRules rules, std::size_t longest) : rules_(std::move(rules)), longest_(longest) {}

  const CharacterRules& rules() const noexcept { return rules_; }
  std::shared_mutex& lock() const noexcept { return lock_; }

  // The keys and their codes. Needs the shared lock, as the next three.
  const KeyTable& keys() const noexcept { return keys_; }

  // The terms of a list.
  std::span<const std::uint32_t> list(std::uint32_t code) const noexcept {
    const std::uint32_t* at = &lists_[code & ~list_bit];
    return {at + 1, *at};
  }

  std::string_view term(std::uint32_t number) const noexcept {
    return terms_.key_at(places_[number]);
  }

  std::size_t term_count() const noexcept { return places_.size(); }

  // Whether a key is short enough to be remembered.
  bool keeps(std::size_t length) const noexcept { return length <= longest_; }

  // Numbers the terms of keys and remembers the keys that are to be kept; takes the lock, again and
  // again, so that no reader waits long.
  Resolved learn(const std::vector<std::string_view>& keys, const std::vector<bool>& kept,
                 const Answers& answers) {
    Resolved resolved;
    KeyBuffer buffer;
    for (std::size_t i = 0; i < keys.size();) {
      const std::unique_lock guard(lock_);
      for (const std::size_t end = std::min(i + learnt_at_once, keys.size()); i < end; ++i) {
        const std::size_t before = resolved.terms.size();
        for (std::uint32_t n = 0; n < answers.counts[i]; ++n)
          resolved.terms.push_back(number_of(buffer.fill(answers.term(resolved.terms.size()))));
        resolved.offsets.push_back(resolved.terms.size());
        if (kept[i])
          remember(buffer.fill(keys[i]), std::span(resolved.terms).subspan(before));
      }
    }
    return resolved;
  }

  // Bytes of all that is remembered; takes the lock.
  std::size_t memory() const {
    const std::shared_lock guard(lock_);
    return keys_.memory() + terms_.memory() + 4 * (lists_.size() + places_.size());
  }

 private:
  static constexpr std::size_t learnt_at_once = 512;

  CharacterRules rules_;
  std::size_t longest_;
  mutable std::shared_mutex lock_;
  KeyTable keys_;   // key -> code
  KeyTable terms_;  // term -> number
  std::vector<std::uint32_t> places_;     // of each term, in terms_
  std::vector<std::uint32_t> lists_{0};   // counts, each followed by its terms; the empty one first

  std::uint32_t number_of(const Key& term) {
    const std::uint32_t known = terms_.find(term);
    if (known != KeyTable::absent) return known;
    const std::size_t number = places_.size();
    if (number + 1 >= list_bit)
      throw LimitExceeded("more than 2^31 distinct terms", "analyse fewer texts at once");
    places_.push_back(terms_.add(term, static_cast<std::uint32_t>(number)));
    return static_cast<std::uint32_t>(number);
  }

  void remember(const Key& key, std::span<const std::uint32_t> terms) {
    // Another thread may have learnt it in the meantime.
    if (keys_.find(key) != KeyTable::absent) return;
    if (terms.size() == 1) {
      keys_.add(key, terms[0]);
      return;
    }
    std::size_t place = 0;
    if (!terms.empty()) {
      place = lists_.size();
      if (place + terms.size() >= list_bit - 1)
        throw LimitExceeded("more than 2^31 parts of words", "analyse fewer texts at once");
      lists_.push_back(static_cast<std::uint32_t>(terms.size()));
      lists_.insert(lists_.end(), terms.begin(), terms.end());
    }
    keys_.add(key, list_bit | static_cast<std::uint32_t>(place));
  }
};

}  // namespace mnemic
