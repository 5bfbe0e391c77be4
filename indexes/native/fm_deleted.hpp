// The rows of deleted documents, found by threads that share the documents among them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "fm_index.hpp"
#include "fm_walk.hpp"
#include "pool.hpp"
#include "row_set.hpp"

namespace mnemic {

// Below this many symbols a second thread, which needs a set of its own, does not pay.
inline constexpr std::size_t least_share = std::size_t{1} << 20;

// The known rows and those of some documents; O(their symbols), and O(rows) for each thread.
template <typename Ranks>
RowSet deleted_rows(const FmIndex<Ranks>& index, std::span<const std::uint32_t> documents,
                    const RowSet* known, std::size_t threads) {
  std::size_t symbols = 0;
  for (const std::uint32_t document : documents) symbols += index.samples.length(document);
  const std::size_t share = std::max<std::size_t>(least_share, index.rows() / 16);
  const std::size_t parts =
      std::clamp(symbols / share, std::size_t{1}, std::max<std::size_t>(threads, 1));
  std::vector<RowSet> found(parts);
  Pool::shared().run(parts, threads, [&](std::size_t part) {
    found[part] = part == 0 && known != nullptr ? *known : RowSet(index.rows());
    const std::size_t first = documents.size() * part / parts;
    const std::size_t last = documents.size() * (part + 1) / parts;
    processor::run_widest(
        [&] { insert_rows(index, documents.subspan(first, last - first), found[part]); });
  });
  processor::run_widest([&] {
    for (std::size_t part = 1; part < parts; ++part) found[0].insert_all(found[part]);
    found[0].settle();
  });
  return std::move(found[0]);
}

}  // namespace mnemic
