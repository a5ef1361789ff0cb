// The core: shapes, storage, tensors, the allocator.
#include <gtest/gtest.h>

#include <cstring>
#include <thread>

#include "core/allocator.h"
#include "core/error.h"
#include "core/tensor.h"

namespace pyten {
namespace {

TEST(Dims, GrowsBeyondItsInlineSpace) {
  Dims d;
  for (int64_t i = 0; i < 40; ++i) d.push_back(i);
  Dims copy = d;
  Dims moved = std::move(d);
  EXPECT_EQ(copy, moved);
  EXPECT_TRUE(d.empty());  // NOLINT: a moved-from vector is empty by contract
  copy.insert(0, -1);
  copy.erase(1);
  EXPECT_EQ(copy[0], -1);
  EXPECT_EQ(copy[1], 1);
}

TEST(Shape, CountsElements) {
  EXPECT_EQ(num_elements({}), 1);
  EXPECT_EQ(num_elements({2, 3, 4}), 24);
  EXPECT_EQ(num_elements({2, 0, 4}), 0);
  EXPECT_EQ(num_elements({int64_t(1) << 62, 4, 0}), 0);
  EXPECT_THROW(num_elements({int64_t(1) << 62, 4}), Error);
}

TEST(Shape, Broadcasts) {
  EXPECT_EQ(broadcast_shapes({2, 1}, {3}), (Shape{2, 3}));
  EXPECT_EQ(broadcast_shapes({}, {4, 5}), (Shape{4, 5}));
  EXPECT_EQ(broadcast_shapes({0, 3}, {1, 3}), (Shape{0, 3}));
  EXPECT_EQ(broadcast_shapes({2, 3}, {4}), std::nullopt);
  EXPECT_EQ(tuple_text({2}), "(2,)");
  EXPECT_EQ(brackets({2, 3}), "[2,3]");
}

TEST(Tensor, IsRowMajorAndAligned) {
  Tensor t = Tensor::empty({2, 3}, DType::kFloat64);
  EXPECT_EQ(t.strides(), (Dims{3, 1}));
  EXPECT_EQ(t.nbytes(), 48u);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(t.data()) % kAlignment, 0u);
  EXPECT_TRUE(t.is_contiguous());
}

TEST(Tensor, RefusesBadShapes) {
  try {
    Tensor::empty({-1, 2}, DType::kFloat32);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::kInvalidArgument);
    EXPECT_STREQ(e.what(), "Dimension -1 must be >= 0");
  }
  try {
    Tensor::empty({int64_t(1) << 50}, DType::kFloat64);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::kOutOfMemory);
  }
}

TEST(Tensor, ViewsShareStorageAndKeepIt) {
  Tensor view;
  {
    Tensor t = Tensor::empty({4}, DType::kInt32);
    auto* p = static_cast<int32_t*>(t.mutable_data());
    for (int i = 0; i < 4; ++i) p[i] = i;
    view = t.as_strided({2}, {-2}, 3);
  }
  EXPECT_FALSE(view.is_contiguous());
  EXPECT_EQ(view.data_as<int32_t>()[0], 3);
  EXPECT_EQ(view.data_as<int32_t>()[view.strides()[0]], 1);
}

TEST(Tensor, AliasHasAnIdentityOfItsOwn) {
  Tensor t = Tensor::empty({}, DType::kFloat32);
  Tensor same = t, alias = t.alias();
  EXPECT_EQ(tensor_id(t), tensor_id(same));
  EXPECT_NE(tensor_id(t), tensor_id(alias));
  EXPECT_EQ(t.data(), alias.data());
}

TEST(Storage, CallsTheDeleterOfForeignMemory) {
  static int deleted;
  deleted = 0;
  int memory[4];
  {
    Ref<Storage> s = Storage::wrap(memory, sizeof memory, [](void*) { ++deleted; }, nullptr);
    Ref<Storage> copy = s;
    EXPECT_EQ(s->refs(), 2u);
  }
  EXPECT_EQ(deleted, 1);
}

TEST(Allocator, ReusesBlocksAndCountsBytes) {
  MemoryStats before = memory_stats();
  void* p = allocate(1000);
  std::memset(p, 1, 1000);
  EXPECT_GE(memory_stats().live_bytes, before.live_bytes + 1000);
  deallocate(p, 1000);
  EXPECT_EQ(memory_stats().live_bytes, before.live_bytes);
  EXPECT_EQ(allocate(1000), p);
  deallocate(p, 1000);
  EXPECT_GE(memory_stats().peak_bytes, before.live_bytes);
}

TEST(Allocator, EverySizeIsAlignedAndLargeEnough) {
  for (size_t n = 1; n < 100000; n += n / 3 + 1) {
    void* p = allocate(n);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(p) % kAlignment, 0u);
    std::memset(p, 0xff, n);
    deallocate(p, n);
  }
}

TEST(Allocator, BlocksMayBeFreedByAnotherThread) {
  int64_t before = memory_stats().live_bytes;
  for (size_t n : {size_t(100), size_t(10) << 20}) {
    void* p = allocate(n);
    std::thread([&] { deallocate(p, n); }).join();
  }
  EXPECT_EQ(memory_stats().live_bytes, before);
}

TEST(Allocator, ReleaseGivesTheCacheBack) {
  deallocate(allocate(8 << 20), 8 << 20);
  EXPECT_GT(memory_stats().cached_bytes, 0);
  release_cached_memory();
  EXPECT_EQ(memory_stats().cached_bytes, 0);
}

TEST(Allocator, KeepsToTheLimitAndNamesTheHolders) {
  release_cached_memory();
  Tensor held = Tensor::empty({1024, 1024}, DType::kFloat32);
  set_memory_limit(memory_stats().live_bytes + (4 << 20));
  int64_t before = memory_stats().live_bytes, peak = memory_stats().peak_bytes;
  try {
    Tensor::empty({2048, 1024}, DType::kFloat64);
    FAIL() << "nothing was thrown";
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::kOutOfMemory);
    std::string message = e.what();
    EXPECT_NE(message.find("OOM when allocating tensor with shape[2048,1024] and type float64"),
              std::string::npos)
        << message;
    EXPECT_NE(message.find("would exceed the limit of "), std::string::npos) << message;
    EXPECT_NE(message.find("tensor float32 [1024,1024]: 4194304 bytes (4 MiB)"), std::string::npos)
        << message;
  }
  EXPECT_EQ(memory_stats().live_bytes, before);
  EXPECT_EQ(memory_stats().peak_bytes, peak);  // what was refused never was
  EXPECT_NO_THROW(Tensor::empty({512, 1024}, DType::kFloat32));
  set_memory_limit(0);
  EXPECT_NO_THROW(Tensor::empty({2048, 1024}, DType::kFloat64));
}

TEST(Allocator, ForgetsHoldersThatAreGone) {
  auto count = [] {
    int64_t n = 0;
    for (const Holder& h : largest_holders(100)) n += h.what == "int16 [3,524288]" ? h.count : 0;
    return n;
  };
  {
    Tensor a = Tensor::empty({3, 1 << 19}, DType::kInt16);
    Tensor b = Tensor::empty({3, 1 << 19}, DType::kInt16);
    EXPECT_EQ(count(), 2);
  }
  EXPECT_EQ(count(), 0);
}

TEST(Allocator, WritesBytesForPeople) {
  EXPECT_EQ(bytes_text(12), "12 bytes");
  EXPECT_EQ(bytes_text(1536), "1536 bytes (1.5 KiB)");
  EXPECT_EQ(bytes_text(int64_t(3) << 30), "3221225472 bytes (3 GiB)");
}

}  // namespace
}  // namespace pyten
