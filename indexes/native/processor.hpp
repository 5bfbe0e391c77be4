// What the processor offers: prefetching, and loops compiled for the widest instructions it has.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace mnemic {

#if defined(__GNUC__)
inline void fetch(const void* address) noexcept { __builtin_prefetch(address); }
inline void fetch_to_write(const void* address) noexcept { __builtin_prefetch(address, 1); }
#else
inline void fetch(const void*) noexcept {}
inline void fetch_to_write(const void*) noexcept {}
#endif

namespace processor {

enum class Level : std::uint8_t { plain, avx2, avx512 };

// What is used at most; tests lower it, so that every path is run on one machine.
inline std::atomic<Level>& most() noexcept {
  static std::atomic<Level> level{Level::avx512};
  return level;
}

// Under a sanitizer three copies of all kernels take minutes to compile, and check the same code.
#if defined(__GNUC__) && defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__)
inline Level here() noexcept {
  static const Level level = [] {
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512vpopcntdq") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("bmi2"))
      return Level::avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt") &&
        __builtin_cpu_supports("bmi2"))
      return Level::avx2;
    return Level::plain;
  }();
  return level;
}

// All that the body calls is inlined, and so compiled for the named instructions.
template <typename Body>
[[gnu::flatten, gnu::noinline,
  gnu::target("avx512f,avx512vl,avx512bw,avx512vpopcntdq,avx2,popcnt,bmi,bmi2,lzcnt")]] void
run_avx512(Body& body) {
  body();
}

template <typename Body>
[[gnu::flatten, gnu::noinline, gnu::target("avx2,popcnt,bmi,bmi2,lzcnt")]] void run_avx2(
    Body& body) {
  body();
}

template <typename Body>
void run_at(Level level, Body body) {
  switch (level) {
    case Level::avx512: return run_avx512(body);
    case Level::avx2: return run_avx2(body);
    default: return body();
  }
}
#else
inline Level here() noexcept { return Level::plain; }

template <typename Body>
void run_at(Level, Body body) {
  body();
}
#endif

inline Level best() noexcept { return std::min(here(), most().load(std::memory_order_relaxed)); }

// Runs the body with the widest instructions. It must not throw nor allocate: both bring in code
// that would be compiled anew for every processor.
template <typename Body>
void run_widest(Body body) {
  run_at(best(), body);
}

}  // namespace processor
}  // namespace mnemic
