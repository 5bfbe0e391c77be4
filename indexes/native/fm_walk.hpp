// Walks from row to row through the text: where an occurrence stands, what a document says, and
// which rows are a document's. Many walks take turns, as in fm_batch.hpp.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "fm_batch.hpp"
#include "fm_index.hpp"
#include "row_set.hpp"

namespace mnemic {

// Where occurrences stand: done(i, document, end), the end being just after the occurrence. Rows of
// a damaged file may lead nowhere: then the document is `lost`.
inline constexpr std::uint32_t lost = ~std::uint32_t{0};

template <typename Ranks, typename Done>
void locate_rows(const FmIndex<Ranks>& index, std::span<const std::uint32_t> rows, Done done) {
  enum class Stage : std::uint8_t { starts, marks, value, walk };
  struct Lane {
    typename Ranks::Walk walk;
    std::int64_t mark = 0;
    std::size_t number = 0;
    std::uint32_t row = 0, steps = 0;
    Stage stage = Stage::starts;
  };
  const SuffixSamples& samples = index.samples;
  const auto arrive = [&](Lane& lane, std::uint32_t row) {
    lane.row = row;
    lane.stage = Stage::starts;
    samples.prepare(row);
    index.ranks.begin(lane.walk, row);
  };
  std::size_t next = 0;
  run_lanes<Lane>(
      [&](Lane& lane) {
        if (next == rows.size()) return false;
        lane.number = next++;
        lane.steps = 0;
        arrive(lane, rows[lane.number]);
        return true;
      },
      [&](Lane& lane) {
        switch (lane.stage) {
          case Stage::starts:
            samples.prepare_marks(lane.row);
            lane.stage = Stage::marks;
            return false;
          case Stage::marks:
            lane.mark = samples.mark(lane.row);
            if (lane.mark >= 0) {
              samples.prepare_value(lane.mark);
              lane.stage = Stage::value;
              return false;
            }
            lane.stage = Stage::walk;
            [[fallthrough]];
          case Stage::walk:
            if (!index.ranks.advance(lane.walk)) return false;
            if (lane.walk.symbol == 0 || ++lane.steps >= samples.rate()) {  // damaged
              done(lane.number, lost, 0);
              return true;
            }
            arrive(lane, lane.walk.row);
            return false;
          case Stage::value:
            break;
        }
        const SuffixSamples::Place place = samples.place(lane.mark);
        const std::uint32_t length = samples.length(place.document);
        const std::uint32_t behind = place.position + lane.steps;
        // behind symbols follow the occurrence in its document
        done(lane.number, behind < length ? place.document : lost, length - std::min(behind, length));
        return true;
      });
}

// A stretch of a document: `count` symbols from `begin`, in the order of the document.
struct Stretch {
  std::uint32_t document = 0, begin = 0, count = 0;
};

// Where reading starts for a symbol of a document: the row, and how many symbols to skip.
template <typename Ranks>
struct ReadStart {
  std::uint32_t row, skip;

  ReadStart(const FmIndex<Ranks>& index, std::uint32_t document, std::uint32_t begin) {
    const std::uint32_t length = index.samples.length(document);
    const std::uint32_t chunks = index.samples.chunks(document);
    const std::uint32_t behind = length - begin;  // symbols from begin to the end
    const std::uint32_t chunk = (behind + chunk_length - 1) / chunk_length;
    const bool from_start = chunk >= chunks || chunk == 0;
    row = index.samples.chunk_row(document, from_start ? chunks - 1 : chunk - 1);
    skip = from_start ? begin : begin - (length - chunk * chunk_length);
  }
};

// Cuts a stretch where reading can start anew, so that its parts are read side by side.
template <typename Ranks, typename Visit>
void each_stretch(const FmIndex<Ranks>& index, std::uint32_t document, std::uint32_t begin,
                  std::uint32_t end, Visit visit) {
  const std::uint32_t length = index.samples.length(document);
  while (begin < end) {
    const std::uint32_t behind = length - begin;
    const std::uint32_t rest = behind % chunk_length == 0 ? chunk_length : behind % chunk_length;
    const std::uint32_t stop = std::min(end, begin + rest);
    visit(Stretch{document, begin, stop - begin});
    begin = stop;
  }
}

// Reads stretches: put(i, place, symbol), the place counting from the stretch's begin, and
// pass(i, row) for every row that is walked over once it is inside the stretch.
template <typename Ranks, typename Put, typename Pass>
void read_stretches(const FmIndex<Ranks>& index, std::span<const Stretch> stretches, Put put,
                    Pass pass) {
  struct Lane {
    typename Ranks::Walk walk;
    std::size_t number = 0;
    std::uint32_t skip = 0, place = 0, count = 0;
  };
  std::size_t next = 0;
  run_lanes<Lane>(
      [&](Lane& lane) {
        while (next < stretches.size()) {
          const Stretch& stretch = stretches[next];
          lane.number = next++;
          if (stretch.count == 0) continue;
          const ReadStart<Ranks> start(index, stretch.document, stretch.begin);
          lane.skip = start.skip;
          lane.place = 0;
          lane.count = stretch.count;
          index.ranks.begin(lane.walk, start.row);
          return true;
        }
        return false;
      },
      [&](Lane& lane) {
        if (!index.ranks.advance(lane.walk)) return false;
        // Only a damaged file has a document that ends too soon.
        if (lane.walk.symbol == 0) return true;
        if (lane.skip > 0) {
          --lane.skip;
        } else {
          put(lane.number, lane.place, lane.walk.symbol);
          pass(lane.number, lane.walk.row);
          if (++lane.place == lane.count) return true;
        }
        index.ranks.begin(lane.walk, lane.walk.row);
        return false;
      });
}

// The rows of some documents, those of their separators included.
template <typename Ranks>
void insert_rows(const FmIndex<Ranks>& index, std::span<const std::uint32_t> documents,
                 RowSet& rows) {
  std::array<Stretch, 4 * lanes_in_turn> stretches;
  // Rows are put in some turns after they were asked for.
  std::array<std::uint32_t, lanes_in_turn> asked{};
  std::size_t count = 0, turn = 0;
  const auto insert = [&](std::uint32_t row) {
    std::uint32_t& slot = asked[turn++ % asked.size()];
    if (turn > asked.size()) rows.insert(slot);
    slot = row;
    rows.prepare_to_insert(row);
  };
  const auto read = [&] {
    read_stretches(
        index, std::span<const Stretch>(stretches.data(), count),
        [](std::size_t, std::uint32_t, std::uint32_t) {},
        [&](std::size_t, std::uint32_t row) { insert(row); });
    count = 0;
  };
  for (const std::uint32_t document : documents) {
    insert(index.samples.chunk_row(document, index.samples.chunks(document) - 1));
    each_stretch(index, document, 0, index.samples.length(document), [&](const Stretch& stretch) {
      stretches[count++] = stretch;
      if (count == stretches.size()) read();
    });
  }
  read();
  for (std::size_t i = 0; i < std::min(turn, asked.size()); ++i) rows.insert(asked[i]);
}

}  // namespace mnemic
