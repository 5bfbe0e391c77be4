// Python's view of the substring core: conversions and the release of the GIL, nothing else.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "documents.hpp"
#include "fm_deleted.hpp"
#include "fm_index.hpp"
#include "fm_snapshot.hpp"

namespace nb = nanobind;

namespace {

using namespace mnemic;

template <typename T>
Array<T> array_of(const nb::dict& arrays, const std::string& name, const char* key) {
  Array<T> found;
  // No conversion: a converted copy would not outlive this call.
  if (!arrays.contains(key) || !nb::try_cast<Array<T>>(arrays[key], found, false))
    throw IndexCorrupt(name + ": array '" + key + "' is missing or of another type");
  return found;
}

// Keeps the arrays of a block alive beside the view on them.
template <typename Ranks>
struct PyBlock {
  std::string name;
  nb::dict arrays;
  std::unique_ptr<FmIndex<Ranks>> index;
  std::mutex mutex;
  bool prepared = false;  // guarded by mutex

  PyBlock(std::string file, nb::dict given, std::uint32_t vocabulary, std::uint32_t rate)
      : name(std::move(file)), arrays(std::move(given)) {
    const auto starts = view<std::uint32_t>("symbol_starts");
    const auto alphabet = view<std::uint32_t>("alphabet");
    const auto lengths = view<std::uint32_t>("lengths");
    check_starts(name, starts, alphabet.size(), lengths.size());
    const SuffixSamples::Views samples{lengths,
                                       view<std::uint32_t>("document_samples"),
                                       view<std::uint32_t>("sample_documents"),
                                       view<std::uint32_t>("chunk_starts"),
                                       view<std::uint32_t>("mark_starts"),
                                       view<std::uint32_t>("chunk_rows"),
                                       view<std::uint8_t>("mark_lows"),
                                       view<std::uint64_t>("mark_values")};
    constexpr bool bytes = std::is_same_v<Ranks, QuadTree>;
    index.reset(new FmIndex<Ranks>{Alphabet(name, alphabet, vocabulary, bytes), starts,
                                   ranks(starts),
                                   SuffixSamples(name, samples, rate, starts.back()),
                                   nullptr});
  }

  // Called when the block is first asked, so that opening a file stays quick.
  void prepare() {
    if constexpr (std::is_same_v<Ranks, QuadTree>) {
      const std::lock_guard lock(mutex);
      if (!prepared) index->starts = StartTable::made(index->ranks, index->symbol_starts);
      prepared = true;
    }
  }

 private:
  template <typename T>
  std::span<const T> view(const char* key) const {
    return span_of(array_of<T>(arrays, name, key));
  }

  Ranks ranks(std::span<const std::uint32_t> starts) const {
    if constexpr (std::is_same_v<Ranks, QuadTree>) {
      return QuadTree(name, view<std::uint8_t>("lines"), view<std::uint32_t>("supers"),
                      view<std::uint32_t>("sizes"), view<std::uint32_t>("path_starts"),
                      view<std::uint16_t>("path_steps"), starts);
    } else {
      using Number = typename Ranks::Number;
      return Ranks(name, view<Number>("sequence"), view<std::uint32_t>("rows"),
                   view<std::uint32_t>("parts"), starts);
    }
  }
};

// The rows of a block's deleted documents.
struct PyDeadRows {
  std::shared_ptr<const RowSet> rows;
};

template <typename Ranks>
PyDeadRows dead_rows(const PyBlock<Ranks>& block, const Array<std::uint32_t>& documents,
                     const PyDeadRows* known, std::size_t threads) {
  for (const std::uint32_t document : span_of(documents))
    if (document >= block.index->documents())
      throw InvalidInput("document " + std::to_string(document) + " is not in " + block.name);
  if (known != nullptr && !known->rows->covers(block.index->rows()))
    throw InvalidInput("these rows are of another block than " + block.name);
  const nb::gil_scoped_release release;
  return {std::make_shared<RowSet>(
      deleted_rows(*block.index, span_of(documents), known ? known->rows.get() : nullptr, threads))};
}

template <typename Ranks>
struct PySnapshot {
  using Symbol = std::conditional_t<std::is_same_v<Ranks, QuadTree>, std::uint8_t, std::uint32_t>;
  using Core = FmSnapshot<Ranks, Symbol>;
  using StateArray = Array<std::uint32_t, 3>;

  std::vector<std::shared_ptr<PyBlock<Ranks>>> blocks;
  std::vector<std::optional<PyDeadRows>> dead;
  std::unique_ptr<Core> core;

  PySnapshot(std::vector<std::shared_ptr<PyBlock<Ranks>>> given, const nb::list& deleted,
             std::uint32_t vocabulary)
      : blocks(std::move(given)) {
    std::vector<typename Core::Block> views;
    std::int64_t first = 0;
    if (nb::len(deleted) != blocks.size())
      throw InvalidInput("dead must hold one DeadRows or None for each block");
    {
      const nb::gil_scoped_release release;
      for (const auto& block : blocks) block->prepare();
    }
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      const nb::object rows = deleted[i];
      if (rows.is_none()) dead.emplace_back();
      else dead.emplace_back(nb::cast<PyDeadRows>(rows));
      if (dead[i] && !dead[i]->rows->covers(blocks[i]->index->rows()))
        throw InvalidInput("dead[" + std::to_string(i) + "] is of another block");
      views.push_back({blocks[i]->index.get(), dead[i] ? dead[i]->rows.get() : nullptr, first});
      first += blocks[i]->index->documents();
    }
    core = std::make_unique<Core>(std::move(views), vocabulary);
  }

  static Sequences<Symbol> sequences(const Array<Symbol>& symbols,
                                     const Array<std::int64_t>& offsets, std::uint32_t vocabulary) {
    Documents<Symbol>{span_of(symbols), span_of(offsets), vocabulary}.check();
    return {span_of(symbols), span_of(offsets)};
  }

  typename Core::States states(const StateArray& array) const {
    static_assert(sizeof(Rows) == 2 * sizeof(std::uint32_t));
    if (array.shape(1) != core->blocks() || array.shape(2) != 2)
      throw InvalidInput("these ranges are of another index");
    const typename Core::States found(reinterpret_cast<const Rows*>(array.data()),
                                      array.shape(0) * array.shape(1));
    for (std::size_t i = 0; i < found.size(); ++i)
      if (found[i].lo > found[i].hi || found[i].hi > blocks[i % blocks.size()]->index->rows())
        throw InvalidInput("these ranges are of another index");
    return found;
  }

  nb::object to_ranges(std::vector<Rows>&& rows, std::size_t count) const {
    auto* owner = new std::vector<Rows>(std::move(rows));
    const nb::capsule capsule(owner, [](void* p) noexcept {
      delete static_cast<std::vector<Rows>*>(p);
    });
    return nb::cast(nb::ndarray<nb::numpy, std::uint32_t, nb::ndim<3>>(
        owner->data(), {count, core->blocks(), std::size_t{2}}, capsule));
  }
};

template <typename Ranks>
void bind_block(nb::module_& module, const char* name) {
  using Block = PyBlock<Ranks>;
  nb::class_<Block>(module, name)
      .def(nb::init<std::string, nb::dict, std::uint32_t, std::uint32_t>(), nb::arg("name"),
           nb::arg("arrays"), nb::arg("vocabulary"), nb::arg("rate"))
      .def_prop_ro("documents", [](const Block& self) { return self.index->documents(); })
      .def_prop_ro("rows", [](const Block& self) { return self.index->rows(); })
      .def("dead_rows", &dead_rows<Ranks>, nb::arg("documents").noconvert(),
           nb::arg("known").none(), nb::arg("threads"));
}

template <typename Ranks>
void bind_snapshot(nb::module_& module, const char* name) {
  using Self = PySnapshot<Ranks>;
  using Symbol = typename Self::Symbol;
  using Symbols = Array<Symbol>;
  using Numbers = Array<std::int64_t>;
  using States = typename Self::StateArray;
  const auto symbols = nb::arg("symbols").noconvert();
  const auto offsets = nb::arg("offsets").noconvert();
  const auto ranges = nb::arg("ranges").noconvert();
  const auto threads = nb::arg("threads");
  nb::class_<Self> type(module, name);
  type.def(nb::init<std::vector<std::shared_ptr<PyBlock<Ranks>>>, const nb::list&, std::uint32_t>(),
           nb::arg("blocks"), nb::arg("dead").noconvert(), nb::arg("vocabulary"));
  type.def(
      "count_many",
      [](const Self& self, const Symbols& of, const Numbers& at, std::size_t n) {
        const auto patterns = Self::sequences(of, at, self.core->vocabulary());
        std::vector<std::int64_t> counts;
        {
          const nb::gil_scoped_release release;
          counts = self.core->count_many(patterns, n);
        }
        return to_numpy(std::move(counts));
      },
      symbols, offsets, threads);
  type.def(
      "find",
      [](const Self& self, const Symbols& of, const Numbers& at, std::size_t n) {
        const auto patterns = Self::sequences(of, at, self.core->vocabulary());
        std::vector<Rows> found;
        {
          const nb::gil_scoped_release release;
          found = self.core->find(patterns, n);
        }
        return self.to_ranges(std::move(found), patterns.size());
      },
      symbols, offsets, threads);
  type.def(
      "anchor",
      [](const Self& self, std::size_t count, std::uint32_t what) {
        if (what > 3) throw InvalidInput("there is no such anchor");
        return self.to_ranges(self.core->anchor(count, what), count);
      },
      nb::arg("count"), nb::arg("what"));
  type.def(
      "extend",
      [](const Self& self, const States& of, const Numbers& parents, const Symbols& by,
         std::size_t n) {
        if (parents.size() != by.size())
          throw InvalidInput("there are " + std::to_string(parents.size()) + " parents for " +
                             std::to_string(by.size()) + " symbols");
        const auto states = self.states(of);
        std::vector<Rows> made;
        {
          const nb::gil_scoped_release release;
          made = self.core->extend(states, span_of(parents), span_of(by), n);
        }
        return self.to_ranges(std::move(made), by.size());
      },
      ranges, nb::arg("parents").noconvert(), symbols, threads);
  type.def(
      "totals",
      [](const Self& self, const States& of) {
        const auto states = self.states(of);
        std::vector<std::int64_t> totals;
        {
          const nb::gil_scoped_release release;
          totals = self.core->totals(states);
        }
        return to_numpy(std::move(totals));
      },
      ranges);
  type.def(
      "next_symbols",
      [](const Self& self, const States& of, std::size_t n) {
        const auto states = self.states(of);
        NextSymbols next;
        {
          const nb::gil_scoped_release release;
          next = self.core->next_symbols(states, n);
        }
        return nb::make_tuple(to_numpy(std::move(next.symbols)), to_numpy(std::move(next.counts)),
                              to_numpy(std::move(next.offsets)), to_numpy(std::move(next.ends)));
      },
      ranges, threads);
  type.def(
      "masks",
      [](const Self& self, const States& of, std::size_t n) {
        const auto states = self.states(of);
        std::vector<std::uint8_t> mask;
        {
          const nb::gil_scoped_release release;
          mask.resize(of.shape(0) * self.core->vocabulary());
          self.core->mask(states, mask, n);
        }
        return to_numpy(std::move(mask));
      },
      ranges, threads);
  type.def(
      "rows",
      [](const Self& self, const States& of, std::size_t limit,
         const std::optional<Array<std::uint8_t>>& after) {
        const auto states = self.states(of);
        if (after && after->size() != std::size_t{self.core->vocabulary()} + 1)
          throw InvalidInput("after must have one entry more than the vocabulary");
        const std::span<const std::uint8_t> wanted =
            after ? span_of(*after) : std::span<const std::uint8_t>();
        std::pair<std::vector<std::int64_t>, std::vector<std::int64_t>> found;
        {
          const nb::gil_scoped_release release;
          found = self.core->rows(states, limit, wanted);
        }
        return nb::make_tuple(to_numpy(std::move(found.first)), to_numpy(std::move(found.second)));
      },
      ranges, nb::arg("limit"), nb::arg("after").noconvert().none());
  type.def(
      "locate",
      [](const Self& self, const Numbers& rows, std::size_t n) {
        Located located;
        {
          const nb::gil_scoped_release release;
          located = self.core->locate(span_of(rows), n);
        }
        return nb::make_tuple(to_numpy(std::move(located.documents)),
                              to_numpy(std::move(located.ends)));
      },
      nb::arg("rows").noconvert(), threads);
  type.def(
      "extract",
      [](const Self& self, const Numbers& documents, const Numbers& begins, const Numbers& ends,
         std::size_t n) {
        if (documents.size() != begins.size() || documents.size() != ends.size())
          throw InvalidInput("documents, begins and ends differ in length");
        std::vector<Symbol> found;
        {
          const nb::gil_scoped_release release;
          found = self.core->extract(span_of(documents), span_of(begins), span_of(ends), n);
        }
        return to_numpy(std::move(found));
      },
      nb::arg("documents").noconvert(), nb::arg("begins").noconvert(), nb::arg("ends").noconvert(),
      threads);
  type.def(
      "longest",
      [](const Self& self, const Symbols& of, const Numbers& at, std::size_t n) {
        const auto texts = Self::sequences(of, at, self.core->vocabulary());
        LongestMatches found;
        {
          const nb::gil_scoped_release release;
          found = self.core->longest(texts, n);
        }
        return nb::make_tuple(to_numpy(std::move(found.lengths)),
                              to_numpy(std::move(found.counts)));
      },
      symbols, offsets, threads);
  // One pattern takes less time than giving the GIL away does.
  if constexpr (std::is_same_v<Symbol, std::uint8_t>) {
    type.def(
        "count",
        [](const Self& self, const nb::bytes& pattern) {
          return self.core->count(
              {reinterpret_cast<const std::uint8_t*>(pattern.c_str()), pattern.size()});
        },
        nb::arg("pattern"));
  } else {
    type.def(
        "count",
        [](const Self& self, const Symbols& pattern) {
          for (const std::uint32_t symbol : span_of(pattern))
            if (symbol >= self.core->vocabulary())
              throw InvalidInput("symbol " + std::to_string(symbol) +
                                 " is not below the vocabulary's size");
          return self.core->count(span_of(pattern));
        },
        nb::arg("pattern").noconvert());
  }
}

}  // namespace

void bind_fm(nb::module_& module) {
  nb::enum_<processor::Level>(module, "ProcessorLevel")
      .value("PLAIN", processor::Level::plain)
      .value("AVX2", processor::Level::avx2)
      .value("AVX512", processor::Level::avx512);
  module.def(
      "limit_processor",
      [](processor::Level level) {
        processor::most().store(level);
        return processor::best();
      },
      nb::arg("level"), "Use no wider instructions than these; returns what is used.");
  nb::class_<PyDeadRows>(module, "DeadRows")
      .def_prop_ro("count", [](const PyDeadRows& self) { return self.rows->size(); })
      .def_prop_ro("bytes", [](const PyDeadRows& self) { return self.rows->bytes(); });
  bind_block<QuadTree>(module, "ByteBlock");
  bind_block<SymbolLists<std::uint16_t>>(module, "NarrowTokenBlock");
  bind_block<SymbolLists<std::uint32_t>>(module, "WideTokenBlock");
  bind_snapshot<QuadTree>(module, "ByteBlocks");
  bind_snapshot<SymbolLists<std::uint16_t>>(module, "NarrowTokenBlocks");
  bind_snapshot<SymbolLists<std::uint32_t>>(module, "WideTokenBlocks");
}
