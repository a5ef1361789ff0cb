#include "core/storage.h"

#include <new>

#include "core/accelerator.h"
#include "core/allocator.h"

namespace pyten {
namespace {
// The data follows the header at the next aligned address.
constexpr size_t kHeader = (sizeof(Storage) + kAlignment - 1) / kAlignment * kAlignment;
}  // namespace

Ref<Storage> Storage::create(size_t nbytes, Device device) {
  if (!device.is_cpu()) [[unlikely]]
    return create_elsewhere(nbytes, device);
  void* block = allocate(kHeader + nbytes);
  auto* s = new (block) Storage;
  s->data_ = static_cast<char*>(block) + kHeader;
  s->nbytes_ = nbytes;
  s->device_ = device;
  return Ref<Storage>::adopt(s);
}

Ref<Storage> Storage::create_elsewhere(size_t nbytes, Device device) {
  return adopt(allocate_on(device, nbytes), nbytes, device);
}

Ref<Storage> Storage::adopt(void* data, size_t nbytes, Device device) {
  auto* s = new (allocate(kHeader)) Storage;
  s->data_ = data;
  s->nbytes_ = nbytes;
  s->device_ = device;
  return Ref<Storage>::adopt(s);
}

Ref<Storage> Storage::wrap(void* data, size_t nbytes, void (*deleter)(void*), void* context,
                           Device device) {
  auto* s = new (allocate(kHeader)) Storage;
  s->data_ = data;
  s->nbytes_ = nbytes;
  s->deleter_ = deleter;
  s->context_ = context;
  s->device_ = device;
  return Ref<Storage>::adopt(s);
}

void Storage::destroy(Storage* s) {
  size_t block = kHeader;
  if (s->deleter_) s->deleter_(s->context_);
  else if (s->device_.is_cpu()) [[likely]] block += s->nbytes_;
  else deallocate_on(s->device_, s->data_, s->nbytes_);
  s->~Storage();
  deallocate(s, block);
}

}  // namespace pyten
