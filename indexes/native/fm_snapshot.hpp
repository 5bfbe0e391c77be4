// Blocks that are asked together, each with the rows of its deleted documents. A state is one range
// of rows in every block; questions about many states or patterns are shared among threads.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "errors.hpp"
#include "fm_batch.hpp"
#include "fm_index.hpp"
#include "fm_next.hpp"
#include "fm_walk.hpp"
#include "pool.hpp"
#include "row_set.hpp"

namespace mnemic {

// Ragged rows of numbers, as arrays.
struct NextSymbols {
  std::vector<std::uint32_t> symbols;
  std::vector<std::int64_t> counts, offsets{0}, ends;
};

struct LongestMatches {
  std::vector<std::int64_t> lengths, counts;
};

struct Located {
  std::vector<std::int64_t> documents, ends;
};

// Patterns or texts, one after the other.
template <typename Symbol>
struct Sequences {
  std::span<const Symbol> symbols;
  std::span<const std::int64_t> offsets;

  std::size_t size() const noexcept { return offsets.size() - 1; }
};

template <typename Ranks, typename Symbol>
class FmSnapshot {
 public:
  struct Block {
    const FmIndex<Ranks>* index = nullptr;
    const RowSet* dead = nullptr;
    std::int64_t first_document = 0;
  };
  using States = std::span<const Rows>;  // blocks() a state

  FmSnapshot(std::vector<Block> blocks, std::uint32_t vocabulary)
      : blocks_(std::move(blocks)), vocabulary_(vocabulary) {}

  std::size_t blocks() const noexcept { return blocks_.size(); }
  std::uint32_t vocabulary() const noexcept { return vocabulary_; }

  // Live occurrences of one pattern.
  std::int64_t count(std::span<const Symbol> pattern) const {
    std::int64_t total = 0;
    processor::run_widest([&] {
      for (const Block& block : blocks_)
        total += live_rows(PatternRun<Ranks, Symbol>(*block.index)
                               .find(pattern.data(), pattern.data() + pattern.size()),
                           block.dead);
    });
    return total;
  }

  std::vector<std::int64_t> count_many(const Sequences<Symbol>& patterns,
                                       std::size_t threads) const {
    std::vector<std::int64_t> totals(patterns.size());
    share(patterns.size(), share_patterns, threads, [&](std::size_t first, std::size_t last) {
      for (const Block& block : blocks_)
        PatternRun<Ranks, Symbol>(*block.index)
            .run({patterns.symbols.data(), patterns.offsets.data(), first, last},
                 [&](std::size_t i, Rows rows) { totals[i] += live_rows(rows, block.dead); });
    });
    return totals;
  }

  std::vector<Rows> find(const Sequences<Symbol>& patterns, std::size_t threads) const {
    std::vector<Rows> found(patterns.size() * blocks());
    share(patterns.size(), share_patterns, threads, [&](std::size_t first, std::size_t last) {
      for (std::size_t b = 0; b < blocks(); ++b)
        PatternRun<Ranks, Symbol>(*blocks_[b].index)
            .run({patterns.symbols.data(), patterns.offsets.data(), first, last},
                 [&](std::size_t i, Rows rows) { found[i * blocks() + b] = rows; });
    });
    return found;
  }

  // The rows before which anything (3), a document (0), a field (1) or a word (2) begins.
  std::vector<Rows> anchor(std::size_t states, std::uint32_t what) const {
    std::vector<Rows> made;
    made.reserve(states * blocks());
    for (std::size_t i = 0; i < states; ++i)
      for (const Block& block : blocks_)
        made.push_back(what == 3 ? Rows{0, block.index->rows()} : block.index->anchor(what));
    return made;
  }

  // Appends symbols[i] to state parents[i].
  std::vector<Rows> extend(States states, std::span<const std::int64_t> parents,
                           std::span<const Symbol> symbols, std::size_t threads) const {
    check_parents(states, parents, symbols);
    std::vector<Rows> made(symbols.size() * blocks());
    share(symbols.size(), share_patterns, threads, [&](std::size_t first, std::size_t last) {
      for (std::size_t b = 0; b < blocks(); ++b)
        extend_rows(
            *blocks_[b].index, first, last,
            [&](std::size_t i, Rows& rows, std::uint32_t& symbol) {
              rows = states[static_cast<std::size_t>(parents[i]) * blocks() + b];
              symbol = symbols[i];
            },
            [&](std::size_t i, Rows rows) { made[i * blocks() + b] = rows; });
    });
    return made;
  }

  std::vector<std::int64_t> totals(States states) const {
    std::vector<std::int64_t> sums(count_of(states));
    processor::run_widest([&] {
      for (std::size_t i = 0; i < states.size(); ++i)
        sums[i / blocks()] += live_rows(states[i], blocks_[i % blocks()].dead);
    });
    return sums;
  }

  NextSymbols next_symbols(States states, std::size_t threads) const {
    const std::size_t count = count_of(states), each = 64;
    std::vector<NextSymbols> parts((count + each - 1) / each);
    Pool::shared().run(parts.size(), threads, [&](std::size_t part) {
      SymbolCounts counts(vocabulary_);
      const std::size_t last = std::min(count, (part + 1) * each);
      for (std::size_t i = part * each; i < last; ++i) next_of(states, i, counts, parts[part]);
    });
    return joined(parts);
  }

  // Sets mask[i * vocabulary + symbol] for each symbol that can follow state i.
  void mask(States states, std::span<std::uint8_t> mask, std::size_t threads) const {
    const std::size_t count = count_of(states);
    share(count, share_states, threads, [&](std::size_t first, std::size_t last) {
      for (std::size_t i = first; i < last; ++i)
        for (std::size_t b = 0; b < blocks(); ++b) {
          std::uint8_t* row = mask.data() + i * vocabulary_;
          const Block& block = blocks_[b];
          visit_next(*block.index, states[i * blocks() + b], block.dead,
                     [&](std::uint32_t number, std::int64_t) {
                       row[block.index->alphabet.symbol(number)] = 1;
                     });
        }
    });
  }

  // Live rows of each state, as block * 2^32 + row, at most `limit` each. `after` keeps those that
  // are followed by one of its symbols, its last entry meaning the end of the document.
  std::pair<std::vector<std::int64_t>, std::vector<std::int64_t>> rows(
      States states, std::size_t limit, std::span<const std::uint8_t> after) const {
    std::vector<std::int64_t> found, offsets{0};
    for (std::size_t i = 0; i < count_of(states); ++i) {
      const std::size_t most = found.size() + std::min(limit, found.max_size() - found.size());
      for (std::size_t b = 0; b < blocks() && found.size() < most; ++b)
        rows_of(states[i * blocks() + b], b, most, after, found);
      offsets.push_back(static_cast<std::int64_t>(found.size()));
    }
    return {std::move(found), std::move(offsets)};
  }

  // Documents, numbered through all blocks, and where occurrences end in them.
  Located locate(std::span<const std::int64_t> rows, std::size_t threads) const {
    Located located{std::vector<std::int64_t>(rows.size()), std::vector<std::int64_t>(rows.size())};
    check_rows(rows);
    share(rows.size(), share_rows, threads, [&](std::size_t first, std::size_t last) {
      locate_part(rows.subspan(first, last - first), located, first);
    });
    for (const std::int64_t document : located.documents)
      if (document < 0) throw IndexCorrupt("a row of an n-gram segment leads to no document");
    return located;
  }

  // The symbols of stretches of documents, one after the other.
  std::vector<Symbol> extract(std::span<const std::int64_t> documents,
                              std::span<const std::int64_t> begins,
                              std::span<const std::int64_t> ends, std::size_t threads) const {
    std::vector<std::size_t> at{0};
    for (std::size_t i = 0; i < documents.size(); ++i) {
      check_stretch(documents[i], begins[i], ends[i]);
      at.push_back(at.back() + static_cast<std::size_t>(ends[i] - begins[i]));
    }
    std::vector<Symbol> symbols(at.back());
    share(documents.size(), share_states, threads, [&](std::size_t first, std::size_t last) {
      for (std::size_t b = 0; b < blocks(); ++b)
        extract_part(b, documents, begins, ends, first, last, at, symbols);
    });
    return symbols;
  }

  // For every place of every text, the longest match that begins there, and how often it occurs.
  LongestMatches longest(const Sequences<Symbol>& texts, std::size_t threads) const {
    LongestMatches found{std::vector<std::int64_t>(texts.symbols.size()),
                         std::vector<std::int64_t>(texts.symbols.size())};
    std::vector<const Symbol*> text_ends(texts.symbols.size());
    for (std::size_t i = 0; i < texts.size(); ++i)
      std::fill(text_ends.begin() + texts.offsets[i], text_ends.begin() + texts.offsets[i + 1],
                texts.symbols.data() + texts.offsets[i + 1]);
    share(texts.symbols.size(), share_patterns, threads, [&](std::size_t first, std::size_t last) {
      for (const Block& block : blocks_) longest_in(block, texts, text_ends, first, last, found);
    });
    return found;
  }

  std::int64_t length(std::int64_t document) const {
    const Block& block = block_of(document);
    return block.index->samples.length(static_cast<std::uint32_t>(document - block.first_document));
  }

 private:
  static constexpr std::size_t share_patterns = 256, share_states = 16, share_rows = 1024;

  std::vector<Block> blocks_;
  std::uint32_t vocabulary_;

  template <typename Work>
  static void share(std::size_t count, std::size_t each, std::size_t threads, Work work) {
    Pool::shared().run((count + each - 1) / each, threads, [&](std::size_t part) {
      const std::size_t first = part * each, last = std::min(count, first + each);
      processor::run_widest([&] { work(first, last); });
    });
  }

  std::size_t count_of(States states) const noexcept {
    return blocks() == 0 ? 0 : states.size() / blocks();
  }

  void check_parents(States states, std::span<const std::int64_t> parents,
                     std::span<const Symbol> symbols) const {
    const auto count = static_cast<std::int64_t>(count_of(states));
    for (std::size_t i = 0; i < parents.size(); ++i) {
      if (parents[i] < 0 || (blocks() > 0 && parents[i] >= count))
        throw InvalidInput("parents[" + std::to_string(i) + "]=" + std::to_string(parents[i]) +
                           " is no state of " + std::to_string(count));
      if (symbols[i] >= vocabulary_)
        throw InvalidInput("symbols[" + std::to_string(i) + "]=" + std::to_string(symbols[i]) +
                           " is not below the vocabulary's " + std::to_string(vocabulary_));
    }
  }

  void next_of(States states, std::size_t state, SymbolCounts& counts, NextSymbols& made) const {
    std::int64_t ends = 0;
    processor::run_widest([&] {
      for (std::size_t b = 0; b < blocks(); ++b) {
        const Block& block = blocks_[b];
        ends += visit_next(*block.index, states[state * blocks() + b], block.dead,
                           [&](std::uint32_t number, std::int64_t count) {
                             counts.add(block.index->alphabet.symbol(number), count);
                           });
      }
    });
    counts.drain([&](std::uint32_t symbol, std::int64_t count) {
      made.symbols.push_back(symbol);
      made.counts.push_back(count);
    });
    made.offsets.push_back(static_cast<std::int64_t>(made.symbols.size()));
    made.ends.push_back(ends);
  }

  static NextSymbols joined(const std::vector<NextSymbols>& parts) {
    NextSymbols all;
    for (const NextSymbols& part : parts) {
      const auto before = static_cast<std::int64_t>(all.symbols.size());
      all.symbols.insert(all.symbols.end(), part.symbols.begin(), part.symbols.end());
      all.counts.insert(all.counts.end(), part.counts.begin(), part.counts.end());
      all.ends.insert(all.ends.end(), part.ends.begin(), part.ends.end());
      for (std::size_t i = 1; i < part.offsets.size(); ++i)
        all.offsets.push_back(before + part.offsets[i]);
    }
    return all;
  }

  void rows_of(Rows range, std::size_t number, std::size_t most,
               std::span<const std::uint8_t> after, std::vector<std::int64_t>& found) const {
    const Block& block = blocks_[number];
    if (range.lo < range.hi && range.lo < block.index->documents())
      throw InvalidInput("the empty pattern has no occurrences to list", "append a symbol first");
    for (std::uint32_t row = range.lo; row < range.hi && found.size() < most; ++row) {
      if (block.dead != nullptr && block.dead->contains(row)) continue;
      if (!after.empty() && after[symbol_after(*block.index, row)] == 0) continue;
      found.push_back(static_cast<std::int64_t>(number) << 32 | row);
    }
  }

  // The symbol that follows a row's occurrence, or the vocabulary's size at the document's end.
  std::uint32_t symbol_after(const FmIndex<Ranks>& index, std::uint32_t row) const {
    typename Ranks::Walk walk;
    index.ranks.begin(walk, row);
    while (!index.ranks.advance(walk)) {}
    return walk.symbol == 0 ? vocabulary_ : index.alphabet.symbol(walk.symbol);
  }

  void check_rows(std::span<const std::int64_t> rows) const {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::int64_t row = rows[i] & 0xFFFFFFFF, block = rows[i] >> 32;
      if (rows[i] < 0 || block >= static_cast<std::int64_t>(blocks()) ||
          row >= static_cast<std::int64_t>(blocks_[static_cast<std::size_t>(block)].index->rows()))
        throw InvalidInput("rows[" + std::to_string(i) + "] is no row of this index");
      // The first rows are those of the ends of documents, where nothing occurs.
      if (row < blocks_[static_cast<std::size_t>(block)].index->documents())
        throw InvalidInput("rows[" + std::to_string(i) + "] is no occurrence in this index");
    }
  }

  void locate_part(std::span<const std::int64_t> rows, Located& located, std::size_t first) const {
    std::array<std::uint32_t, share_rows> chosen;
    std::array<std::size_t, share_rows> places;
    for (std::size_t b = 0; b < blocks(); ++b) {
      std::size_t count = 0;
      for (std::size_t i = 0; i < rows.size(); ++i)
        if (static_cast<std::size_t>(rows[i] >> 32) == b) {
          chosen[count] = static_cast<std::uint32_t>(rows[i]);
          places[count++] = first + i;
        }
      if (count == 0) continue;
      locate_rows(*blocks_[b].index, {chosen.data(), count},
                  [&](std::size_t i, std::uint32_t document, std::uint32_t end) {
                    located.documents[places[i]] =
                        document == lost ? -1 : blocks_[b].first_document + document;
                    located.ends[places[i]] = end;
                  });
    }
  }

  const Block& block_of(std::int64_t document) const {
    for (const Block& block : blocks_)
      if (document >= block.first_document &&
          document < block.first_document + block.index->documents())
        return block;
    throw InvalidInput("document " + std::to_string(document) + " is not in this index");
  }

  void check_stretch(std::int64_t document, std::int64_t begin, std::int64_t end) const {
    if (begin < 0 || begin > end || end > length(document))
      throw InvalidInput("symbols " + std::to_string(begin) + " to " + std::to_string(end) +
                         " are not all in document " + std::to_string(document));
  }

  void extract_part(std::size_t number, std::span<const std::int64_t> documents,
                    std::span<const std::int64_t> begins, std::span<const std::int64_t> ends,
                    std::size_t first, std::size_t last, const std::vector<std::size_t>& at,
                    std::vector<Symbol>& symbols) const {
    const Block& block = blocks_[number];
    std::array<Stretch, lanes_in_turn> stretches;
    std::array<std::size_t, lanes_in_turn> targets;
    std::size_t count = 0;
    const auto read = [&] {
      read_stretches(
          *block.index, std::span<const Stretch>(stretches.data(), count),
          [&](std::size_t i, std::uint32_t place, std::uint32_t symbol) {
            symbols[targets[i] + place] = static_cast<Symbol>(block.index->alphabet.symbol(symbol));
          },
          [](std::size_t, std::uint32_t) {});
      count = 0;
    };
    for (std::size_t i = first; i < last; ++i) {
      const std::int64_t local = documents[i] - block.first_document;
      if (local < 0 || local >= static_cast<std::int64_t>(block.index->documents())) continue;
      std::size_t target = at[i];
      each_stretch(*block.index, static_cast<std::uint32_t>(local),
                   static_cast<std::uint32_t>(begins[i]), static_cast<std::uint32_t>(ends[i]),
                   [&](const Stretch& stretch) {
                     stretches[count] = stretch;
                     targets[count++] = target;
                     target += stretch.count;
                     if (count == stretches.size()) read();
                   });
    }
    read();
  }

  void longest_in(const Block& block, const Sequences<Symbol>& texts,
                  const std::vector<const Symbol*>& text_ends, std::size_t first, std::size_t last,
                  LongestMatches& found) const {
    const FmIndex<Ranks>& index = *block.index;
    struct Lane {
      typename Ranks::Extension extension;
      std::size_t number = 0;
      std::int64_t length = 0, count = 0;
    };
    const auto more = [&](Lane& lane) {
      const Symbol* at = texts.symbols.data() + lane.number + lane.length;
      if (at == text_ends[lane.number]) return false;
      const std::uint32_t symbol = index.alphabet.number(*at);
      if (symbol == Alphabet::absent) return false;
      index.ranks.begin(lane.extension, symbol, lane.extension.lo, lane.extension.hi);
      return true;
    };
    const auto done = [&](const Lane& lane) {
      std::int64_t& longest = found.lengths[lane.number];
      std::int64_t& count = found.counts[lane.number];
      if (lane.length == longest) count += lane.count;
      else if (lane.length > longest) longest = lane.length, count = lane.count;
    };
    std::size_t next = first;
    run_lanes<Lane>(
        [&](Lane& lane) {
          while (next < last) {
            lane = Lane{};
            lane.number = next++;
            lane.extension.hi = index.rows();
            if (lane.extension.hi > 0 && more(lane)) return true;
          }
          return false;
        },
        [&](Lane& lane) {
          if (!index.ranks.advance(lane.extension)) return false;
          const std::int64_t live =
              live_rows({lane.extension.lo, lane.extension.hi}, block.dead);
          if (live > 0) {
            ++lane.length;
            lane.count = live;
            if (more(lane)) return false;
          }
          if (lane.length > 0) done(lane);
          return true;
        });
  }
};

}  // namespace mnemic
