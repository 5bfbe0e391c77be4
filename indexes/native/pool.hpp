// A small pool of threads that lives as long as the process and runs batches of numbered tasks.
//
// The calling thread works too, so a batch always advances, and batches of several callers share
// the workers. The pool is never destroyed: its threads end with the process.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <system_error>
#include <thread>

#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#define MNEMIC_HAS_FORK 1
#endif

namespace mnemic {

class Pool {
 public:
  static Pool& shared() {
    Pool* pool = instance().load(std::memory_order_acquire);
    if (pool != nullptr) return *pool;
    auto* made = new Pool;
    if (instance().compare_exchange_strong(pool, made)) return *made;
    delete made;  // another thread was first; this one has started no worker yet
    return *pool;
  }

  // Calls task(0) .. task(tasks - 1), on up to `threads` threads; rethrows the first exception.
  void run(std::size_t tasks, std::size_t threads, const std::function<void(std::size_t)>& task) {
    Job job{task, tasks};
    job.wanted = std::min(threads, tasks) > 1 ? std::min(threads, tasks) - 1 : 0;
    if (job.wanted == 0) {
      drain(job);
    } else {
      post(job);
      drain(job);
      retire(job);
    }
    if (job.error) std::rethrow_exception(job.error);
  }

 private:
  struct Job {
    const std::function<void(std::size_t)>& task;
    std::size_t tasks;
    std::atomic<std::size_t> next{0};
    std::size_t wanted = 0;  // workers that may still join; guarded by mutex_
    std::size_t active = 0;  // workers that have joined; guarded by mutex_
    std::exception_ptr error;
    std::atomic_flag failed = ATOMIC_FLAG_INIT;

    Job(const std::function<void(std::size_t)>& work, std::size_t count)
        : task(work), tasks(count) {}
  };

  std::mutex mutex_;
  std::condition_variable work_, done_;
  std::deque<Job*> queue_;
  std::size_t workers_ = 0;

  static std::atomic<Pool*>& instance() {
    static std::atomic<Pool*> pool{nullptr};
#ifdef MNEMIC_HAS_FORK
    // A forked child has none of its parent's threads: it starts a pool of its own.
    static const int registered =
        pthread_atfork(nullptr, nullptr, [] { pool.store(nullptr, std::memory_order_release); });
    static_cast<void>(registered);
#endif
    return pool;
  }

  static void drain(Job& job) {
    for (std::size_t i; (i = job.next.fetch_add(1, std::memory_order_relaxed)) < job.tasks;) {
      try {
        job.task(i);
      } catch (...) {
        if (!job.failed.test_and_set()) job.error = std::current_exception();
        job.next.store(job.tasks, std::memory_order_relaxed);
      }
    }
  }

  // False when the system has no thread to give: the caller then does more of the work itself.
  bool add_worker() {
    try {
      std::thread([this] { serve(); }).detach();
      return true;
    } catch (const std::system_error&) {
      return false;
    }
  }

  void post(Job& job) {
    const std::lock_guard lock(mutex_);
    while (workers_ < job.wanted && add_worker()) ++workers_;
    queue_.push_back(&job);
    work_.notify_all();
  }

  void retire(Job& job) {
    std::unique_lock lock(mutex_);
    std::erase(queue_, &job);
    done_.wait(lock, [&] { return job.active == 0; });
  }

  void serve() {
    std::unique_lock lock(mutex_);
    while (true) {
      work_.wait(lock, [&] { return !queue_.empty(); });
      Job& job = *queue_.front();
      ++job.active;
      if (--job.wanted == 0) queue_.pop_front();
      lock.unlock();
      drain(job);
      lock.lock();
      if (--job.active == 0) done_.notify_all();
    }
  }
};

}  // namespace mnemic
