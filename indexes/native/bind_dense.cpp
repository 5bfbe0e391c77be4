// Python's view of dense search: conversions and the release of the GIL, nothing else.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include "arrays.hpp"
#include "rank.hpp"
#include "rescore.hpp"

namespace nb = nanobind;

namespace {

using namespace mnemic;

Rows rows_of(const Array<float, 2>& matrix) {
  return {matrix.data(), matrix.shape(0), matrix.shape(1)};
}

nb::object score(Closeness closeness, const Array<float, 2>& vectors,
                 const Array<std::int64_t>& rows, const Array<float, 2>& queries,
                 const Array<std::int64_t>& which, const Array<double>& lengths,
                 std::size_t threads) {
  const Pairs pairs{rows_of(vectors), rows_of(queries),  span_of(rows),
                    span_of(which),   span_of(lengths), closeness};
  std::vector<double> scores;
  {
    const nb::gil_scoped_release release;
    scores = score_pairs(pairs, threads);
  }
  return to_numpy(std::move(scores));
}

nb::tuple rank(const Array<std::int64_t>& which, const Array<double>& scores,
               const Array<std::int64_t>& ordinals, const Array<std::int64_t>& passages,
               std::size_t queries, std::size_t k, bool per_passage, std::size_t threads) {
  Ranked ranked;
  {
    const nb::gil_scoped_release release;
    const Candidates candidates{span_of(which), span_of(scores), span_of(ordinals),
                                span_of(passages)};
    ranked = Ranker(candidates, queries).rank(k, per_passage, threads);
  }
  return nb::make_tuple(to_numpy(std::move(ranked.kept)), to_numpy(std::move(ranked.floors)));
}

}  // namespace

void bind_dense(nb::module_& module) {
  nb::enum_<Closeness>(module, "Closeness")
      .value("PRODUCT", Closeness::product)
      .value("COSINE", Closeness::cosine)
      .value("DISTANCE", Closeness::distance);
  module.def("score_pairs", &score, nb::arg("closeness"), nb::arg("vectors").noconvert(),
             nb::arg("rows").noconvert(), nb::arg("queries").noconvert(),
             nb::arg("which").noconvert(), nb::arg("lengths").noconvert(), nb::arg("threads"),
             "The exact score of each pair of a stored vector and a query.");
  module.def("rank_candidates", &rank, nb::arg("which").noconvert(), nb::arg("scores").noconvert(),
             nb::arg("ordinals").noconvert(), nb::arg("passages").noconvert(), nb::arg("queries"),
             nb::arg("k"), nb::arg("per_passage"), nb::arg("threads"),
             "The numbers of the best k candidates of each query, and each query's k-th score.");
}
