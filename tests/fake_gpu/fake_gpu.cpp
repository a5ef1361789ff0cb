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
// ---------------------------------------- There are thousands of entries, so what each of them
// compiles to is a call with its two numbers: which function, which dtype. Queue<...>::call does
// the rest, once for each kind of entry.
template <typename... A>
FakeGpu& gpu_of(const A&... args) {
  FakeGpu* gpu = nullptr;
  ((gpu = gpu ? gpu : device_of(args)), ...);
  if (gpu == nullptr) {
    std::fprintf(stderr, "fake GPU: a kernel was given host memory alone\n");
    std::abort();
  }
  return *gpu;
}

// `kGet` finds the CPU's function for the two numbers.
template <auto kGet, typename F>
struct Queue;
template <auto kGet, typename... A>
struct Queue<kGet, void (*)(A...)> {
  static void call(int k, int d, A... args) {
    gpu_of(args...).enqueue([k, d, held = std::tuple<std::decay_t<A>...>(args...)] {
      std::apply([&](const auto&... a) { kGet(cpu(), k, d)(seen(a)...); }, held);
    });
  }
  template <int k, int d>
  static void entry(A... args) {
    call(k, d, args...);
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
struct Sizes {
  size_t in, out;
};

template <auto kGet, auto kSizes>
void queue_unary(int k, int d, int rank, const int64_t* shape, const void* x, const int64_t* sx,
                 void* out, const int64_t* so) {
  gpu_of(out).enqueue([=, axes = Axes(rank, shape, {sx, so})] {
    Sizes size = kSizes(k, d);
    run_unary(UnaryLoop(kGet(cpu(), k, d)), axes.rank(), axes.shape.data(), seen(x), axes.of(0),
              size.in, seen(out), axes.of(1), size.out);
  });
}
template <auto kGet, auto kSizes, int k, int d>
void unary_entry(int rank, const int64_t* shape, const void* x, const int64_t* sx, void* out,
                 const int64_t* so) {
  queue_unary<kGet, kSizes>(k, d, rank, shape, x, sx, out, so);
}

template <auto kGet, auto kSizes>
void queue_binary(int k, int d, int rank, const int64_t* shape, const void* x, const int64_t* sx,
                  const void* y, const int64_t* sy, void* out, const int64_t* so) {
  gpu_of(out).enqueue([=, axes = Axes(rank, shape, {sx, sy, so})] {
    Sizes size = kSizes(k, d);
    run_binary(BinaryLoop(kGet(cpu(), k, d)), axes.rank(), axes.shape.data(), seen(x), axes.of(0),
               seen(y), axes.of(1), size.in, seen(out), axes.of(2), size.out);
  });
}
template <auto kGet, auto kSizes, int k, int d>
void binary_entry(int rank, const int64_t* shape, const void* x, const int64_t* sx, const void* y,
                  const int64_t* sy, void* out, const int64_t* so) {
  queue_binary<kGet, kSizes>(k, d, rank, shape, x, sx, y, sy, out, so);
}

template <int d>
void select_entry(int rank, const int64_t* shape, const void* c, const int64_t* sc, const void* x,
                  const int64_t* sx, const void* y, const int64_t* sy, void* out,
                  const int64_t* so) {
  gpu_of(out).enqueue([=, axes = Axes(rank, shape, {sc, sx, sy, so})] {
    run_select(SelectLoop(cpu().select[d]), axes.rank(), axes.shape.data(), seen(c), axes.of(0),
               seen(x), axes.of(1), seen(y), axes.of(2), seen(out), axes.of(3), size_t(1) << d);
  });
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

template <auto kGet>
using loop_t = decltype(kGet(cpu(), 0, 0));

// Fills rows [kRows][kColumns] with what the CPU has.
template <auto kGet, int kRows, int kColumns, typename Slot>
void fill_table(Slot (*rows)[kColumns]) {
  using F = loop_t<kGet>;
  each<kRows * kColumns>([&]<int i> {
    constexpr int k = i / kColumns, d = i % kColumns;
    if (kGet(cpu(), k, d)) rows[k][d] = F(Queue<kGet, F>::template entry<k, d>);
  });
}
template <auto kGet, int kColumns, typename Slot>
void fill_list(Slot (&row)[kColumns]) {
  fill_table<kGet, 1, kColumns>(&row);
}

constexpr auto kUnary = [](const Table& t, int k, int d) -> UnaryLoop { return t.unary[k][d]; };
constexpr auto kBinary = [](const Table& t, int k, int d) -> BinaryLoop { return t.binary[k][d]; };
constexpr auto kCast = [](const Table& t, int k, int d) -> UnaryLoop { return t.cast[k][d]; };
constexpr auto kCopy = [](const Table& t, int, int d) -> UnaryLoop { return t.copy[d]; };
constexpr auto kSelect = [](const Table& t, int, int d) -> SelectLoop { return t.select[d]; };
constexpr auto kUnarySizes = [](int k, int d) {
  return Sizes{size_of(DType(d)), size_of(unary_result(Unary(k), DType(d)))};
};
constexpr auto kBinarySizes = [](int k, int d) {
  return Sizes{size_of(DType(d)), size_of(binary_result(Binary(k), DType(d)))};
};
constexpr auto kCastSizes = [](int k, int d) {
  return Sizes{size_of(DType(k)), size_of(DType(d))};
};
constexpr auto kCopySizes = [](int, int d) { return Sizes{size_t(1) << d, size_t(1) << d}; };
#define ROWS(name) [](const Table& t, int k, int d) { return t.name[k][d]; }
#define ROW(name) [](const Table& t, int, int d) { return t.name[d]; }

void fill(Table& t) {
  constexpr int kD = kDTypeCount;
  t.name = "fake";
  fill_table<kUnary, int(Unary::kCount), kD>(t.unary);
  each<int(Unary::kCount) * kD>([&]<int i> {
    constexpr int k = i / kD, d = i % kD;
    if (t.unary[k][d]) t.unary[k][d].block = unary_entry<kUnary, kUnarySizes, k, d>;
  });
  fill_table<kBinary, int(Binary::kCount), kD>(t.binary);
  each<int(Binary::kCount) * kD>([&]<int i> {
    constexpr int k = i / kD, d = i % kD;
    if (t.binary[k][d]) t.binary[k][d].block = binary_entry<kBinary, kBinarySizes, k, d>;
  });
  fill_table<kCast, kD, kD>(t.cast);
  each<kD * kD>([&]<int i> {
    constexpr int k = i / kD, d = i % kD;
    if (t.cast[k][d]) t.cast[k][d].block = unary_entry<kCast, kCastSizes, k, d>;
  });
  fill_list<kCopy>(t.copy);
  fill_list<kSelect>(t.select);
  each<5>([&]<int d> {
    t.copy[d].block = unary_entry<kCopy, kCopySizes, 0, d>;
    t.select[d].block = select_entry<d>;
  });
  fill_table<ROWS(reduce), int(Reduce::kCount), kD>(t.reduce);
  fill_table<ROWS(scatter), int(Scatter::kCount), kD>(t.scatter);
  fill_table<ROWS(conv), int(Conv::kCount), kD>(t.conv);
  fill_table<ROWS(pool), int(Pool::kCount), kD>(t.pool);
  fill_list<ROW(mean)>(t.mean);
  fill_list<ROW(argmax)>(t.argmax);
  fill_list<ROW(argmin)>(t.argmin);
  fill_list<ROW(cumsum)>(t.cumsum);
  fill_list<ROW(cumprod)>(t.cumprod);
  fill_list<ROW(sort)>(t.sort);
  fill_list<ROW(softmax)>(t.softmax);
  fill_list<ROW(log_softmax)>(t.log_softmax);
  fill_list<ROW(matmul)>(t.matmul);
  fill_list<ROW(take_places)>(t.take_places);
  fill_list<ROW(put_places)>(t.put_places);
  constexpr auto kTake = [](const Table& table, int, int) { return table.take; };
  t.take = Queue<kTake, TakeLoop>::entry<0, 0>;
}

#undef ROWS
#undef ROW

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
