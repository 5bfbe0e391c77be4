// The one extension module: its parts, and the translation of typed errors.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include "errors.hpp"

namespace nb = nanobind;

void bind_analysis(nb::module_& module);
void bind_dense(nb::module_& module);
void bind_fm(nb::module_& module);
void bind_fm_build(nb::module_& module);
void bind_sparse(nb::module_& module);

namespace {

void raise(const char* name, const mnemic::Error& error) {
  const nb::object type = nb::module_::import_("mnemic.errors").attr(name);
  const nb::object value = type(error.what(), nb::arg("hint") = error.hint());
  PyErr_SetObject(type.ptr(), value.ptr());
}

void translate(const std::exception_ptr& pointer, void*) {
  try {
    std::rethrow_exception(pointer);
  } catch (const mnemic::InvalidInput& error) {
    raise("InvalidInput", error);
  } catch (const mnemic::IndexCorrupt& error) {
    raise("IndexCorrupt", error);
  } catch (const mnemic::NotFound& error) {
    raise("NotFound", error);
  } catch (const mnemic::LimitExceeded& error) {
    raise("LimitExceeded", error);
  }
}

}  // namespace

NB_MODULE(_native, module) {
  // A script that ends with a database in a global would print alarming lines about it.
  nb::set_leak_warnings(false);
  module.doc() = "The native core of mnemic's indexes.";
  nb::register_exception_translator(translate);
  bind_analysis(module);
  bind_dense(module);
  bind_fm(module);
  bind_fm_build(module);
  bind_sparse(module);
}
