// Python's view of the sparse index: conversions and the release of the GIL, nothing else.
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arrays.hpp"
#include "count.hpp"
#include "explain.hpp"
#include "live.hpp"
#include "merge.hpp"
#include "posting_checks.hpp"
#include "raw_postings.hpp"
#include "search.hpp"

namespace nb = nanobind;

namespace {

using namespace mnemic;

using OptionalBitmap = std::optional<Array<std::uint8_t>>;

Bitmap bitmap_of(const OptionalBitmap& array) {
  // An empty bitmap may have no address, but it is not an absent one.
  static const std::uint8_t nothing = 0;
  if (!array) return {};
  return {array->size() == 0 ? &nothing : array->data(), array->size()};
}

nb::dict to_arrays(OwnedPostings&& owned) {
  nb::dict arrays;
  arrays["terms"] = to_numpy(std::move(owned.dictionary.terms));
  arrays["term_offsets"] = to_numpy(std::move(owned.dictionary.term_offsets));
  arrays["list_offsets"] = to_numpy(std::move(owned.dictionary.list_offsets));
  arrays[owned.has_impacts ? "impact_lists" : "lists"] = to_numpy(std::move(owned.lists));
  arrays["lengths"] = to_numpy(std::move(owned.lengths));
  return arrays;
}

// A view on a segment's arrays that keeps them alive.
struct PyPostings {
  Array<std::uint8_t> terms, lists;
  Array<std::int64_t> term_offsets, list_offsets;
  Array<std::uint32_t> lengths;
  bool has_impacts;
  std::unique_ptr<Postings> postings;

  void check(const std::string& name) {
    const PostingArrays arrays{
        {span_of(terms), span_of(term_offsets), span_of(list_offsets)},
        span_of(lists), span_of(lengths), has_impacts};
    const nb::gil_scoped_release release;
    postings = std::make_unique<Postings>(arrays, name);
    check_postings(*postings);
  }
};

struct PyLive {
  std::shared_ptr<PyPostings> segment;
  Array<std::int64_t> ordinals;
  OptionalBitmap bitmap;
  std::unique_ptr<LivePostings> live;
};

struct PySnapshot {
  std::vector<std::shared_ptr<PyLive>> segments;
  std::unique_ptr<Snapshot> snapshot;
};

// A batch with the bytes of the terms that occur in it, copied while the GIL is held.
struct PyBatch {
  Array<std::int64_t> offsets;
  Array<std::uint32_t> terms;
  std::optional<Array<float>> weights;
  Batch batch;
  std::vector<std::uint32_t> used;
  std::string bytes;
  std::vector<std::string_view> names;

  PyBatch(const nb::sequence& vocabulary, Array<std::int64_t> row_offsets,
          Array<std::uint32_t> row_terms, std::optional<Array<float>> row_weights)
      : offsets(std::move(row_offsets)),
        terms(std::move(row_terms)),
        weights(std::move(row_weights)),
        batch{span_of(offsets), span_of(terms), {}, weights.has_value(), nb::len(vocabulary)} {
    if (weights) batch.weights = span_of(*weights);
    {
      const nb::gil_scoped_release release;
      check_batch(batch);
      used = used_terms(batch);
    }
    copy_names(vocabulary);
  }

  PyBatch(const PyBatch&) = delete;
  PyBatch& operator=(const PyBatch&) = delete;

 private:
  void copy_names(const nb::sequence& vocabulary) {
    std::vector<std::size_t> ends;
    for (const std::uint32_t term : used) {
      const nb::object item = vocabulary[static_cast<std::size_t>(term)];
      if (!PyBytes_Check(item.ptr()))
        throw InvalidInput("vocabulary[" + std::to_string(term) + "] is not bytes");
      bytes.append(PyBytes_AS_STRING(item.ptr()),
                   static_cast<std::size_t>(PyBytes_GET_SIZE(item.ptr())));
      ends.push_back(bytes.size());
    }
    std::size_t begin = 0;
    for (const std::size_t end : ends) {
      names.push_back(std::string_view(bytes).substr(begin, end - begin));
      begin = end;
    }
  }
};

nb::dict count_postings(const nb::sequence& vocabulary, Array<std::int64_t> offsets,
                        Array<std::uint32_t> terms, std::optional<Array<float>> weights) {
  const PyBatch batch(vocabulary, std::move(offsets), std::move(terms), std::move(weights));
  OwnedPostings owned;
  {
    const nb::gil_scoped_release release;
    owned = Counter(batch.batch, batch.used, batch.names).build();
  }
  return to_arrays(std::move(owned));
}

nb::dict merge_postings(const std::vector<std::shared_ptr<PyPostings>>& segments,
                        const std::vector<OptionalBitmap>& keep) {
  if (keep.size() != segments.size())
    throw InvalidInput("keep must hold one bitmap or None for each segment");
  std::vector<MergePart> parts;
  for (std::size_t i = 0; i < segments.size(); ++i)
    parts.push_back({segments[i]->postings.get(), bitmap_of(keep[i])});
  OwnedPostings owned;
  {
    const nb::gil_scoped_release release;
    owned = Merger(parts).merge();
  }
  return to_arrays(std::move(owned));
}

nb::tuple search_snapshot(const PySnapshot& self, const PyBatch& queries, std::size_t k,
                          const Scorer& scorer, const std::vector<OptionalBitmap>& allowed,
                          std::size_t threads) {
  if (allowed.size() != self.segments.size())
    throw InvalidInput("allowed must hold one bitmap or None for each segment");
  std::vector<Bitmap> bitmaps;
  for (std::size_t i = 0; i < allowed.size(); ++i) {
    bitmaps.push_back(bitmap_of(allowed[i]));
    bitmaps.back().check(self.segments[i]->live->postings().document_count(), "allowed");
  }
  Results results;
  {
    const nb::gil_scoped_release release;
    self.snapshot->check(scorer);
    const Plan plan(*self.snapshot, scorer, queries.batch, queries.used, queries.names, threads);
    const Search search(*self.snapshot, scorer, plan, bitmaps);
    results = search_batch(search, queries.batch.rows(), k, threads);
  }
  return nb::make_tuple(to_numpy(std::move(results.scores)), to_numpy(std::move(results.ordinals)),
                        to_numpy(std::move(results.offsets)));
}

nb::tuple explain_ordinal(const PySnapshot& self, const PyBatch& queries, const Scorer& scorer,
                          std::int64_t ordinal) {
  self.snapshot->check(scorer);
  const std::vector<Bitmap> all(self.segments.size());
  const Plan plan(*self.snapshot, scorer, queries.batch, queries.used, queries.names, 1);
  const Search search(*self.snapshot, scorer, plan, all);
  const Explained found = explain(*self.snapshot, scorer, plan, search, ordinal);
  nb::list parts;
  for (const TermPart& part : found.parts)
    parts.append(nb::make_tuple(nb::bytes(part.term.data(), part.term.size()), part.having,
                                part.weight, part.idf, part.value, part.component, part.part));
  return nb::make_tuple(found.score, found.shift, found.length, parts);
}

nb::dict compress_postings(const std::string& name, Array<std::uint8_t> terms,
                           Array<std::int64_t> term_offsets, Array<std::int64_t> list_offsets,
                           Array<std::uint32_t> documents,
                           std::optional<Array<std::uint32_t>> frequencies,
                           std::optional<Array<float>> impacts, Array<std::uint32_t> lengths) {
  RawPostings raw{span_of(terms),     span_of(term_offsets), span_of(list_offsets),
                  span_of(documents), {},                    {},
                  span_of(lengths),   impacts.has_value()};
  if (frequencies) raw.frequencies = span_of(*frequencies);
  if (impacts) raw.impacts = span_of(*impacts);
  OwnedPostings owned;
  {
    const nb::gil_scoped_release release;
    owned = RawReader(raw, name).compress();
  }
  return to_arrays(std::move(owned));
}

void bind_postings(nb::module_& module) {
  nb::class_<PyPostings>(module, "Postings")
      .def(
          "__init__",
          [](PyPostings* self, std::string name, Array<std::uint8_t> terms,
             Array<std::int64_t> term_offsets, Array<std::int64_t> list_offsets,
             Array<std::uint8_t> lists, Array<std::uint32_t> lengths, bool has_impacts) {
            auto made = PyPostings{terms,   lists,       term_offsets, list_offsets,
                                   lengths, has_impacts, nullptr};
            made.check(name);
            new (self) PyPostings(std::move(made));
          },
          nb::arg("name"), nb::kw_only(), nb::arg("terms").noconvert(),
          nb::arg("term_offsets").noconvert(), nb::arg("list_offsets").noconvert(),
          nb::arg("lists").noconvert(), nb::arg("lengths").noconvert(), nb::arg("has_impacts"))
      .def_prop_ro("document_count",
                   [](const PyPostings& self) { return self.postings->document_count(); })
      .def_prop_ro("term_count", [](const PyPostings& self) { return self.postings->term_count(); })
      .def_prop_ro("posting_count",
                   [](const PyPostings& self) { return self.postings->posting_count(); })
      .def_prop_ro("token_count",
                   [](const PyPostings& self) { return self.postings->token_count(); });
}

void bind_live(nb::module_& module) {
  nb::class_<PyLive>(module, "LivePostings")
      .def(
          "__init__",
          [](PyLive* self, std::shared_ptr<PyPostings> segment, Array<std::int64_t> ordinals,
             OptionalBitmap live) {
            auto made = std::make_unique<LivePostings>(*segment->postings, span_of(ordinals),
                                                       bitmap_of(live));
            new (self) PyLive{std::move(segment), std::move(ordinals), std::move(live),
                              std::move(made)};
          },
          nb::arg("segment"), nb::arg("ordinals").noconvert(), nb::arg("live").noconvert().none())
      .def_prop_ro("live_documents", [](const PyLive& self) { return self.live->live_documents(); })
      .def_prop_ro("live_tokens", [](const PyLive& self) { return self.live->live_tokens(); });
}

void bind_search(nb::module_& module) {
  nb::enum_<Variant>(module, "Variant")
      .value("LUCENE", Variant::lucene)
      .value("ROBERTSON", Variant::robertson)
      .value("ATIRE", Variant::atire)
      .value("BM25L", Variant::bm25l)
      .value("BM25PLUS", Variant::bm25plus)
      .value("IMPACT", Variant::impact);
  nb::class_<Scorer>(module, "Scorer")
      .def(nb::init<Variant, double, double, double>(), nb::arg("variant"), nb::arg("k1"),
           nb::arg("b"), nb::arg("delta"));
  nb::class_<PyBatch>(module, "Batch")
      .def(nb::init<const nb::sequence&, Array<std::int64_t>, Array<std::uint32_t>,
                    std::optional<Array<float>>>(),
           nb::arg("vocabulary"), nb::arg("offsets").noconvert(), nb::arg("terms").noconvert(),
           nb::arg("weights").noconvert().none());
  nb::class_<PySnapshot>(module, "Snapshot")
      .def(
          "__init__",
          [](PySnapshot* self, std::vector<std::shared_ptr<PyLive>> segments) {
            std::vector<const LivePostings*> views;
            for (const auto& segment : segments) views.push_back(segment->live.get());
            auto snapshot = std::make_unique<Snapshot>(std::move(views));
            new (self) PySnapshot{std::move(segments), std::move(snapshot)};
          },
          nb::arg("segments"))
      .def("search", &search_snapshot, nb::arg("queries"), nb::arg("k"), nb::arg("scorer"),
           nb::arg("allowed").noconvert(), nb::arg("threads"))
      .def("explain", &explain_ordinal, nb::arg("queries"), nb::arg("scorer"), nb::arg("ordinal"));
}

}  // namespace

void bind_sparse(nb::module_& module) {
  bind_postings(module);
  bind_live(module);
  bind_search(module);
  module.def("count_postings", &count_postings, nb::arg("vocabulary"),
             nb::arg("offsets").noconvert(), nb::arg("terms").noconvert(),
             nb::arg("weights").noconvert().none(),
             "Inverted lists of a batch of documents, as the named arrays of a segment.");
  module.def("compress_postings", &compress_postings, nb::arg("name"), nb::kw_only(),
             nb::arg("terms").noconvert(), nb::arg("term_offsets").noconvert(),
             nb::arg("list_offsets").noconvert(), nb::arg("documents").noconvert(),
             nb::arg("frequencies").noconvert().none(), nb::arg("impacts").noconvert().none(),
             nb::arg("lengths").noconvert(),
             "Uncompressed lists of version 1, as the named arrays of a segment.");
  module.def("merge_postings", &merge_postings, nb::arg("segments"), nb::arg("keep"),
             "The arrays of several segments joined, of the kept documents only.");
}
