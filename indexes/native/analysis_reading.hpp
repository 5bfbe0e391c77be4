// A batch of texts to numbered terms: threads look words up, a policy is asked for the new ones.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis_part.hpp"
#include "analysis_words.hpp"
#include "pool.hpp"

namespace mnemic {

// Numbers terms by their first occurrence.
class Occurrences {
 public:
  // `terms` are known when `occurrences` at most are to come.
  Occurrences(std::size_t terms, std::size_t occurrences) : dense_(occurrences / 4 >= terms) {
    if (dense_) numbers_.assign(terms, none);
    else entries_.assign(64, none);
  }

  std::uint32_t number_of(std::uint32_t term) { return dense_ ? dense(term) : sparse(term); }

  // The terms, in the order of their numbers.
  const std::vector<std::uint32_t>& order() const noexcept { return order_; }

 private:
  static constexpr std::uint32_t none = KeyTable::absent;
  bool dense_;
  std::vector<std::uint32_t> numbers_;  // of every term
  std::vector<std::uint32_t> entries_;  // open-addressed numbers, where few terms occur
  std::vector<std::uint32_t> order_;

  std::uint32_t added(std::uint32_t term) {
    order_.push_back(term);
    return static_cast<std::uint32_t>(order_.size() - 1);
  }

  std::uint32_t dense(std::uint32_t term) {
    if (term >= numbers_.size()) numbers_.resize(2 * (std::size_t{term} + 1), none);
    if (numbers_[term] == none) numbers_[term] = added(term);
    return numbers_[term];
  }

  std::size_t entry_of(std::uint32_t term) const noexcept {
    const std::size_t mask = entries_.size() - 1;
    std::size_t entry = (std::uint64_t{term} * 0x9e3779b97f4a7c15 >> 32) & mask;
    while (entries_[entry] != none && order_[entries_[entry]] != term) entry = (entry + 1) & mask;
    return entry;
  }

  std::uint32_t sparse(std::uint32_t term) {
    const std::size_t entry = entry_of(term);
    if (entries_[entry] != none) return entries_[entry];
    const std::uint32_t number = entries_[entry] = added(term);
    if (2 * order_.size() > entries_.size()) {
      entries_.assign(2 * entries_.size(), none);
      for (std::uint32_t i = 0; i < order_.size(); ++i) entries_[entry_of(order_[i])] = i;
    }
    return number;
  }
};

// The terms of each text, as rows of numbers into a vocabulary.
struct ReadBatch {
  std::vector<std::int64_t> offsets{0};
  std::vector<std::uint32_t> terms;
  std::vector<std::size_t> name_ends;  // of each term in names
  std::string names;
};

// Gives the terms of each key. It is called by the thread that reads, without any lock held.
using Policy = std::function<Answers(const std::vector<std::string_view>&)>;

class Reading {
 public:
  Reading(Words& words, std::span<const TextView> texts, std::size_t threads)
      : words_(words), texts_(texts), threads_(threads), occurrences_(known(), characters()) {}

  ReadBatch run(const Policy& policy) {
    batch_.offsets.reserve(texts_.size() + 1);
    for (std::size_t next = 0; next < texts_.size();) {
      std::deque<Part> parts = block(next);
      {
        const std::shared_lock guard(words_.lock());
        pool().run(parts.size(), threads_, [&](std::size_t i) { parts[i].read(words_, texts_); });
      }
      finish(parts, policy);
    }
    name_terms();
    return std::move(batch_);
  }

 private:
  // Characters of one task, and of what is read before new words are asked for.
  static constexpr std::size_t part_size = 1 << 16, block_size = 1 << 23;

  Words& words_;
  std::span<const TextView> texts_;
  std::size_t threads_;
  Occurrences occurrences_;
  ReadBatch batch_;

  static Pool& pool() { return Pool::shared(); }

  std::size_t known() const {
    const std::shared_lock guard(words_.lock());
    return words_.term_count();
  }

  std::size_t characters() const noexcept {
    std::size_t sum = 0;
    for (const TextView& text : texts_) sum += text.length;
    return sum;
  }

  // The next texts, cut into tasks.
  std::deque<Part> block(std::size_t& next) const {
    std::deque<Part> parts;
    for (std::size_t taken = 0; next < texts_.size() && taken < block_size;) {
      const std::size_t first = next;
      std::size_t size = 0;
      // A text without characters is work too.
      while (next < texts_.size() && size < part_size) size += texts_[next++].length + 1;
      parts.emplace_back(first, next);
      taken += size;
    }
    return parts;
  }

  void finish(const std::deque<Part>& parts, const Policy& policy) {
    KeyList unknown;
    KeyBuffer buffer;
    std::vector<std::vector<std::uint32_t>> numbers(parts.size());
    for (std::size_t p = 0; p < parts.size(); ++p) {
      const KeyList& own = parts[p].unknown();
      for (std::size_t i = 0; i < own.size(); ++i)
        numbers[p].push_back(unknown.number_of(buffer.fill(own.key(i)), own.kept()[i]));
    }
    const Resolved resolved = resolve(unknown, policy);
    for (std::size_t p = 0; p < parts.size(); ++p) append(parts[p], numbers[p], resolved);
  }

  Resolved resolve(const KeyList& unknown, const Policy& policy) {
    if (unknown.size() == 0) return {};
    std::vector<std::string_view> keys;
    for (std::size_t i = 0; i < unknown.size(); ++i) keys.push_back(unknown.key(i));
    const Answers answers = policy(keys);
    if (answers.counts.size() != keys.size())
      throw InvalidInput("the policy gave terms of " + std::to_string(answers.counts.size()) +
                         " words, not of " + std::to_string(keys.size()));
    return words_.learn(keys, unknown.kept(), answers);
  }

  void append(const Part& part, const std::vector<std::uint32_t>& numbers,
              const Resolved& resolved) {
    std::size_t at = 0;
    for (const std::size_t end : part.ends()) {
      for (; at < end; ++at) {
        const std::uint32_t item = part.items()[at];
        if ((item & Part::unknown_bit) == 0) {
          batch_.terms.push_back(occurrences_.number_of(item));
          continue;
        }
        const std::uint32_t key = numbers[item & ~Part::unknown_bit];
        for (std::size_t i = resolved.offsets[key]; i < resolved.offsets[key + 1]; ++i)
          batch_.terms.push_back(occurrences_.number_of(resolved.terms[i]));
      }
      batch_.offsets.push_back(static_cast<std::int64_t>(batch_.terms.size()));
    }
  }

  void name_terms() {
    const std::shared_lock guard(words_.lock());
    for (const std::uint32_t term : occurrences_.order()) {
      batch_.names.append(words_.term(term));
      batch_.name_ends.push_back(batch_.names.size());
    }
  }
};

}  // namespace mnemic
