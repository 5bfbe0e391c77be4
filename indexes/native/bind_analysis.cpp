// Python's view of analysis: conversions and the release of the GIL, nothing else.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analysis_reading.hpp"
#include "arrays.hpp"

namespace nb = nanobind;

namespace {

using namespace mnemic;

CharacterRules rules_of(const Array<std::uint32_t, 2>& ranges, bool code, bool lower) {
  if (ranges.shape(1) != 3) throw InvalidInput("ranges is not an array of [n, 3]");
  std::vector<KindRange> found;
  for (std::size_t i = 0; i < ranges.shape(0); ++i) {
    const std::uint32_t* row = ranges.data() + 3 * i;
    if (row[2] > static_cast<std::uint32_t>(Kind::joining))
      throw InvalidInput("ranges[" + std::to_string(i) + "]: there is no kind " +
                         std::to_string(row[2]));
    found.push_back({row[0], row[1], static_cast<Kind>(row[2])});
  }
  return {found, code, lower};
}

// The caller keeps the texts alive.
std::vector<TextView> views_of(const nb::tuple& texts) {
  std::vector<TextView> views;
  views.reserve(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    PyObject* text = NB_TUPLE_GET_ITEM(texts.ptr(), i);
    if (!PyUnicode_Check(text))
      throw InvalidInput("text to analyze: expected str, got " +
                             std::string(Py_TYPE(text)->tp_name) + " in texts[" +
                             std::to_string(i) + "]",
                         "decode bytes as UTF-8 first");
    views.push_back({PyUnicode_DATA(text), static_cast<std::size_t>(PyUnicode_GET_LENGTH(text)),
                     static_cast<std::uint8_t>(PyUnicode_KIND(text)),
                     PyUnicode_IS_ASCII(text) != 0});
  }
  return views;
}

void add_term(Answers& answers, nb::handle term) {
  if (!PyUnicode_Check(term.ptr())) throw InvalidInput("the policy gave a term that is no str");
  Py_ssize_t length = 0;
  const char* bytes = PyUnicode_AsUTF8AndSize(term.ptr(), &length);
  if (bytes == nullptr) nb::raise_python_error();
  answers.add_term({bytes, static_cast<std::size_t>(length)});
}

// A str is a word's one term; a tuple has none or several.
Answers answers_of(const nb::object& given) {
  if (!PyList_CheckExact(given.ptr())) throw InvalidInput("the policy gave no list");
  Answers answers;
  for (const nb::handle own : nb::borrow<nb::list>(given)) {
    const bool several = PyTuple_Check(own.ptr());
    answers.counts.push_back(several ? static_cast<std::uint32_t>(PyTuple_GET_SIZE(own.ptr())) : 1);
    if (!several) {
      add_term(answers, own);
      continue;
    }
    for (const nb::handle term : nb::borrow<nb::tuple>(own)) add_term(answers, term);
  }
  return answers;
}

Policy policy_of(const nb::callable& resolve) {
  return [&resolve](const std::vector<std::string_view>& keys) {
    const nb::gil_scoped_acquire acquired;
    nb::list words;
    for (const std::string_view key : keys) words.append(nb::str(key.data(), key.size()));
    return answers_of(nb::object(resolve(words)));
  };
}

nb::list names_of(const ReadBatch& batch) {
  nb::list names;
  std::size_t begin = 0;
  for (const std::size_t end : batch.name_ends) {
    names.append(nb::bytes(batch.names.data() + begin, end - begin));
    begin = end;
  }
  return names;
}

nb::tuple read_texts(Words& words, const nb::object& texts, const nb::callable& resolve,
                     std::size_t threads) {
  const nb::object owned = nb::steal(PySequence_Tuple(texts.ptr()));
  if (!owned.is_valid()) nb::raise_python_error();
  const std::vector<TextView> views = views_of(nb::borrow<nb::tuple>(owned));
  ReadBatch batch;
  {
    const nb::gil_scoped_release release;
    batch = Reading(words, views, threads).run(policy_of(resolve));
  }
  nb::list names = names_of(batch);
  return nb::make_tuple(names, to_numpy(std::move(batch.offsets)),
                        to_numpy(std::move(batch.terms)));
}

}  // namespace

void bind_analysis(nb::module_& module) {
  nb::class_<Words>(module, "Words", "Words that were seen, with their terms.")
      .def(
          "__init__",
          [](Words* self, const Array<std::uint32_t, 2>& ranges, bool code, bool lower,
             std::size_t longest) { new (self) Words(rules_of(ranges, code, lower), longest); },
          nb::arg("ranges").noconvert(), nb::kw_only(), nb::arg("code"), nb::arg("lower"),
          nb::arg("longest"))
      .def_prop_ro("memory", &Words::memory, nb::call_guard<nb::gil_scoped_release>())
      .def("read", &read_texts, nb::arg("texts"), nb::arg("resolve"), nb::arg("threads"),
           "Texts to rows of terms.");
}
