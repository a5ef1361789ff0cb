// GPUs made of host memory, so that everything around the kernels is tested where there is no GPU.
//
// A device address lies in a range that nobody may touch: a host that reads or writes it crashes.
// The kernels are the CPU's; they see the same memory through a second mapping. Work waits in a
// queue until somebody asks for its outcome, as on a GPU: what a call needs must have been copied
// or kept alive.
//
// Environment: PYTEN_FAKE_GPUS, how many (2); PYTEN_FAKE_GPU_BYTES, the memory of each (1 GiB).
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <tuple>
#include <utility>
#include <vector>

#include "core/error.h"
#include "kernels/accelerators.h"
#include "kernels/windows.h"
#include "ops/elementwise.h"

namespace {

using namespace pyten;
using namespace pyten::kernels;

size_t number_from(const char* variable, size_t otherwise) {
  const char* text = std::getenv(variable);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

class FakeGpu : public Accelerator {
 public:
  FakeGpu(int index, size_t bytes) : index_(index), bytes_(bytes) {
    int file = memfd_create("pyten_fake_gpu", 0);
    if (file < 0 || ftruncate(file, off_t(bytes)) != 0) std::abort();
    address_ = static_cast<char*>(mmap(nullptr, bytes, PROT_NONE, MAP_SHARED, file, 0));
    memory_ = static_cast<char*>(mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0));
    close(file);
    if (address_ == MAP_FAILED || memory_ == MAP_FAILED) std::abort();
  }

  std::string name() const override { return "Fake GPU " + std::to_string(index_); }
  size_t total_bytes() const override { return bytes_; }
  void make_current() override {}

  void* allocate(size_t nbytes) override {
    std::lock_guard lock(mutex_);
    size_t size = rounded(nbytes);
    char* block = take(size);
    if (block == nullptr) {
      fail(ErrorKind::kOutOfMemory, "allocate: GPU:", index_, " has no ", nbytes, " bytes left; ",
           stats_.live_bytes, " bytes are in use");
    }
    stats_.live_bytes += int64_t(size);
    stats_.peak_bytes = std::max(stats_.peak_bytes, stats_.live_bytes);
    return block;
  }
  // In order with the queue, so that the memory is free for later work at once.
  void deallocate(void* p, size_t nbytes) noexcept override {
    std::lock_guard lock(mutex_);
    size_t size = rounded(nbytes);
    free_[size].push_back(static_cast<char*>(p));
    stats_.live_bytes -= int64_t(size);
    stats_.cached_bytes += int64_t(size);
  }
  MemoryStats memory_stats() const override { return stats_; }
  void reset_peak() override { stats_.peak_bytes = stats_.live_bytes; }
  void release_cached_memory() override {
    synchronize();
    std::lock_guard lock(mutex_);
    if (stats_.live_bytes != 0) return;
    free_.clear();
    used_ = 0;
    stats_.cached_bytes = 0;
  }

  void copy_in(void* device, const void* host, size_t nbytes) override {
    std::vector<char> staged(static_cast<const char*>(host),
                             static_cast<const char*>(host) + nbytes);
    enqueue([this, device, staged = std::move(staged)] {
      std::memcpy(seen(device), staged.data(), staged.size());
    });
  }
  void copy_out(void* host, const void* device, size_t nbytes) override {
    synchronize();
    std::memcpy(host, seen(device), nbytes);
  }
  void copy(void* to, const void* from, size_t nbytes) override {
    enqueue([=, this] { std::memmove(seen(to), seen(from), nbytes); });
  }
  void zero(void* device, size_t nbytes) override {
    enqueue([=, this] { std::memset(seen(device), 0, nbytes); });
  }
  void synchronize() override {
    for (;;) {
      std::vector<std::function<void()>> work;
      {
        std::lock_guard lock(mutex_);
        work.swap(queue_);
      }
      if (work.empty()) return;
      for (auto& f : work) f();
    }
  }
  void* stream() const override { return nullptr; }
  void wait_for(void*) override {}
  void let_wait(void*) override { synchronize(); }

  void enqueue(std::function<void()> f) {
    std::lock_guard lock(mutex_);
    queue_.push_back(std::move(f));
  }
  bool holds(const void* p) const {
    auto c = static_cast<const char*>(p);
    return c >= address_ && c < address_ + bytes_;
  }
  // What the kernels use for a device address.
  template <typename T>
  T* seen(T* p) const {
    auto c = reinterpret_cast<uintptr_t>(p);
    return reinterpret_cast<T*>(c - uintptr_t(address_) + uintptr_t(memory_));
  }

 private:
  static size_t rounded(size_t nbytes) { return (std::max<size_t>(nbytes, 1) + 255) / 256 * 256; }
  char* take(size_t size) {
    if (auto found = free_.find(size); found != free_.end() && !found->second.empty()) {
      char* block = found->second.back();
      found->second.pop_back();
      stats_.cached_bytes -= int64_t(size);
      return block;
    }
    if (used_ + size > bytes_) return nullptr;
    char* block = address_ + used_;
    used_ += size;
    return block;
  }

  int index_;
  size_t bytes_, used_ = 0;
  char *address_, *memory_;
  std::mutex mutex_;
  std::vector<std::function<void()>> queue_;
  std::map<size_t, std::vector<char*>> free_;
  MemoryStats stats_{};
};

std::vector<std::unique_ptr<FakeGpu>>& gpus() {
  static auto* all = new std::vector<std::unique_ptr<FakeGpu>>;
  return *all;
}

FakeGpu* owner(const void* p) {
  for (auto& gpu : gpus()) {
    if (gpu->holds(p)) return gpu.get();
  }
  return nullptr;
}

// -- Arguments as the kernels see them ------------------------------------------------------------
template <typename T>
T seen(T value) {
  if constexpr (std::is_pointer_v<T>) {
    FakeGpu* gpu = owner(value);
    if (value != nullptr && gpu == nullptr) {
      std::fprintf(stderr, "fake GPU: a kernel was given host memory\n");
      std::abort();
    }
    return gpu ? gpu->seen(value) : value;
  } else {
    return value;
  }
}
MatmulArgs seen(MatmulArgs a) {
  a.a = seen(a.a), a.b = seen(a.b), a.c = seen(a.c), a.bias = seen(a.bias);
  return a;
}
TakeArgs seen(TakeArgs a) {
  a.from = seen(a.from), a.index = seen(a.index), a.to = seen(a.to);
  return a;
}
ConvArgs seen(ConvArgs a) {
  a.x = seen(a.x), a.filter = seen(a.filter), a.y = seen(a.y);
  return a;
}
PoolArgs seen(PoolArgs a) {
  a.x = seen(a.x), a.y = seen(a.y), a.places = seen(a.places);
  return a;
}
PlacesArgs seen(PlacesArgs a) {
  a.x = seen(a.x), a.y = seen(a.y), a.places = seen(a.places);
  return a;
}

// The device whose memory an argument names; null for numbers.
template <typename T>
FakeGpu* device_of(const T& value) {
  if constexpr (std::is_pointer_v<T>) return owner(value);
  else return nullptr;
}
FakeGpu* device_of(const MatmulArgs& a) { return owner(a.c); }
FakeGpu* device_of(const TakeArgs& a) { return owner(a.to); }
FakeGpu* device_of(const ConvArgs& a) { return owner(a.y); }
FakeGpu* device_of(const PoolArgs& a) { return owner(a.y); }
FakeGpu* device_of(const PlacesArgs& a) { return owner(a.y); }

// -- Entries of the table that put the CPU's into the queue
// ----------------------------------------
template <typename Get, typename F>
struct Deferred;
template <typename Get, typename... A>
struct Deferred<Get, void (*)(A...)> {
  static void call(A... args) {
    FakeGpu* gpu = nullptr;
    ((gpu = gpu ? gpu : device_of(args)), ...);
    if (gpu == nullptr) std::abort();
    gpu->enqueue([held = std::tuple<std::decay_t<A>...>(args...)] {
      std::apply([](const auto&... a) { Get::get(cpu())(seen(a)...); }, held);
    });
  }
};

struct Axes {
  std::vector<int64_t> shape;
  std::vector<std::vector<int64_t>> strides;
  Axes(int rank, const int64_t* s, std::initializer_list<const int64_t*> operands)
      : shape(s, s + rank) {
    for (const int64_t* o : operands) strides.emplace_back(o, o + rank);
  }
  int rank() const { return int(shape.size()); }
  const int64_t* of(int operand) const { return strides[size_t(operand)].data(); }
};

template <typename Get>
struct DeferredUnary {
  static void block(int rank, const int64_t* shape, const void* x, const int64_t* sx, void* out,
                    const int64_t* so) {
    owner(out)->enqueue([=, axes = Axes(rank, shape, {sx, so})] {
      run_unary(Get::get(cpu()), axes.rank(), axes.shape.data(), seen(x), axes.of(0),
                Get::size_in(), seen(out), axes.of(1), Get::size_out());
    });
  }
};
template <typename Get>
struct DeferredBinary {
  static void block(int rank, const int64_t* shape, const void* x, const int64_t* sx, const void* y,
                    const int64_t* sy, void* out, const int64_t* so) {
    owner(out)->enqueue([=, axes = Axes(rank, shape, {sx, sy, so})] {
      run_binary(Get::get(cpu()), axes.rank(), axes.shape.data(), seen(x), axes.of(0), seen(y),
                 axes.of(1), Get::size_in(), seen(out), axes.of(2), Get::size_out());
    });
  }
};
template <typename Get>
struct DeferredSelect {
  static void block(int rank, const int64_t* shape, const void* c, const int64_t* sc, const void* x,
                    const int64_t* sx, const void* y, const int64_t* sy, void* out,
                    const int64_t* so) {
    owner(out)->enqueue([=, axes = Axes(rank, shape, {sc, sx, sy, so})] {
      run_select(Get::get(cpu()), axes.rank(), axes.shape.data(), seen(c), axes.of(0), seen(x),
                 axes.of(1), seen(y), axes.of(2), seen(out), axes.of(3), Get::size_in());
    });
  }
};

#define ENTRY(Name, type, expression)                        \
  template <int k, int d> struct Name {                      \
    static type get(const Table& t) { return t.expression; } \
    static size_t size_in();                                 \
    static size_t size_out();                                \
  };
ENTRY(UnaryEntry, UnaryLoop, unary[k][d])
ENTRY(BinaryEntry, BinaryLoop, binary[k][d])
ENTRY(CastEntry, UnaryLoop, cast[k][d])
ENTRY(CopyEntry, UnaryLoop, copy[d])
ENTRY(SelectEntry, SelectLoop, select[d])
ENTRY(ReduceEntry, ReduceLoop, reduce[k][d])
ENTRY(MeanEntry, ReduceLoop, mean[d])
ENTRY(ArgmaxEntry, ArgLoop, argmax[d])
ENTRY(ArgminEntry, ArgLoop, argmin[d])
ENTRY(CumsumEntry, ScanLoop, cumsum[d])
ENTRY(CumprodEntry, ScanLoop, cumprod[d])
ENTRY(SortEntry, SortLoop, sort[d])
ENTRY(SoftmaxEntry, RowLoop, softmax[d])
ENTRY(LogSoftmaxEntry, RowLoop, log_softmax[d])
ENTRY(TakeEntry, TakeLoop, take)
ENTRY(ScatterEntry, ScatterLoop, scatter[k][d])
ENTRY(MatmulEntry, MatmulLoop, matmul[d])
ENTRY(ConvEntry, ConvLoop, conv[k][d])
ENTRY(PoolEntry, PoolLoop, pool[k][d])
ENTRY(TakePlacesEntry, PlacesLoop, take_places[d])
ENTRY(PutPlacesEntry, PlacesLoop, put_places[d])
#undef ENTRY

#define SIZES(Name, in, out)                                          \
  template <int k, int d> size_t Name<k, d>::size_in() { return in; } \
  template <int k, int d> size_t Name<k, d>::size_out() { return out; }
SIZES(UnaryEntry, size_of(DType(d)), size_of(unary_result(Unary(k), DType(d))))
SIZES(BinaryEntry, size_of(DType(d)), size_of(binary_result(Binary(k), DType(d))))
SIZES(CastEntry, size_of(DType(k)), size_of(DType(d)))
SIZES(CopyEntry, size_t(1) << d, size_t(1) << d)
SIZES(SelectEntry, size_t(1) << d, size_t(1) << d)
#undef SIZES

template <typename Entry>
auto loop_of() {
  using F = decltype(Entry::get(cpu()));
  return Entry::get(cpu()) ? F(Deferred<Entry, F>::call) : F(nullptr);
}

// f<0>() … f<n - 1>()
template <typename F, int... i>
void each(std::integer_sequence<int, i...>, F f) {
  (f.template operator()<i>(), ...);
}
template <int n, typename F>
void each(F f) {
  each(std::make_integer_sequence<int, n>(), f);
}

void fill(Table& t) {
  constexpr int kD = kDTypeCount;
  t.name = "fake";
  each<int(Unary::kCount) * kD>([&]<int i> {
    using E = UnaryEntry<i / kD, i % kD>;
    if (loop_of<E>()) t.unary[i / kD][i % kD] = {loop_of<E>(), DeferredUnary<E>::block};
  });
  each<int(Binary::kCount) * kD>([&]<int i> {
    using E = BinaryEntry<i / kD, i % kD>;
    if (loop_of<E>()) t.binary[i / kD][i % kD] = {loop_of<E>(), DeferredBinary<E>::block};
  });
  each<kD * kD>([&]<int i> {
    using E = CastEntry<i / kD, i % kD>;
    if (loop_of<E>()) t.cast[i / kD][i % kD] = {loop_of<E>(), DeferredUnary<E>::block};
  });
  each<5>([&]<int i> {
    t.copy[i] = {loop_of<CopyEntry<0, i>>(), DeferredUnary<CopyEntry<0, i>>::block};
    t.select[i] = {loop_of<SelectEntry<0, i>>(), DeferredSelect<SelectEntry<0, i>>::block};
  });
  each<int(Reduce::kCount) * kD>(
      [&]<int i> { t.reduce[i / kD][i % kD] = loop_of<ReduceEntry<i / kD, i % kD>>(); });
  each<int(Scatter::kCount) * kD>(
      [&]<int i> { t.scatter[i / kD][i % kD] = loop_of<ScatterEntry<i / kD, i % kD>>(); });
  each<int(Conv::kCount) * kD>(
      [&]<int i> { t.conv[i / kD][i % kD] = loop_of<ConvEntry<i / kD, i % kD>>(); });
  each<int(Pool::kCount) * kD>(
      [&]<int i> { t.pool[i / kD][i % kD] = loop_of<PoolEntry<i / kD, i % kD>>(); });
  each<kD>([&]<int d> {
    t.mean[d] = loop_of<MeanEntry<0, d>>();
    t.argmax[d] = loop_of<ArgmaxEntry<0, d>>();
    t.argmin[d] = loop_of<ArgminEntry<0, d>>();
    t.cumsum[d] = loop_of<CumsumEntry<0, d>>();
    t.cumprod[d] = loop_of<CumprodEntry<0, d>>();
    t.sort[d] = loop_of<SortEntry<0, d>>();
    t.softmax[d] = loop_of<SoftmaxEntry<0, d>>();
    t.log_softmax[d] = loop_of<LogSoftmaxEntry<0, d>>();
    t.matmul[d] = loop_of<MatmulEntry<0, d>>();
    t.take_places[d] = loop_of<TakePlacesEntry<0, d>>();
    t.put_places[d] = loop_of<PutPlacesEntry<0, d>>();
  });
  t.take = loop_of<TakeEntry<0, 0>>();
}

}  // namespace

extern "C" __attribute__((visibility("default"))) const AcceleratorLibrary* pyten_open_accelerators(
    const HostServices& host) {
  if (std::strcmp(host.version, PYTEN_VERSION) != 0 || host.table_bytes != sizeof(Table)) {
    return nullptr;
  }
  static Table table{};
  fill(table);
  static std::vector<Accelerator*> devices;
  static std::vector<const Table*> tables;
  size_t count = number_from("PYTEN_FAKE_GPUS", 2);
  size_t bytes = number_from("PYTEN_FAKE_GPU_BYTES", size_t(1) << 30);
  for (size_t i = 0; i < count; ++i) {
    gpus().push_back(std::make_unique<FakeGpu>(int(i), bytes));
    devices.push_back(gpus().back().get());
    tables.push_back(&table);
  }
  static AcceleratorLibrary library{int(count), count ? nullptr : "PYTEN_FAKE_GPUS is 0",
                                    devices.data(), tables.data()};
  return &library;
}
