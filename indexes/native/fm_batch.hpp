// Many questions to one block at once. Each is a small machine that touches one cache line a visit
// and asks for the next; with 32 of them in turn, memory answers while others are at work.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "fm_index.hpp"
#include "processor.hpp"
#include "row_set.hpp"

namespace mnemic {

inline constexpr std::size_t lanes_in_turn = 32;

// Visits machines in turn until all have ended. start(lane) gives the next question to a lane and
// says whether there was one; step(lane) says whether the lane has ended.
template <typename Lane, typename Start, typename Step>
void run_lanes(Start start, Step step) {
  std::array<Lane, lanes_in_turn> lanes;
  std::size_t live = 0;
  while (live < lanes.size() && start(lanes[live])) ++live;
  while (live > 0) {
    for (std::size_t i = 0; i < live;) {
      if (!step(lanes[i]) || start(lanes[i])) ++i;
      else if (i != --live) lanes[i] = lanes[live];
    }
  }
}

// How many of some rows are of live documents.
inline std::uint32_t live_rows(Rows rows, const RowSet* dead) noexcept {
  const std::uint32_t all = rows.hi - rows.lo;
  if (dead == nullptr || all == 0) return all;
  return all - (dead->rank(rows.hi) - dead->rank(rows.lo));
}

// Appends to each range of rows the symbols of its pattern, and gives the rows.
template <typename Ranks, typename Symbol>
class PatternRun {
 public:
  // Pattern i is symbols[offsets[i]] .. symbols[offsets[i + 1]], for first <= i < last.
  struct Patterns {
    const Symbol* symbols;
    const std::int64_t* offsets;
    std::size_t first, last;
  };

  explicit PatternRun(const FmIndex<Ranks>& index) : index_(index) {}

  // The rows of one pattern, without the company of others.
  Rows find(const Symbol* begin, const Symbol* end) const {
    Lane lane;
    lane.at = begin;
    lane.end = end;
    if (first(lane)) {
      do {
        while (!index_.ranks.advance(lane.extension)) {}
      } while (more(lane));
    }
    return {lane.extension.lo, lane.extension.hi};
  }

  // Calls done(i, rows) for every pattern.
  template <typename Done>
  void run(const Patterns& patterns, Done done) const {
    std::size_t next = patterns.first;
    run_lanes<Lane>(
        [&](Lane& lane) {
          while (next < patterns.last) {
            const std::size_t number = next++;
            lane.number = number;
            lane.at = patterns.symbols + patterns.offsets[number];
            lane.end = patterns.symbols + patterns.offsets[number + 1];
            if (first(lane)) return true;
            done(number, Rows{lane.extension.lo, lane.extension.hi});
          }
          return false;
        },
        [&](Lane& lane) {
          if (!index_.ranks.advance(lane.extension)) return false;
          if (more(lane)) return false;
          done(lane.number, Rows{lane.extension.lo, lane.extension.hi});
          return true;
        });
  }

 private:
  struct Lane {
    typename Ranks::Extension extension;
    const Symbol* at = nullptr;
    const Symbol* end = nullptr;
    std::size_t number = 0;
  };

  const FmIndex<Ranks>& index_;

  // The first symbol needs no step back: its rows are known. Whether there is a second one.
  bool first(Lane& lane) const noexcept {
    if (lane.at == lane.end) {
      lane.extension.lo = 0;
      lane.extension.hi = index_.rows();
      return false;
    }
    if (index_.starts && lane.end - lane.at >= static_cast<std::ptrdiff_t>(StartTable::length))
      return start(lane);
    const std::uint32_t number = index_.alphabet.number(*lane.at++);
    if (number == Alphabet::absent) {
      lane.extension.lo = lane.extension.hi = 0;
      return false;
    }
    lane.extension.lo = index_.symbol_starts[number];
    lane.extension.hi = index_.symbol_starts[number + 1];
    return more(lane);
  }

  // The first three symbols at once.
  bool start(Lane& lane) const noexcept {
    std::uint32_t numbers[StartTable::length];
    lane.extension.lo = lane.extension.hi = 0;
    for (std::uint32_t& number : numbers) {
      number = index_.alphabet.number(*lane.at++);
      if (number == Alphabet::absent) return false;
    }
    const StartTable::Entry* found = index_.starts->find(numbers[0], numbers[1], numbers[2]);
    if (found == nullptr) return false;
    lane.extension.lo = found->lo;
    lane.extension.hi = found->hi;
    return more(lane);
  }

  bool more(Lane& lane) const noexcept {
    if (lane.at == lane.end || lane.extension.lo == lane.extension.hi) return false;
    const std::uint32_t number = index_.alphabet.number(*lane.at++);
    if (number == Alphabet::absent) {
      lane.extension.hi = lane.extension.lo;
      return false;
    }
    index_.ranks.begin(lane.extension, number, lane.extension.lo, lane.extension.hi);
    return true;
  }
};

// Appends one symbol to each of many ranges. ask(i, rows, symbol) gives a question, done(i, rows)
// takes its answer.
template <typename Ranks, typename Ask, typename Done>
void extend_rows(const FmIndex<Ranks>& index, std::size_t first, std::size_t last, Ask ask,
                 Done done) {
  struct Lane {
    typename Ranks::Extension extension;
    std::size_t number = 0;
  };
  std::size_t next = first;
  run_lanes<Lane>(
      [&](Lane& lane) {
        while (next < last) {
          lane.number = next++;
          Rows rows;
          std::uint32_t symbol = 0;
          ask(lane.number, rows, symbol);
          const std::uint32_t number = index.alphabet.number(symbol);
          if (rows.lo >= rows.hi || number == Alphabet::absent) {
            done(lane.number, Rows{});
            continue;
          }
          index.ranks.begin(lane.extension, number, rows.lo, rows.hi);
          return true;
        }
        return false;
      },
      [&](Lane& lane) {
        if (!index.ranks.advance(lane.extension)) return false;
        done(lane.number, Rows{lane.extension.lo, lane.extension.hi});
        return true;
      });
}

}  // namespace mnemic
