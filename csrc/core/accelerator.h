// A device with memory of its own, as core sees it. What implements it is opened at run time (see
// kernels/accelerators.h), so nothing here needs its driver.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "core/allocator.h"
#include "core/device.h"
#include "core/error.h"

namespace pyten {

// Work that was noted once. Memory that it uses is nobody else's while it lives, also where its
// owner gave it back.
class CapturedWork {
 public:
  virtual ~CapturedWork() = default;
  // Does it once more, in the device's order.
  virtual void replay() = 0;
};

// Work on a device is asynchronous and in order: a call that takes device memory may return before
// it has happened, and everything called later sees its effect. Memory may therefore be given back
// while work that uses it is still under way. Failures raise pyten::Error.
class Accelerator {
 public:
  virtual ~Accelerator() = default;

  // What the maker calls it: "NVIDIA H100 80GB HBM3".
  virtual std::string name() const = 0;
  virtual size_t total_bytes() const = 0;
  // Kernels that this thread calls from now on run here.
  virtual void make_current() = 0;

  // Aligned to 256 bytes; never null. Raises kOutOfMemory, naming the size.
  virtual void* allocate(size_t nbytes) = 0;
  virtual void deallocate(void* p, size_t nbytes) noexcept = 0;
  virtual MemoryStats memory_stats() const = 0;
  // From now on the peak is counted afresh.
  virtual void reset_peak() = 0;
  // Gives cached blocks back to the driver.
  virtual void release_cached_memory() = 0;

  // Host memory may be changed or freed when a call returns; copy_out waits for what was called
  // before it.
  virtual void copy_in(void* device, const void* host, size_t nbytes) = 0;
  virtual void copy_out(void* host, const void* device, size_t nbytes) = 0;
  virtual void copy(void* to, const void* from, size_t nbytes) = 0;
  virtual void zero(void* device, size_t nbytes) = 0;
  // Waits until everything that was called has happened.
  virtual void synchronize() = 0;
  // The same for other libraries' queues on this device too.
  virtual void synchronize_all() { synchronize(); }
  // The queue (a cudaStream_t) that this thread's work goes to; for exchange with other libraries.
  virtual void* stream() const = 0;
  // Later work waits for what the other library's queue holds now, and the reverse.
  virtual void wait_for(void* stream) = 0;
  virtual void let_wait(void* stream) = 0;

  // Between these, what this thread calls is noted and not done, and what would need its outcome
  // raises kRuntime. Memory that was had before and is given back meanwhile stays as it is.
  // (Written out here: a member of a source file of core's would have to be linked to the library.)
  virtual void begin_capture() {
    fail(ErrorKind::kUnimplemented, "pyten.cuda.graph: ", name(), " cannot capture work");
  }
  virtual std::unique_ptr<CapturedWork> end_capture() { return nullptr; }
  // Ends a capture whose work nobody wants.
  virtual void drop_capture() noexcept {}
  // In a capture: memory that nothing uses that was noted so far.
  virtual void* allocate_apart(size_t nbytes) { return allocate(nbytes); }
  // In a capture: makes memory that was given back since its beginning one's own again. False if it
  // was not given back.
  virtual bool take_back(void*) { return false; }
};

// The accelerator behind a device that is not the CPU. Raises kValue when there is none, and
// kRuntime in a process that was forked after accelerators were found: drivers do not survive that.
Accelerator& accelerator(Device device);
// Null in such a process.
Accelerator* accelerator_still_there(Device device) noexcept;
// Makes an accelerator known under the next free index; it stays for good.
void add_accelerator(Accelerator* a);
int known_accelerators();

// Memory for a tensor. Lack of it raises kOutOfMemory, naming the largest holders beside the size.
void* allocate_on(Device device, size_t nbytes);
void deallocate_on(Device device, void* p, size_t nbytes) noexcept;
// What a block of at least kHolderFrom bytes is for.
void note_holder_on(Device device, void* p, size_t nbytes, const Shape& shape, DType dtype);

// Copies between two places, either of which may be any device.
void copy_bytes(void* to, Device to_device, const void* from, Device from_device, size_t nbytes);

}  // namespace pyten
