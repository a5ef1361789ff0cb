// CUDA graphs: work that is noted once and replayed. A thread in a capture has a stream of its own,
// whose calls are noted; other threads go on as ever.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "kernels/cuda/runtime.h"

namespace pyten::cuda {

// What a capture, and then its graph, knows of memory. Everything with the GPU's mutex held.
struct CapturedMemory {
  struct Block {
    int size_class;
    bool live;  // a tensor has it
  };
  std::unordered_map<void*, Block> blocks;      // the graph's own: had while the capture went on
  std::vector<std::pair<void*, int>> returned;  // others that were given back since, with classes
  std::vector<uintptr_t> words;  // that kernels were given and that may be addresses; then sorted

  bool names(const void* p, size_t nbytes) const;
};

struct Capture {
  CapturedMemory memory;
  std::vector<std::vector<void*>> free;  // of its own blocks, by size class
  std::vector<void*> pinned;             // host memory that copies of the graph read
  char* room = nullptr;                  // in the last of these
  size_t left = 0;
};

class Graph final : public CapturedWork {
 public:
  Graph(Gpu& gpu, cudaGraphExec_t work, Capture&& capture);
  ~Graph() override;
  void replay() override;

  CapturedMemory memory;

 private:
  Gpu& gpu_;
  cudaGraphExec_t work_;
  std::vector<void*> pinned_;
};

// This thread's, or null.
extern thread_local Capture* t_capture;
inline bool capturing() { return t_capture != nullptr; }
// Raises kRuntime in a capture: `what` cannot be noted.
void refuse_in_capture(const char* what);
// Notes memory that the graph uses: every word of a kernel's arguments that may be an address.
void note_words(Gpu& gpu, const void* bytes, size_t nbytes);
inline void note_address(Gpu& gpu, const void* p) { note_words(gpu, &p, sizeof(p)); }
// Notes a copy of these bytes, as they are now.
void note_constant(Gpu& gpu, void* device, const void* host, size_t nbytes);

}  // namespace pyten::cuda
