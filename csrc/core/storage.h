// A block of memory with a reference count. Header and data are one allocation unless the memory
// comes from outside or lies on another device.
#pragma once

#include "core/device.h"
#include "core/ref.h"

namespace pyten {

class Storage : public RefCounted {
 public:
  // Uninitialised memory.
  static Ref<Storage> create(size_t nbytes, Device device = {});
  // Memory that somebody else owns; `deleter(context)` runs when the last reference goes.
  static Ref<Storage> wrap(void* data, size_t nbytes, void (*deleter)(void*), void* context,
                           Device device = {});
  // Memory that allocate_on gave, to be given back as if it came from create.
  static Ref<Storage> adopt(void* data, size_t nbytes, Device device);
  static void destroy(Storage* s);

  void* data() const { return data_; }
  size_t nbytes() const { return nbytes_; }
  Device device() const { return device_; }
  // Somebody else's memory, which nobody here may write to.
  bool foreign() const { return deleter_ != nullptr; }

 private:
  Storage() = default;
  static Ref<Storage> create_elsewhere(size_t nbytes, Device device);
  void* data_ = nullptr;
  size_t nbytes_ = 0;
  void (*deleter_)(void*) = nullptr;
  void* context_ = nullptr;
  Device device_;
};

}  // namespace pyten
